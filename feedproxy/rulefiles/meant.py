"""What to write instead of a key that is not known where it stands."""

from __future__ import annotations

import re
from collections.abc import Collection

from feedproxy.rulefiles.messages import did_you_mean, nearest, quoted
from feedproxy.rulefiles.nodes import Node, Scalar
from feedproxy.rulefiles.values import IN_BRACKETS, phrase
from feedproxy.rules.conditions import NUMBER_FIELDS

_FIELDS = {
    "and": "all",
    "or": "any",
    "include": "any",
    "not": "none",
    "exclude": "none",
    "except": "none",
    "without": "none",
    "tag": "keyword",
    "tags": "keyword",
    "org": "organization",
    "summary": "abstract",
    "date": "published",
}
"""Other names that people write for fields, where they do not look alike."""

_TOPIC_KEYS = {
    "source": "from",
    "sources": "from",
    "not": "exclude",
    "none": "exclude",
    "except": "exclude",
    "without": "exclude",
}
_OF_WHERE = {*NUMBER_FIELDS, "age", "published", "has"}
_BOUNDED = {"min": "upvotes", "max": "upvotes", "after": "published", "before": "published"}
_WITH_BOUND = re.compile(r"^(?:min|max)[_-]|[_-](?:min|max)$")


def unknown_field(key: Scalar, value: Node, fields: Collection[str]) -> str:
    """Of a condition that is not one of the `fields`."""
    if value == "":
        return f"unknown field {quoted(key)}: {IN_BRACKETS}"
    if field := _BOUNDED.get(key):
        return f"unknown field {quoted(key)}: write what it bounds, as {field}: {{{key}: ..}}"
    known = _FIELDS.get(key.casefold())
    guess = did_you_mean(known or key, fields)
    hints = []
    if isinstance(value, Scalar) and not (guess and (known or key.islower())):
        hints.append(f"a phrase with a colon needs quotes: {phrase(key, value)}")
    if not guess:
        hints.append(f"fields are {', '.join(fields)}")
    told = [f"unknown field {quoted(key)}{guess}", "; ".join(hints)]
    return ("; " if guess else ": ").join(filter(None, told))


def unknown_score_key(key: Scalar, value: Node, fields: Collection[str]) -> str:
    """Of an entry that adds to the score."""
    if key in ("min", "max"):
        return f"unknown field {quoted(key)}: write where: {{score: {{{key}: ..}}}}"
    return unknown_field(key, value, fields)


def unknown_topic_key(key: Scalar, keys: Collection[str], fields: Collection[str]) -> str:
    """Of a topic or of the defaults, which have these `keys`; perhaps it is one of the `fields`."""
    word = _WITH_BOUND.sub("", key.casefold())
    if other := _TOPIC_KEYS.get(word):
        return f"unknown key {quoted(key)}{did_you_mean(other, keys)}"
    field = word if word in fields else _FIELDS.get(word)
    guess = "" if field else did_you_mean(key, keys)
    field = field or (None if guess else nearest(word, fields))
    if field is None:
        return f"unknown key {quoted(key)}{guess}"
    as_written = f"where: {{{field}: ..}}" if field in _OF_WHERE else f"include: [{{{field}: ..}}]"
    return f"unknown key {quoted(key)}: it is a condition, write {as_written}"
