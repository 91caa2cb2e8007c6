"""The two settings of the mail: what they mean, and what is refused without showing a password."""

from __future__ import annotations

import pytest

from feedproxy.config import from_environ
from feedproxy.errors import ConfigError
from feedproxy.mailserver import MailServer, mail_server, recipients


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://localhost", MailServer("localhost", 25, "feedproxy@localhost")),
        ("smtp://[::1]:2525", MailServer("::1", 2525, "feedproxy@localhost")),
        (
            "smtp://me:p%40ss%3A%23@mail.test",
            MailServer("mail.test", 587, "feedproxy@mail.test", False, "me", "p@ss:#"),
        ),
        (
            "smtps://me%40x.test:secret@mail.test/",
            MailServer("mail.test", 465, "me@x.test", True, "me@x.test", "secret"),
        ),
        (
            "smtp://mail.test:26?from=Papers%20%3Cp@x.test%3E",
            MailServer("mail.test", 26, "Papers <p@x.test>"),
        ),
    ],
)
def test_the_forms_of_the_url(url: str, server: MailServer) -> None:
    assert mail_server(url) == server


@pytest.mark.parametrize(
    "url",
    [
        "",
        "mail.test:25",
        "http://me:hunter2@mail.test",
        "smtp://me:hunter2@",
        "smtp://me:hunter2#@mail.test",
        "smtp://me:hunter2/@mail.test",
        "smtp://me:hunter2@mail.test:port",
        "smtp://me:hunter2@mail.test:0",
        "smtp://me:hunter2@mail.test/box",
        "smtp://me:hunter2@mail.test?form=a@x.test",
        "smtp://me:hunter2@mail.test?from=nobody",
        "smtp://me:hunter2@mail.test?from=a@x.test,b@x.test",
        "smtp://me:hunter2%0D%0A@mail.test",
        "smtp://me:hunter2é@mail.test",
        "smtp://:hunter2@mail.test",
        "smtp://me@mail.test",
        "smtp://me%40@mail.test",
        "smtp://a%40x.test,b%40x.test:hunter2@mail.test",
        "smtp://me:hunter2@[::1",
    ],
)
def test_another_form_is_refused_and_no_password_is_shown(url: str) -> None:
    with pytest.raises(ConfigError, match=r"FEEDPROXY_SMTP_URL should be .*smtp://user") as caught:
        from_environ({"FEEDPROXY_SMTP_URL": url or " "})
    assert "hunter2" not in str(caught.value)


def test_no_password_is_shown_where_the_settings_are() -> None:
    assert "hunter2" not in repr(from_environ({"FEEDPROXY_SMTP_URL": "smtp://me:hunter2@x.test"}))


def test_recipients_are_taken_once_and_without_their_names() -> None:
    given = '"Lovelace, Ada" <ada@x.test>, bo@x.test,ada@x.test'
    assert recipients(given) == ("ada@x.test", "bo@x.test")


@pytest.mark.parametrize(
    "text",
    [
        *("", ",", "ada", "@x.test", "ada@", "<a@x.test", "a@@x.test", "a@[", '"@x.test'),
        *("ada@x.test; bo@x.test", "a@x.test b@x.test", "a@x.test\r\nBcc: b@x.test"),
        *("a@x.test\nb", "a\x1b@x.test", "ä@x.test", " .;"),
    ],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"such as ada@example\.org"):
        recipients(text)


def test_recipients_without_a_server_are_a_mistake() -> None:
    with pytest.raises(ConfigError, match="set FEEDPROXY_SMTP_URL, too"):
        from_environ({"FEEDPROXY_DIGEST_TO": "ada@x.test"})
