"""Elements of a page -> the CSS by which they are found again, as short as it can be.

Never a position among siblings, and a class name that a build tool made up only where nothing
else tells the elements apart: the next page must have them, too.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from functools import reduce

from lxml import etree

from feedproxy.sources.guess.repeats import Element
from feedproxy.sources.html.selectors import only_elements, parse_items

MOST_STEPS = 5

_PLAIN = re.compile(r"-?[A-Za-z_][A-Za-z0-9_-]{0,38}")
_MADE_UP = re.compile(
    r"(?:^|[-_])(?=[A-Za-z]*[0-9])(?=[0-9]*[A-Za-z])[A-Za-z0-9]{5,}(?:$|[-_])"  # css-1x2y3z
    r"|[0-9]{3,}"  # post-3283
    r"|[a-z][A-Z][a-z]?[A-Z]|^(?:css|sc|jsx|svelte|ng)-"  # bdVaJa, ng-star-inserted
)


class Naming:
    """How elements of one document may be called."""

    def __init__(self, document: Element) -> None:
        self._common = Counter(
            name for each in document.iter(etree.Element) for name in set(classes(each))
        )

    def ways(self, elements: Sequence[Element], within: Collection[Element]) -> Iterator[str]:
        """`.title`, `h3 > .title` and so on, up to the child of an element of `within`."""
        for made_up in (False, True):
            css = ""
            level: Sequence[Element] = elements
            for _ in range(MOST_STEPS):
                step = self._step(level, made_up)
                css = f"{step} > {css}" if css else step
                yield css
                around = [each.getparent() for each in level]
                level = [each for each in around if each is not None and each not in within]
                if len(level) < len(around):
                    break

    def _step(self, elements: Sequence[Element], made_up: bool) -> str:
        """What they have in common: the tag and the class that is rarest on the page."""
        one = elements[0]
        if len(set(elements)) == 1 and is_stable(one.get("id", "")):
            return f"#{one.get('id')}"
        tag = tag_of(one) if len({each.tag for each in elements}) == 1 else "*"
        shared = _shared(elements, made_up)
        name = min(shared, key=lambda each: self._common[each], default="")
        return f"{tag}.{name}" if name else tag


def _shared(elements: Sequence[Element], made_up: bool) -> list[str]:
    """The classes that all of them have, in the order of the first one's."""
    common = reduce(set.__and__, (set(classes(each)) for each in elements))
    names = [each for each in classes(elements[0]) if each in common]
    return [each for each in names if made_up or is_stable(each)]


def find(css: str, document: Element) -> list[Element]:
    """What the kind `html` would take for items."""
    return only_elements(parse_items(css).find(document))


def tag_of(element: Element) -> str:
    """As CSS; `*` for one that it cannot name, such as `o:p`."""
    tag = str(element.tag)
    return tag if _PLAIN.fullmatch(tag) else "*"


def classes(element: Element) -> list[str]:
    return [name for name in element.get("class", "").split() if _PLAIN.fullmatch(name)]


def is_stable(name: str) -> bool:
    """Whether a person gave this name, to no one element alone."""
    return bool(_PLAIN.fullmatch(name)) and not _MADE_UP.search(name)
