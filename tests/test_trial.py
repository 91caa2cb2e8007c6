"""An edit tried: what it comes to, against what is served; and that it stays cheap and unseen."""

from __future__ import annotations

from datetime import datetime
from threading import Semaphore, Thread, current_thread

import pytest

from feedproxy.checking.trial import AT_ONCE, LONGEST, Outcome, Part
from feedproxy.clock import Clock
from feedproxy.errors import TooManyTrials, UnknownTopic
from feedproxy.explain.near import near_miss
from feedproxy.index.finds import Finds
from feedproxy.pipeline import Pipeline
from feedproxy.rules import decide
from feedproxy.rules.conditions import term_tests
from feedproxy.rules.subjects import Subject
from feedproxy.terms import Term
from tests.clocks import NOON, FakeTime
from tests.conftest import Installation
from tests.invented import Paper


def tried(pipeline: Pipeline, text: str, topic: str = "spiking") -> Outcome:
    outcome = pipeline.trials.run(text, topic).outcome
    assert outcome is not None
    return outcome


def ids(part: Part) -> list[str]:
    assert part.count == len(part.first)
    return [decision.record.short_id for decision in part.first]


def test_what_stands_in_the_rules_changes_nothing(pipeline: Pipeline) -> None:
    for topic in pipeline.rules().topics:
        text = pipeline.trials.text(topic)
        outcome = tried(pipeline, text, topic)
        assert outcome.rule_set == pipeline.rule_set(topic)
        assert (outcome.is_new, outcome.enters.count, outcome.leaves.count) == (False, 0, 0)
        preview = pipeline.catalogue.preview(topic)
        assert set(ids(outcome.included)) == {each.record.short_id for each in preview.included}
        assert outcome.near == len(preview.near)
    with pytest.raises(UnknownTopic):
        pipeline.trials.text("nothing")


def test_an_edit_says_what_enters_what_leaves_and_why(pipeline: Pipeline) -> None:
    outcome = tried(
        pipeline,
        "topics:\n  spiking:\n    include: [spiking, rain]\n    exclude: [title: scale]\n",
    )
    assert sorted(ids(outcome.included)) == ["2611.00002", "2611.00003"]
    assert sorted(ids(outcome.enters)) == ["2611.00002", "2611.00003"]
    assert ids(outcome.leaves) == ["2611.00001"]
    assert (outcome.near, outcome.judged, outcome.older) == (1, 3, 0)
    assert not outcome.leaves.first[0].included
    assert outcome.unmatched == ()


def test_terms_that_match_nothing_are_named_with_their_line(
    pipeline: Pipeline, installation: Installation
) -> None:
    (installation.rules.parent / "shared.yaml").write_text("lists: {far: [elsewhere]}\n")
    outcome = tried(
        installation.start(),
        "topics:\n  spiking:\n    include:\n      - spiking\n      - nowhere\n      - $far\n"
        "    exclude: [author: Nobody]\n",
    )
    assert [tuple(each) for each in outcome.unmatched] == [
        ("`nowhere`", 5),
        ("`elsewhere`", None),
        ("author: `Nobody`", 7),
    ]


def test_the_text_stands_in_for_what_has_the_same_names_and_finds_the_rest(
    installation: Installation, pipeline: Pipeline
) -> None:
    shared = "lists: {words: [rain], titles: [title: survey]}\n"
    (installation.rules.parent / "shared.yaml").write_text(shared)
    text = "lists: {words: [spiking]}\ntopics: {spiking: {include: [$words], exclude: [$titles]}}\n"
    assert ids(tried(installation.start(), text).included) == ["2611.00001"]


def test_a_new_topic_is_new_and_a_renamed_one_is_compared_with_itself(pipeline: Pipeline) -> None:
    text = "topics: {fresh: {include: [spiking], exclude: [title: survey]}}"
    assert tried(pipeline, text).is_new
    outcome = tried(pipeline, text.replace("{include", "{renamed: spiking, include"))
    assert (outcome.is_new, outcome.enters.count, outcome.leaves.count) == (False, 0, 0)


def test_of_several_topics_the_one_asked_for_is_tried(pipeline: Pipeline) -> None:
    text = "topics: {a: {include: [rain]}, b: {include: [spiking]}}"
    found = pipeline.trials.run(text, "b")
    assert found.topics == ("a", "b")
    assert tried(pipeline, text, "b").rule_set.topic == "b"
    assert tried(pipeline, text, "c").rule_set.topic == "a"


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        ("topics:\n  a:\n    inclde: [x]\n", (3, 5), 'did you mean "include"'),
        ("topics:\n  a:\n    include: ['/(/']\n", (3, 15), "regular expression"),
        ("topics:\n  a: {include: [$no]}\n", (2, 17), "no list"),
        ("topics:\n  a: {from: no, include: [x]}\n", (2, 13), "unknown source"),
        ("topics: {a: {include: [x}}", (1, 23), "not closed"),
        ("topics: {a: {include: [\0]}}", (1, 24), "NUL"),
        ("", (1, 1), "empty"),
        ("lists: {a: [x]}", (1, 1), "no topic"),
    ],
)
def test_a_broken_text_says_where_and_has_no_result(
    pipeline: Pipeline, text: str, place: tuple[int, int], said: str
) -> None:
    found = pipeline.trials.run(text)
    assert found.outcome is None
    [problem] = found.problems
    assert (problem.line, problem.column) == place
    assert said in problem.text


def test_a_failing_test_of_the_rules_is_an_error_beside_the_result(pipeline: Pipeline) -> None:
    found = pipeline.trials.run(
        "topics:\n  a:\n    include: [rain]\n    tests:\n"
        "      match: [Rain and snow, 2611.00001]\n      reject: [Rain]\n"
    )
    assert [(each.line, each.column) for each in found.problems] == [(5, 30), (6, 16)]
    assert [each.message for each in found.problems] == [
        '"2611.00001" is left out: nothing that the topic includes is found',
        '"Rain" is taken: `rain` in the title',
    ]
    assert found.outcome is not None
    assert found.outcome.included.count == 1


def test_trying_saves_nothing_fetches_nothing_and_changes_no_feed(
    pipeline: Pipeline, installation: Installation
) -> None:
    before = pipeline.feed("spiking", "atom").body
    files = {path: path.read_bytes() for path in installation.folder.rglob("*") if path.is_file()}
    asked = len(installation.site.requests)
    text = (
        "sources: {new: {kind: feed, url: 'https://lab.example/'}}\ntopics: {spiking: {from: new}}"
    )
    assert tried(pipeline, text).judged == 0
    outcome = tried(pipeline, "topics: {spiking: {include: [rain]}}")
    assert (outcome.included.count, outcome.judged) == (1, 3)
    assert pipeline.feed("spiking", "atom").body == before
    assert "new" not in pipeline.rules().sources
    assert len(installation.site.requests) == asked
    assert files == {path: path.read_bytes() for path in files}


def test_what_is_new_in_the_archive_is_judged_at_once(
    pipeline: Pipeline, installation: Installation
) -> None:
    text = "topics: {a: {include: [rain]}}"
    assert tried(pipeline, text).included.count == 1
    day = installation.time.moment.date()
    installation.site.papers.append(Paper("2611.00004", "More Rain", day))
    pipeline.refresh("hf-daily")
    assert tried(pipeline, text).included.count == 2


EDITS = [
    "include: [spiking, {title: rain, upvotes: {min: 99}}]",
    "include: [{any: [{title: survey}, {has: code}]}, {none: [spiking]}]",
    "where: {upvotes: {min: 10}, title: [rain, scale]}",
    "where: {source: hf-daily, upvotes: {min: 20}}\n    exclude: [spiking]",
    "include: ['/sp[io]king/i', nowhere]\n    exclude: [text: rain, title: survey]",
    "score: [{title: survey, add: 2}]\n    where: {score: {min: 1}}",
    "include: [{all: [spiking, {none: [survey]}]}]",
]


@pytest.mark.parametrize("edit", EDITS)
def test_what_is_sped_up_comes_to_what_judging_every_record_does(
    pipeline: Pipeline, edit: str
) -> None:
    outcome = tried(pipeline, f"topics:\n  spiking:\n    {edit}\n")
    records = [each.record for each in pipeline.catalogue.preview("spiking").included]
    records += [each.record for each in pipeline.catalogue.preview("spiking").excluded]
    decisions = [decide(outcome.rule_set, each, NOON) for each in records]
    taken = [each.record.short_id for each in decisions if each.included]
    assert sorted(ids(outcome.included)) == sorted(taken)
    assert outcome.near == len([each for each in decisions if near_miss(each)])
    assert len(records) == outcome.judged == 3


class Counting(Subject):
    looks = 0

    def has(self, name: str, term: Term) -> bool:
        self.looks += 1
        return super().has(name, term)


def test_a_term_is_looked_for_once_in_each_record(pipeline: Pipeline) -> None:
    tests = term_tests(pipeline.rule_set("spiking"))
    subjects = [Counting(each.record) for each in pipeline.catalogue.preview("spiking").excluded]
    finds = Finds(subjects)
    one, both, again = (finds.held(tests, count) for count in (1, 2, 1))
    assert one == again == {place: bits & 1 for place, bits in both.items()}
    assert [each.looks for each in subjects] == [len(tests)] * len(subjects) == [3, 3]


# --- what it may cost


def test_a_long_text_is_not_read(pipeline: Pipeline) -> None:
    text = "topics: {a: {include: [x]}} #"
    assert pipeline.trials.run(text.ljust(LONGEST, "x")).outcome is not None
    found = pipeline.trials.run(text.ljust(LONGEST + 1, "x"))
    assert found.outcome is None
    assert "64 kB" in found.problems[0].text


def test_many_terms_are_tried_on_fewer_records_the_newest(
    pipeline: Pipeline, installation: Installation
) -> None:
    day = installation.time.moment.date()
    papers = [Paper(f"2611.{n:05}", f"Rain {n}", day) for n in range(10, 200)]
    installation.site.papers[:] = papers
    pipeline.refresh("hf-daily")
    words = ", ".join(f"w{n}" for n in range(4000))
    text = f"topics: {{a: {{include: [rain, spiking, keyword: [{words}]]}}}}"
    outcome = tried(pipeline, text)
    assert 100 <= outcome.judged < 193
    assert outcome.judged + outcome.older == 193
    assert outcome.included.count == outcome.judged


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "lists:\n  a: [" + ", ".join(f"w{n}" for n in range(3000)) + "]\ntopics:\n  a:\n"
            "    include: [title: $a, abstract: $a, keyword: $a, author: $a]\n",
            "too many to be tried",
        ),
        (
            "topics: {a: {include: [" + ", ".join(f"'/x{{{n}}}/'" for n in range(1, 12)) + "]}}",
            "regular expressions",
        ),
        (
            "topics: {a: {include: [x], tests: {match: [" + "x, " * 101 + "]}}}",
            "101 tests",
        ),
    ],
)
def test_what_would_take_too_long_is_refused(pipeline: Pipeline, text: str, said: str) -> None:
    found = pipeline.trials.run(text)
    assert found.outcome is None
    assert said in found.problems[0].text


def test_lists_that_are_used_again_and_again_are_counted_not_walked(pipeline: Pipeline) -> None:
    words = ", ".join(f"w{n}" for n in range(4000))
    wide = ", ".join(f"{field}: $a" for field in ("title", "abstract", "keyword", "author"))
    score = "\n".join("      - {any: $b, add: 1}" for _ in range(1000))
    text = f"lists:\n  a: [{words}]\n  b: [{{any: [{wide}]}}, {wide}]\n"
    found = pipeline.trials.run(f"{text}topics:\n  a:\n    score:\n{score}\n")
    assert "32,000,000 terms" in found.problems[0].text


class Hanging(FakeTime):
    """A clock at which threads named `trial` wait until they are let go."""

    def __init__(self) -> None:
        super().__init__()
        self.asked, self.let_go = Semaphore(0), Semaphore(0)

    @property
    def clock(self) -> Clock:
        return Clock(self.wait, lambda: self.seconds, self.sleep)

    def wait(self) -> datetime:
        if current_thread().name == "trial":
            self.asked.release()
            self.let_go.acquire()
        return self.moment


def test_only_a_few_run_at_once(pipeline: Pipeline, installation: Installation) -> None:
    time = installation.time = Hanging()
    trials = installation.start().trials
    text = "topics: {a: {include: [rain]}}"
    running = [Thread(name="trial", target=trials.run, args=(text,)) for _ in range(AT_ONCE)]
    for each in running:
        each.start()
        time.asked.acquire()
    with pytest.raises(TooManyTrials):
        trials.run(text)
    time.let_go.release(AT_ONCE)
    for each in running:
        each.join()
    assert trials.run(text).outcome is not None
