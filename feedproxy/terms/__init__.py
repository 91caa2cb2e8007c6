"""What a term finds: words and phrases, acronyms, `=exact`, `prefix*`, `/regular/i`.

A term is data that an index can read (`keys`, `prefixes`), not a closure. It folds no
text: a word of a term knows every form in which a text may have it, so that `phrase`
finds phrases and `bias` finds biases, but `pose` does not find POS.

A phrase reaches over a hyphen, a slash or a bracket, not over `, ` or the end of a sentence.

    words, plurals      a word of a term in all its forms, and the places of a text's words
    patterns, regexes   what stands between slashes, by RE2
    trie                many phrases looked for at once
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice, product

from feedproxy.errors import BadTerm, printable
from feedproxy.models import TITLE_LIMIT
from feedproxy.terms.plurals import forms_of
from feedproxy.terms.regexes import Regex, parse_regex
from feedproxy.terms.words import NONE, Opened, Word, opened
from feedproxy.text import Span, Text, readable, spelling, split
from feedproxy.text.chains import BREAKS

__all__ = ["Span", "Term", "parse_term"]

MOST_WAYS = 16
"""To say a word: beyond, taking the text apart is quicker."""


@dataclass(frozen=True, slots=True)
class Term:
    """As `parse_term` read it; equal to every term that was written the same."""

    written: str
    keys: frozenset[str] = field(default=NONE, compare=False, repr=False)
    """Where it is found, `text.keys` has one of these, or a word that begins with a prefix."""
    prefixes: frozenset[str] = field(default=NONE, compare=False, repr=False)
    """The beginnings of such words. Neither keys nor prefixes: it may be found anywhere."""
    words: tuple[Word, ...] = field(default=(), compare=False, repr=False)
    exact: str = field(default="", compare=False, repr=False)
    """If not empty, the spelling that all of it must have."""
    regex: Regex | None = field(default=None, compare=False, repr=False)
    probes: tuple[tuple[str, ...], ...] = field(default=(), compare=False, repr=False)
    """`text.line` holds one of each where the term is found: the quick way to say no."""
    sayings: tuple[tuple[str, ...], ...] = field(default=(), compare=False, repr=False)
    """If not empty, the term is found where the words of `text.line` hold one of each in a row,
    and nowhere else, unless one of its words is a compound there: the quick way to say yes."""

    def __str__(self) -> str:
        return printable(self.written)

    @property
    def is_open(self) -> bool:
        """Whether any of its words may go on."""
        return any(word.prefix for word in self.words)

    @property
    def needs(self) -> list[frozenset[str]]:
        """Of each a text that holds the term has a key; none of `prefix*`, nor of punctuation."""
        closed = (word for word in self.words if not word.prefix)
        needs = (word.keys(part) for word in closed for part in word.parts)
        return [need for need in needs if any(map(str.isalnum, "".join(need)))]

    def find(self, text: Text) -> tuple[Span, ...]:
        """Where it is found in `text.readable`: sorted, not empty, not overlapping."""
        if self.regex is not None:
            return self.regex.find(text.readable)
        if not (self._may_be_in(text.line) and self._may_be_spelt(text.readable)):
            return ()
        words = opened(text)
        spans: list[Span] = []
        for at in self.words[0].starts(words):
            if spans and words.span(at, at + 1).start < spans[-1].end:
                continue
            if span := self._found(words, at, text.readable):
                spans.append(span)
        return tuple(spans)

    def is_in(self, text: Text) -> bool:
        """Whether `find` finds anything; most often told without taking the text apart."""
        if not self.sayings:
            return self._stands_alone(text.readable) or bool(self.find(text))
        line = text.line
        if not self._may_be_in(line):
            return False
        words_end = line.index("\n")
        if _is_said(self.sayings, line, words_end):
            return True
        if not any(line.find(compound, words_end) >= 0 for compound in self._compounds()):
            return False
        return (len(self.words) == 1 and not self.is_open) or bool(self.find(text))

    def _compounds(self) -> Iterator[str]:
        return (f" {key}{_end(word)}" for word in self.words for key in word.whole)

    def _may_be_in(self, line: str) -> bool:
        for alternatives in self.probes:
            for probe in alternatives:
                if probe in line:
                    break
            else:
                return False
        return True

    def _may_be_spelt(self, readable: str) -> bool:
        spellings = [word.spellings for word in self.words if word.spellings]
        if not spellings and not self.exact:
            return True
        spelt = spelling(readable)
        bare = spelt.replace("-", "")
        return self.exact in spelt and all(any(map(bare.__contains__, each)) for each in spellings)

    def _stands_alone(self, readable: str) -> bool:
        """Whether it is an acronym that stands between spaces there."""
        spelt = self.words[0].spellings if len(self.words) == 1 else NONE
        return any(f" {each} " in readable for each in spelt)

    def _found(self, text: Opened, at: int, readable: str) -> Span | None:
        """The shortest span that it covers, if it is found at the position `at`."""
        stops = {at}
        for word in self.words:
            stops = {
                end
                for stop in stops
                if stop < len(text.words)
                for end in word.ends(text, stop, readable)
            }
        spans = (text.span(at, stop) for stop in sorted(stops))
        return next((span for span in spans if self._is_spelt(readable, span)), None)

    def _is_spelt(self, readable: str, span: Span) -> bool:
        return not self.exact or spelling(readable[span.start : span.end]) == self.exact


def _is_said(sayings: Sequence[tuple[str, ...]], line: str, end: int) -> bool:
    """Whether one of each stands in a row, all before `end`."""
    first, *others = sayings
    for saying in first:
        at = line.find(saying, 0, end)
        while at >= 0:
            if _goes_on(others, line, at + len(saying)):
                return True
            at = line.find(saying, at + 1, end)
    return False


def _goes_on(sayings: Sequence[tuple[str, ...]], line: str, at: int) -> bool:
    places = [at]
    for ways in sayings:
        places = [at + len(way) for at in places for way in ways if line.startswith(way, at)]
    return bool(places)


# --- reading -------------------------------------------------------------------------


def parse_term(written: str) -> Term:
    """The term that `written` means; `BadTerm` says what to write instead."""
    if len(written) > TITLE_LIMIT:
        raise BadTerm(f"a term of {len(written):,} characters: {TITLE_LIMIT:,} at most")
    if written.startswith("/"):
        return _parse_regex(written)
    phrase = readable(written.removeprefix("="))
    text = split(phrase)
    if not text.keys:
        raise BadTerm(f"{written!r} holds no letter or digit: write a word to look for")
    if written.startswith("="):
        return _parse_exact(written, text)
    return _parse_phrase(written, text)


def _parse_regex(written: str) -> Term:
    body, slash, flags = written[1:].rpartition("/")
    if not slash or flags not in ("", "i"):
        raise BadTerm(f"{written!r} begins like a regular expression: end it with / or /i")
    if not body:
        raise BadTerm(f"{written!r} is an empty regular expression: write /pattern/")
    try:
        return Term(written, regex=parse_regex(body, ignore_case=flags == "i"))
    except BadTerm as error:
        raise BadTerm(f"the regular expression {_shortened(written)}: {error}") from error


def _shortened(written: str) -> str:
    return written if len(written) <= 80 else f"{written[:79]}…"


def _parse_exact(written: str, text: Text) -> Term:
    if "*" in text.readable:
        raise BadTerm(f"{written!r} is exact and open: leave out the = or the *")
    keys = text.words()
    start, end = opened(text).span(0, len(keys))
    words = [Word((frozenset({key}),), frozenset({key})) for key in keys]
    return _term(written, words, exact=spelling(text.readable[start:end]))


def _parse_phrase(written: str, text: Text) -> Term:
    parts = opened(text)
    wholes = {
        at: compound.stop
        for at, compounds in parts.compounds.items()
        for compound in compounds
        if compound.whole
    }
    words = []
    at = 0
    while at < len(parts.words):
        stop = wholes.get(at, at + 1)
        words.append(_parse_word(text.readable, parts.span(at, stop), parts.words[at:stop]))
        at = stop
    if text.readable.count("*") != sum(word.prefix for word in words):
        raise BadTerm(f"{written!r}: a * stands only at the end of a word, as in `radiolog*`")
    return _term(written, words)


def _parse_word(phrase: str, span: Span, parts: list[str]) -> Word:
    before, behind = phrase[: span.start][-1:], phrase[span.end :][:2]
    spelt = spelling(phrase[span.start : span.end])
    alone = before in ("", " ") and behind[:1] in ("", " ")
    if alone and 2 <= len(spelt) <= 6 and spelt.isalpha() and spelt.isupper():
        return _acronym(parts[0], spelt)
    return _word(parts, prefix=behind in ("*", "* "))


def _acronym(key: str, spelt: str) -> Word:
    keys = frozenset({key, key + "s"})
    return Word((keys,), keys, spellings=frozenset({spelt, spelt + "s"}))


def _word(parts: list[str], *, prefix: bool) -> Word:
    forms = [forms_of(part) for part in parts]
    whole = forms[0] if len(parts) == 1 else forms_of("".join(parts))
    if prefix:
        forms[-1] = frozenset({parts[-1]})
        whole = frozenset({"".join(parts)})
    return Word(tuple(forms), whole, prefix=prefix)


def _term(written: str, words: list[Word], exact: str = "") -> Term:
    """With the keys of the word, and of that word's part, that is the most selective."""
    found = [word for word in words if not word.whole <= BREAKS]
    word = max(found, key=lambda word: (not word.prefix, min(map(len, word.whole))))
    parts = word.parts[:-1] if word.prefix and len(word.parts) > 1 else word.parts
    part = max(parts, key=lambda forms: min(map(len, forms)))
    keys, prefixes = word.keys(part), NONE
    if word.prefix:
        keys, prefixes = (part if len(word.parts) > 1 else NONE), word.whole
    is_plain = not exact and not any(word.spellings for word in words)
    sayings = _sayings(words) if is_plain and not any(word.prefix for word in words[:-1]) else ()
    return Term(written, keys, prefixes, tuple(words), exact, None, _probes(words), sayings)


def _probes(words: list[Word]) -> tuple[tuple[str, ...], ...]:
    """For each part of each word what the texts that have it have; the rarest first."""
    found = {
        tuple(sorted({" " + _beginning(forms) for forms in (part, word.whole)}))
        for word in words
        for part in word.parts
    }
    return tuple(sorted(found, key=lambda each: (-min(map(len, each)), each)))


def _sayings(words: list[Word]) -> tuple[tuple[str, ...], ...]:
    """For each word all the ways in which a line of words may say it; none if too many."""
    ways = [_said(word) for word in words]
    if max(map(len, ways)) > MOST_WAYS:
        return ()
    closed = tuple(f"{way}{_end(words[-1])}" for way in ways[-1])
    return (*ways[:-1], closed)


def _said(word: Word) -> tuple[str, ...]:
    sequences = {" ".join(forms) for forms in islice(product(*word.parts), MOST_WAYS + 1)}
    return tuple(f" {said}" for said in sorted(word.whole | sequences))


def _end(word: Word) -> str:
    return "" if word.prefix else " "


def _beginning(forms: frozenset[str]) -> str:
    """What all of them begin with: what the first and the last in order share."""
    start, last = min(forms), max(forms)
    while not last.startswith(start):
        start = start[:-1]
    return start
