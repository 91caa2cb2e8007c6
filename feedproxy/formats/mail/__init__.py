"""A digest as a mail. `smtp` sends it, and `mailing` knows when and to whom.

letter   every text and link, made safe
html     the letter as HTML
text     the letter as plain text
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from email.header import Header
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import make_msgid

from feedproxy.digest import Digest
from feedproxy.formats.mail.html import html
from feedproxy.formats.mail.letter import letter
from feedproxy.formats.mail.text import text

__all__ = ["mail", "shown"]


def mail(
    digest: Digest, base_url: str, sender: str, to: Iterable[str], now: datetime
) -> EmailMessage:
    """The mail as HTML and text, in 7-bit encoding; `sender` is an address, with a name or not."""
    content = letter(digest, base_url)
    message = EmailMessage(SMTP)
    message["From"] = sender if "<" in sender else f"feedproxy <{sender}>"
    message["To"] = ", ".join(to)
    _set_subject(message, content.subject)
    message["Date"] = now
    domain = message["From"].addresses[0].domain
    message["Message-ID"] = make_msgid(domain=domain)
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text(content), cte="quoted-printable")
    message.add_alternative(html(content), subtype="html", cte="quoted-printable")
    return message


def _set_subject(message: EmailMessage, subject: str) -> None:
    """In encoded words unless it is plain: those of Python 3.11's policy lose a space where the
    line folds between two of them.
    """
    if subject.isascii() and "=?" not in subject:
        message["Subject"] = subject
    else:
        message.set_raw("Subject", Header(subject, "utf-8", header_name="Subject").encode())


def shown(digest: Digest, base_url: str) -> str:
    """The digest's text, for a terminal."""
    return text(letter(digest, base_url))
