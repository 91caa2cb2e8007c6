"""Phrases found in texts all at once, however their words are joined."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from feedproxy.terms.trie import Phrase, Trie
from feedproxy.text import split
from feedproxy.text.chains import LONGEST_CHAIN

words = st.sampled_from("abc")
phrases = st.lists(st.frozensets(words, min_size=1, max_size=2), min_size=1, max_size=3).map(tuple)
texts = st.lists(words | st.sampled_from(("a-b", "b-c", "a-b-c", "ab")), max_size=6).map(" ".join)


def phrase(*words: str) -> Phrase:
    return tuple(frozenset(word.split("/")) for word in words)


def trie_of(*given: Phrase) -> Trie[Phrase]:
    trie: Trie[Phrase] = Trie()
    for each in given:
        trie.add(each, each)
    return trie


def test_a_phrase_is_found_where_its_words_follow_on_one_another() -> None:
    one, other = phrase("neural", "network/networks"), phrase("network/networks")
    trie = trie_of(one, other)
    assert trie.found_in(split("Of neural networks")) == {one, other}
    assert trie.found_in(split("A network that is neural")) == {other}
    assert trie.found_in(split("Neural: networks")) == {other}
    assert trie.found_in(split("")) == set()


def test_phrases_that_share_forms_are_told_apart() -> None:
    one, other = phrase("agent/agents", "act"), phrase("agents/agentses", "act")
    trie = trie_of(one, other)
    assert trie.found_in(split("Agents act")) == {one, other}
    assert trie.found_in(split("An agent: agent act")) == {one}


def test_a_compound_is_one_word_beside_its_parts() -> None:
    given = [
        phrase("ofthe"),
        phrase("a", "stateoftheart", "model"),
        phrase("state", "of", "the", "art"),
        phrase("stateof", "theart"),
        phrase("the", "artmodel"),
    ]
    assert trie_of(*given).found_in(split("A state-of-the-art model")) == set(given[:4])


def test_of_a_chain_that_is_too_long_only_the_whole_is_a_compound() -> None:
    letters = "abcdefghijklmnopqrstuvwxyz"[: LONGEST_CHAIN + 1]
    whole, inside = phrase(letters, "next"), phrase(letters[:2])
    assert trie_of(whole, inside).found_in(split(f"{'-'.join(letters)} next")) == {whole}


@settings(deadline=None, derandomize=True, max_examples=300)
@given(st.lists(phrases, unique=True, max_size=6), st.integers(0, 6), texts)
def test_what_is_taken_out_leaves_the_others_as_they_are(
    given: list[Phrase], gone: int, text: str
) -> None:
    trie = trie_of(*given)
    for each in given[:gone]:
        trie.remove(each, each)
    assert trie.found_in(split(text)) == trie_of(*given[gone:]).found_in(split(text))


@settings(deadline=None, derandomize=True, max_examples=300)
@given(phrases, st.lists(words, max_size=6))
def test_single_words_are_found_as_any_reader_would(given: Phrase, row: list[str]) -> None:
    windows = [row[at : at + len(given)] for at in range(len(row) - len(given) + 1)]
    is_there = any(all(map(frozenset.__contains__, given, window)) for window in windows)
    assert trie_of(given).found_in(split(" ".join(row))) == ({given} if is_there else set())
