"""YAML syntax errors, told to somebody who writes rules: where, what is wrong, what to write.

Only here are libyaml's own messages matched.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress

import yaml

from feedproxy.rulefiles.messages import quoted

_PHRASE = "a phrase with a colon needs quotes"
_REGEX = "a regular expression inside [ ] or { } needs single quotes: '/.../'"
_TAB = "a tab cannot indent in YAML: use spaces"
_BLOCK_SCALAR = re.compile(r"[|>][-+0-9]*$")
_UNQUOTED = "this quote is never closed"
COMMENT = "a # behind a space begins a comment: put a text that holds one in quotes"
_INDENTED = "the lines that belong together must begin in the same column"


def described(error: yaml.YAMLError, text: str) -> tuple[int, int, str]:
    """Line and column, both from 1, and the message."""
    if not isinstance(error, yaml.MarkedYAMLError):
        return 1, 1, f"not YAML: {error}"
    mark = error.problem_mark or error.context_mark
    opened = error.context_mark or mark
    if mark is None or opened is None:
        return 1, 1, f"not YAML: {error.problem}"
    problem = f"{error.context or ''}: {error.problem or ''}"
    lines = text.splitlines()
    line = lines[mark.line] if mark.line < len(lines) else ""
    if "quoted scalar: found unexpected end" in problem:
        return opened.line + 1, opened.column + 1, _UNQUOTED
    if "unknown escape character" in problem and opened.line < mark.line:
        return opened.line + 1, opened.column + 1, _UNQUOTED
    if "block " in problem and (quote := _quote_from_above(text, mark.line)):
        return quote.line + 1, quote.column + 1, _UNQUOTED
    if "flow sequence" in problem or "flow mapping" in problem:
        if (regex := _regex(line, mark.column)) is not None:
            return mark.line + 1, regex + 1, _REGEX
        return _unclosed(problem, opened, mark.line + 1, text)
    if "node content" in problem and not line[mark.column :] and (bracket := _last_open(text)):
        return bracket
    if found := "block scalar" in problem and _BLOCK_SCALAR.search(line[: mark.column].rstrip()):
        return mark.line + 1, found.start() + 1, block_scalar(line[found.start() :])
    if "simple key" in problem:
        return opened.line + 1, opened.column + 1, "a colon is missing: write key: value"
    return mark.line + 1, mark.column + 1, _explained(problem, line, mark.column)


def _regex(line: str, column: int) -> int | None:
    """Where the unquoted regular expression begins that has the bracket at `column`, if any."""
    if line[column : column + 1] not in ("[", "{"):
        return None
    found = re.search(r"(?:^|[\[{,]|:\s)\s*(/[^,'\"]*)$", line[:column])
    return found.start(1) if found else None


def _unclosed(kind: str, opened: yaml.error.Mark, line: int, text: str) -> tuple[int, int, str]:
    """A problem at the bracket, which ought to be closed before `line`, from 1."""
    opening, closing = ("[", "]") if "sequence" in kind else ("{", "}")
    missing = f'a "," or "{closing}" is missing before line {line}'
    for number, each in enumerate(text.splitlines()[opened.line : line], opened.line + 1):
        if re.search(rf"\s#\S.*{re.escape(closing)}", each):
            missing = f'the "{closing}" in line {number} is not seen, as {COMMENT}'
            break
    return opened.line + 1, opened.column + 1, f'this "{opening}" is not closed: {missing}'


def _last_open(text: str) -> tuple[int, int, str] | None:
    """A problem at the innermost bracket that is still open where the text ends."""
    opened: list[yaml.Token] = []
    for token in _tokens(text):
        if isinstance(token, yaml.FlowSequenceStartToken | yaml.FlowMappingStartToken):
            opened.append(token)
        elif isinstance(token, yaml.FlowSequenceEndToken | yaml.FlowMappingEndToken):
            opened.pop()
    if not opened:
        return None
    kind = "sequence" if isinstance(opened[-1], yaml.FlowSequenceStartToken) else "mapping"
    return _unclosed(kind, opened[-1].start_mark, len(text.splitlines()) + 1, text)


def _quote_from_above(text: str, line: int) -> yaml.Mark | None:
    """Where a quoted text begins that ends in this line (from 0) but began in an earlier one."""
    scalars = (token for token in _tokens(text) if isinstance(token, yaml.ScalarToken))
    bounds = ((each.start_mark, each.end_mark) for each in scalars if each.style in ("'", '"'))
    return next((start for start, end in bounds if start.line < end.line == line), None)


def _tokens(text: str) -> Iterator[yaml.Token]:
    """The tokens up to the first error."""
    with suppress(yaml.YAMLError):
        yield from yaml.scan(text, Loader=yaml.CSafeLoader)


def block_scalar(line: str) -> str:
    """The message for a text that YAML takes for the head of a block scalar.

    `line` is the rest of the line from there.
    """
    written = _without_comment(line)
    if not written.strip("|>+- "):
        return f"{quoted(written)} alone is no text: put it in quotes"
    if written.startswith(">"):
        return f"a comparison needs quotes: {quoted(written)}"
    return f'"|" cannot begin a text: put it in quotes: {_in_quotes(written)}'


def _without_comment(text: str) -> str:
    return text.split(" #")[0].strip()


def _explained(problem: str, line: str, column: int) -> str:
    before, rest = line[:column], line[column:]
    if "cannot start any token" in problem:
        return _first_character(rest, in_brackets=bool(re.search(r"[\[{]", before)))
    if "found a tab character" in problem:
        return _TAB
    if "scanning an alias" in problem or "scanning an anchor" in problem:
        return _alias(before)
    if "unknown escape character" in problem:
        return f"{quoted(rest[:2])}: in double quotes a backslash is YAML's own: use single quotes"
    if "mapping values are not allowed" in problem:
        return _second_colon(before, line)
    if "block sequence entries are not allowed" in problem:
        return 'a list\'s "- " begins on a line of its own; on this line write [a, b]'
    if "block collection" in problem or "block mapping" in problem:
        return _block(before, rest)
    if "<document start>" in problem:
        return f"indented less than what stands above: {_INDENTED}"
    if "unexpected ':'" in problem:
        return 'a ":" inside brackets needs a space after it; a text that holds one needs quotes'
    if "node content" in problem and rest.startswith(":"):
        return "an empty key: write a name before the colon"
    if "node content" in problem:
        return f"{quoted(rest[:1])} cannot begin a text: put the text in quotes"
    return f"not YAML: {problem.strip(': ')}"


def _first_character(rest: str, *, in_brackets: bool) -> str:
    if rest.startswith("\t"):
        return _TAB
    words = _without_comment(rest)
    if in_brackets:
        words = re.split(r"[,\]}]", words)[0]
    return f"{quoted(rest[:1])} cannot begin a text: put it in quotes: {_in_quotes(words)}"


def _alias(before: str) -> str:
    written = re.split(r"[\s,\[]", before)[-1]
    return (
        f"{quoted(written[:1])} cannot begin a text: put it in quotes; "
        'a "*" stands at the end of a word\'s beginning, as in radiolog*'
    )


def _second_colon(before: str, line: str) -> str:
    if re.search(r":\s", before):
        said = re.sub(r"^[\s-]*", "", line).rstrip()
        first = said.split(": ", 1)
        return f"{_PHRASE}: {first[0]}: {_in_quotes(first[-1])}"
    return f"this line does not go on from the one above: a colon is missing there, or {_INDENTED}"


def _block(before: str, rest: str) -> str:
    if before.endswith("'") and not rest.startswith(" "):
        return "an apostrophe inside single quotes is written twice, as in 'it''s'"
    if before.rstrip()[-1:] in ("'", '"'):
        return "text after a closing quote: put the whole in quotes"
    return f"{quoted(rest.strip()[:20])} is not where it belongs: {_INDENTED}"


def _in_quotes(text: str) -> str:
    return quoted(text) if "\\" not in text and '"' not in text else f"'{text}'"
