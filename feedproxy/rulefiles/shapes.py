"""How pydantic reads the nodes of nodes.py, and what each shape is in the JSON Schema."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from sys import intern
from typing import Annotated, Any, Self, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    ModelWrapValidatorHandler,
    PrivateAttr,
    ValidationInfo,
    model_validator,
)
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import CoreSchema, ErrorDetails, core_schema

from feedproxy.errors import Problem
from feedproxy.rulefiles.messages import MOST_GUESSES, did_you_mean, listed, quoted
from feedproxy.rulefiles.nodes import Items, Node, Place, Scalar, Table
from feedproxy.rulefiles.values import Wrong, one_of

TEXT: JsonSchemaValue = {"type": ["string", "number", "boolean", "null"]}
"""Wherever text is wanted, any scalar is taken as the text that was written."""


_FEW = 6
CONDITION = "condition"
"""What pydantic's errors call a condition that is not a plain term."""


class Written:
    """A scalar that `read` turns into a value, or for which it raises Wrong."""

    def __init__(self, read: Callable[[Node], object], schema: JsonSchemaValue = TEXT) -> None:
        self._read = read
        self._schema = schema

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self._read)

    def __get_pydantic_json_schema__(
        self, core: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return dict(self._schema)


def choice(choices: tuple[str, ...]) -> Written:
    """One of these texts."""
    return Written(one_of(choices), {"enum": list(choices)})


class Prepared:
    """The type itself reads what `read` makes of a node; `schema` is made of the type's own."""

    def __init__(
        self, read: Callable[[Node], Node], schema: Callable[[JsonSchemaValue], JsonSchemaValue]
    ) -> None:
        self._read = read
        self._schema = schema

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self._read, handler(source))

    def __get_pydantic_json_schema__(
        self, core: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return self._schema(handler(core))


def or_written(read: Callable[[Node], Node], schema: JsonSchemaValue) -> Prepared:
    """A mapping, or a text that `read` turns into one."""
    return Prepared(read, lambda mapping: {"anyOf": [mapping, schema]})


def holding(names: tuple[str, ...]) -> Prepared:
    """A mapping that has at least these keys."""

    def held(node: Node) -> Node:
        for name in names:
            if isinstance(node, Table) and node.find(name) is None:
                raise Wrong(f'"{name}" is missing')
        return node

    needed = {"required": list(names)} if names else {}
    return Prepared(held, lambda mapping: {**mapping, **needed})


class _OnlyIfWritten:
    """None only stands for a missing key: neither files nor the schema allow null."""

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        nullable: Any = handler(source)
        inner: CoreSchema = nullable["schema"]
        return inner


_EMPTY = "is empty: write something, or remove the key"


def _as_list(node: Node) -> Node:
    if node in ("", [], {}):
        raise Wrong(_EMPTY)
    return node if isinstance(node, Items) else [node]  # type: ignore[return-value]  # a plain list


def _one_or_many(several: JsonSchemaValue) -> JsonSchemaValue:
    return {"anyOf": [several["items"], {**several, "minItems": 1}]}


def _with_keys(node: Node) -> Node:
    if isinstance(node, Table) and not node and node.is_whole:
        raise Wrong(_EMPTY)
    return node


T = TypeVar("T")
Maybe = Annotated[T | None, _OnlyIfWritten()]
Many = Annotated[tuple[T, ...], Prepared(_as_list, _one_or_many)]
"""A list, or its only entry without a list."""
Filled = Annotated[T, Prepared(_with_keys, lambda mapping: {**mapping, "minProperties": 1})]
"""A mapping that holds something."""


class StrictModel(BaseModel):
    """A mapping in which unknown keys are an error, told with a guess at what was meant."""

    # `ignore`, since `_name_unknown_keys` has reported them.
    model_config = ConfigDict(
        frozen=True,
        extra="ignore",
        use_attribute_docstrings=True,
        json_schema_extra={"additionalProperties": False},
    )

    @model_validator(mode="before")
    @classmethod
    def _name_unknown_keys(cls, node: Node, info: ValidationInfo) -> Node:
        problems: Any = info.context
        if isinstance(node, Table):
            known = cls.known_keys()
            for key in [key for key in node if key not in known]:
                few = len(problems) < MOST_GUESSES
                message = cls.unknown(key, node[key]) if few else f"unknown key {quoted(key)}"
                problems.append(key.place.problem(message))
        return node

    @classmethod
    def known_keys(cls) -> frozenset[str]:
        return frozenset(field.alias or name for name, field in cls.model_fields.items())

    @classmethod
    def unknown(cls, key: Scalar, value: Node) -> str:  # noqa: ARG003  # conditions look at it
        known = cls.known_keys()
        guess = did_you_mean(key, known)
        if not guess and len(known) < _FEW:
            guess = f": write {listed(sorted(known))}"
        return f"unknown key {quoted(key)}{guess}"


class Placed(StrictModel):
    """A mapping that remembers where its keys stand, for problems that show only later."""

    _places: Mapping[str, Place] = PrivateAttr(default_factory=dict)

    @model_validator(mode="wrap")
    @classmethod
    def _keep_places(cls, node: Node, read: ModelWrapValidatorHandler[Self]) -> Self:
        made = read(node)
        if isinstance(node, Table):
            values = {intern(str(key)): value.place for key, value in node.items()}
            made._places = {"": node.place, **values}
        return made

    def place_of(self, key: str = "") -> Place:
        """The place of the key's value; without a key, of the whole mapping."""
        return self._places[key]


def problem_of(error: ErrorDetails) -> Problem:
    """The problem, at the node that pydantic's error is about."""
    node: Node = error["input"]
    cause = error.get("ctx", {}).get("error")
    about = cause.node if isinstance(cause, Wrong) and cause.node is not None else node
    return about.place.problem(_message(error, node, cause))


def _message(error: ErrorDetails, node: Node, cause: Exception | None) -> str:
    if cause is not None:
        return str(cause)
    if error["type"] == "missing":
        return f'"{error["loc"][-1]}" is missing'
    if node == "":
        return _EMPTY
    if isinstance(node, Items) and error["loc"][-1:] == (CONDITION,):
        return "a list inside a list: write its entries one by one, or under any:"
    if isinstance(node, Items):
        return "a list cannot stand here: keys and values are wanted"
    return f"keys and values are wanted here, not {quoted(str(node))}"


class Generator(GenerateJsonSchema):
    """Leaves out pydantic's titles and defaults, which tell people nothing.

    Keys that do not match a mapping's pattern are refused, which pydantic's schema allows.
    """

    def dict_schema(self, schema: Any) -> JsonSchemaValue:
        made = super().dict_schema(schema)
        return made | {"additionalProperties": False} if "patternProperties" in made else made

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002
        return False

    def default_schema(self, schema: Any) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])
