"""The rules folder -> Rules, or what is wrong: file, line, column, what to write instead.

    reading             a file's bytes -> text, whatever lies at its path
    nodes, syntax       YAML -> text, tables and lists that know their place   (yaml)
    escapes, invisible  signs that YAML does not take as they look
    comments, habits    what YAML and our terms do not read as it was meant
    values, shapes      texts and nodes -> values                              (pydantic)
    model, definition   nodes -> a file's model; its JSON Schema               (pydantic)
    conditions, topics  a model -> conditions, rule sets and sources
    versions            one text of one file, understood
    slips               an unforeseen exception as a problem of its file
    faults              what is wrong once files are put together, and which file to blame
    merge               which version of each file is in force
    folder              which files changed, and when they have settled
    places              where in the files a text stands
    excerpt             what the files say of one topic, as text
    drafts              such a text, edited and only tried
    writing             a source -> the YAML that defines it
    meant               what to write instead of a key that is not known
    messages            how messages quote and guess

No record is judged here, and no source is read.
"""

from __future__ import annotations

from feedproxy.rulefiles.definition import Definition, Kinds
from feedproxy.rulefiles.drafts import Draft
from feedproxy.rulefiles.folder import RulesFolder

__all__ = ["Definition", "Draft", "Kinds", "RulesFolder"]
