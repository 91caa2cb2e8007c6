"""Page after page of one reading: how far it goes, and what it keeps when a page fails."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from feedproxy.errors import BadStatus, Damaged, FetchError, NothingFound
from feedproxy.models import Listing, Page, Request, Source
from feedproxy.refresh.reading import drive
from feedproxy.sources import SOURCES
from tests.clocks import NOON

URL = "https://lab.example/papers"
OPTIONS: dict[str, Any] = {
    "url": URL,
    "item": "li",
    "fields": {"title": ("a",), "link": ("a@href",)},
    "next": ("a.next@href",),
}


class Pages:
    """A site of invented pages by address; a number instead of a page is a status."""

    def __init__(self, pages: Mapping[str, str | int]) -> None:
        self._pages = pages
        self.requests: list[Request] = []

    def __call__(self, request: Request) -> Page:
        self.requests.append(request)
        body = self._pages[request.url]
        if body == 304:
            return Page(request.url, b"", NOON, status=304)
        if isinstance(body, int):
            raise BadStatus(request.url, f"answered {body}", status=body)
        return Page(request.url, body.encode(), NOON)


def body(*names: str, following: str = "") -> str:
    items = "".join(f'<li><a href="/p/{name}">{name}</a></li>' for name in names)
    return f"<ul>{items}</ul>" + (f'<a class="next" href="{following}">' if following else "")


def source(headers: Mapping[str, str] | None = None, **options: Any) -> Source:
    given = {key: value for key, value in {**OPTIONS, **options}.items() if value is not None}
    return Source("lab", "html", given, headers=headers or {})


def read(pages: Pages, source: Source) -> Iterator[Listing]:
    return drive(SOURCES["html"].read(source, NOON, {}), pages)


def titles(listing: Listing) -> list[str]:
    return [record.title for record in listing.records]


def endless(count: int = 30) -> Pages:
    pages = {f"{URL}?page={n}": body(f"p{n}", following=f"?page={n + 1}") for n in range(2, count)}
    return Pages({URL: body("p1", following="?page=2"), **pages})


def test_all_pages_are_one_listing_in_which_the_first_of_two_with_one_id_counts() -> None:
    first, second = body("kelp", "krill", following="/2"), body("krill", "sand")
    site = Pages({URL: first, "https://lab.example/2": second})
    [listing] = read(site, source())
    assert titles(listing) == ["kelp", "krill", "sand"]
    assert (listing.part, listing.served_by) == ("", "html")


@pytest.mark.parametrize(("pages", "read_"), [(None, 3), (1, 1), (5, 5)])
def test_no_more_pages_are_read_than_wanted(pages: int | None, read_: int) -> None:
    site = endless()
    [listing] = read(site, source(pages=pages))
    assert len(site.requests) == len(listing.records) == read_


def test_without_next_one_page_is_read_and_may_be_unchanged() -> None:
    site = Pages({URL: 304})
    assert list(read(site, source(next=None))) == []
    assert [request.may_be_unchanged for request in site.requests] == [True]


def test_of_several_pages_none_may_be_unchanged() -> None:
    site = endless()
    list(read(site, source()))
    assert not any(request.may_be_unchanged for request in site.requests)


@pytest.mark.parametrize("following", [URL, "?page=1"])
def test_a_circle_ends_where_nothing_new_comes(following: str) -> None:
    same = body("kelp", following=following)
    site = Pages({URL: same, f"{URL}?page=1": same})
    [listing] = read(site, source(pages=20))
    assert len(site.requests) <= 2
    assert titles(listing) == ["kelp"]


def test_a_site_that_shows_the_same_page_for_every_number_is_asked_once_more() -> None:
    same = {f"{URL}?page={n}": body("kelp", following=f"?page={n + 1}") for n in range(2, 9)}
    site = Pages({URL: body("kelp", following="?page=2"), **same})
    list(read(site, source(pages=8)))
    assert len(site.requests) == 2


@pytest.mark.parametrize(
    "following", ["https://evil.example/2", "http://lab.example/2", "https://lab.example:8443/2"]
)
def test_another_site_is_never_asked_for_the_next_page(following: str) -> None:
    site = Pages({URL: body("kelp", following=following)})
    [listing] = read(site, source())
    assert listing.notes == (f"the next page is not read: {following} is another site",)


@pytest.mark.parametrize("headers", [{}, {"Authorization": "${KEY}"}])
@pytest.mark.parametrize(
    "written", ["https://Lab.Example/papers", "https://lab.example:443/papers"]
)
def test_a_site_is_the_same_however_its_host_is_written(
    written: str, headers: dict[str, str]
) -> None:
    site = Pages({written: body("kelp", following=f"{URL}/2"), f"{URL}/2": body("krill")})
    [listing] = read(site, source(headers, url=written))
    assert (titles(listing), listing.notes) == (["kelp", "krill"], ())


def test_the_headers_that_open_one_site_do_not_follow_a_redirect_to_another() -> None:
    class Redirected(Pages):
        def __call__(self, request: Request) -> Page:
            self.requests.append(request)
            return Page("https://evil.example/", body("kelp", following="/2").encode(), NOON)

    secret = Redirected({})
    list(read(secret, source(headers={"Authorization": "${KEY}"})))
    assert len(secret.requests) == 1
    open_ = Redirected({})
    list(read(open_, source()))
    assert len(open_.requests) == 2


def test_a_page_beyond_the_first_may_be_empty() -> None:
    site = Pages({URL: body("kelp", following="/2"), "https://lab.example/2": "<p>No more.</p>"})
    [listing] = read(site, source())
    assert titles(listing) == ["kelp"]
    assert listing.notes[0].startswith("ended at https://lab.example/2: no items")


@pytest.mark.parametrize("status", [400, 404, 410, 422])
def test_a_page_that_there_is_not_ends_the_list(status: int) -> None:
    site = Pages({URL: body("kelp", following="/2"), "https://lab.example/2": status})
    [listing] = read(site, source())
    assert titles(listing) == ["kelp"]
    assert listing.notes == (f"ended at https://lab.example/2, which answered {status}",)


@pytest.mark.parametrize("status", [400, 404, 410, 422])
def test_without_its_first_page_there_is_no_list(status: int) -> None:
    with pytest.raises(BadStatus, match=str(status)):
        list(read(Pages({URL: status}), source()))


@pytest.mark.parametrize(
    ("second", "error"), [(503, FetchError), ("", Damaged), ("<li>x</li><li>y</li>", Damaged)]
)
def test_a_page_that_fails_ends_the_reading_and_what_came_is_kept(
    second: str | int, error: type[Exception]
) -> None:
    site = Pages({URL: body("kelp", following="/2"), "https://lab.example/2": second})
    steps = read(site, source())
    assert titles(next(steps)) == ["kelp"]
    with pytest.raises(error):
        next(steps)


def test_half_empty_items_are_an_error_that_keeps_the_whole_ones() -> None:
    steps = read(Pages({URL: body("kelp") + "<li>one</li><li>two</li>"}), source())
    assert titles(next(steps)) == ["kelp"]
    with pytest.raises(Damaged, match="2 of 3 items have no title"):
        next(steps)


def test_a_first_page_without_items_is_an_error() -> None:
    with pytest.raises(NothingFound, match="no items"):
        list(read(Pages({URL: "<p>No more.</p>"}), source()))
