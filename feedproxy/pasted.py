"""What people paste to name a paper -> ids and links that a record may have. Pure.

    [2611.00001] A title        arXiv:2611.00001v2 [cs.NE]      arxiv.org/abs/hep-th/9711200
    (https://lab.example/7).    doi:10.1234/ABC                 .../topics/spiking/why/2611.00001

They do not prove identity: the text may only mention a paper.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from urllib.parse import unquote, urldefrag

from feedproxy.links import canonical
from feedproxy.models import ARXIV_ABS, Record, arxiv_id, doi_of, short_id

LONGEST = 2000
"""How many characters are searched."""

_AROUND = "<>()[]{}\"'“”‘’«».,;:!? \t\r\n"
_PAPER = re.compile(
    r"(?<!\w)(?<!\d\.)(?:arxiv-)?"
    r"(?P<paper>\d{4}\.\d{4,5}|[a-z]{2,8}(?:-[a-z]{2,4})?(?:\.[a-z]{2})?[/-]\d{7})(?:v\d+)?(?!\w|\.\d)"
    r"|(?P<doi>(?!10\.48550/)10\.\d{4,9}/[^\s<>\"?#]+)",
    re.IGNORECASE | re.ASCII,
)
_OF_A_PAGE = re.compile(
    r"(?:v\d{1,2})?(?:/?\.?(?:full|abstract|e?pdf|meta|html)){0,3}\Z", re.IGNORECASE
)
"""What publishers append to a DOI in the address of its page."""
_OURS = re.compile(r"(?:.*/why/|feedproxy-)?(?P<id>[0-9a-f]{12})(?:[?#].*)?")
_HASH = re.compile(r"[0-9a-f]{12}")
_BEGINNING = re.compile(r"\W*+(?:arxiv|doi)?+[:\s]*+(?![a-z]+-\d{7})(?P<word>\S+)", re.IGNORECASE)
"""The first word, without `arXiv:`. A star's name, as KIC-8462852, only looks like our BibTeX."""


def ids_in(pasted: str) -> tuple[str, ...]:
    """The ids and links that the text names, the likeliest first."""
    return tuple(dict.fromkeys(_ids(pasted[:LONGEST])))


def ids_at_the_start(written: str) -> tuple[str, ...]:
    """Those that the text begins with: a title may mention another paper further on."""
    first = _BEGINNING.match(written)
    return ids_in(first["word"]) if first else ()


def _ids(pasted: str) -> Iterator[str]:
    found = list(_PAPER.finditer(unquote(pasted)))
    for each in filter(None, (match["paper"] for match in found)):
        yield ARXIV_ABS + (arxiv_id(f"arxiv:{_with_slash(each)}") or "")
    for each in filter(None, (match["doi"] for match in found)):
        bare = each.rstrip(_AROUND)
        yield from filter(None, map(doi_of, (each, bare, _OF_A_PAGE.sub("", bare))))
    trimmed = pasted.strip(_AROUND)
    if ours := _OURS.fullmatch(trimmed):
        yield ours["id"]
    if trimmed.startswith(("http://", "https://")):
        page = canonical(trimmed)
        yield from (pasted.strip(), trimmed, page, urldefrag(page).url)


def _with_slash(paper: str) -> str:
    """The arXiv id with its slash, which a key of our BibTeX lacks."""
    return re.sub(r"-(?=\d{7})", "/", paper)


def goes_by(record: Record, ids: Collection[str]) -> bool:
    """Whether one of `ids` is the record's id, a former or its short id, its link or DOI."""
    if record.id in ids or record.link in ids or any(each in ids for each in record.aliases):
        return True
    if record.doi and doi_of(record.doi) in ids:
        return True
    is_short = any(map(_HASH.fullmatch, ids))
    return is_short and any(short_id(each) in ids for each in (record.id, *record.aliases))
