"""`/try`: the page, the form without script, who may ask, and what must not be in it."""

from __future__ import annotations

from collections.abc import Callable
from threading import Thread

import pytest
from flask.testing import FlaskClient
from lxml import html
from werkzeug.test import Client

from feedproxy.checking.trial import AT_ONCE, LONGEST
from feedproxy.pipeline import Pipeline
from tests.conftest import RULES, Installation
from tests.invented import Paper
from tests.test_trial import Hanging
from tests.test_web_access import KEY, basic, guarded
from tests.test_web_pages import page, texts

__all__ = ["guarded"]

EDIT = "topics:\n  spiking:\n    include: [spiking, nowhere]\n    exclude: [title: scale]\n"


def post(client: FlaskClient, text: str, status: int = 200, **more: str) -> html.HtmlElement:
    answer = client.post("/try", data={"text": text, "topic": "spiking", **more})
    assert answer.status_code == status
    return html.document_fromstring(answer.text)


def counts(shown: html.HtmlElement) -> str:
    [said] = texts(shown, "#counts[role=status]")
    return said


def test_the_page_begins_with_the_topics_own_yaml_and_what_it_does(client: FlaskClient) -> None:
    shown = page(client, "/try?topic=spiking")
    [text] = shown.cssselect("textarea[name=text]")
    assert text.text.lstrip("\n") == RULES[RULES.index("topics:") : RULES.index("  popular")]
    assert counts(shown) == "1 included and 1 near, of 3 records. Nothing enters or leaves."
    assert texts(shown, ".part h3") == ["Matches nothing (1)", "Included (1)"]
    assert texts(shown, ".part mark.include") == ["Spiking Neural Networks"]


def test_without_a_topic_it_begins_with_the_first_or_with_an_example(
    client: FlaskClient, installation: Installation, browse: Callable[..., FlaskClient]
) -> None:
    assert "Spiking papers" in page(client, "/try").cssselect("textarea")[0].text
    installation.rules.write_text("lists: {a: [x]}\n")
    folder = installation.folder / "none"
    folder.mkdir()
    client = browse(rules=folder, database=f"sqlite:///{folder}/archive.db")
    assert "neuromorphic" in page(client, "/try").cssselect("textarea")[0].text


def test_for_an_unknown_topic_it_names_the_nearest_and_begins_with_an_example(
    client: FlaskClient,
) -> None:
    answer = client.get("/try?topic=spikin")
    assert answer.status_code == 404
    shown = html.document_fromstring(answer.text)
    assert texts(shown, ".notice")[0].startswith("There is no topic spikin: below is an example")
    assert shown.cssselect(".notice a")[0].get("href") == "/try?topic=spiking"
    assert "neuromorphic" in texts(shown, "textarea")[0]
    assert "topics: spikin:" in texts(shown, "textarea")[0], "and nobody's own topic is told to go"
    assert [each.get("value") for each in shown.cssselect("input[name=topic]")] == ["spikin"] * 2
    assert page(client, "/try").cssselect(".notice") == []


def test_renamed_topics_lead_on(
    client: FlaskClient, installation: Installation, browse: Callable[..., FlaskClient]
) -> None:
    renamed = RULES.replace("title: Spiking papers", "renamed: spikes")
    installation.rules.write_text(renamed)
    assert browse().get("/try?topic=spikes").headers["Location"] == "/try?topic=spiking"


def test_a_posted_text_is_answered_with_the_whole_page(client: FlaskClient) -> None:
    shown = post(client, EDIT.replace("\n", "\r\n"))
    assert shown.cssselect("textarea")[0].text.lstrip("\n") == EDIT
    assert counts(shown) == "1 included and 1 near, of 3 records. 1 enters, 1 leaves."
    enters, leaves = shown.cssselect(".enters"), shown.cssselect(".leaves")
    assert texts(enters[0], "li") == ["A Survey of Spiking Neural Networks spiking"]
    assert texts(leaves[0], "li") == [
        "Spiking Neural Networks at Scale excluded by scale in the title"
    ]
    assert texts(shown, ".part .reasons li") == ["nowhere line 3"]
    assert leaves[0].cssselect("a")[0].get("href").endswith("2611.00001")


def test_it_says_where_the_text_belongs(client: FlaskClient, installation: Installation) -> None:
    there = f"in place of the topic's in {installation.rules}."
    elsewhere = f"into a file of their own in {installation.rules.parent}."
    for text, place in (
        (EDIT, there),
        ("topics: {spikes: {renamed: spiking}}", there),
        ("topics: {fresh: }", elsewhere),
    ):
        assert f"To keep it, put these lines {place}" in texts(post(client, text), "#result p")


def test_errors_stand_with_line_and_column_and_there_is_no_result(client: FlaskClient) -> None:
    shown = post(client, "topics:\n  a:\n    inclde: [x]\n    where: {upvotes: many}\n")
    first, _ = texts(shown, "#errors .error")
    assert first == 'Error in line 3: topics.a: unknown key "inclde" (did you mean "include"?)'
    place = shown.cssselect("#errors a")[0]
    assert (place.get("data-line"), place.get("data-column")) == ("3", "5")
    assert counts(shown) == "2 errors, the first in line 3."
    assert shown.cssselect("#result > *") == []
    [text] = shown.cssselect("textarea")
    assert (text.get("aria-invalid"), text.get("aria-describedby")) == ("true", "errors")
    assert post(client, EDIT).cssselect("textarea")[0].get("aria-invalid") is None


def test_a_backtick_of_the_users_own_stands_where_it_was_written(client: FlaskClient) -> None:
    shown = post(client, "topics: {a: {in `any` way: 1}}")
    assert texts(shown, "#errors span") == ['topics.a: unknown key "in `any` way"']
    shown = post(client, "topics: {a: {include: ['Poincar\\`e', '`x`', rain]}}")
    assert texts(shown, ".part .reasons code") == ["Poincar\\`e", "`x`"]


def test_warnings_and_the_rules_own_tests_stand_there_too(client: FlaskClient) -> None:
    shown = post(client, "topics:\n  a:\n    tests:\n      reject: [Rain]\n")
    assert texts(shown, "#errors li")[1].startswith("Warning in line 2: topics: the topic")
    assert "file with this text is refused" in counts(shown)
    assert texts(shown, ".part h3") == ["Included (3)"]


def test_each_topic_of_a_text_can_be_looked_at_without_script(client: FlaskClient) -> None:
    text = "topics: {a: {include: [rain]}, b: {include: [spiking]}}"
    shown = post(client, text)
    assert [each.get("value") for each in shown.cssselect("#result button[name=topic]")] == ["b"]
    answer = client.post("/try", data={"text": text, "topic": ["a", "b"]})
    assert counts(html.document_fromstring(answer.text)).startswith("2 included")
    assert counts(shown).endswith("A new topic.")


def test_a_source_that_was_never_read_is_told_apart_from_rules_that_match_nothing(
    client: FlaskClient,
) -> None:
    text = "sources: {lab: {kind: feed, url: 'https://lab.example/'}}\ntopics: {a: {from: lab}}"
    assert "no record of its sources (lab)" in post(client, text).text_content()


def test_what_anybody_wrote_is_text_and_nothing_else(
    pipeline: Pipeline, client: FlaskClient, installation: Installation
) -> None:
    evil = "</textarea><script>alert(1)</script>\"'"
    day = installation.time.moment.date()
    more = {"organization": {"fullname": "<img src=x onerror=alert(1)>"}}
    title = "Rain &lt;script&gt;alert(1)&lt;/script&gt;"
    installation.site.papers.append(Paper("2611.00009", title, day, more=more))
    pipeline.refresh("hf-daily")
    for text in (
        f"topics: {{a: {{title: '<b>', include: [rain, '{evil.replace(chr(39), '')}']}}}}",
        f"{evil}: 1",
        f"\n\n topics: {evil}",
    ):
        shown = post(client, text, topic=evil)
        assert shown.cssselect("textarea")[0].text == f"\n{text}"
        assert shown.xpath("//main//script | //main//b | //main//img | //@onerror") == []


def test_no_text_is_read_from_an_address(client: FlaskClient) -> None:
    shown = page(client, "/try?topic=spiking&text=topics:%20%7Ba:%20%7B%7D%7D")
    assert "include" in shown.cssselect("textarea")[0].text
    for form in shown.cssselect("form"):
        assert form.get("method") == "post" or not form.cssselect("[name=text]")


# --- who may ask, and how much


def test_a_long_text_is_refused_in_the_page(client: FlaskClient) -> None:
    assert "64 kB" in texts(post(client, "x" * (LONGEST + 1), 413), "#errors")[0]
    longer = client.post("/try", data={"text": "ä" * 500_000})
    assert longer.status_code == 413
    assert "The text is longer than 64 kB: try one topic at a time." in longer.text


def test_while_it_is_busy_it_says_when_to_try_again_and_keeps_the_text(
    pipeline: Pipeline, installation: Installation
) -> None:
    time = installation.time = Hanging()
    busy = installation.start()
    client = installation.client(busy)
    running = [Thread(name="trial", target=busy.trials.run, args=(EDIT,)) for _ in range(AT_ONCE)]
    for each in running:
        each.start()
        time.asked.acquire()
    answer = client.post("/try", data={"text": EDIT})
    for each in running:
        time.let_go.release()
        each.join()
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    shown = html.document_fromstring(answer.text)
    assert shown.cssselect("textarea")[0].text == f"\n{EDIT}"
    assert "try again" in counts(shown)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "null"}, 200),
        ({"Sec-Fetch-Site": "none"}, 200),
        ({"Origin": "http://localhost"}, 200),
        ({"Origin": "https://papers.example"}, 200),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site", "Origin": "http://localhost"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "http://localhost.evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://["}, 403),
    ],
)
def test_no_other_site_makes_a_visitors_browser_ask(
    client: FlaskClient, headers: dict[str, str], status: int
) -> None:
    assert client.post("/try", data={"text": EDIT}, headers=headers).status_code == status


def test_with_an_access_key_it_needs_the_key(guarded: Client) -> None:
    form = {"text": EDIT, "topic": "spiking"}
    for answer in (guarded.get("/try"), guarded.post("/try", data=form)):
        assert answer.status_code == 401
        assert b"piking" not in answer.data
    assert guarded.get("/try", headers=basic(KEY)).status_code == 200
    assert b"1 enters" in guarded.post("/try", data=form, headers=basic(KEY)).data


def test_no_shared_cache_keeps_its_answers_and_only_our_script_runs(client: FlaskClient) -> None:
    for answer in (client.get("/try"), client.post("/try", data={"text": EDIT})):
        assert answer.headers["Cache-Control"] == "private, no-cache"
        assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["Referrer-Policy"] == "same-origin"
        shown = html.document_fromstring(answer.text)
        assert [each.text for each in shown.cssselect("script")] == [None, None]
        assert shown.xpath("//@style | //style") == []


def test_the_pages_lead_to_it_and_it_is_light(client: FlaskClient) -> None:
    assert "/try" in page(client, "/").xpath("//nav//@href")
    assert "/try?topic=spiking" in page(client, "/topics/spiking").xpath("//main//@href")
    with client.get("/static/try.js") as script:
        assert len(script.data) < 8000


def test_labels_name_its_fields(client: FlaskClient) -> None:
    shown = page(client, "/try")
    named = {each.get("for") for each in shown.cssselect("label")}
    fields = shown.cssselect("main textarea, main input:not([type=hidden])")
    assert {each.get("id") for each in fields} == named == {"text", "topic"}
