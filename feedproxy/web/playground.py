"""`/try`: a topic's YAML in an editor, and what an edit of it would change. Nothing is saved.

A text is only ever posted, so that no log or address holds it. A link carries it in its
fragment, which browsers do not send.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from threading import BoundedSemaphore
from urllib.parse import urlsplit

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from feedproxy.checking.trial import LONGEST, TOO_LONG, Part, Trial
from feedproxy.errors import TooManyTrials, UnknownTopic
from feedproxy.explain import Segments, grounds, highlights, marked, reasons
from feedproxy.rules import Decision
from feedproxy.rules.conditions import TOPIC_NAME
from feedproxy.web.cards import cut
from feedproxy.web.context import config, pipeline
from feedproxy.web.outline import shortened

blueprint = Blueprint("playground", __name__)

STARTER = """\
topics:
  spiking:
    include: [spiking neural network, neuromorphic]
"""
OFFERED = 50
"""How many topics the page offers by name."""
RECEIVING = BoundedSemaphore(16)
"""Texts that a process receives at once: slow senders hold threads, and feeds need some, too."""
TITLE, LINK, REASONS, REASON = 250, 300, 3, 120
"""What is shown of a record: bytes of its title, characters of its link, how many reasons, and
characters of each.
"""


@dataclass(frozen=True, slots=True)
class Item:
    title: Segments
    link: str
    """Empty if it is too long."""
    reasons: tuple[str, ...]


@blueprint.get("/try")
def show() -> AnyResponse:
    topic = request.args.get("topic", "")
    if new := pipeline().new_name(topic):
        return redirect(url_for(".show", topic=new), 301)
    topic = topic or next(iter(pipeline().rules().topics), "")
    try:
        return answer(pipeline().trials.text(topic) if topic else STARTER, topic)
    except UnknownTopic as error:
        return answer(example(topic), topic, error)


def example(topic: str) -> str:
    """The starter text, with the topic named `topic` if that is a possible name."""
    return STARTER.replace("spiking:", f"{topic}:") if re.fullmatch(TOPIC_NAME, topic) else STARTER


@blueprint.post("/try")
def attempt() -> Response:
    if not is_ours():
        abort(403)
    if not RECEIVING.acquire(blocking=False):
        raise TooManyTrials
    try:
        form = request.form
    finally:
        RECEIVING.release()
    text = form.get("text", "").replace("\r\n", "\n")
    *_, topic = ["", *form.getlist("topic")]  # The button that was pressed comes last.
    return answer(text, topic)


def is_ours() -> bool:
    """Whether the request comes from our own page, not from another site by a visitor's browser.

    Browsers say so in Sec-Fetch-Site, over plain http in Origin; a client without is no browser.
    """
    if site := request.headers.get("Sec-Fetch-Site"):
        return site in ("same-origin", "none")
    origin = request.headers.get("Origin")
    if origin is None:
        return True
    ours = {request.host, urlsplit(config().public_url or "").netloc}
    try:
        return urlsplit(origin).netloc in ours - {""}
    except ValueError:
        return False


def answer(text: str, topic: str, missing: UnknownTopic | None = None) -> Response:
    """The whole page; the script takes the result out of it.

    `missing`: there is no topic of that name. The page is shown all the same, since the link may
    carry a text that defines the topic, which the script reads.
    """
    busy, status = "", 404 if missing else 200
    if len(text.encode(errors="replace")) > LONGEST:
        status = 413
    try:
        trial = pipeline().trials.run(text, topic)
    except TooManyTrials as error:
        trial, busy, status = Trial(text), str(error), 503
    outcome = trial.outcome
    page = render_template(
        "try.html",
        trial=trial,
        outcome=outcome,
        topic=outcome.rule_set.topic if outcome and not missing else topic,
        missing=missing,
        busy=busy,
        items=items,
        longest=LONGEST,
        too_long=TOO_LONG,
        rules_folder=config().rules,
        unread=pipeline().unread(outcome.rule_set) if outcome and not outcome.judged else (),
        topics=list(pipeline().rules().topics)[:OFFERED],
    )
    response = Response(page, status)
    # With no-store, browsers could not go back to the text that was sent.
    response.headers["Cache-Control"] = "private, no-cache"
    # With no-referrer, browsers would not say where a form comes from.
    response.headers["Referrer-Policy"] = "same-origin"
    if busy:
        response.headers["Retry-After"] = "1"
    return response


def items(part: Part) -> list[Item]:
    return [item(decision) for decision in part.first]


def item(decision: Decision) -> Item:
    record = decision.record
    said = reasons(decision) if decision.included else grounds(decision)
    return Item(
        title=cut(marked(record.title, highlights(decision), "title"), TITLE),
        link=record.link if len(record.link) <= LINK else "",
        reasons=tuple(shortened(each, REASON) for each in said[:REASONS]),
    )
