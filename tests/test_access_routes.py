"""With a key, the one check covers every route, whatever is asked of it and however."""

from __future__ import annotations

import ast
import base64
from itertools import count
from pathlib import Path

import pytest
from werkzeug.test import Client, TestResponse

from feedproxy.assemble import application
from feedproxy.config import Config
from feedproxy.web import access
from feedproxy.web.access import feed_token
from tests.hostile import FEEDS, ODD_METHODS, Stack, routes
from tests.test_web_access import basic

KEY = "Schlüssel: 7f3a"
WRONG: dict[str, dict[str, str]] = {
    "nothing": {},
    "an empty one": basic(""),
    "another one": basic("Schlussel: 7f3a"),
    "its beginning": basic(KEY[:-1]),
    "more": basic(KEY + " "),
    "as the user": basic("", user=KEY),
    "as a bearer": {"Authorization": f"Bearer {base64.b64encode(KEY.encode()).decode()}"},
    "in the clear": {"Authorization": f"Basic me:{KEY}"},
    "no base64": {"Authorization": "Basic \xff\xfe==="},
    "a header of 8 kB": {"Authorization": "Basic " + 8000 * "A"},
    "in a cookie": {"Cookie": f"token={feed_token(KEY, 'spiking')}"},
    "as another header": {"X-Feedproxy-Key": "7f3a", "X-Original-URL": "/healthz"},
}
ADDRESSES = count()


class Locked(Stack):
    """The app just as it is served, with a key."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        config = self.installation.config(access_key=KEY)
        self.open = Client(application(config, self.site)).open
        for path in FEEDS:  # on the shortest way there is, from now on
            assert self.open(path, headers=basic(KEY)).status_code == 200

    @property
    def paths(self) -> list[str]:
        return [*(path for path, _ in routes(self.flask)), "/nothing", "//healthz", "/healthz/"]

    def locked(self, path: str, method: str = "GET", **headers: str) -> TestResponse:
        """From an address of its own each time, or the guesses would be slowed down."""
        address = {"REMOTE_ADDR": f"2001:db8:0:{next(ADDRESSES):x}::1"}
        return self.open(path, method=method, headers=headers, environ_base=address)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Locked:
    return Locked(tmp_path_factory.mktemp("locked"))


@pytest.mark.parametrize("given", WRONG)
def test_h_7_no_route_answers_without_the_key(app: Locked, given: str) -> None:
    said = set()
    for path in app.paths:
        if path == "/healthz":
            continue
        for method in ("GET", "POST", *ODD_METHODS):
            answer = app.locked(path, method, **WRONG[given])
            assert answer.status_code == 401, (method, path)
            said.add((answer.data, str(sorted(answer.headers))))
    assert len(said) == 1, "what is refused must not tell what there is"


def test_h_7_every_route_answers_with_it(app: Locked) -> None:
    for path in app.paths:
        with app.locked(path, **basic(KEY)) as answer:
            assert answer.status_code in (200, 301, 302, 308, 404, 503), path


@pytest.mark.parametrize("given", WRONG)
def test_h_7_health_tells_one_word_without_it(app: Locked, given: str) -> None:
    assert app.locked("/healthz", **WRONG[given]).get_json() == {"status": "ok"}
    assert app.locked("/healthz?token=x", "FOO").status_code == 405


def test_h_7_a_token_opens_the_feeds_of_its_topic_and_no_other_route(app: Locked) -> None:
    token = feed_token(KEY, "spiking")
    for path in app.paths:
        own = path.startswith("/feeds/spiking")
        status = app.locked(f"{path}?token={token}").status_code
        assert (status != 401) == (own or path == "/healthz"), path
        for wrong in (token.upper(), token[:-1], token + "0", "", feed_token(KEY, "popular")):
            again = app.locked(f"{path}?token={wrong}").status_code
            assert again == 401 or path == "/healthz", path


def test_h_7_what_is_refused_is_alike_for_what_there_is_and_what_there_is_not(app: Locked) -> None:
    answers = {
        (answer.status_code, answer.data, str(sorted(answer.headers)))
        for topic in ("spiking", "popular", "nothing", "x" * 3000, "..%2f", "_health", "")
        for token in ("", "0" * 40, feed_token("another key", "spiking"), "👾", "%ff")
        for answer in [app.locked(f"/feeds/{topic}.atom?token={token}")]
    }
    assert len(answers) == 1


def test_h_7_no_answer_and_no_setting_shows_the_key(app: Locked) -> None:
    for path in (*app.paths, "/feeds/nothing.atom", "/topics/nothing", "/?page=0"):
        with app.locked(path, **basic(KEY)) as answer:
            assert "7f3a" not in answer.get_data(as_text=True) + str(answer.headers), path
    assert KEY not in repr(Config(access_key=KEY, environ={"FEEDPROXY_ACCESS_KEY": KEY}))


def test_h_7_no_link_away_tells_where_one_was(app: Locked) -> None:
    """The address of a feed holds its token. The playground's form must tell us of itself."""
    for path in app.paths:
        with app.locked(path, **basic(KEY)) as answer:
            kept = {"same-origin"} if path == "/try" else {"no-referrer"}
            assert answer.headers["Referrer-Policy"] in kept, path


def test_h_7_what_was_given_is_compared_in_constant_time_alone() -> None:
    tree = ast.parse(Path(access.__file__).read_text("utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare) and not isinstance(node.ops[0], ast.Is | ast.IsNot):
            compared = {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
            assert not compared & {"given", "wanted", "token", "key"}, ast.unparse(node)
    assert access.same(b"a", b"a")
    assert not access.same(b"", b"a")
