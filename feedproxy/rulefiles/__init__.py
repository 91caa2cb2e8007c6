"""The rules folder -> Rules, or what is wrong: file, line, column, what to write instead.

    reading     a file's bytes -> text, whatever lies there
    nodes       YAML -> text, tables and lists that know their place   (yaml)
    definition  nodes -> the file's model; its JSON Schema             (pydantic)
    topics      model -> rule sets and sources
    versions    one text of one file, understood
    slips       what nobody foresaw in a file, as its problem
    clashes     where files do not fit together, and which is to blame
    merge       which version of each file is in force
    folder      what changed, and when it has settled
    excerpt     what the files say of one topic, as text
    drafts      such a text, edited and only tried

Nothing is judged here, and no source is read.
"""

from __future__ import annotations

from typing import Any

from feedproxy.rulefiles.definition import Definition, Kinds
from feedproxy.rulefiles.drafts import Draft
from feedproxy.rulefiles.folder import RulesFolder

__all__ = ["Draft", "Kinds", "RulesFolder", "schema"]


def schema(kinds: Kinds) -> dict[str, Any]:
    """The JSON Schema of a rules file, made from what reads the files."""
    return Definition(kinds).schema()
