"""Many phrases looked for in a text at once: a trie of words, each in all its forms."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Generic, TypeVar

from feedproxy.text import Text
from feedproxy.text.chains import compound_ends

Forms = frozenset[str]
"""One word of a phrase: any of these words or compounds."""
Phrase = tuple[Forms, ...]
T = TypeVar("T")


class _Node(Generic[T]):
    """What follows after a row of words, and the values of the phrase that ends here.

    Most have only the one or the other: what is empty is shared, since there are many.
    """

    __slots__ = ("ahead", "values")

    def __init__(self) -> None:
        self.ahead: dict[_Step, _Node[T]] = _NOWHERE
        self.values: tuple[T, ...] = ()


class _Step:
    """The forms of a word: one object, shared by all nodes that it leads on from."""

    __slots__ = ("forms", "used")

    def __init__(self, forms: Forms) -> None:
        self.forms = forms
        self.used = 0


_NOWHERE: dict[_Step, Any] = {}


class Trie(Generic[T]):
    """Values by phrase, which is never empty. A compound in a text counts as a word, too."""

    def __init__(self) -> None:
        self._root: _Node[T] = _Node()
        self._steps: dict[Forms, _Step] = {}
        self._by_word: dict[str, tuple[_Step, ...]] = {}

    def add(self, phrase: Phrase, value: T) -> None:
        node = self._root
        for step in map(self._step, phrase):
            if node.ahead is _NOWHERE:
                node.ahead = {}
            if step not in node.ahead:
                node.ahead[step] = _Node()
                step.used += 1
            node = node.ahead[step]
        node.values += (value,)

    def remove(self, phrase: Phrase, value: T) -> None:
        """Takes back what was added with this phrase."""
        steps = [self._steps[forms] for forms in phrase]
        nodes = [self._root]
        for step in steps:
            nodes.append(nodes[-1].ahead[step])
        values = list(nodes[-1].values)
        values.remove(value)
        nodes[-1].values = tuple(values)
        for step in reversed(steps):
            node = nodes.pop()
            if node.values or node.ahead:
                return
            del nodes[-1].ahead[step]
            self._leave(step)

    def _step(self, forms: Forms) -> _Step:
        step = self._steps.get(forms)
        if step is None:
            step = self._steps[forms] = _Step(forms)
            for word in forms:
                self._by_word[word] = (*self._by_word.get(word, ()), step)
        return step

    def _leave(self, step: _Step) -> None:
        step.used -= 1
        if not step.used:
            del self._steps[step.forms]
            for word in step.forms:
                others = tuple(other for other in self._by_word.pop(word) if other is not step)
                if others:
                    self._by_word[word] = others

    def found_in(self, text: Text) -> set[T]:
        """The values of all phrases whose words stand in a row in the text."""
        words = text.words()
        row = [*(self._by_word.get(word, ()) for word in words), ()]
        chain_at = {at: run for run in text.chains() for at in range(*run)}

        def compounds_at(at: int) -> Iterator[tuple[_Step, int]]:
            for stop in compound_ends(chain_at[at], at):
                for step in self._by_word.get("".join(words[at:stop]), ()):
                    yield step, stop

        found: list[tuple[T, ...]] = []
        begun = [(self._root.ahead, at) for at in range(len(words))]
        while begun:
            nodes = [
                (ahead[step], at + 1) for ahead, at in begun for step in row[at] if step in ahead
            ]
            nodes += [
                (ahead[step], stop)
                for ahead, at in begun
                if at in chain_at
                for step, stop in compounds_at(at)
                if step in ahead
            ]
            found += [node.values for node, _ in nodes if node.values]
            begun = [(node.ahead, stop) for node, stop in nodes if node.ahead]
        return set().union(*found)
