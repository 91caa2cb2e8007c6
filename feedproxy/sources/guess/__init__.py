"""An address, or the page at it -> how it might be read: the guesses of `try-source`.

    address -> a site that has a kind of its own                                 guess_address
    page    -> a feed, JSON or HTML -> guesses, each with the records it reads   look

Nothing is fetched here. A guess is made for one page only: whether it also fits the next one
is for the user to see.
"""

from __future__ import annotations

from feedproxy.errors import NothingFound
from feedproxy.models import Listing, Page
from feedproxy.sources import feed
from feedproxy.sources.documents import page_text
from feedproxy.sources.guess.addresses import guess_address
from feedproxy.sources.guess.guesses import HIGHEST, Found, Guess
from feedproxy.sources.guess.objects import guess_answer
from feedproxy.sources.guess.pages import guess_page

__all__ = ["Found", "Guess", "guess_address", "look"]


def look(page: Page) -> Found:
    """Guesses how to read a page. Raises Damaged if it is cut off, or no page at all."""
    is_json = page_text(page).lstrip().startswith(("{", "["))
    if not is_json or b"jsonfeed.org" in page.body:
        try:
            return Found((_as_feed(feed.parse(page), page.url),))
        except NothingFound:
            pass
    return guess_answer(page) if is_json else guess_page(page)


def _as_feed(listing: Listing, url: str) -> Guess:
    count = len(listing.records)
    grounds = (f"it is a feed, with {count} entries" if count else "it is a feed, empty for now",)
    return Guess("feed", {"url": url}, HIGHEST, grounds, listing.records)
