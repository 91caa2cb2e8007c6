"""The model, with the kinds of sources that are available: it reads files and makes the schema."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import lru_cache
from typing import Annotated, Any, ClassVar, Self

from pydantic import Field, GetCoreSchemaHandler, ValidationError, create_model, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, ErrorDetails, core_schema

from feedproxy.errors import Problem
from feedproxy.kinds import Key, Keys
from feedproxy.rulefiles import values
from feedproxy.rulefiles.comments import hint
from feedproxy.rulefiles.messages import did_you_mean, listed, quoted
from feedproxy.rulefiles.model import DURATION, File, Name, SourceKeys
from feedproxy.rulefiles.nodes import Node, Scalar, Table
from feedproxy.rulefiles.shapes import (
    TEXT,
    Filled,
    Generator,
    Many,
    Written,
    choice,
    holding,
    problem_of,
)
from feedproxy.rulefiles.values import Wrong

Kinds = Mapping[str, Keys]
"""The kinds of sources that are available, each with its keys."""
_HashableKinds = tuple[tuple[str, tuple[tuple[str, Key], ...]], ...]


class Definition:
    """What a rules file may hold if there are these kinds of sources."""

    def __init__(self, kinds: Kinds) -> None:
        self._model = _file_model(tuple((kind, tuple(kinds[kind].items())) for kind in kinds))

    def read(self, root: Node) -> tuple[File | None, list[Problem]]:
        """The file, or everything that is wrong with it."""
        problems: list[Problem] = []
        try:
            file = self._model.model_validate(root, context=problems)
        except ValidationError as e:
            return None, problems + [_told(each) for each in e.errors(include_url=False)]
        return (None, problems) if problems else (file, [])

    def schema(self) -> dict[str, Any]:
        """JSON Schema (2020-12), for editors and for `/rules.schema.json`."""
        return {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            **self._model.model_json_schema(schema_generator=Generator),
            "title": "feedproxy rules",
        }


def _told(error: ErrorDetails) -> Problem:
    problem = problem_of(error)
    return replace(problem, message=problem.message + hint(error["input"]))


class KindKeys(SourceKeys):
    """The keys of one kind of source; `own` are those that the kind itself declares."""

    kind_name: ClassVar[str] = ""
    own: ClassVar[Keys] = {}

    def options(self) -> dict[str, Any]:
        """The values of the kind's own keys, or their defaults."""
        given = self._given()
        return {name: value for name, value in given.items() if _belongs(self.own[name], given)}

    def _given(self) -> dict[str, Any]:
        defaults = {name: key.default for name, key in self.own.items() if key.default is not None}
        named = {name: getattr(self, name) for name in self.own if name in self.model_fields_set}
        return defaults | {name: _plain(value) for name, value in named.items()}

    @model_validator(mode="after")
    def _belong_together(self) -> Self:
        given = self._given()
        for name, key in self.own.items():
            if not (where := _where(key)):
                continue
            if name in self.model_fields_set and not _belongs(key, given):
                raise Wrong(f'"{name}" stands only {where}')
            if key.required and _belongs(key, given) and name not in given:
                raise Wrong(f'"{name}" is missing: it is needed {where}')
        return self


def _plain(value: object) -> object:
    if isinstance(value, Scalar):
        return str(value)
    if isinstance(value, tuple):
        return tuple(map(_plain, value))
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    return value


def _belongs(key: Key, given: Mapping[str, object]) -> bool:
    if key.unless is not None:
        return key.unless not in given
    return key.only_with is None or given.get(key.only_with[0]) == key.only_with[1]


def _where(key: Key) -> str:
    """Beside what the key may stand; empty if it always may."""
    if key.unless is not None:
        return f"without {key.unless}"
    return f"with {key.only_with[0]}: {key.only_with[1]}" if key.only_with else ""


class _ByKind:
    """One of the kinds' models, chosen by `kind`."""

    def __init__(self, kinds: Kinds) -> None:
        self._kinds = kinds

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        choices = {
            kind: handler.generate_schema(_source_model(kind, keys))
            for kind, keys in self._kinds.items()
        }
        union = core_schema.tagged_union_schema(choices, discriminator=_kind)
        return core_schema.no_info_before_validator_function(self._with_known_kind, union)

    def _with_known_kind(self, node: Node) -> Node:
        kind = _kind(node)
        possible = f"write {listed(sorted(self._kinds))}"
        if kind is None:
            raise Wrong(f'"kind" is missing: {possible}')
        if kind not in self._kinds:
            guess = did_you_mean(kind, self._kinds)
            raise Wrong(f"kind {quoted(kind)} is not available{guess}: {possible}", kind)
        return node


def _kind(node: Node) -> Scalar | None:
    if not isinstance(node, Table):
        raise Wrong("keys and values are wanted here, as {kind: huggingface}")
    kind = node.find("kind")
    return None if kind is None else values.text(kind)


def _source_model(kind: str, keys: Keys) -> type[KindKeys]:
    own = type(kind, (KindKeys,), {"__module__": __name__, "kind_name": kind, "own": keys})
    exactly = Annotated[Scalar, Written(values.one_of((kind,)), {"const": kind})]
    fields: dict[str, Any] = {name: (_type(key), _field(key)) for name, key in keys.items()}
    model: type[KindKeys] = create_model(kind, __base__=own, kind=(exactly, ...), **fields)
    return model


def _field(key: Key) -> Any:
    needed = key.required and not _where(key)
    return Field(default=... if needed else None, description=key.meaning)


def _type(key: Key) -> Any:
    one = _one(key)
    if key.type == "fields":
        name = Annotated[Scalar, choice(key.choices)] if key.choices else Name
        return Annotated[_MAPPING[name, _MANY[one]], holding(key.needs)]
    return _MANY[one] if key.type == "texts" else one


def _one(key: Key) -> Any:
    """The type of one value of the key, which may have several."""
    if key.choices and key.type != "fields":
        return Annotated[Scalar, choice(key.choices)]
    type_, read, schema = _alone(key)
    if key.longest:
        read, schema = values.at_most(key.longest), {**schema, "maxLength": key.longest}
    if key.check:
        read = values.checked(read, key.check)
    return Annotated[type_, Written(read, schema)]


def _alone(key: Key) -> tuple[type, Callable[[Node], object], JsonSchemaValue]:
    match key.type:
        case "number":
            schema = {"type": ["integer", "string"], "minimum": key.least}
            return int, values.integer(key.least, 10_000), {**schema, "pattern": values.INTEGER}
        case "duration":
            return timedelta, values.duration, DURATION
    return Scalar, values.text, TEXT


# mypy does not understand types that are computed.
_MANY: Any = Many
_MAPPING: Any = Mapping


@lru_cache(maxsize=4)
def _file_model(kinds: _HashableKinds) -> type[File]:
    """Made once for all rules folders of a process, and of those forked from it."""
    by_kind = _ByKind({kind: dict(keys) for kind, keys in kinds})
    sources = Filled[Mapping[Name, Annotated[SourceKeys, by_kind]]]
    return create_model("File", __base__=File, sources=(sources, Field(default_factory=dict)))
