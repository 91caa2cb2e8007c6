"""`a ~ b` finds what cssselect's own translation finds, without a way from each `a` to each `b`."""

from __future__ import annotations

from itertools import product

import pytest
from cssselect import HTMLTranslator
from lxml import etree

from feedproxy.sources.html.selectors import parse_items, parse_selector

PAGE = """
<body><h2 class="x">1</h2><ul class="y"><li class="x">2</li><li>3<p class="x">4</p><p>5</p></li>
<li class="x y">6<a>7</a></li></ul><p>8</p><h2>9</h2><ul><li><a class="x">10</a><p>11</p></li>
<li class="y">12</li></ul></body>
"""
STEPS = ("li", "*", ".x", "p.x", "li:first-child", "p:not(.x)", "p:first-of-type")


@pytest.mark.parametrize("combined", ["{} ~ {}", "{} + {} ~ li", "ul > {} ~ {} a", "{} ~ {} ~ p"])
def test_siblings_are_those_that_css_means(combined: str) -> None:
    page = etree.fromstring(PAGE)
    found = 0
    for steps in product(STEPS, STEPS):
        css = combined.format(*steps)
        meant = etree.XPath(HTMLTranslator().css_to_xpath(css, "descendant::"))(page)
        assert parse_selector(css).find(page) == meant, css
        assert parse_items(css).find(page) == meant, css
        found += bool(meant)
    assert found > 1


def test_each_sibling_is_found_once_by_looking_back() -> None:
    """libxml2 takes 17 s for `following-sibling` from each of 4,000 siblings."""
    assert "following-sibling" not in parse_items("li ~ li").find.path
    assert "following-sibling" not in parse_selector("table > tr ~ tr.paper td").find.path
