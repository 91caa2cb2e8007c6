"""A source -> the YAML that defines it in a rules file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from feedproxy.rulefiles.values import slug


def source_name(host: str) -> str:
    """A name for a source at this host, as the rules allow them."""
    return slug(host.lower().removeprefix("www.")) or "source"


def written_source(name: str, kind: str, options: Mapping[str, Any]) -> str:
    """A whole rules file that defines this source; `options` as in `Source.options`."""
    source = {"kind": kind, **{key: _plain(value) for key, value in options.items()}}
    written = _dumped({"sources": {name: source}}, allow_unicode=True)
    if all(line.isprintable() for line in written.split("\n")):
        return written
    return _dumped({"sources": {name: source}}, allow_unicode=False)  # invisible signs as \u202e


def _dumped(rules: object, *, allow_unicode: bool) -> str:
    return yaml.safe_dump(rules, sort_keys=False, allow_unicode=allow_unicode, width=1000)


def _plain(value: Any) -> Any:
    """The value as YAML writes it; a list of one is written without the list."""
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, tuple):
        return value[0] if len(value) == 1 else list(value)
    return value
