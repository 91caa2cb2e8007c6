"""What `feedproxy demo` reads: Hugging Face's API with invented papers, and no network.

`DemoSite` takes the fetcher's place, so that everything behind it is the real
program. The papers (`papers.toml`) are laid out over the last seven weekdays. While
one watches, votes rise, some past the rules' thresholds, and the newest day's list
grows by a paper a minute: a feed reader gets news. `DEMO_RULES` is a rules folder
to go with it.

It is not an emulator of the site for tests: it has no pages, no faults and no limits.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from feedproxy.errors import BadStatus
from feedproxy.models import Page, Request

HERE = Path(__file__).parent
DEMO_RULES = HERE / "rules"
"""A folder of rules that show what the papers are good for."""

SITE = "https://huggingface.co"
AT_FIRST = 4
"""How many papers the newest day shows at once; the others follow by the minute."""

MINUTE = timedelta(minutes=1)
# No arXiv id of a month comes near it: no invented paper's link leads to somebody's real one.
FIRST_NUMBER = 90_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Invention:
    """A paper as it stands in `papers.toml`, which says what the fields mean."""

    day: int
    title: str
    abstract: str
    authors: tuple[str, ...]
    keywords: tuple[str, ...]
    votes: int
    pace: float
    organization: str = ""
    comments: int = 0
    code: str = ""
    stars: int = 0
    project: str = ""
    video: str = ""


@dataclass(frozen=True, slots=True)
class Paper:
    """An invention with its place in the calendar."""

    what: Invention
    id: str
    published: datetime
    listed: date
    shown: datetime
    """Before this moment the site does not know it."""

    def votes(self, now: datetime) -> int:
        """Rises at `pace` a minute at first, ever slower, by 60 times `pace` in the end."""
        minutes = (now - self.shown) / MINUTE
        return self.what.votes + int(self.what.pace * minutes / (1 + minutes / 60))


@dataclass(frozen=True, slots=True)
class DemoSite:
    """A fetch function; the same clock and start give the same bytes.

    `start` is when the demo began: several processes must be given the same.
    """

    clock: Callable[[], datetime]
    start: datetime

    def __call__(self, request: Request) -> Page:
        """Raises BadStatus: 404 for what is not there, 400 for what makes no sense."""
        now = max(self.clock(), self.start)
        url = urlsplit(request.url)
        answer = ANSWERS.get(f"{url.scheme}://{url.netloc}{url.path}")
        if answer is None:
            hint = f"the demo has {SITE}'s API only; `feedproxy serve` reads the real sites"
            raise BadStatus(request.url, hint, status=404)
        try:
            rows = answer(papers(self.start, now), dict(parse_qsl(url.query)), now)
        except ValueError as error:
            raise BadStatus(request.url, f"the demo refuses this: {error}", status=400) from error
        return Page(
            url=request.url,
            body=json.dumps(rows, ensure_ascii=False).encode(),
            fetched=now,
            headers={"content-type": "application/json; charset=utf-8"},
        )


INVENTIONS = tuple(
    Invention(**entry)
    for entry in tomllib.loads((HERE / "papers.toml").read_text("utf-8"))["papers"]
)


def papers(start: datetime, now: datetime) -> list[Paper]:
    """What the site of a demo begun at `start` shows at `now`, newest day first."""
    days = list(islice(weekdays_back(start.date()), 7))
    placed = [place(what, number, days[what.day], start) for number, what in enumerate(INVENTIONS)]
    return [paper for paper in placed if paper.shown <= now]


def weekdays_back(day: date) -> Iterator[date]:
    """The listing days from `day` on backwards: the site lists nothing at weekends."""
    while True:
        if day.weekday() < 5:
            yield day
        day -= timedelta(days=1)


def place(what: Invention, number: int, listed: date, start: datetime) -> Paper:
    """`number` counts from the top of `papers.toml`, where the newest day stands."""
    published = datetime.combine(listed - timedelta(days=2), time(), UTC)
    late = max(0, number + 1 - AT_FIRST) if what.day == 0 else 0
    return Paper(
        what=what,
        id=f"{published:%y%m}.{FIRST_NUMBER + 100 * published.day + number}",
        published=published,
        listed=listed,
        shown=start + late * MINUTE,
    )


def daily_papers(
    shown: list[Paper], query: Mapping[str, str], now: datetime
) -> list[dict[str, Any]]:
    """One day, week or month, or without any of them all papers; best liked first."""
    if "date" in query and date.fromisoformat(query["date"]) > now.date():
        raise ValueError(f'"date" must be less than or equal to {now.date()}')
    chosen = [paper for paper in shown if in_period(paper.listed, query)]
    chosen.sort(key=lambda paper: (-paper.votes(now), paper.id))
    if query.get("sort") != "trending":
        chosen.sort(key=lambda paper: paper.listed, reverse=True)
    return [row(paper, now) for paper in one_page(chosen, query)]


def in_period(day: date, query: Mapping[str, str]) -> bool:
    year, week, _ = day.isocalendar()
    of_day = {"date": f"{day}", "week": f"{year}-W{week:02}", "month": f"{day:%Y-%m}"}
    return all(query.get(period, name) == name for period, name in of_day.items())


def one_page(chosen: list[Paper], query: Mapping[str, str]) -> list[Paper]:
    page, limit = int(query.get("p", 0)), int(query.get("limit", 50))
    if page < 0 or not 1 <= limit <= 100:
        raise ValueError("p must be at least 0, and limit from 1 to 100")
    return chosen[page * limit : (page + 1) * limit]


def search(shown: list[Paper], query: Mapping[str, str], now: datetime) -> list[dict[str, Any]]:
    """The papers that hold any of the words of `q`, those with the most of them first."""
    words = query.get("q", "").lower().split()
    limit = int(query.get("limit", 50))
    if not words or not 1 <= limit <= 120:
        raise ValueError("q must not be empty, and limit from 1 to 120")
    hits = [(sum(word in text(paper) for word in words), paper) for paper in shown]
    hits.sort(key=lambda hit: (-hit[0], hit[1].id))
    return [{"paper": details(paper, now)} for found, paper in hits[:limit] if found]


def text(paper: Paper) -> str:
    return f"{paper.what.title} {paper.what.abstract}".lower()


ANSWERS = {f"{SITE}/api/daily_papers": daily_papers, f"{SITE}/api/papers/search": search}


def row(paper: Paper, now: datetime) -> dict[str, Any]:
    """One element of the daily listing, with the real one's keys and oddities."""
    what = details(paper, now)
    return {
        "paper": what,
        # The site's own quirk since 2025: five hours early, and so on the day before.
        "publishedAt": instant(paper.published - timedelta(hours=5)),
        "title": what["title"],
        "summary": what["summary"],
        "numComments": paper.what.comments,
        "submittedBy": account(paper.what.authors[0], "name"),
        "isAuthorParticipating": paper.what.comments > 0,
        **{name: what[name] for name in ("mediaUrls", "organization") if name in what},
    }


def details(paper: Paper, now: datetime) -> dict[str, Any]:
    what = paper.what
    optional = {
        "ai_keywords": list(what.keywords),
        "githubRepo": what.code and f"https://github.com/feedproxy-demo/{what.code}",
        "githubStars": what.stars,
        "projectPage": what.project and f"https://example.org/{what.project}",
        "mediaUrls": what.video and [f"https://example.org/{what.video}"],
        "organization": what.organization and organization(what.organization),
    }
    return {
        "id": paper.id,
        "authors": [{"_id": key(name), "name": name, "hidden": False} for name in what.authors],
        "publishedAt": instant(paper.published),
        "submittedOnDailyAt": instant(datetime.combine(paper.listed, time(), UTC)),
        "submittedOnDailyBy": account(what.authors[0], "user"),
        "title": what.title,
        "summary": what.abstract,
        "upvotes": paper.votes(now),
        "discussionId": key(paper.id),
        **{name: value for name, value in optional.items() if value},
    }


def account(fullname: str, login: str) -> dict[str, Any]:
    """The key of the account's name is `name` in one place and `user` in another."""
    return {
        "_id": key(fullname),
        "avatarUrl": f"/avatars/{key(fullname)}.svg",
        "isPro": False,
        "fullname": fullname,
        login: f"demo-{key(fullname)[:6]}",
        "type": "user",
    }


def organization(fullname: str) -> dict[str, Any]:
    return {"_id": key(fullname), "name": fullname.replace(" ", "-"), "fullname": fullname}


def key(name: str) -> str:
    """Looks like the site's own object ids."""
    return hashlib.sha256(name.encode()).hexdigest()[:24]


def instant(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}.000Z"
