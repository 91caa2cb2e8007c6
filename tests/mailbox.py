"""A real mail server on loopback, which keeps what it takes and refuses what a test wants it to."""

from __future__ import annotations

import socket
import ssl
import subprocess
from asyncio import AbstractServer
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from threading import Thread
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword

PASSWORD = "s3cret/@:#"
USER = "papers@mail.test"


class Mailbox:
    """What arrived; `refuses` are recipients, `answer` is what the end of a mail gets."""

    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []
        self.encrypted: list[bool] = []
        self.logged_in: list[bool] = []
        self.refuses: set[str] = set()
        self.answer = "250 taken"
        self.port = 0

    @property
    def mails(self) -> list[EmailMessage]:
        contents = (each.content for each in self.envelopes)
        return [
            message_from_bytes(content, policy=default)
            for content in contents
            if isinstance(content, bytes)
        ]

    async def handle_RCPT(
        self, server: Any, session: Any, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refuses:
            return "550 nobody of that name"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:
        if self.answer.startswith("250"):
            self.envelopes.append(envelope)
            self.encrypted.append(session.ssl is not None)
            self.logged_in.append(session.authenticated)
        return self.answer


class _Server(Controller):
    """On a socket that is bound already, so that its port is known."""

    def __init__(self, mailbox: Mailbox, implicit: ssl.SSLContext | None, **options: Any) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        mailbox.port = self._socket.getsockname()[1]
        super().__init__(
            mailbox, hostname="127.0.0.1", port=mailbox.port, ssl_context=implicit, **options
        )

    def _create_server(self) -> Coroutine[Any, Any, AbstractServer]:
        made: Coroutine[Any, Any, AbstractServer] = self.loop.create_server(
            self._factory_invoker, sock=self._socket, ssl=self.ssl_context
        )
        return made


@contextmanager
def mail_server(
    *,
    starttls: ssl.SSLContext | None = None,
    implicit: ssl.SSLContext | None = None,
    login: bool = True,
) -> Iterator[Mailbox]:
    """With encryption it takes USER and PASSWORD; with STARTTLS and `login` nothing else."""
    mailbox = Mailbox()
    server = _Server(
        mailbox,
        implicit,
        tls_context=starttls,
        authenticator=_may_enter,
        auth_required=starttls is not None and login,
        auth_require_tls=implicit is None,  # it does not see that a connection began encrypted
    )
    server.start()
    try:
        yield mailbox
    finally:
        server.stop()


def _may_enter(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
    wanted = LoginPassword(USER.encode(), PASSWORD.encode())
    return AuthResult(success=data == wanted, handled=False)


def certificate(folder: Path) -> tuple[Path, ssl.SSLContext]:
    """For localhost, signed by itself: the file that says so, and a server's context with it."""
    file, key = folder / "mail.pem", folder / "key.pem"
    made = (
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2"
        f" -subj /CN=localhost -addext subjectAltName=DNS:localhost -keyout {key} -out {file}"
    )
    subprocess.run(made.split(), check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file, key)
    return file, context


class Script:
    """A server that says these answers, one for each thing it hears, and then hangs or hangs up."""

    def __init__(self, answers: tuple[bytes, ...], *, hangs: bool) -> None:
        self._answers, self._hangs = answers, hangs
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.heard: list[bytes] = []
        self._thread = Thread(target=self._play, daemon=True)
        self._thread.start()

    def _play(self) -> None:
        connection, _ = self._listener.accept()
        with connection:
            for answer in self._answers:
                connection.sendall(answer)
                self.heard.append(connection.recv(65536))
            while self._hangs and connection.recv(65536):
                pass

    def close(self) -> None:
        self._thread.join(10)
        self._listener.close()


@contextmanager
def script(*answers: bytes, hangs: bool = False) -> Iterator[Script]:
    played = Script(answers, hangs=hangs)
    try:
        yield played
    finally:
        played.close()


GREETING = (b"220 mail.test\r\n", b"250 mail.test\r\n")
ENVELOPE = (*GREETING, b"250 sender\r\n", b"250 ada\r\n", b"250 bo\r\n")
"""Of a mail to two."""
