r"""The small language that says where something stands on a page.

    li.paper h3 a                  CSS, within the item
    :scope > h3                    CSS, from the item itself on
    xpath:.//h3/a                  XPath, from the item on
    h3 a@href      @href      .    an attribute; of the item itself; the item's own text
    .votes | regex:\d+             the first match, or its group if it has one
    .date | date:%d %B %Y          a day, written as strptime says

Parsing raises BadTerm, which says what to write instead. Selecting takes time linear in the
item's size, unless the user's own XPath asks for more.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from cssselect import HTMLTranslator, SelectorError, parser
from cssselect.xpath import XPathExpr
from lxml import etree

from feedproxy.errors import BadTerm
from feedproxy.sources.dates import day_in, problem_of_format
from feedproxy.sources.html.texts import text_of
from feedproxy.terms.regexes import parse_regex

LONGEST = 500
"""Characters of a selector."""
MOST_AROUND = 10
"""Matches of one selector within each other whose texts are read: each is a part of the others'."""
XPATH = "xpath:"
_ATTRIBUTE = re.compile(r"(?P<path>.*?)@(?P<attribute>[\w:.-]+)")
_CLEANUP = re.compile(r"\s*\|\s*(?=[a-z]+:(?!:))")
_LITERAL = re.compile(r"\"[^\"]*\"|'[^']*'")
_FUNCTIONS = (
    "last position count id local-name namespace-uri name string concat starts-with contains"
    " substring-before substring-after substring string-length normalize-space translate boolean"
    " not true false lang number sum floor ceiling round text node comment"
    " processing-instruction and or div mod"
)
_UNKNOWN = re.compile(
    rf"(?<![\w.-])(?!(?:{_FUNCTIONS.replace(' ', '|')})\s*\()[\w.-]+\s*\(\s*\)?|\$[\w.-]+"
)


class _FromItem(HTMLTranslator):
    def xpath_scope_pseudo(self, xpath: XPathExpr) -> XPathExpr:
        """`:scope` adds nothing: the axis before it leads to the item alone."""
        return xpath


class _FromAnywhere(HTMLTranslator):
    def xpath_indirect_adjacent_combinator(self, left: XPathExpr, right: XPathExpr) -> XPathExpr:
        """`a ~ b` as `b[preceding-sibling::a]`, where that is the same: from all `a` to all `b`
        libxml2 takes cubic time, 17 s for 4,000.
        """
        is_plain = not right.path and "following-sibling::" not in left.path
        if not is_plain or "position()" in f"{left.condition}{right.condition}":
            return super().xpath_indirect_adjacent_combinator(left, right)
        before = XPathExpr(element=left.element, condition=left.condition)
        left.element, left.condition = right.element, right.condition
        return left.add_condition(f"preceding-sibling::{before}")


_FROM_ITEM, _FROM_ANYWHERE = _FromItem(), _FromAnywhere()

Clean = Callable[[str, datetime], str]
"""(text, moment of reading) -> the wanted part of the text; may be empty."""


@dataclass(frozen=True, slots=True)
class Selector:
    """One way to find something in an item."""

    written: str
    find: etree.XPath
    attribute: str = ""
    cleanups: tuple[Clean, ...] = ()

    def texts(self, item: etree._Element, seen: datetime, default: str = "") -> Iterator[str]:
        """All texts found that are not blank; `default` is the attribute if none is written."""
        for raw in self._raw(item, default):
            text = raw
            for clean in self.cleanups:
                text = clean(text, seen)
            if text := text.strip():
                yield text

    def _raw(self, item: etree._Element, default: str) -> Iterator[str]:
        found = self.find(item)
        around: dict[etree._Element, int] = {}
        for each in found if isinstance(found, list) else [found]:
            if not isinstance(each, etree._Element):
                yield str(each)
            elif self.attribute:
                yield each.get(self.attribute, "")
            elif default and (written := each.get(default)):
                yield written
            else:
                matches = (around[outer] for outer in each.iterancestors() if outer in around)
                around[each] = next(matches, 0) + 1
                yield text_of(each) if around[each] <= MOST_AROUND else ""


@dataclass(frozen=True, slots=True)
class Items:
    """Where the items stand."""

    written: str
    find: etree.XPath
    container: str
    """The selector without its last step; empty if it has only one step."""
    find_container: etree.XPath


@lru_cache(maxsize=1024)
def parse_selector(written: str) -> Selector:
    path, *cleanups = _CLEANUP.split(_short(written))
    attribute = ""
    if not path.startswith(XPATH) and (found := _ATTRIBUTE.fullmatch(path)):
        path, attribute = found["path"].strip(), found["attribute"].lower()
    if path == "." or (attribute and not path):
        find = _compiled(".")
    else:
        find = _compiled(_xpath(path, "descendant::"))
    return Selector(written, find, attribute, tuple(map(_cleanup, cleanups)))


@lru_cache(maxsize=1024)
def parse_items(written: str) -> Items:
    if _ATTRIBUTE.fullmatch(written) and not written.startswith(XPATH):
        raise BadTerm("an item is an element: leave out the @ and what follows")
    find = _compiled(_xpath(_short(written), "descendant-or-self::", whole_page=True))
    container, path = _container(written)
    return Items(written, find, container, _compiled(path))


def only_elements(found: object) -> list[etree._Element]:
    """The elements in what an XPath found, which may also be texts, or a number."""
    each = found if isinstance(found, list) else []
    return [element for element in each if isinstance(element, etree._Element)]


def _short(written: str) -> str:
    if len(written) > LONGEST:
        raise BadTerm(f"it has {len(written)} characters, {LONGEST} at most")
    written = written.strip()
    if written.startswith(("/", "./")):
        raise BadTerm(f"{written!r} is no CSS selector: XPath is written {XPATH}{written}")
    return written


def _xpath(path: str, axis: str, *, whole_page: bool = False) -> str:
    if not path.startswith(XPATH):
        return _from_css(path, axis)
    path = path.removeprefix(XPATH).strip()
    if path.startswith("/") and not whole_page:
        raise BadTerm(f"{path!r} looks through the whole page for every item: write .{path}")
    return path


def _from_css(css: str, axis: str) -> str:
    try:
        trees = parser.parse(css)
        return " | ".join(_step_by_step(tree, axis) for tree in trees)
    except SelectorError as e:
        raise BadTerm(f"{css!r} is no CSS selector ({e}){_hint(css)}") from e


def _step_by_step(tree: parser.Selector, axis: str) -> str:
    """As XPath that begins with `axis`, or with `self::` if the first step is `:scope`."""
    step: object = tree.parsed_tree
    while step is not None:
        if isinstance(step, parser.Pseudo) and step.ident == "scope":
            return _FROM_ITEM.selector_to_xpath(tree, "self::", translate_pseudo_elements=True)
        step = getattr(step, "selector", None)
    return _FROM_ANYWHERE.selector_to_xpath(tree, axis, translate_pseudo_elements=True)


def _hint(css: str) -> str:
    if "::" in css:
        return ": for an attribute write a@href; ::text is not needed"
    if ":scope" in css.lower():
        return ": it is the item itself and stands first, as in :scope > h3"
    return ""


def _compiled(path: str) -> etree.XPath:
    try:
        find = etree.XPath(path, regexp=False, smart_strings=False)
        find(etree.Element("p"))
    except (etree.XPathError, ValueError) as e:
        raise BadTerm(f"{path!r} is no XPath ({e})") from e
    # libxml2 looks up functions and variables only when it reaches them.
    if unknown := _UNKNOWN.search(_LITERAL.sub("''", path)):
        raise BadTerm(f"XPath 1.0 has no {unknown[0]}")
    return find


def _cleanup(written: str) -> Clean:
    name, _, argument = written.partition(":")
    if name == "regex":
        regex = parse_regex(argument.strip(), ignore_case=False)
        return lambda text, _: regex.first(text)
    if name == "date":
        form = argument.strip()
        if problem := problem_of_format(form):
            raise BadTerm(problem)
        return lambda text, seen: str(day_in(text, form, seen) or "")
    raise BadTerm(f"no clean-up is called {name!r}: write regex: or date:")


def _container(written: str) -> tuple[str, str]:
    """The items' container, as the user would write it, and as XPath; the body if it is unknown."""
    if written.startswith(XPATH):
        steps = written.removeprefix(XPATH).strip()
        path = steps[: _last_step(steps)].rstrip("/")
        return (XPATH + path, path) if path.strip("./") else ("", "//body")
    trees = [selector.parsed_tree for selector in parser.parse(written)]
    outer = [tree.selector for tree in trees if isinstance(tree, parser.CombinedSelector)]
    if len(outer) < len(trees):
        return "", "//body"
    css = ", ".join(tree.canonical() for tree in outer)
    return css, _from_css(css, "descendant-or-self::")


def _last_step(path: str) -> int:
    """Where the last `/` outside of brackets stands."""
    depth = 0
    for at in reversed(range(len(path))):
        depth += (path[at] in ")]") - (path[at] in "([")
        if path[at] == "/" and depth == 0:
            return at
    return 0
