"""Text in three steps: made readable, folded, split into words.

1. `readable`: what feeds and pages show, and what every span indexes into.
2. `fold`: the same without case, accents and compatibility forms; every dash is a hyphen.
3. `split`: the words of the folded text. A word is a run of letters and digits with any
   `+` or `#` that follows it. Words joined by hyphens also count as one word.

    line                           what sites send -> readable text, with the help of
    mathml, markup, tex, accents
    chains                         what stands between words: hyphens and breaks

`terms.words` says where in the text the words stand. Everything takes linear time, and no
text makes anything here raise.
"""

from __future__ import annotations

import re
import unicodedata
from array import array
from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate, chain
from typing import NamedTuple

from feedproxy.text.chains import BREAKS, PARTED, Run, chains_of, inner_runs
from feedproxy.text.line import each_readable, is_tidy, readable

__all__ = [
    "Span",
    "Text",
    "Words",
    "each_readable",
    "fold",
    "is_tidy",
    "readable",
    "shape",
    "spelling",
    "split",
    "words_of",
]


class Span(NamedTuple):
    """`text.readable[start:end]`; never empty."""

    start: int
    end: int


# --- 2. folded -----------------------------------------------------------------------

# A half-width kana is folded together with its voicing mark, everything else sign by sign.
_CLUSTER = re.compile("([\uff66-\uff9d][\uff9e\uff9f]|[^\x00-\x7f])")
# Strokes and ligatures that Unicode does not decompose, though people type without them.
_PLAIN = {
    "ø": "o", "ł": "l", "đ": "d", "ħ": "h", "ŧ": "t", "ı": "i", "æ": "ae", "œ": "oe",
    "Ø": "O", "Ł": "L", "Đ": "D", "Ħ": "H", "Ŧ": "T", "Æ": "AE", "Œ": "OE",
    "‘": "'", "’": "'", "ʼ": "'", "−": "-", "⁃": "-",
}  # fmt: skip
_ACCENT = re.compile("[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe00-\ufe2f]")


def fold(text: str) -> str:
    """`text` in NFKC (sign by sign), case-folded, without accents, every dash a hyphen."""
    return "".join(_folded(text)[1])


def spelling(text: str) -> str:
    """Like `fold`, with the case kept."""
    return text if text.isascii() else _CLUSTER.sub(lambda sign: _bare(sign[0]), text)


def _folded(text: str) -> tuple[list[str], list[str]]:
    """`text` cut into pieces, and the same pieces folded."""
    if text.isascii():
        return [text], [text.lower()]
    pieces = _CLUSTER.split(text)
    folded = pieces.copy()
    folded[0::2] = map(str.lower, pieces[0::2])
    folded[1::2] = map(_caseless, pieces[1::2])
    return pieces, folded


@lru_cache(maxsize=8192)
def _caseless(sign: str) -> str:
    folded = _bare(sign)
    while (again := "".join(map(_bare, folded.casefold()))) != folded:
        folded = again
    return folded


@lru_cache(maxsize=8192)
def _bare(sign: str) -> str:
    """A sign, with its voicing mark if it has one, without accents and compatibility forms."""
    letters = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", sign))
    bare = unicodedata.normalize("NFC", "".join(map(_plain, _ACCENT.sub("", letters))))
    if sign.isalnum() or unicodedata.category(sign[0])[0] == "M":
        return bare
    # A symbol that becomes letters, such as ™, is not part of the word before it.
    return f" {bare} " if any(map(str.isalnum, bare)) and not sign.isascii() else bare


def _plain(sign: str) -> str:
    category = unicodedata.category(sign)
    if category == "Pd":
        return "-"
    return "" if category == "Cf" else _PLAIN.get(sign, sign)


# --- 3. words ------------------------------------------------------------------------

# That a sign of `^+#` follows is asked first: behind most words none does.
_WORD = re.compile(
    r"([a-z0-9]++(?:(?=[\^+#])(?:\^[a-z0-9]++)*+(?:\+\+|[+#]++(?![a-z0-9+#]))?+)?+|Cm*+|P"
    r"|[,;:.!?](?= )|(?<= )-{1,3}(?= ))",
    re.ASCII,
)
_STOPS = r" *[\x01!\"%&'(),./:;?@[\\\]_{}][\x01 !\"%&'(),./:;?@[\\\]_{}]*"
# Punctuation beside a word of a script without spaces, where no space shows that it is a break.
_PARTED = re.compile(rf"(Cm*){_STOPS}(?=[a-z0-9C])|(?<=[a-z0-9+#]){_STOPS}(?=C)")
_POSSESSIVE = re.compile(r"(?<=[a-z0-9+#])'s(?![a-z0-9])")
_NON_ASCII = re.compile(r"[^\x00-\x7f]")
# Thai, Lao, Myanmar, Khmer, kana and Han are written without spaces: each sign is a word.
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3021-\u3029\u3031-\u3035\u3040-\u30ff"
    "\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua9e0-\ua9ff\uaa60-\uaa7f\uf900-\ufaff"
    "\U0001b000-\U0001b16f\U00020000-\U0003ffff]"
)


class Text:
    """A readable text and its words; small, since thousands are kept in memory.

    `line` is three lines of folded words, each word between spaces: the words in order,
    the compounds that are a whole hyphen chain, and the compounds inside one. So a single
    substring search tells whether a word is there. Punctuation that ends a clause stands
    among the words, so that no phrase reaches across it.
    """

    __slots__ = ("_chains", "line", "readable")

    def __init__(self, readable: str, line: str, chains: Sequence[Run]) -> None:
        self.readable = readable
        self.line = line
        self._chains = array("I", chain.from_iterable(chains)).tobytes()

    @property
    def keys(self) -> frozenset[str]:
        """Every word and compound, folded. Computed at each call."""
        return frozenset(self.line.split()) - BREAKS

    def words(self) -> list[str]:
        """The single words, folded, and the breaks between them. Computed at each call."""
        return self.line[: self.line.index("\n")].split()

    def chains(self) -> list[Run]:
        """The runs of words that hyphens join. Computed at each call."""
        ends = memoryview(self._chains).cast("I")
        return list(zip(ends[::2], ends[1::2], strict=True))

    def __repr__(self) -> str:
        return f"Text({self.readable!r})"


def split(readable: str) -> Text:
    words, chains, *_ = words_of(readable)
    compounds = (["".join(words[a:b]) for a, b in runs] for runs in (chains, inner_runs(chains)))
    line = "\n".join(f" {' '.join(each)} " for each in (words, *compounds))
    return Text(readable, line, chains)


class Words(NamedTuple):
    """The words of a text, and what is needed to find where they stand in it."""

    words: list[str]
    chains: list[Run]
    """The runs of words that hyphens join."""
    found: list[str]
    """The folded text in full, as gap, word, gap, word, ..., gap."""
    pieces: list[str]
    """The text, cut into pieces."""
    folds: list[str]
    """The same pieces folded; each may be longer or shorter than its original."""

    def bounds(self) -> Sequence[int]:
        """The start and end of each word in the text, in one flat list."""
        bounds = _bounds(self.found)
        if list(map(len, self.pieces)) == list(map(len, self.folds)):
            return bounds
        return _original(bounds, self.pieces, self.folds)


def words_of(readable: str) -> Words:
    pieces, folds = _folded(readable)
    folded = "".join(folds)
    shaped = folded if folded.isascii() else _parted(shape(folded))
    if "'s" in shaped:
        shaped = _POSSESSIVE.sub("  ", shaped)
    found = _WORD.split(shaped)  # gap, word, gap, word, ..., gap
    words = found[1::2]
    if not folded.isascii():
        bounds = _bounds(found)
        places = zip(words, bounds[::2], bounds[1::2], strict=True)
        words = [PARTED if word == "P" else folded[a:b] for word, a, b in places]
    if "^" in folded:  # Some sites write `S^2` where others have `S$^2$`, which folds to `s2`.
        words = [word.replace("^", "") for word in words]
    chains = list(chains_of(words, found[2:-1:2])) if "-" in shaped else []
    return Words(words, chains, found, pieces, folds)


def _parted(shaped: str) -> str:
    """`shaped` with a `P` where punctuation stands beside words written without spaces."""
    parted = _PARTED.sub(_break, shaped) if "C" in shaped else shaped
    return parted.replace("\x01", " ")


def _break(found: re.Match[str]) -> str:
    word = found[1] or ""
    return word + "P".ljust(len(found[0]) - len(word))


def _bounds(found: Sequence[str]) -> list[int]:
    """The start and end of each word in the folded text, in one flat list."""
    return list(accumulate(map(len, found)))[:-1]


def shape(text: str) -> str:
    r"""`text` with each non-ASCII sign replaced by an ASCII one that says what kind it is.

    `a` stands for a letter or digit, `m` for a mark, `C` for a sign that is a word by itself,
    `\x01` for punctuation, and a space for the rest. So an ASCII pattern splits every script.
    """
    return text if text.isascii() else _NON_ASCII.sub(lambda sign: _shape(sign[0]), text)


@lru_cache(maxsize=8192)
def _shape(sign: str) -> str:
    if unicodedata.category(sign)[0] == "M":
        return "m"
    if not sign.isalnum():
        return "\x01" if unicodedata.category(sign)[0] == "P" and sign not in "・·" else " "
    return "C" if _UNSPACED.match(sign) else "a"


def _original(bounds: list[int], pieces: list[str], folds: list[str]) -> list[int]:
    """Bounds in the folded text as bounds in the original; no word becomes empty."""
    origins: list[int] = []
    at = 0
    for piece, folded in zip(pieces, folds, strict=True):
        same = len(piece) == len(folded)
        origins += range(at, at + len(piece)) if same else [at] * len(folded)
        at += len(piece)
    origins.append(at)
    ends = (max(origins[end], origins[end - 1] + 1) for end in bounds[1::2])
    starts = (origins[start] for start in bounds[::2])
    return list(chain.from_iterable(zip(starts, ends, strict=True)))
