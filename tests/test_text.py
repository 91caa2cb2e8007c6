from __future__ import annotations

import gzip
import json
import re
import unicodedata
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from feedproxy.terms.words import located_words
from feedproxy.text import each_readable, fold, readable, split
from feedproxy.text.chains import PARTED

DATA = Path(__file__).parent / "data" / "text"
CORPUS = (
    Path(__file__).resolve().parents[2] / "shared/corpus/hf-json/records_2024-05_2026-02.ndjson.gz"
)
FORBIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\ufffe\uffff\ud800-\udfff\u202a-\u202e\u2066-\u2069]")

modest = settings(max_examples=150, deadline=None, derandomize=True)
anything = st.text(st.characters(codec=None, exclude_categories=()))
SNIPPETS = (
    "< > & ; $ \\( \\) { } ^ _ \\frac \\alpha <b> </script> <script> <!-- --> &lt &#0; é - a 1 ™"
    " \u0301 \u200d \ud800 <![CDATA[ ]]> 's ½ ｶ ﾞ 学 +"
)
markup_like = st.lists(st.sampled_from(SNIPPETS.split()) | st.just(" ")).map("".join)


def cases(name: str, *keys: str) -> list[Any]:
    found = yaml.safe_load((DATA / f"{name}.yaml").read_text("utf-8"))
    assert found, f"{name}.yaml holds no case"
    for case in found:
        assert set(case) == set(keys), f"{name}.yaml: incomplete: {case}"
    return [pytest.param(*map(case.get, keys), id=repr(case[keys[0]])[:40]) for case in found]


def test_every_data_file_is_read() -> None:
    assert {path.name for path in DATA.iterdir()} == {"readable.yaml", "words.yaml", "fold.yaml"}


@pytest.mark.parametrize(("raw", "shown"), cases("readable", "raw", "readable"))
def test_readable_text_is_what_a_reader_sees(raw: str, shown: str) -> None:
    assert readable(raw) == shown


@pytest.mark.parametrize(("text", "folded"), cases("fold", "text", "folded"))
def test_folded_text_forgets_case_accents_and_form(text: str, folded: str) -> None:
    assert fold(text) == folded


@pytest.mark.parametrize(
    ("text", "words", "compounds"), cases("words", "readable", "words", "compounds")
)
def test_words_are_split_as_told(text: str, words: list[str], compounds: list[str]) -> None:
    split_text = split(text)
    assert split_text.words() == words
    compounds_at = sorted(located_words(split_text).compounds.items())
    found = [run.key for _, runs in compounds_at for run in sorted(runs)]
    assert found == compounds
    assert split_text.keys == {word for word in words if word not in ",.-"} | set(compounds)


@modest
@given(anything | markup_like)
def test_readable_text_is_one_clean_line(raw: str) -> None:
    shown = readable(raw)
    assert not FORBIDDEN.search(shown)
    assert shown == " ".join(shown.split())
    assert unicodedata.is_normalized("NFC", shown)


@modest
@given(anything)
def test_readable_text_stays_as_it_is_unless_it_looks_like_markup_or_tex(raw: str) -> None:
    shown = readable(re.sub(r"[<&$\\]", "", raw))
    assert readable(shown) == shown


def test_no_invisible_sign_is_left() -> None:
    noncharacters = [*range(0xFDD0, 0xFDF0), *(plane << 16 | 0xFFFE for plane in range(17)), 0xFFFF]
    hidden = [
        sign for sign in map(chr, range(0x10000)) if unicodedata.category(sign) in ("Cc", "Cs")
    ]
    odd = [*hidden, *map(chr, noncharacters), *"\u00ad\u034f\u200b\u2060\ufeff\U000e0041"]
    assert {readable(f"é{sign}b") for sign in odd if not sign.isspace()} == {"éb"}


@modest
@given(st.lists(st.text("ab <é\n", max_size=4), max_size=4))
@example(["a ", " b"])
@example(["a", "", "b"])
def test_many_texts_are_made_readable_as_each_alone(raw: list[str]) -> None:
    assert list(each_readable(raw)) == list(map(readable, raw))


@modest
@given(anything | markup_like)
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@modest
@given(anything | markup_like)
def test_words_stand_in_the_text_where_they_are_said_to(text: str) -> None:
    split_text = split(text)
    words = split_text.words()
    at = 0
    for number, word in enumerate(words):
        start, end = located_words(split_text).span(number, number + 1)
        assert at <= start < end <= len(text)
        assert word == PARTED or word in fold(text[start:end]).replace("^", "")
        at = start
    for first, runs in located_words(split_text).compounds.items():
        for run in runs:
            assert "".join(words[first : run.stop]) == run.key


HOSTILE = (
    "< <b> <!-- <script> <a=' &amp; & $\\frac{ $x \\( { ^{ a\u0345\u0300 \u05b0\u0300 a- 's"
    " 学 ½- \u200d ｶﾞ x^ <math> <tex-math></math> {\\'e \\\"a"
)


@pytest.mark.parametrize("piece", [*HOSTILE.split(), '<a x="', " \u0300", "- "])
def test_much_of_anything_is_cleaned_and_split(piece: str) -> None:
    """It would take minutes if one step of it were not linear."""
    shown = readable(piece * (100_000 // len(piece)))
    assert split(shown).keys is not None


def test_a_pile_of_marks_is_taken_off() -> None:
    assert readable("a" + "\u0345\u0300" * 40 + "b\u0300") == "ab\u0300"


def test_formulas_beyond_the_bound_stay_as_written() -> None:
    shown = readable(" ".join(f"$\\alpha_{number}$" for number in range(300)))
    assert shown.startswith("α₀ α₁ ")
    assert shown.endswith("$\\alpha_299$")


def test_the_whole_of_a_long_chain_counts_as_one_word() -> None:
    chain = "-".join(["ab"] * 40)
    assert split(chain).keys == {"ab", "ab" * 40}


def test_a_hyphen_joins_no_word_to_the_end_of_a_sentence() -> None:
    assert split("Pre-, mid- and post-training.").keys == {
        *("pre", "mid", "and", "post", "training"),
        "posttraining",
    }


@pytest.mark.skipif(not CORPUS.exists(), reason="the corpus is not here")
def test_real_records_come_through_whole() -> None:
    with gzip.open(CORPUS, "rt", encoding="utf-8") as lines:
        papers = [json.loads(line)["paper"] for line in lines][::5]
    for paper in papers:
        for raw in (paper["title"], paper["summary"]):
            shown = readable(raw)
            assert shown
            assert not FORBIDDEN.search(shown)
            assert readable(shown) == shown
            if not re.search(r"[<&$]|\\[^A-Za-z]", raw):
                assert shown == unicodedata.normalize("NFC", " ".join(raw.split()))
            assert shown.isascii() <= split(shown).line.isascii()
