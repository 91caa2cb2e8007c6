"""What a rules file may hold: the one definition that reads files and makes the JSON Schema."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Annotated, Self

from pydantic import Discriminator, Field, Tag, model_validator
from pydantic.json_schema import JsonSchemaValue

from feedproxy.rulefiles import values
from feedproxy.rulefiles.meant import unknown_field, unknown_score_key, unknown_topic_key
from feedproxy.rulefiles.messages import quoted
from feedproxy.rulefiles.nodes import Node, Scalar, Table
from feedproxy.rulefiles.shapes import (
    CONDITION,
    TEXT,
    Filled,
    Many,
    Maybe,
    Placed,
    StrictModel,
    Written,
    choice,
    or_written,
)
from feedproxy.rulefiles.values import Wrong
from feedproxy.rules.conditions import HAS, SORTS

Text = Annotated[Scalar, Written(values.text)]
Name = Annotated[Scalar, Written(values.name, {**TEXT, "pattern": values.ANY_NAME})]
TopicName = Annotated[Scalar, Written(values.topic_name, {**TEXT, "pattern": values.TOPIC_NAME})]
NUMBER = {"type": ["number", "string"], "pattern": values.NUMBER}
Number = Annotated[float, Written(values.number, NUMBER)]
Count = Annotated[float, Written(values.count, NUMBER)]
DURATION: JsonSchemaValue = {"type": "string", "pattern": values.DURATION}
Duration = Annotated[timedelta, Written(values.duration, DURATION)]
Day = Annotated[date, Written(values.day, {"type": "string", "pattern": values.DAY})]
TRUTH = {"type": ["boolean", "string"], "pattern": values.TRUTH}
Truth = Annotated[bool, Written(values.truth, TRUTH)]
LIMIT = {"type": ["integer", "string"], "minimum": 1, "maximum": 1000, "pattern": values.INTEGER}
Limit = Annotated[int, Written(values.integer(1, 1000), LIMIT)]
Has = Annotated[Scalar, choice(HAS)]
Sort = Annotated[Scalar, choice(SORTS)]
Ids = Annotated[Scalar, choice(("global", "per-topic"))]
Digest = Annotated[Scalar, choice(("daily", "weekly"))]
COMPARISON = {"type": "string", "pattern": values.COMPARISON}


class _Range(StrictModel):
    @model_validator(mode="before")
    @classmethod
    def _say_something(cls, node: Node) -> Node:
        if node == {}:
            raise Wrong(f"is empty: write {' or '.join(cls.model_fields)}")
        return node

    @model_validator(mode="after")
    def _leave_room(self) -> Self:
        low, high = (getattr(self, key) for key in type(self).model_fields)
        if low is not None and high is not None and not self.leaves_room(low, high):
            raise Wrong(f"nothing lies between {' and '.join(type(self).model_fields)}")
        return self

    @staticmethod
    def leaves_room(low: object, high: object) -> bool:
        return low <= high  # type: ignore[operator,no-any-return]  # two of one ordered type


class NumberRange(_Range):
    min: Maybe[Number] = None
    """At least so many, this number included."""
    max: Maybe[Number] = None
    """At most so many, this number included."""


class CountRange(NumberRange):
    min: Maybe[Count] = None
    """At least so many, this number included."""
    max: Maybe[Count] = None
    """At most so many, this number included."""


class AgeRange(_Range):
    min: Maybe[Duration] = None
    """Listed at least so long ago: 30m, 12h, 7d, 2w."""
    max: Maybe[Duration] = None
    """Listed at most so long ago: 30m, 12h, 7d, 2w."""


class DayRange(_Range):
    after: Maybe[Day] = None
    """Listed after this day, as 2026-01-31."""
    before: Maybe[Day] = None
    """Listed before this day, as 2026-01-31."""

    @staticmethod
    def leaves_room(low: object, high: object) -> bool:
        return isinstance(low, date) and isinstance(high, date) and (high - low).days > 1


Counts = Annotated[CountRange, or_written(values.counts, COMPARISON)]
Points = Annotated[NumberRange, or_written(values.points, COMPARISON)]
Ages = Annotated[AgeRange, or_written(values.ages, COMPARISON)]
Days = Annotated[DayRange, or_written(values.days, COMPARISON)]


def _kind_of_condition(node: Node) -> str:
    return "term" if isinstance(node, Scalar) else CONDITION


Condition = Annotated[
    Annotated[Text, Tag("term")] | Annotated["Fields", Tag(CONDITION)],
    Discriminator(_kind_of_condition),
]


class Fields(StrictModel):
    """Conditions on fields; all of them hold."""

    title: Many[Text] = ()
    """Any of these terms is found in the title."""
    abstract: Many[Text] = ()
    """Any of these terms is found in the abstract."""
    text: Many[Text] = ()
    """Any of these terms is found in the title or in the abstract."""
    author: Many[Text] = ()
    """Any of these terms is found in one author's name."""
    organization: Many[Text] = ()
    """Any of these terms is found in the organization's name."""
    submitter: Many[Text] = ()
    """Any of these terms is found in the submitter's name."""
    keyword: Many[Text] = ()
    """Any of these terms is found in one of the tags or keywords."""
    source: Many[Text] = ()
    """Any of these terms is found in the source's name."""
    link: Many[Text] = ()
    """Any of these terms is found in the link."""
    id: Many[Text] = ()
    """Any of these terms is found in the id."""
    upvotes: Maybe[Counts] = None
    comments: Maybe[Counts] = None
    stars: Maybe[Counts] = None
    authors: Maybe[Counts] = None
    """How many authors there are."""
    score: Maybe[Points] = None
    """The sum of the score's entries whose conditions hold."""
    age: Maybe[Ages] = None
    """How long ago it was listed."""
    published: Maybe[Days] = None
    """The day it was listed."""
    has: Many[Has] = ()
    """It has any of these."""
    any: Many[Condition] = ()
    """At least one of these conditions holds."""
    all: Many[Condition] = ()
    """Every one of these conditions holds."""
    none: Many[Condition] = ()
    """None of these conditions holds."""

    @classmethod
    def unknown(cls, key: Scalar, value: Node) -> str:
        return unknown_field(key, value, cls.model_fields)

    @model_validator(mode="before")
    @classmethod
    def _say_something(cls, node: Node) -> Node:
        if node == {}:
            raise Wrong("is empty: write a condition, or remove it")
        return node


class Scored(Placed, Fields):
    """A condition, and what it adds to the score where it holds."""

    add: Number
    """How many points, may be negative."""

    @classmethod
    def unknown(cls, key: Scalar, value: Node) -> str:
        return unknown_score_key(key, value, cls.model_fields)

    @model_validator(mode="before")
    @classmethod
    def _say_something(cls, node: Node) -> Node:
        if isinstance(node, Table) and set(node) <= {"add"}:
            raise Wrong("no condition: write which records get these points, as title: agent")
        return node


class Tests(StrictModel):
    """Ids or links of records in the archive, or plain titles."""

    match: Many[Text] = ()
    """These must be taken."""
    reject: Many[Text] = ()
    """These must not be taken."""


class Defaults(Placed):
    """What holds for every topic of this file."""

    description: Maybe[Text] = None
    """The feed's description."""
    from_: Many[Text] = Field(default=(), alias="from")
    """The sources' names."""
    include: Many[Condition] = ()
    """Any of these must hold."""
    exclude: Many[Condition] = ()
    """None of these may hold; always wins."""
    where: Maybe[Fields] = None
    """All of these must hold."""
    score: Many[Scored] = ()
    """Points for conditions that hold."""
    sort: Maybe[Sort] = None
    """The feed's order; newest by default."""
    limit: Maybe[Limit] = None
    """Entries per page of the feed; 100 by default."""
    ids: Maybe[Ids] = None
    """`per-topic` for readers that key entries over all feeds."""
    digest: Maybe[Digest] = None
    """Part of the daily or the weekly mail."""

    @classmethod
    def unknown(cls, key: Scalar, value: Node) -> str:  # noqa: ARG003
        if key in Topic.known_keys():
            return f"{quoted(key)} stands in a topic only"
        return unknown_topic_key(key, cls.known_keys(), Fields.model_fields)


class Topic(Defaults):
    """Include any of these, exclude all of those, where all of this holds."""

    title: Maybe[Text] = None
    """The feed's title; the topic's name by default."""
    tests: Maybe[Filled[Tests]] = None
    """Records and titles that must and must not be taken."""
    inherit: Truth = True
    """Whether the file's defaults hold."""
    renamed: Many[TopicName] = ()
    """Former names, which redirect."""


class SourceKeys(Placed):
    """A listing's address and how to read it."""

    title: Maybe[Text] = None
    """Shown to people."""
    refresh: Maybe[Duration] = None
    """How often it is due; 30m by default."""
    keep: Maybe[Duration] = None
    """How long the archive keeps its records; for ever by default."""
    headers: Filled[Mapping[Text, Text]] = Field(default_factory=dict)
    """Sent with its requests; ${NAME} is taken from the environment."""


def _bare(node: Node) -> Node:
    if node == "":
        return Table(node.place)
    name = node.place.path.rpartition(".")[2]
    if name in Topic.known_keys() and not isinstance(node, Table):
        raise Wrong(f'"{name}" stands where a topic\'s name is wanted: indent it below that name')
    return node


BareTopic = Annotated[Topic, or_written(_bare, {"type": "null"})]


class File(StrictModel):
    """A rules file."""

    sources: Filled[Mapping[Name, SourceKeys]] = Field(default_factory=dict)
    """Listings beside the built-in ones."""
    lists: Filled[Mapping[Name, Many[Condition]]] = Field(default_factory=dict)
    """Conditions that are used as $name, in any file."""
    defaults: Maybe[Filled[Defaults]] = None
    topics: Filled[Mapping[TopicName, BareTopic]] = Field(default_factory=dict)
    """One feed each."""
