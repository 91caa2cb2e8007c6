"""Elements of a page -> the shortest CSS that finds them again.

Positions among siblings are never used, and class names made up by a build tool only if nothing
else tells the elements apart: the selectors must also fit the next page.
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
    """Makes selectors for the elements of one document."""

    def __init__(self, document: Element) -> None:
        self._common = Counter(
            name for each in document.iter(etree.Element) for name in set(classes(each))
        )

    def selectors(self, elements: Sequence[Element], within: Collection[Element]) -> Iterator[str]:
        """Selectors such as `.title`, `h3 > .title`, ever longer, up to a child of `within`."""
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
        """One step of a selector: the tag and the rarest class that all the elements share."""
        one = elements[0]
        if len(set(elements)) == 1 and is_stable(one.get("id", "")):
            return f"#{one.get('id')}"
        tag = tag_of(one) if len({each.tag for each in elements}) == 1 else "*"
        shared = _shared(elements, made_up)
        name = min(shared, key=lambda each: self._common[each], default="")
        return f"{tag}.{name}" if name else tag


def _shared(elements: Sequence[Element], made_up: bool) -> list[str]:
    """The classes that all elements share, in the order of the first element."""
    common = reduce(set.__and__, (set(classes(each)) for each in elements))
    names = [each for each in classes(elements[0]) if each in common]
    return [each for each in names if made_up or is_stable(each)]


def find(css: str, document: Element) -> list[Element]:
    """The elements that the kind `html` would take for items."""
    return only_elements(parse_items(css).find(document))


def tag_of(element: Element) -> str:
    """The tag in CSS; `*` if CSS cannot name it, such as `o:p`."""
    tag = str(element.tag)
    return tag if _PLAIN.fullmatch(tag) else "*"


def classes(element: Element) -> list[str]:
    return [name for name in element.get("class", "").split() if _PLAIN.fullmatch(name)]


def is_stable(name: str) -> bool:
    """Whether the name looks as if a person had given it, and not to a single element."""
    return bool(_PLAIN.fullmatch(name)) and not _MADE_UP.search(name)
