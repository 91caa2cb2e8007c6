"""What a term finds: words and phrases, acronyms, `=exact`, `prefix*`, `/regular/i`.

A term is data that an index can read (`keys`, `prefixes`), not a closure. Each word of a
term lists all the forms in which a text may have it, so that `phrase` finds phrases and
`bias` finds biases, but `pose` does not find POS.

A phrase may reach across a hyphen, a slash or a bracket, but not across `, ` or the end of
a sentence.

    words, plurals      a term's word in all its forms, and where the words of a text stand
    patterns, regexes   regular expressions, matched by RE2
    trie                many phrases looked for at once
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain

from feedproxy.errors import BadTerm, printable
from feedproxy.models import TITLE_LIMIT
from feedproxy.terms.plurals import forms_as_spelt, forms_of, is_acronym
from feedproxy.terms.regexes import Regex, parse_regex
from feedproxy.terms.words import NO_WORDS, LocatedWords, Word, located_words
from feedproxy.text import Span, Text, readable, spelling, split
from feedproxy.text.chains import BREAKS

__all__ = ["Span", "Term", "parse_term"]

_STARS = re.compile(r"\*+")
_SPECIAL = re.compile(r"[\\^$.|?+()\[\]{}]")
_JOINT = re.compile(r"[\w#*]|[.&](?=\w)")
"""Signs that make capitals part of more, as in `SNN*`, `AT&T`, `cs.CV`, `#AI` or `AI芯片`."""


@dataclass(frozen=True, slots=True)
class Term:
    """A term as `parse_term` reads it. Terms that are written alike are equal."""

    written: str
    keys: frozenset[str] = field(default=NO_WORDS, compare=False, repr=False)
    """A text with the term has one of these in `text.keys`, or a word with one of `prefixes`."""
    prefixes: frozenset[str] = field(default=NO_WORDS, compare=False, repr=False)
    """Beginnings of words. With neither keys nor prefixes, the term may be in any text."""
    words: tuple[Word, ...] = field(default=(), compare=False, repr=False)
    exact: str = field(default="", compare=False, repr=False)
    """If not empty, the exact spelling that the match must have."""
    regex: Regex | None = field(default=None, compare=False, repr=False)
    probes: tuple[tuple[str, ...], ...] = field(default=(), compare=False, repr=False)
    """`text.line` of a text with the term holds one string of each tuple: a quick way to say no."""
    sayings: tuple[tuple[str, ...], ...] = field(default=(), compare=False, repr=False)
    """If not empty, the term is found exactly where the words of `text.line` hold one string of
    each tuple in a row, sharing the spaces between them, except where the text has one of its
    words as a compound: a quick way to say yes."""

    def __str__(self) -> str:
        return printable(self.written)

    @property
    def is_open(self) -> bool:
        """Whether any of its words is only the beginning of one, as in `radiolog*`."""
        return any(word.is_open for word in self.words)

    @property
    def needs(self) -> list[frozenset[str]]:
        """A text with the term has a key of each set; `prefix*` and punctuation give no set."""
        closed = (word for word in self.words if not word.is_open)
        needs = (word.keys(part) for word in closed for part in word.parts)
        return [need for need in needs if any(map(str.isalnum, "".join(need)))]

    def find(self, text: Text) -> tuple[Span, ...]:
        """Where the term is found in `text.readable`: sorted spans that do not overlap."""
        if self.regex is not None:
            return self.regex.find(text.readable)
        if not (self._may_be_in(text.line) and self._may_be_spelt(text.readable)):
            return ()
        words = located_words(text)
        spans: list[Span] = []
        for at in self.words[0].starts(words):
            if spans and words.span(at, at + 1).start < spans[-1].end:
                continue
            if span := self._span_at(words, at, text.readable):
                spans.append(span)
        return tuple(spans)

    def is_in(self, text: Text) -> bool:
        """Whether `find` finds anything; mostly answered without locating the text's words."""
        if not self.sayings:
            return self._stands_alone(text.readable) or bool(self.find(text))
        line = text.line
        if not self._may_be_in(line):
            return False
        words_end = line.index("\n")
        if _in_a_row(self.sayings, line, words_end):
            return True
        compounds = chain.from_iterable(word.compounds() for word in self.words)
        if not any(line.find(compound, words_end) >= 0 for compound in compounds):
            return False
        return (len(self.words) == 1 and not self.is_open) or bool(self.find(text))

    def _may_be_in(self, line: str) -> bool:
        for alternatives in self.probes:
            for probe in alternatives:
                if probe in line:
                    break
            else:
                return False
        return True

    def _may_be_spelt(self, readable: str) -> bool:
        spellings = [word.spellings for word in self.words if word.spellings]
        if not spellings and not self.exact:
            return True
        spelt = spelling(readable)
        bare = spelt.replace("-", "")
        return self.exact in spelt and all(any(map(bare.__contains__, each)) for each in spellings)

    def _stands_alone(self, readable: str) -> bool:
        """Whether the term is an acronym, and stands in the text between two spaces."""
        spelt = self.words[0].spellings if len(self.words) == 1 else NO_WORDS
        return any(f" {each} " in readable for each in spelt)

    def _span_at(self, text: LocatedWords, at: int, readable: str) -> Span | None:
        """The shortest span of the term if it is found at word number `at`."""
        stops = {at}
        for word in self.words:
            stops = {
                end
                for stop in stops
                if stop < len(text.words)
                for end in word.ends(text, stop, readable)
            }
        spans = (text.span(at, stop) for stop in sorted(stops))
        return next((span for span in spans if self._is_spelt(readable, span)), None)

    def _is_spelt(self, readable: str, span: Span) -> bool:
        return not self.exact or spelling(readable[span.start : span.end]) == self.exact


def _in_a_row(sayings: Sequence[tuple[str, ...]], line: str, end: int) -> bool:
    """Whether one string of each tuple stands in a row, the first before `end`."""
    first, *others = sayings
    for saying in first:
        at = line.find(saying, 0, end)
        while at >= 0:
            if _goes_on(others, line, at + len(saying) - 1):
                return True
            at = line.find(saying, at + 1, end)
    return False


def _goes_on(sayings: Sequence[tuple[str, ...]], line: str, at: int) -> bool:
    places = [at]
    for ways in sayings:
        places = [at + len(way) - 1 for at in places for way in ways if line.startswith(way, at)]
    return bool(places)


# --- reading -------------------------------------------------------------------------


def parse_term(written: str) -> Term:
    """The term that `written` means; `BadTerm` says what to write instead."""
    if len(written) > TITLE_LIMIT:
        raise BadTerm(f"a term of {len(written):,} characters: {TITLE_LIMIT:,} at most")
    if written.startswith("/"):
        return _parse_regex(written)
    phrase = readable(written.removeprefix("="))
    text = split(phrase)
    if not text.keys:
        raise BadTerm(f"{written!r} holds no letter or digit: write a word to look for")
    if written.startswith("="):
        return _parse_exact(written, text)
    return _parse_phrase(written, text)


def _parse_regex(written: str) -> Term:
    body, slash, flags = written[1:].rpartition("/")
    if not slash or flags not in ("", "i"):
        raise BadTerm(f"{written!r} begins like a regular expression: end it with / or /i")
    if not body:
        raise BadTerm(f"{written!r} is an empty regular expression: write /pattern/")
    try:
        return Term(written, regex=parse_regex(body, ignore_case=flags == "i"))
    except BadTerm as error:
        raise BadTerm(f"the regular expression {_shortened(written)}: {error}") from error


def _shortened(written: str) -> str:
    return written if len(written) <= 80 else f"{written[:79]}…"


def _parse_exact(written: str, text: Text) -> Term:
    if "*" in text.readable:
        raise BadTerm(f"{written!r} is exact and open: leave out the = or the *")
    keys = text.words()
    start, end = located_words(text).span(0, len(keys))
    words = [Word.of((only,), only) for only in (frozenset({key}) for key in keys)]
    return _term(written, words, exact=spelling(text.readable[start:end]))


def _parse_phrase(written: str, text: Text) -> Term:
    parts = located_words(text)
    wholes = {
        at: compound.stop
        for at, compounds in parts.compounds.items()
        for compound in compounds
        if compound.whole
    }
    words = []
    at = 0
    while at < len(parts.words):
        stop = wholes.get(at, at + 1)
        words.append(_parse_word(text.readable, parts.span(at, stop), parts.words[at:stop]))
        at = stop
    if text.readable.count("*") != sum(word.is_open for word in words):
        raise BadTerm(
            f"{written!r}: a * stands only at the end of a word, as in `radiolog*`: "
            f"write `{_with_stars(text.readable)}` for any signs in its place"
        )
    return _term(written, words)


def _with_stars(phrase: str) -> str:
    """The regular expression for a phrase in which each * stands for any signs but spaces."""
    core = phrase.strip("* ")
    body = r"\S*".join(_SPECIAL.sub(r"\\\g<0>", part) for part in _STARS.split(core))
    begin = r"\b" if phrase[0] != "*" and core[0].isalnum() else ""
    end = r"\b" if phrase[-1] != "*" and core[-1].isalnum() else ""
    return f"/{begin}{body}{end}/i"


def _parse_word(phrase: str, span: Span, parts: list[str]) -> Word:
    behind = phrase[span.end :][:2]
    spelt = spelling(phrase[span.start : span.end])
    around = [at for at in (span.start - 1, span.end) if at >= 0]
    is_part = any(_JOINT.match(phrase, at) for at in around)
    if not is_part and is_acronym(spelt):
        return _acronym(parts[0], spelt)
    forms = list(map(forms_as_spelt, parts, spelt.split("-")))
    return _joined(parts, forms, is_open=behind in ("*", "* "))


def _acronym(key: str, spelt: str) -> Word:
    keys = frozenset({key, key + "s"})
    return Word.of((keys,), keys, spellings=frozenset({spelt, spelt + "s"}))


def _joined(parts: list[str], forms: list[frozenset[str]], *, is_open: bool) -> Word:
    *head, last = parts
    start = "".join(head)
    if is_open:
        beginning = frozenset({last})
        whole = frozenset({start + last}) if head else beginning
        return Word.of((*forms[:-1], beginning), whole, is_open=True)
    if not head:  # the same set, instead of one that equals it
        return Word.of(forms, forms[0])
    return Word.of(forms, forms_of(start + last).union(start + form for form in forms[-1]))


def _term(written: str, words: list[Word], exact: str = "") -> Term:
    """The term, with the keys of its most selective word and of that word's most selective part."""
    found = [word for word in words if not word.whole <= BREAKS]
    rarest = max(found, key=lambda word: (not word.is_open, min(map(len, word.whole))))
    closed = rarest.parts[:-1] if rarest.is_open else rarest.parts
    part = max(closed, key=lambda forms: min(map(len, forms)), default=NO_WORDS)
    keys, prefixes = (part, rarest.whole) if rarest.is_open else (rarest.keys(part), NO_WORDS)
    is_plain = not exact and not any(word.spellings for word in words)
    sayings = _sayings(words) if is_plain and not any(word.is_open for word in words[:-1]) else ()
    return Term(written, keys, prefixes, tuple(words), exact, None, _probes(words), sayings)


def _probes(words: list[Word]) -> tuple[tuple[str, ...], ...]:
    """Those of all words; the rarest first."""
    found = {probe for word in words for probe in word.probes}
    return tuple(sorted(found, key=lambda each: (-min(map(len, each)), each)))


def _sayings(words: list[Word]) -> tuple[tuple[str, ...], ...]:
    """For each word, how a line may write it; empty if any has too many ways."""
    ways = tuple(word.ways for word in words)
    return ways if all(ways) else ()
