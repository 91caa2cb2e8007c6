"""What Zotero and the like read from a page, to save a paper with one click.

highwire   `citation_*` tags, for a page about one paper
coins      the title of a span (an OpenURL context object), for a page with many papers
"""

from __future__ import annotations

from urllib.parse import urlencode

from feedproxy.formats.bibtex import dated, doi
from feedproxy.models import ARXIV_ABS, TITLE_LIMIT, Record

AUTHORS = 100
"""How many authors are named; the papers of big collaborations have thousands."""


def highwire(record: Record) -> list[tuple[str, str]]:
    """Names and contents of the tags, without those that are empty or absurdly long."""
    arxiv = record.id.removeprefix(ARXIV_ABS) if record.id.startswith(ARXIV_ABS) else ""
    tags = [
        ("citation_title", record.title),
        *(("citation_author", author) for author in record.authors[:AUTHORS] if len(author) <= 100),
        ("citation_publication_date", dated(record).replace("-", "/")),
        ("citation_doi", _doi(record)),
        ("citation_arxiv_id", arxiv),
        ("citation_pdf_url", record.pdf),
        ("citation_public_url", record.link),
        *(("citation_keywords", tag) for tag in record.tags[:20]),
    ]
    return [(name, content) for name, content in tags if 0 < len(content) <= TITLE_LIMIT]


def coins(record: Record) -> str:
    """Empty if there are too many authors to name all: with only some it would be wrong."""
    if len(record.authors) > AUTHORS:
        return ""
    own = _doi(record)
    fields = [
        ("ctx_ver", "Z39.88-2004"),
        ("rft_val_fmt", "info:ofi/fmt:kev:mtx:journal"),
        ("rft.genre", "preprint"),
        ("rft.atitle", record.title),
        ("rft.date", dated(record)),
        ("rft_id", f"info:doi/{own}" if own else record.link),
        *(("rft.au", author) for author in record.authors),
    ]
    return urlencode(fields, errors="replace")


def _doi(record: Record) -> str:
    """The paper's own, else the one that arXiv gave it."""
    own = doi(record)
    if own or not record.id.startswith(ARXIV_ABS):
        return own
    return "10.48550/arXiv." + record.id.removeprefix(ARXIV_ABS)
