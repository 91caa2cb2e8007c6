"""A digest as a letter: all texts and links, made safe, before it becomes HTML or plain text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from feedproxy.digest import Digest, Section
from feedproxy.explain import Segment, Segments, grounds, highlights, marked, reasons
from feedproxy.explain.wording import quantity
from feedproxy.formats.body import byline
from feedproxy.formats.clean import allowed, line, web_link
from feedproxy.rules import Decision
from feedproxy.rules.history import latest

EXCERPT = 320
"""Characters of an abstract that are shown; they begin further on if the first find is far in."""
LEAD = 60
"""Characters that are shown before the first find."""
SUBJECT = 120


@dataclass(frozen=True, slots=True)
class Item:
    title: Segments
    link: str
    """Empty if there is no http(s) link."""
    about: str
    """Authors, votes, day."""
    excerpt: Segments
    verdict: str
    """What brought it in, or keeps it out."""
    why: str
    """The page that explains it."""


@dataclass(frozen=True, slots=True)
class Part:
    """One topic's entries, or near misses; `more` of them are only on its page."""

    title: str
    page: str
    count: int
    items: tuple[Item, ...]
    more: int


@dataclass(frozen=True, slots=True)
class Letter:
    subject: str
    title: str
    covers: str
    """Since when the digest covers topics, by how often they are mailed: the earliest of each."""
    parts: tuple[Part, ...]
    near: tuple[Part, ...]
    home: str


def letter(digest: Digest, base_url: str) -> Letter:
    """Links lead to `base_url`; topics with nothing new are left out."""
    return Letter(
        subject=_subject(digest.sections),
        title=f"{digest.count} new" if digest.count else "Nothing new",
        covers=_covers(digest.sections),
        parts=tuple(_new(each, base_url) for each in digest.sections if each.count),
        near=tuple(_near(each, base_url) for each in digest.sections if each.near),
        home=f"{base_url}/",
    )


def _subject(sections: Iterable[Section]) -> str:
    counts = [(line(each.rule_set.title), each.count) for each in sections if each.count]
    topics = ", ".join(f"{title} ({count})" for title, count in counts)
    subject = f"{sum(count for _, count in counts)} new: {topics}" if counts else "Nothing new"
    return subject if len(subject) <= SUBJECT else subject[: SUBJECT - 1].rstrip(" ,") + "…"


def _covers(sections: Sequence[Section]) -> str:
    spans: dict[str, datetime] = {}
    for each in sections:
        often, after = each.rule_set.digest, each.span.after
        spans[often] = min(after, spans.get(often, after))
    begins = [f"{often} topics since {_first(spans[often])}" for often in sorted(spans)]
    return " and ".join(begins).capitalize() + " UTC"


def _first(after: datetime) -> str:
    """The first moment of a span, or the day if that is midnight."""
    return f"{after + datetime.resolution:%Y-%m-%d %H:%M}".removesuffix(" 00:00")


def _new(section: Section, base_url: str) -> Part:
    page = _page(section, base_url)
    items = tuple(_item(each, page, _because(each)) for each in section.new)
    return Part(line(section.rule_set.title), page, section.count, items, section.more_new)


def _near(section: Section, base_url: str) -> Part:
    page = _page(section, base_url)
    items = tuple(_item(each, page, _but(each), brief=True) for each in section.near)
    more = section.more_near
    return Part(line(section.rule_set.title), f"{page}?view=near", len(items) + more, items, more)


def _page(section: Section, base_url: str) -> str:
    return f"{base_url}/topics/{quote(section.rule_set.topic)}"


def _item(decision: Decision, page: str, verdict: str, *, brief: bool = False) -> Item:
    record, found = decision.record, highlights(decision)
    title = marked(record.title, found, "title")
    abstract = marked(record.summary, found, "abstract")
    return Item(
        title=_clean(title) or (Segment(record.short_id),),
        link=web_link(record.link) or web_link(record.id),
        about=_about(decision),
        excerpt=() if brief else _clean(excerpt(abstract)),
        verdict=line(verdict),
        why=f"{page}/why/{quote(record.short_id)}",
    )


def _about(decision: Decision) -> str:
    record, sources = decision.record, decision.rule_set.sources
    votes = latest(record, sources, "upvotes", decision.at)
    facts = (
        line(byline(record.authors)),
        "" if votes is None else quantity(votes, "upvotes"),
        f"{decision.since or decision.listed:%Y-%m-%d}",
    )
    return " · ".join(filter(None, facts))


def _because(decision: Decision) -> str:
    return f"Because: {'; '.join(reasons(decision)) or 'its source shows it'}"


def _but(decision: Decision) -> str:
    return f"But: {'; '.join(grounds(decision))}"


def excerpt(segments: Iterable[Segment]) -> Segments:
    """About EXCERPT characters that include the first find, if there is one."""
    whole = tuple(segments)
    place, end = 0, sum(len(each.text) for each in whole)
    for each in whole:
        if each.marked:
            break
        place += len(each.text)
    start = 0 if place + LEAD < EXCERPT or place == end else place - LEAD
    stop = start + EXCERPT
    shown = _cut(whole, start, stop)
    before, after = "… " if start else "", " …" if stop < end else ""
    return tuple(filter(lambda each: each.text, (Segment(before), *shown, Segment(after))))


def _cut(segments: Segments, start: int, stop: int) -> Segments:
    cut, place = [], 0
    for each in segments:
        piece = each.text[max(start - place, 0) : max(stop - place, 0)]
        place += len(each.text)
        if piece:
            cut.append(each._replace(text=piece))
    return tuple(cut)


def _clean(segments: Segments) -> Segments:
    safe = (each._replace(text=allowed(each.text)) for each in segments)
    return tuple(each for each in safe if each.text)
