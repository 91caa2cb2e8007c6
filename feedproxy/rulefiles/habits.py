"""Terms written as for a search engine, where the signs would mean something. Only a warning:
such a text can stand in a title.
"""

from __future__ import annotations

import re

from feedproxy.rulefiles.messages import quoted

_WITHOUT = re.compile(r"[-!](?=\w)")
_OPERATOR = re.compile(r"(?:^| )(AND|OR|NOT|&&|\|\|?) ")


def habit(written: str) -> str | None:
    """What the term means here, and what to write for what was likely meant; None: no doubt."""
    if found := _WITHOUT.match(written):
        return (
            f"{quoted(written)} finds {quoted(written[found.end() :])}: what keeps papers out "
            "stands below exclude; an item of a list needs a space behind its -"
        )
    if (found := _OPERATOR.search(written)) and not written.startswith("/"):
        return (
            f"{quoted(written)} is one phrase with {quoted(found[1])} in it: for either write two "
            "terms, for both all: [.., ..]; what keeps papers out stands below exclude"
        )
    return None
