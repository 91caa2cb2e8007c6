"""Mails handed over to a real server, and to ones that hang, hang up and refuse."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Mapping
from email.message import EmailMessage
from email.policy import SMTP
from urllib.parse import quote

import pytest

from feedproxy.errors import MailError, MailUnsure
from feedproxy.mailserver import mail_server as parsed
from feedproxy.smtp import Postman
from tests.mailbox import ENVELOPE, GREETING, PASSWORD, USER, certificate, mail_server, script

LOGIN = f"{quote(USER, safe='')}:{quote(PASSWORD, safe='')}"
TO = ("ada@example.org", "bo@example.org")


def message() -> EmailMessage:
    made = EmailMessage(SMTP)
    made["From"], made["To"] = "feedproxy <papers@mail.test>", ", ".join(TO)
    made["Subject"] = "two new"
    made.set_content("one\n.two\n", cte="quoted-printable")
    return made


def postman(url: str, environ: Mapping[str, str] | None = None, patience: float = 10) -> Postman:
    return Postman(parsed(url), environ or {}, patience, patience)


@pytest.fixture(scope="module")
def trusted(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, str], ssl.SSLContext]:
    file, context = certificate(tmp_path_factory.mktemp("certificates"))
    return {"SSL_CERT_FILE": str(file)}, context


def test_a_mail_arrives_whole_with_everybody_in_the_envelope() -> None:
    with mail_server() as box:
        assert postman(f"smtp://127.0.0.1:{box.port}").send(message(), TO) == {}
    [envelope], [mail] = box.envelopes, box.mails
    assert (envelope.mail_from, tuple(envelope.rcpt_tos)) == ("papers@mail.test", TO)
    assert mail.get_content().splitlines() == ["one", ".two"]


def test_with_a_password_it_goes_by_starttls_and_login(
    trusted: tuple[dict[str, str], ssl.SSLContext],
) -> None:
    environ, context = trusted
    with mail_server(starttls=context) as box:
        postman(f"smtp://{LOGIN}@localhost:{box.port}", environ).send(message(), TO)
    assert (box.encrypted, box.logged_in) == ([True], [True])


def test_smtps_is_encrypted_from_the_start(
    trusted: tuple[dict[str, str], ssl.SSLContext],
) -> None:
    environ, context = trusted
    with mail_server(implicit=context) as box:
        postman(f"smtps://{LOGIN}@localhost:{box.port}", environ).send(message(), TO)
    assert box.logged_in == [True]


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_a_password_goes_to_nobody_whose_certificate_is_not_known(
    trusted: tuple[dict[str, str], ssl.SSLContext], scheme: str
) -> None:
    context = trusted[1]
    implicit, starttls = (context, None) if scheme == "smtps" else (None, context)
    with mail_server(implicit=implicit, starttls=starttls) as box:
        sender = postman(f"{scheme}://{LOGIN}@localhost:{box.port}")
        with pytest.raises(MailError, match=r"certificate is not valid: self.signed.*SSL_CERT"):
            sender.send(message(), TO)
    assert box.mails == []


def test_a_password_is_never_sent_unencrypted() -> None:
    with mail_server() as box, pytest.raises(MailError, match="offers no STARTTLS") as caught:
        postman(f"smtp://{LOGIN}@127.0.0.1:{box.port}").send(message(), TO)
    assert PASSWORD not in str(caught.value)
    assert box.mails == []


def test_without_a_password_any_encryption_is_better_than_none(
    trusted: tuple[dict[str, str], ssl.SSLContext],
) -> None:
    """A mail server on this machine has a certificate that nobody knows."""
    with mail_server(starttls=trusted[1], login=False) as box:
        postman(f"smtp://127.0.0.1:{box.port}").send(message(), TO)
    assert box.encrypted == [True]


def test_a_refused_login_is_told_without_the_password(
    trusted: tuple[dict[str, str], ssl.SSLContext],
) -> None:
    environ, context = trusted
    with mail_server(starttls=context) as box:
        sender = postman(f"smtp://me:wr0ng@localhost:{box.port}", environ)
        with pytest.raises(MailError, match=r"refused the user or the password \(535\)") as caught:
            sender.send(message(), TO)
    assert "wr0ng" not in f"{caught.value}{caught.value.__cause__!r}"


def test_who_is_refused_is_named_and_the_others_have_it() -> None:
    with mail_server() as box:
        box.refuses = {TO[0]}
        refused = postman(f"smtp://127.0.0.1:{box.port}").send(message(), TO)
    assert refused == {TO[0]: "ada@example.org (550 nobody of that name)"}
    assert box.envelopes[0].rcpt_tos == [TO[1]]


def test_where_everybody_is_refused_it_is_not_sent() -> None:
    with mail_server() as box:
        box.refuses = set(TO)
        with pytest.raises(MailError, match=r"every recipient: ada@example\.org \(550 nobody"):
            postman(f"smtp://127.0.0.1:{box.port}").send(message(), TO)
    assert box.mails == []


def test_a_mail_that_the_server_does_not_want_was_surely_not_sent() -> None:
    with mail_server() as box:
        box.answer = "554 looks like\x1b[31m spam"
        with pytest.raises(MailError, match=r"answered 554 looks like \[31m spam") as caught:
            postman(f"smtp://127.0.0.1:{box.port}").send(message(), TO)
    assert not isinstance(caught.value, MailUnsure)


def test_a_server_that_is_gone_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    said = rf"127\.0\.0\.1:{port}: Connection refused: is .*FEEDPROXY_SMTP_URL"
    with pytest.raises(MailError, match=said):
        postman(f"smtp://127.0.0.1:{port}").send(message(), TO)


@pytest.mark.parametrize("answers", [(), GREETING[:1], ENVELOPE[:3]])
def test_a_server_that_hangs_is_left_and_has_surely_not_taken_it(
    answers: tuple[bytes, ...],
) -> None:
    with (
        script(*answers, hangs=True) as played,
        pytest.raises(MailError, match=r"did not answer within 0\.2 s") as caught,
    ):
        postman(f"smtp://127.0.0.1:{played.port}", patience=0.2).send(message(), TO)
    assert not isinstance(caught.value, MailUnsure)


@pytest.mark.parametrize("hangs", [True, False])
def test_one_that_breaks_off_before_it_said_that_it_took_it_leaves_that_open(hangs: bool) -> None:
    with (
        script(*ENVELOPE, b"354 go on\r\n", hangs=hangs) as played,
        pytest.raises(MailUnsure, match="may or may not have taken the mail"),
    ):
        postman(f"smtp://127.0.0.1:{played.port}", patience=0.2).send(message(), TO)
    assert b"Subject: two new" in played.heard[-1]


def test_what_comes_after_it_was_taken_no_longer_matters() -> None:
    with script(*ENVELOPE, b"354 go on\r\n", b"250 taken\r\n") as played:
        assert postman(f"smtp://127.0.0.1:{played.port}").send(message(), TO) == {}


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        (
            (*GREETING, b"553 not yours\r\n"),
            r"refused the sender papers@mail\.test \(553 not yours\): name another by \?from=",
        ),
        ((*GREETING, b"451 greylisted\r\n"), r"sender papers@mail\.test \(451 greylisted\)$"),
        ((*ENVELOPE, b"451 try later\r\n"), "it answered 451 try later"),
    ],
)
def test_a_server_that_does_not_even_let_it_begin_has_surely_not_taken_it(
    answers: tuple[bytes, ...], said: str
) -> None:
    with script(*answers) as played, pytest.raises(MailError, match=said) as caught:
        postman(f"smtp://127.0.0.1:{played.port}").send(message(), TO)
    assert not isinstance(caught.value, MailUnsure)


def test_who_has_moved_and_is_forwarded_to_is_not_refused() -> None:
    answers = (*ENVELOPE[:3], b"251 ada will get it\r\n", b"250 bo\r\n")
    with script(*answers, b"354 go on\r\n", b"250 taken\r\n") as played:
        assert postman(f"smtp://127.0.0.1:{played.port}").send(message(), TO) == {}


def test_a_port_that_does_not_speak_tls_is_asked_about() -> None:
    with mail_server() as box, pytest.raises(MailError, match="is it the right port"):
        postman(f"smtps://{LOGIN}@127.0.0.1:{box.port}").send(message(), TO)
    assert box.mails == []
