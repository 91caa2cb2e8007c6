from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from weakref import ref

import pytest
import yaml
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from feedproxy.errors import BadTerm
from feedproxy.terms import Term, parse_term
from feedproxy.text import Text, fold, readable, split

DATA = Path(__file__).parent / "data" / "terms"

modest = settings(max_examples=200, deadline=None, derandomize=True)
WORDS = (
    "spiking network fine-tuning finetuning GPT-4 SNN C++ study bias state-of-the-art 強化 naïve"
    " k-NN spik* fine-tun* R-CNN RCNN class"
)
PIECES = (
    "spiking Networks fine tuning Fine finetuning GPT 4 SNNs C++ studies state of the art NAÏVE k"
    " NN 深層強化学習 biases R CNN LoRA - ‑ , . / 's ½ ™ ﬁ é"
)
written_words = st.sampled_from(WORDS.split())
written_terms = st.one_of(
    st.lists(written_words, min_size=1, max_size=3).map(" ".join),
    st.lists(st.sampled_from(["LoRA", "fine-tuning", "C++"]), min_size=1, max_size=2).map(
        lambda words: "=" + " ".join(words)
    ),
    st.sampled_from([r"/\bspik\w+\b/", "/net/i", r"/\d\b/", "/é|ï/"]),
)
texts = st.lists(st.sampled_from(PIECES.split()) | st.just(" "), max_size=14).map(
    lambda parts: split(readable("".join(parts)))
)
anything = st.text(st.characters(codec=None, exclude_categories=()))


def cases(*keys: str) -> Iterator[dict[str, Any]]:
    files = sorted(DATA.glob("*.yaml"))
    assert files, f"{DATA} holds no cases"
    for file in files:
        for case in yaml.safe_load(file.read_text("utf-8")):
            assert "term" in case, f"{file.name}: no term in {case}"
            assert set(case) > {"term"}, f"{file.name}: nothing expected of {case}"
            assert set(case) <= {"term", "finds", "misses", "says"}, f"{file.name}: {case}"
            if set(case) & set(keys):
                yield case


def pairs(key: str) -> list[Any]:
    found = [(case["term"], text) for case in cases(key) for text in case.get(key, ())]
    assert found, f"no case of {key!r}"
    return [pytest.param(*pair, id=f"{pair[0]} | {pair[1]}") for pair in found]


def is_indexed(term: Term, text: Text) -> bool:
    """Whether an index that reads keys and prefixes takes the text for a candidate."""
    if not term.keys and not term.prefixes:
        return True
    return any(key in term.keys or key.startswith(tuple(term.prefixes)) for key in text.keys)


@pytest.mark.parametrize(("term", "text"), pairs("finds"))
def test_a_term_finds(term: str, text: str | dict[str, Any]) -> None:
    raw, spans = (text, None) if isinstance(text, str) else (text["text"], text["spans"])
    where = split(readable(raw))
    found = parse_term(term).find(where)
    assert found
    assert parse_term(term).is_in(where)
    assert is_indexed(parse_term(term), where)
    if spans is not None:
        assert [where.readable[start:end] for start, end in found] == spans


@pytest.mark.parametrize(("term", "text"), pairs("misses"))
def test_a_term_does_not_find(term: str, text: str) -> None:
    where = split(readable(text))
    assert parse_term(term).find(where) == ()
    assert not parse_term(term).is_in(where)


@pytest.mark.parametrize("case", list(cases("says")), ids=lambda case: str(case["term"]))
def test_a_bad_term_is_refused_by_name(case: dict[str, str], capfd: Any) -> None:
    with pytest.raises(BadTerm) as refusal:
        parse_term(case["term"])
    assert case["says"] in str(refusal.value)
    assert capfd.readouterr().err == ""  # RE2 would log.


@pytest.mark.parametrize("long", ["x" * 2001, f"/{'x' * 1001}/"])
def test_a_term_has_a_bounded_length(long: str) -> None:
    with pytest.raises(BadTerm, match="at most"):
        parse_term(long)


def test_a_term_is_what_was_written() -> None:
    term = parse_term("Fine-Tuning*")
    assert str(term) == term.written == "Fine-Tuning*"
    assert parse_term(str(term)) == term
    assert len({term, parse_term("Fine-Tuning*"), parse_term("fine-tuning*")}) == 2


def test_what_a_term_holds_that_cannot_be_seen_is_shown_as_an_escape() -> None:
    assert str(parse_term("tide\x7f")) == r"tide\u007f"
    with pytest.raises(BadTerm, match=r"/\?\\u001f/"):
        parse_term("/?\x1f/")


def test_an_index_gets_the_keys_of_the_most_selective_word() -> None:
    phrase = parse_term("a spiking network")
    assert phrase.keys >= {"spiking"}
    assert not phrase.keys & {"a", "network"}
    assert parse_term("radiolog*").prefixes == {"radiolog"}
    assert parse_term("/x/").keys == parse_term("/x/").prefixes == frozenset()


def test_a_hostile_pattern_takes_linear_time() -> None:
    assert parse_term("/(a+)+$/").find(split("a" * 50_000 + "b")) == ()
    assert parse_term(r"/\b(a|a)+!/").find(split("é" + "a" * 50_000)) == ()


def test_a_hostile_text_takes_bounded_time() -> None:
    chain = split("a-" * 2_000 + "b")
    assert parse_term(" ".join(["a-a"] * 100)).find(chain)
    assert parse_term(" ".join(["a-a"] * 20 + ["c-b"])).find(chain) == ()


@modest
@given(written_terms, texts)
def test_what_is_found_lies_in_the_text(written: str, text: Text) -> None:
    end = 0
    for span in parse_term(written).find(text):
        assert end <= span.start < span.end <= len(text.readable)
        end = span.end


@modest
@given(written_terms, texts)
def test_what_is_found_is_found_again_by_itself(written: str, text: Text) -> None:
    term = parse_term(written)
    for start, end in term.find(text):
        assert term.find(split(text.readable[start:end]))


@modest
@given(written_terms, texts)
def test_where_a_term_is_found_the_index_looks(written: str, text: Text) -> None:
    term = parse_term(written)
    assert is_indexed(term, text) or not term.find(text)


@modest
@given(anything, anything)
def test_any_text_is_a_term_that_finds_itself_or_is_refused(written: str, other: str) -> None:
    try:
        term = parse_term(written)
    except BadTerm:
        return
    term.find(split(other))
    assume(written[0] not in "/=" and "*" not in written)
    assert term.find(split(readable(written)))


@modest
@given(
    st.lists(
        st.sampled_from([*"^-]a5_.", r"\w", r"\d", r"\D", r"\W", r"\S", r"\P{Pd}", r"\p{^L}"])
    ),
    st.sampled_from([*"abz`4567!^-]_.[ ", "\\"]),
)
def test_a_class_means_the_same_in_a_text_that_is_not_ascii(signs: list[str], sign: str) -> None:
    try:
        term = parse_term(f"/#[{''.join(signs)}]!/")
    except BadTerm:
        return
    assert term.is_in(split(f"#{sign}!")) == term.is_in(split(f"é#{sign}!"))


@modest
@given(
    st.lists(
        st.sampled_from(["rain", "tuning", "class", "study", "fine-tuning", "größe"]),
        min_size=1,
        max_size=4,
    )
)
def test_a_phrase_finds_its_variants(words: list[str]) -> None:
    term = parse_term(" ".join(words))
    plain = " ".join(words)
    for variant in (plain.upper(), plain.title(), "-".join(words), plain.replace("-", "–")):
        assert term.find(split(f"on {variant}, again")), variant
    assert term.find(split(fold(plain)))
    assert not Term.find(term, split(" x ".join(words) if len(words) > 1 else "x"))


def test_terms_share_their_words() -> None:
    one, other = parse_term("spiking networks"), parse_term("deep spiking networks")
    assert one.words[1] is other.words[2]
    assert one.sayings[1] is other.sayings[2]
    assert parse_term("spik*").words[0] is not parse_term("spik").words[0]


def test_a_word_that_no_term_has_any_more_is_forgotten() -> None:
    word = ref(parse_term("zyzzogeton").words[0])
    gc.collect()
    assert word() is None
