"""What sites send -> one line of plain text, as it is shown, and as every span indexes into it.

Most texts are ASCII without markup, so that asking whether they are is much of the work.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from feedproxy.text import markup, mathml, tex

# What XML forbids (except white space), C1 controls, bidirectional controls, and invisible
# characters that would split a word. ZWJ and ZWNJ are handled by _JOINER.
_JUNK = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u034f\u061c\u180e\u200b\u200e\u200f\u202a-\u202e"
    "\u2060-\u206f\ufdd0-\ufdef\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff\U000e0000-\U000e007f"
    + "".join(chr(plane << 16 | 0xFFFE) + chr(plane << 16 | 0xFFFF) for plane in range(1, 17))
    + "]+"
)
_PRINTABLE_JUNK = "\u034f"
"""The only junk that Python takes for printable; asking that is quicker than looking for junk."""
# Joiners stay in the scripts and emoji that need them.
_JOINED = "[\u0600-\u1fff\u2100-\U0010ffff]"
_JOINER = re.compile(f"(?<!{_JOINED})[\u200c\u200d]+|[\u200c\u200d]+(?!{_JOINED})")
_PRINTABLE = bytes(range(0x20, 0x7F))
_UNMARKED = _PRINTABLE.translate(None, b"<&$\\")
"""The printable characters that begin neither markup nor TeX."""
# No script has so many marks in a row, and normalising them takes quadratic time.
_MARKS = 31
_PILE = re.compile(rf"[^\w\s\x00-\x7f]{{{_MARKS},}}")


def readable(raw: str) -> str:
    """`raw` as one line of plain text: no markup, no TeX, nothing that XML forbids, NFC.

    Call it once, on text as a site sent it: `&lt;b&gt;` becomes `<b>`, which a second call
    would take for a tag.
    """
    text = raw.replace("\n", " ")
    if _is_of(_UNMARKED, text):
        return _spaced(text)
    text = " ".join(tex.resolve(markup.plain(mathml.resolve(raw))).split())
    if _is_of(_PRINTABLE, text):
        return text
    if not text.isprintable() or _PRINTABLE_JUNK in text:
        text = _JOINER.sub("", _JUNK.sub("", text))
    if len(text.encode()) - len(text) >= _MARKS:
        text = _PILE.sub(_without_marks, text)
    return " ".join(unicodedata.normalize("NFC", text).split())


def each_readable(raw: Sequence[str]) -> Sequence[str]:
    """`readable` of each. Most names and tags are readable already: one check covers them all."""
    return raw if is_tidy(" ".join(raw), _UNMARKED) else [readable(each) for each in raw]


def is_tidy(text: str, signs: bytes = _PRINTABLE) -> bool:
    """Whether `text` is one line of these ASCII signs: checking is faster than cleaning."""
    return _is_of(signs, text) and _spaced(text) == text


def _is_of(signs: bytes, text: str) -> bool:
    return text.isascii() and not text.encode().translate(None, signs)


def _spaced(text: str) -> str:
    return " ".join(text.split()) if "  " in text or text.strip() != text else text


def _without_marks(pile: re.Match[str]) -> str:
    return "".join(sign for sign in pile[0] if not unicodedata.combining(sign))
