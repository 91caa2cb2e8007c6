"""The rules folder over time: what is picked up and when, and that a bad file changes nothing."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedproxy.rulefiles import RulesFolder
from feedproxy.rulefiles.reading import Unreadable, read
from feedproxy.rules.conditions import Rules, RuleSet
from tests.rulebook import KINDS, Book
from tests.running import shut, without_rights

TIDES = "topics: {tides: {include: [tide]}}\n"
MOON = "topics: {moon: {include: [moon]}}\n"
BOTH = "topics: {tides: {include: [tide]}, moon: {include: [moon]}}\n"
BROKEN = "topics: {tides: {inclde: [tide]}}\n"


@pytest.fixture
def book(tmp_path: Path) -> Book:
    return Book(tmp_path / "rules")


def messages(rules: Rules) -> list[str]:
    return [f"{Path(p.file).name}:{p.line}:{p.column}: {p.message}" for p in rules.problems]


def test_a_first_look_reads_at_once(book: Book) -> None:
    assert list(book.write(b=MOON, a=TIDES).open().current().topics) == ["tides", "moon"]


def test_an_empty_folder_has_no_topics_and_says_so(book: Book) -> None:
    folder = book.open()
    rules = folder.current()
    assert not rules.topics
    assert messages(rules)[0].startswith("rules:1:1: there are no rules files in it: bring them")
    assert folder.current() is rules
    assert not book.save(folder, a=TIDES).problems


def test_what_editors_leave_beside_is_not_read(book: Book) -> None:
    for name in (
        ".a.yaml.swp",
        "~a.yaml",
        "#a.yaml#",
        ".#a.yaml",
        "a.yaml~",
        "a.yaml.bak",
        "a.txt",
    ):
        (book.folder / name).write_text(BROKEN)
    (book.folder / "below").mkdir()
    (book.folder / "below" / "a.yaml").write_text(TIDES)
    (book.folder / "b.yml").write_text(MOON)
    rules = book.open().current()
    assert list(rules.topics) == ["moon"]
    assert not rules.problems


def rename_as_vim(path: Path, text: str) -> None:
    path.rename(f"{path}~")
    path.write_text(text)
    Path(f"{path}~").unlink()


def replace_as_sed(path: Path, text: str) -> None:
    (path.parent / "sedKx8").write_text(text)
    (path.parent / "sedKx8").replace(path)


def write_over(path: Path, text: str) -> None:
    path.write_text("")
    path.write_text(text)


def same_size_and_time(path: Path, text: str) -> None:
    before = path.stat()
    path.write_text(text.ljust(before.st_size))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


@pytest.mark.parametrize("save", [rename_as_vim, replace_as_sed, write_over, same_size_and_time])
def test_every_way_of_saving_is_picked_up(save: Callable[[Path, str], None], book: Book) -> None:
    folder = book.write(a=BOTH).open()
    assert list(folder.current().topics) == ["tides", "moon"]
    save(book.folder / "a.yaml", MOON)
    assert list(book.later(folder).topics) == ["moon"]


def test_a_config_map_swap_is_picked_up(book: Book) -> None:
    for name, text in (("..2026_1", TIDES), ("..2026_2", MOON)):
        (book.folder / name).mkdir()
        (book.folder / name / "topics.yaml").write_text(text)
    (book.folder / "..data").symlink_to("..2026_1")
    (book.folder / "topics.yaml").symlink_to("..data/topics.yaml")
    folder = book.open()
    assert list(folder.current().topics) == ["tides"]
    (book.folder / "..data_tmp").symlink_to("..2026_2")
    (book.folder / "..data_tmp").replace(book.folder / "..data")
    shutil.rmtree(book.folder / "..2026_1")
    assert list(book.later(folder).topics) == ["moon"]


def test_a_save_in_steps_is_taken_up_when_it_has_been_quiet(book: Book) -> None:
    folder = book.write(a=TIDES).open()
    folder.current()
    for end in range(1, len(BOTH), 7):
        book.write(a=BOTH[:end])
        book.clocks.seconds += 0.19
        rules = folder.current()
        assert list(rules.topics) == ["tides"]
        assert not rules.problems
    book.write(a=BOTH)
    folder.current()
    book.clocks.seconds += 0.19
    assert list(folder.current().topics) == ["tides"]
    book.clocks.seconds += 0.02
    assert list(folder.current().topics) == ["tides", "moon"]


def test_a_file_that_is_long_since_quiet_needs_no_second_look(book: Book) -> None:
    folder = book.write(a=TIDES).open(wall=lambda: 1e12)
    folder.current()
    book.write(a=MOON)
    assert list(folder.current().topics) == ["moon"]


def test_a_bad_file_changes_nothing_and_the_others_take_effect(book: Book) -> None:
    folder = book.write(a=TIDES).open()
    before = folder.current()
    rules = book.save(folder, a=BROKEN, b=MOON)
    assert list(rules.topics) == ["tides", "moon"]
    assert rules.topics["tides"] is before.topics["tides"]
    assert messages(rules) == ['a.yaml:1:18: unknown key "inclde" (did you mean "include"?)']
    assert not book.save(folder, a=TIDES).problems


def test_an_emptied_file_keeps_its_topics(book: Book) -> None:
    folder = book.write(a=TIDES).open()
    folder.current()
    rules = book.save(folder, a="")
    assert list(rules.topics) == ["tides"]
    assert messages(rules) == ["a.yaml:1:1: the file is empty: delete it to remove its topics"]


def test_the_last_good_version_holds_across_a_restart(book: Book) -> None:
    folder = book.write(a=TIDES, b=MOON).open()
    folder.current()
    book.save(folder, a=BROKEN)
    kept = folder.good_texts()
    assert kept == {"a.yaml": TIDES, "b.yaml": MOON}
    restarted = book.open(kept)
    assert list(restarted.current().topics) == ["tides", "moon"]
    assert len(restarted.current().problems) == 1
    assert restarted.current() == folder.current()


def test_a_deleted_file_removes_its_topics_in_a_restart_too(book: Book) -> None:
    folder = book.write(a=TIDES, b=MOON).open()
    folder.current()
    kept = folder.good_texts()
    (book.folder / "a.yaml").unlink()
    assert list(folder.current().topics) == ["tides", "moon"]
    assert list(book.later(folder).topics) == ["moon"]
    assert list(book.open(kept).current().topics) == ["moon"]


def test_a_missing_folder_keeps_everything_and_says_so(book: Book) -> None:
    folder = book.write(a=TIDES).open()
    before = folder.current()
    book.folder.rename(book.folder.with_name("away"))
    rules = book.later(folder)
    assert rules.topics == before.topics
    assert rules.sources == before.sources
    assert messages(rules) == [
        "rules:1:1: the rules folder cannot be read: No such file or directory; "
        "what was read of it before stays in force"
    ]
    assert list(book.open(folder.good_texts()).current().topics) == ["tides"]
    book.folder.with_name("away").rename(book.folder)
    assert not book.later(folder).problems


def test_a_folder_that_was_never_there_does_not_stay_in_force(book: Book) -> None:
    book.folder.rmdir()
    assert messages(book.open().current()) == [
        "rules:1:1: the rules folder cannot be read: No such file or directory; "
        "run feedproxy init for a start"
    ]


def test_only_the_file_that_was_edited_is_built_again(book: Book) -> None:
    lists = "lists: {sea: [tide]}\n"
    using = "topics: {moon: {include: [$sea]}}\n"
    folder = book.write(a=lists + TIDES, b=using).open()
    before = folder.current().topics
    after = book.save(folder, a=lists + BOTH.replace("moon", "sun")).topics
    assert after["moon"] is before["moon"]
    assert after["tides"] is before["tides"]
    assert list(after) == ["tides", "sun", "moon"]


def test_the_rules_are_equal_as_long_as_they_say_the_same(book: Book) -> None:
    folder = book.write(a=TIDES).open()
    first = folder.current()
    rewritten = "# a comment\ntopics:\n  tides:\n    include:\n      - tide\n"
    assert book.save(folder, a=rewritten) == first
    assert folder.good_texts() == {"a.yaml": rewritten}
    assert book.save(folder, a=MOON) != first


@pytest.mark.parametrize(
    ("section", "text"),
    [
        ("topics", "topics:\n  x: {include: [tide]}\n"),
        ("sources", "sources:\n  x: {kind: huggingface}\n"),
        ("lists", "lists:\n  x: [tide]\n"),
    ],
)
def test_of_two_definitions_the_later_file_is_refused_at_first(
    section: str, text: str, book: Book
) -> None:
    rules = book.write(b=text, a=text).open().current()
    (problem,) = rules.problems
    first = book.folder / "a.yaml"
    assert messages(rules) == [f'b.yaml:2:3: "x" is defined twice: here and at {first}:2:3']
    assert problem.path == section


def test_of_two_definitions_the_one_that_changed_is_refused_later(book: Book) -> None:
    folder = book.write(b=TIDES).open()
    folder.current()
    rules = book.save(folder, a=BOTH)
    assert list(rules.topics) == ["tides"]
    assert [Path(problem.file).name for problem in rules.problems] == ["a.yaml"]


def test_a_list_can_move_from_one_file_to_another_in_one_save(book: Book) -> None:
    sea = "lists: {sea: [tide]}\n"
    folder = book.write(a=sea, b="topics: {t: {include: [$sea]}}").open()
    folder.current()
    rules = book.save(folder, a=MOON, c=sea)
    assert not rules.problems
    assert list(rules.topics) == ["moon", "t"]


def test_a_list_in_use_cannot_go_but_its_user_can_take_effect(book: Book) -> None:
    folder = book.write(a="lists: {sea: [tide]}", b="topics: {t: {include: [$sea]}}").open()
    folder.current()
    rules = book.save(folder, a="lists: {see: [tide]}", b="topics: {t: {include: [$sea, moon]}}")
    assert len(rules.topics["t"].include or ()) == 2
    assert len(messages(rules)) == 1
    assert messages(rules)[0].startswith("a.yaml:1:1: no longer fits with the other files: ")
    assert 'no list "$sea"' in messages(rules)[0]


def test_of_a_deleted_file_only_the_lists_in_use_stay(book: Book) -> None:
    folder = book.write(a="lists: {sea: [tide]}\n" + TIDES, b="topics: {t: {include: $sea}}").open()
    folder.current()
    (book.folder / "a.yaml").unlink()
    rules = book.later(folder)
    assert list(rules.topics) == ["t"]
    assert len(rules.problems) == 1
    assert book.save(folder, c=MOON) != rules
    (book.folder / "c.yaml").unlink()
    assert book.later(folder) == rules
    assert list(book.open(folder.good_texts()).current().topics) == ["t"]
    assert not book.save(folder, b=MOON).problems


@pytest.mark.parametrize("meanwhile", [None, BROKEN])
def test_a_deleted_file_that_comes_back_has_its_topics_again(
    book: Book, meanwhile: str | None
) -> None:
    text = "lists: {sea: [tide]}\n" + TIDES
    folder = book.write(a=text, b="topics: {t: {include: $sea}}").open()
    folder.current()
    (book.folder / "a.yaml").unlink()
    assert list(book.later(folder).topics) == ["t"]
    if meanwhile:
        assert list(book.save(folder, a=meanwhile).topics) == ["t"]
    rules = book.save(folder, a=text)
    assert sorted(rules.topics) == ["t", "tides"]
    assert not rules.problems


def test_a_refused_file_takes_effect_once_it_fits(book: Book) -> None:
    folder = book.write(a="topics: {t: {include: [$sea]}}").open()
    assert not folder.current().topics
    rules = book.save(folder, b="lists: {sea: [tide]}")
    assert list(rules.topics) == ["t"]
    assert not rules.problems


def test_a_circle_through_two_files_refuses_the_one_that_closed_it(book: Book) -> None:
    folder = book.write(a="lists: {x: [tide, $y]}", b="lists: {y: [moon]}").open()
    assert not folder.current().problems
    rules = book.save(folder, b="lists: {y: [$x]}", c=MOON)
    assert list(rules.topics) == ["moon"]
    assert [Path(problem.file).name for problem in rules.problems] == ["b.yaml"]


def only_tides(rule_set: RuleSet) -> Iterable[tuple[int, str]]:
    """A judge for whom every test fails unless the topic has a list called $sea of one entry."""
    included = rule_set.include or ()
    if not all(len(getattr(each, "children", ())) == 1 for each in included):
        yield len(rule_set.match) + len(rule_set.reject) - 1, "is not taken"


def test_a_failing_test_refuses_the_file_that_made_it_fail(book: Book) -> None:
    tested = "topics:\n  t:\n    include: [$sea]\n    tests: {match: [A], reject: [B, C]}\n"
    folder = book.write(a="lists: {sea: [tide]}", b=tested).open(failing_tests=only_tides)
    assert not folder.current().problems
    by_list = book.save(folder, a="lists: {sea: [tide, ebb]}", c=MOON)
    assert list(by_list.topics) == ["t", "moon"]
    assert messages(by_list)[0].startswith("a.yaml:1:1: no longer fits with the other files")
    assert messages(
        book.save(folder, a="lists: {sea: [tide]}", b=tested.replace("$sea", "$sea, ebb"))
    ) == ["b.yaml:4:37: is not taken"]
    assert len(folder.current().topics["t"].include or ()) == 1


def test_what_is_in_force_is_not_judged_again(book: Book) -> None:
    text = "topics: {t: {include: [a, b], tests: {match: [A]}}}"
    kept = {"a.yaml": text}
    assert list(book.write(a=text).open(kept, failing_tests=only_tides).current().topics) == ["t"]


def test_a_fifo_a_folder_and_a_socket_are_refused_without_waiting(book: Book) -> None:
    os.mkfifo(book.folder / "fifo.yaml")
    (book.folder / "folder.yaml").mkdir()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(book.folder / "socket.yaml"))
    rules = book.write(a=TIDES).open().current()
    assert list(rules.topics) == ["tides"]
    assert [message.split(": ")[:2] for message in messages(rules)] == [
        [f"{name}.yaml:1:1", "not a regular file"] for name in ("fifo", "folder", "socket")
    ]


def test_a_device_is_not_read(book: Book) -> None:
    with pytest.raises(Unreadable, match="not a regular file"):
        read(Path("/dev/zero"))
    (book.folder / "zero.yaml").symlink_to("/dev/zero")
    assert messages(book.open().current())[0].startswith("zero.yaml:1:1: is a link to /dev/zero")


def test_links_are_followed_within_the_folder_only(book: Book, tmp_path: Path) -> None:
    (tmp_path / "elsewhere.yaml").write_text(MOON)
    (book.folder / "out.yaml").symlink_to("../elsewhere.yaml")
    (book.folder / "nowhere.yaml").symlink_to("gone")
    (book.folder / "self.yaml").symlink_to("self.yaml")
    rules = book.write(a=TIDES).open().current()
    assert list(rules.topics) == ["tides"]
    told = {problem.file.split("/")[-1]: problem.message for problem in rules.problems}
    assert str(tmp_path / "elsewhere.yaml") in told["out.yaml"]
    assert told["nowhere.yaml"].startswith("a link that leads nowhere")
    assert "leads to itself" in told["self.yaml"]


LISTED_ONLY = 0o600


@pytest.mark.parametrize(
    ("closed", "mode", "said"),
    [
        ("rules/a.yaml", 0, "/a.yaml:1:1: permission denied: make the file readable"),
        ("rules", LISTED_ONLY, "/a.yaml:1:1: permission denied: make the file readable"),
        ("rules", 0, ":1:1: the rules folder cannot be read: Permission denied; open it"),
        (".", 0, ":1:1: the rules folder cannot be read: Permission denied; open it"),
    ],
)
def test_what_may_not_be_read_says_so(
    closed: str, mode: int, said: str, book: Book, tmp_path_factory: pytest.TempPathFactory
) -> None:
    book.write(a=TIDES)
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    with shut(book.folder.parent / closed, mode):
        checked = without_rights(elsewhere, "check", FEEDPROXY_RULES=str(book.folder))
    assert checked.returncode == 1
    assert checked.stdout.startswith(f"{book.folder}{said}")
    assert checked.stderr == ""


def test_a_path_that_cannot_be_looked_at_keeps_everything_and_says_so(book: Book) -> None:
    kept = book.write(a=TIDES).open()
    kept.current()
    folder = RulesFolder(book.folder / ("x" * 300), KINDS, kept.good_texts())
    rules = folder.current()
    assert list(rules.topics) == ["tides"]
    assert "cannot be read: File name too long; what was read of it" in rules.problems[0].message


def test_a_name_that_is_no_text_is_refused_alone(book: Book) -> None:
    """No archive could keep the file's text by such a name."""
    with (book.folder / os.fsdecode(b"caf\xe9.yaml")).open("w") as file:
        file.write(TIDES)
    rules = book.write(b=MOON).open().current()
    assert list(rules.topics) == ["moon"]
    assert messages(rules) == ["caf\ufffd.yaml:1:1: its name is no UTF-8: rename the file"]


NAMES = st.permutations(["a", "b", "c"])


@settings(deadline=None, max_examples=12, derandomize=True)
@given(names=NAMES, written=NAMES)
def test_the_order_of_files_never_matters(
    names: list[str], written: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    parts = (
        "lists: {sea: [tide, $moons]}\n",
        "sources: {s: {kind: huggingface}}\ntopics: {t: {include: [$sea]}}\n",
        "lists: {moons: [moon]}\ntopics: {u: {include: [{title: $sea}], from: s}}\n",
    )
    files = dict(zip(names, parts, strict=True))
    book = Book(tmp_path_factory.mktemp("rules"))
    for name in written:
        book.write(**{name: files[name]})
    usual = Book(tmp_path_factory.mktemp("rules")).write(a=parts[0], b=parts[1], c=parts[2])
    rules, expected = book.open().current(), usual.open().current()
    assert rules.topics == expected.topics
    assert rules.sources == expected.sources
    assert not rules.problems


@settings(deadline=None, max_examples=12, derandomize=True)
@given(
    steps=st.lists(
        st.tuples(st.sampled_from("abc"), st.sampled_from([TIDES, MOON, BOTH, BROKEN, "", None])),
        max_size=8,
    )
)
def test_a_restart_never_changes_what_is_served(
    steps: list[tuple[str, str | None]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    book = Book(tmp_path_factory.mktemp("rules"))
    folder = book.open()
    for name, text in steps:
        if text is None:
            (book.folder / f"{name}.yaml").unlink(missing_ok=True)
        else:
            book.write(**{name: text})
        rules = book.later(folder)
        restarted = book.open(folder.good_texts())
        again = restarted.current()
        assert (again.topics, again.sources) == (rules.topics, rules.sources)
        assert restarted.good_texts() == folder.good_texts()
