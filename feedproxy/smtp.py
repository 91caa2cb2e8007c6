"""Handing a mail to the server: encrypted if it must be, and never twice."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from email.message import EmailMessage
from email.policy import SMTP
from socket import gaierror

from feedproxy.errors import MailError, MailUnsure
from feedproxy.mailserver import MailServer

PATIENCE = 15.0
"""Seconds that we wait for each answer of the server."""
LAST_PATIENCE = 120.0
"""Seconds that we wait for the last answer: many servers first look for spam and viruses."""


class Postman:
    def __init__(
        self,
        server: MailServer,
        environ: Mapping[str, str],
        patience: float = PATIENCE,
        last_patience: float = LAST_PATIENCE,
    ) -> None:
        self._server = server
        self._authorities = environ.get("SSL_CERT_FILE"), environ.get("SSL_CERT_DIR")
        self._patience = patience
        self._last_patience = last_patience

    @property
    def sender(self) -> str:
        return self._server.sender

    def send(self, message: EmailMessage, to: Sequence[str]) -> Mapping[str, str]:
        """Sends the mail. Returns who of `to` was refused, and why; the others have it.

        Raises MailError if nobody has it, and MailUnsure if the server may or may not have it.
        """
        sender = message["From"].addresses[0].addr_spec
        with self._explained(), closing(self._connection()) as smtp:
            self._introduce(smtp)
            refused = _send_envelope(smtp, sender, to)
            self._hand_over(smtp, message.as_bytes(policy=SMTP))
            with suppress(OSError):
                smtp.quit()
        return refused

    def _connection(self) -> smtplib.SMTP:
        server, patience = self._server, self._patience
        if server.implicit_tls:
            context = self._context()
            return smtplib.SMTP_SSL(server.host, server.port, timeout=patience, context=context)
        return smtplib.SMTP(server.host, server.port, timeout=patience)

    def _introduce(self, smtp: smtplib.SMTP) -> None:
        server = self._server
        smtp.ehlo_or_helo_if_needed()
        if not server.implicit_tls and smtp.has_extn("starttls"):
            smtp.starttls(context=self._context())
            smtp.ehlo_or_helo_if_needed()
        elif not server.implicit_tls and server.password:
            raise MailError(
                f"{server}: it offers no STARTTLS, and a password is not sent unencrypted: "
                "write smtps:// if it is encrypted from the start"
            )
        if server.password:
            smtp.login(server.user, server.password)

    def _context(self) -> ssl.SSLContext:
        """Without a password any certificate will do, as is usual among mail servers."""
        file, folder = self._authorities
        context = ssl.create_default_context(cafile=file, capath=folder)
        if not self._server.password and not self._server.implicit_tls:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context

    def _hand_over(self, smtp: smtplib.SMTP, message: bytes) -> None:
        if smtp.sock:
            smtp.sock.settimeout(self._last_patience)
        try:
            code, reply = smtp.data(message)
        except smtplib.SMTPDataError:
            raise
        except OSError as error:
            raise MailUnsure(
                f"{self._server}: it may or may not have taken the mail, "
                f"which is therefore not sent again: {_told(error, self._last_patience)}"
            ) from error
        if code != 250:
            raise smtplib.SMTPDataError(code, reply)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:  # smtplib's own errors, too
            raise MailError(f"{self._server}: {_told(error, self._patience)}") from error


def _send_envelope(smtp: smtplib.SMTP, sender: str, to: Sequence[str]) -> Mapping[str, str]:
    """Names sender and recipients. Returns who was refused; raises what `sendmail` would raise."""
    code, reply = smtp.mail(sender)
    if code != 250:
        raise smtplib.SMTPSenderRefused(code, reply, sender)
    answers = {each: smtp.rcpt(each) for each in to}
    refused = {each: answer for each, answer in answers.items() if answer[0] not in (250, 251)}
    if len(refused) == len(answers):
        raise smtplib.SMTPRecipientsRefused(refused)
    return _refusals(refused)


def _refusals(refused: Mapping[str, tuple[int, bytes]]) -> Mapping[str, str]:
    return {each: f"{each} ({code} {_text(reply)})" for each, (code, reply) in refused.items()}


def _told(error: OSError, patience: float) -> str:
    """What happened, and what to do about it."""
    if isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError):
        return f"it did not answer within {patience:g} s"
    match error:
        case smtplib.SMTPAuthenticationError():
            return f"it refused the user or the password ({error.smtp_code})"
        case smtplib.SMTPRecipientsRefused():
            return f"it refused every recipient: {', '.join(_refusals(error.recipients).values())}"
        case smtplib.SMTPSenderRefused():
            said = f"{error.smtp_code} {_text(error.smtp_error)}"
            refused = f"it refused the sender {error.sender} ({said})"
            return refused if error.smtp_code < 500 else f"{refused}: name another by ?from=..."
        case smtplib.SMTPResponseException():
            return f"it answered {error.smtp_code} {_text(error.smtp_error)}"
        case ssl.SSLCertVerificationError():
            return (
                f"its certificate is not valid: {error.verify_message}; "
                "SSL_CERT_FILE names the authorities to trust"
            )
        case ssl.SSLError():
            return f"no encrypted connection ({error.reason}): is it the right port?"
        case gaierror():
            return "there is no such host: check FEEDPROXY_SMTP_URL"
        case ConnectionRefusedError():
            return f"{error.strerror}: is the server running? Check FEEDPROXY_SMTP_URL"
    return error.strerror or str(error)


def _text(reply: bytes | str) -> str:
    """A server's words on one line, without what could fool a terminal."""
    text = reply.decode("ascii", "replace") if isinstance(reply, bytes) else reply
    return "".join(each if each.isprintable() else " " for each in text)[:200]
