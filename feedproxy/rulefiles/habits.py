"""Terms written as for a search engine, where signs and capitals are operators, or that YAML does
not read as they look. Only a warning: such a text can stand in a title.
"""

from __future__ import annotations

import re

from feedproxy.rulefiles.messages import quoted
from feedproxy.rulefiles.model import Fields
from feedproxy.rulefiles.nodes import Scalar

_TERM = r"(?=[\"'“(]*(?:\$(?!.*\$))?[^\W\d])"
"""Where a word begins, or a `$list`, in brackets and quotes or not; but no formula."""
_MINUS = re.compile(rf"(?:-\s*|.* -){_TERM}")
_NOT = re.compile(rf"NOT {_TERM}")
_OPERATOR = re.compile(r"[\w\"'”)] (AND|OR|NOT|&&|\|\|) [\w\"'“($]")
_SEARCHED = re.compile(
    r'"|(?:^| )\(|&&|\|\||^NOT [\w-]{2,6}$|^[\w-]{2,6}(?: OR [\w-]{2,6})+$',
)
"""What a text in capitals has if it searches: another sign, or only acronyms beside OR or NOT."""
_FIELD = re.compile(rf"({'|'.join(Fields.model_fields)}):(\s*)\S")


def habit(written: str) -> str | None:
    """What to write for what was likely meant; None: there is no doubt."""
    if written.startswith("/"):
        return None
    shouted = written.isupper() and not _SEARCHED.search(written)
    if _MINUS.match(written) or (_NOT.match(written) and not shouted):
        return (
            f"nothing in {quoted(written)} keeps papers out: write such terms under exclude; "
            "an item of a list needs a space after its -"
        )
    if (found := _OPERATOR.search(written)) and not shouted:
        return (
            f"{quoted(written)} is one phrase, {quoted(found[1])} included: "
            "for either write two terms, for both all: [.., ..]"
        )
    if found := _FIELD.match(written):
        how = "leave out the quotes" if found[2] else "put a space after the colon"
        return f"{quoted(written)} is one phrase, {quoted(found[1])} included: for that field {how}"
    return None


def joined(written: Scalar) -> str | None:
    """What to write where YAML joins terms, as a `- ` is missing or out of its column."""
    if not written.goes_on:
        return None
    return (
        f"line {written.goes_on} goes on with the term {quoted(' '.join(written.split()))}: each "
        'term needs a "- " of its own, all in one column; inside [ ], a "," between two'
    )
