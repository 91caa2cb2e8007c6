"""Singulars and plurals of English words, as far as their endings tell."""

from __future__ import annotations

import re
from functools import lru_cache


@lru_cache(maxsize=8192)
def forms_of(word: str) -> frozenset[str]:
    """The word and every word that may be its singular or plural: `study` and `studies`."""
    singulars = _singulars(word)
    plurals = {
        plural
        for one in singulars
        if not one.endswith("es")
        for plural in (one + "s", one + "es", one[:-1] + "ies")
        if one in _singulars(plural)
    }
    return frozenset(singulars | plurals)


def forms_as_spelt(word: str, spelt: str) -> frozenset[str]:
    """`forms_of`, and those that capitals show: of `GPUs` GPU, and of `GPU` GPUs.

    A plural has four letters at least, as elsewhere: `GA-based` does not find gas, nor `INs` in.
    """
    forms = forms_of(word)
    if is_acronym(spelt) and len(word) > 2:
        return forms | {word + "s"}
    if spelt.endswith("s") and is_acronym(spelt[:-1]) and len(word) > 3:
        return forms | {word[:-1]}
    return forms


def is_acronym(spelt: str) -> bool:
    return 2 <= len(spelt) <= 6 and spelt.isalpha() and spelt.isupper()


def _singulars(word: str) -> set[str]:
    """The word itself, and the words it may be the plural of."""
    if len(word) < 4 or not (word.isascii() and word.isalpha()):
        return {word}
    if word.endswith("ies"):
        return {word, word[:-3] + "y", word[:-1]}
    if re.search(r"(?:[sxz]|ch|sh)es$", word):
        return {word, word[:-2], word[:-1]}
    return {word, word[:-1]} if re.search(r"[^sui]s$", word) else {word}
