"""Terms written as for a search engine, where signs and capitals are operators. Only a warning:
such a text can stand in a title.
"""

from __future__ import annotations

import re

from feedproxy.rulefiles.messages import quoted

_WITHOUT = re.compile(r"(?:NOT |-\s*|.* -)(?=[^\W\d])")
_OPERATOR = re.compile(r"\w (AND|OR|NOT|&&|\|\|) \w")


def habit(written: str) -> str | None:
    """What to write for what was likely meant; None: there is no doubt."""
    if written.startswith("/") or written.isupper():
        return None
    if _WITHOUT.match(written):
        return (
            f"nothing in {quoted(written)} keeps papers out: write such terms under exclude; "
            "an item of a list needs a space after its -"
        )
    if found := _OPERATOR.search(written):
        return (
            f"{quoted(written)} is one phrase, {quoted(found[1])} included: "
            "for either write two terms, for both all: [.., ..]"
        )
    return None
