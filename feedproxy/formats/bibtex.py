"""Records as BibTeX, UTF-8, for Zotero, biber and LaTeX.

Every entry is a `@misc`, as in arXiv's own BibTeX: where a paper was printed is not known.
Its key is made from its id, so it stays the same when title or authors are corrected.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from feedproxy.formats.clean import line, web_link
from feedproxy.models import ARXIV_ABS, DOI_ORG, Record, arxiv_id, doi_of

CONTENT_TYPE = "application/x-bibtex; charset=utf-8"

# BibTeX counts even escaped braces, so those of a text are written as macros.
_ESCAPES = str.maketrans(
    {
        "\\": r"{\textbackslash}",
        "{": r"{\textbraceleft}",
        "}": r"{\textbraceright}",
        "~": r"{\textasciitilde}",
        "^": r"{\textasciicircum}",
        **{character: f"\\{character}" for character in "%&$#_"},
    }
)
# Words that a style must not turn to lower case: SNN, LoRA, GPT-4, V2, C++, but not "Networks".
_PROTECTED = re.compile(r"\w[A-Z]|[A-Z][\d+]")
_CATEGORY = re.compile(
    r"[a-z]+(?:-[a-z]+)*\.(?:[A-Z]{2}|[a-z]+(?:-[a-z]+)+)"
    r"|astro-ph|gr-qc|hep-(?:ex|lat|ph|th)|math-ph|nucl-(?:ex|th)|quant-ph"
)
# Groups, whose last word is no family name; and names with a suffix such as Jr.
_TEAM = re.compile(
    r" (?:Team|Collaboration|Consortium|Group|Initiative|Project|Labs?)\Z"
    r"|\ATeam |\A[^,]* (?:Team|Collaboration|Consortium), "
    r"|\A[^ ,]+ [^,]+ (?:Research|Institute|Foundation|Laborator(?:y|ies))\Z"
)
_SUFFIXED = re.compile(r"([^,]+?) ((?:[a-z][^ ,]* ){0,3}[^ ,]+),? (Jr\.?|Sr\.?|II|III|IV)")
_YEAR_MONTH = re.compile(r"(?:[a-z-]+/)?(\d\d)(0[1-9]|1[0-2])")
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]


def bibtex(records: Iterable[Record]) -> bytes:
    """An entry for each record, in their order; keys are unique if ids are."""
    return "\n".join(map(_entry, records)).encode()


def _entry(record: Record) -> str:
    fields = [f"  {name} = {value}" for name, value in _fields(record)]
    return ",\n".join((f"@misc{{{_key(record)}", *fields)) + "\n}\n"


def _key(record: Record) -> str:
    short = record.short_id.replace("/", "-")
    return f"arxiv-{short}" if _arxiv(record) else f"feedproxy-{short}"


def _fields(record: Record) -> Iterator[tuple[str, str]]:
    year, month, *_ = dated(record).split("-")
    plain = {
        "title": _title(record.title),
        "author": " and ".join(filter(None, map(_name, record.authors))),
        "year": year,
        "doi": _verbatim(doi(record)),
        "eprint": _arxiv(record),
        "archivePrefix": "arXiv" if _arxiv(record) else "",
        "primaryClass": _category(record) if _arxiv(record) else "",
        "url": _verbatim(web_link(record.link) or web_link(record.id)),
    }
    yield from ((name, f"{{{value}}}") for name, value in plain.items() if value)
    yield "month", _MONTHS[int(month) - 1]


def doi(record: Record) -> str:
    """The paper's own, as `10.1000/1`, however its source writes it; empty if it names none."""
    return (doi_of(record.doi) or "").removeprefix(DOI_ORG)


def _arxiv(record: Record) -> str:
    return (arxiv_id(record.id) or "") if record.id.startswith(ARXIV_ABS) else ""


def _category(record: Record) -> str:
    """The paper's first category on arXiv."""
    return next(filter(_CATEGORY.fullmatch, record.tags), "")


def dated(record: Record) -> str:
    """The day on which it was listed, such as 2026-11-20; if its arXiv id is of another month, that
    month, such as 2025-12, since a listing may show a paper years later.
    """
    day = f"{record.published:%Y-%m-%d}"
    if found := _YEAR_MONTH.match(_arxiv(record)):
        month = f"{19 if found[1] > '90' else 20}{found[1]}-{found[2]}"
        return day if day.startswith(month) else month
    return day


def _title(text: str) -> str:
    """The title, with braces around words that must keep their case."""
    words = ((word, _text(word)) for word in line(text).split())
    return " ".join(f"{{{safe}}}" if _PROTECTED.search(word) else safe for word, safe in words)


def _name(author: str) -> str:
    """`First Last` or `Last, First`; in braces if BibTeX would misread it, as a group's name."""
    name = line(author)
    several = re.search(r"(^|\s)(and|others)(\s|$)", name, re.IGNORECASE) or _TEAM.search(name)
    if not several and (suffixed := _SUFFIXED.fullmatch(name)):
        first, family, suffix = map(_text, suffixed.groups())
        return f"{family}, {suffix}, {first}"
    odd = several or name.count(",") > 1 or name.strip(" ,") != name
    return f"{{{_text(name)}}}" if odd else _text(name)


def _text(text: str) -> str:
    return text.translate(_ESCAPES)


def _verbatim(text: str) -> str:
    """A DOI or address, in which only characters that could end the value are escaped."""
    return line(text).replace("\\", "%5C").replace("{", "%7B").replace("}", "%7D")
