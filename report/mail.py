"""The digest in its envelope, and its way to a mail server: told apart are "not taken" and "perhaps taken".

A digest mailed twice after a read timeout is huginn's issue 3295. So `send` speaks SMTP step by step: whatever goes
wrong before the message's text is on its way is MailRefused and safe to repeat; whatever goes wrong after it, before
the server's answer is read, is MailUncertain and never repeated automatically.
"""

from __future__ import annotations

import hashlib
import re
import smtplib
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from email.headerregistry import Address
from email.message import EmailMessage, Message
from email.parser import BytesHeaderParser
from email.policy import SMTP
from email.utils import format_datetime, getaddresses
from ipaddress import ip_address
from typing import Final, Literal

from news.errors import MailAddressError, MailRefused, MailUncertain
from report.clean import one_line
from report.digest import Digest
from report.periods import Kind

# Seven bits on the wire: a server without 8BITMIME may damage anything else.
_POLICY: Final = SMTP.clone(cte_type="7bit")
_LOCAL_PART: Final = re.compile(r"^[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}$")
_DOMAIN: Final = re.compile(r"^[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$")


@dataclass(frozen=True, slots=True)
class SmtpSettings:
    """Where mail goes. `security`: "none", "starttls" or "tls" from the first byte. `ca_file` adds a private authority.

    A user name and password are never sent without TLS, except to this machine itself.
    """

    host: str
    port: int = 25
    security: Literal["none", "starttls", "tls"] = "none"
    user: str = ""
    password: str = field(default="", repr=False)
    timeout_seconds: float = 30.0
    ca_file: str = ""


def message_id(local_date: date, recipient: str, sender: str, kind: Kind = "daily") -> str:
    """The same for a day (or week) and a recipient, for ever: a mail program shows a second delivery as the first.

    The recipient stands in it as a hash: Message-IDs end up in public archives.
    """
    _, domain = _parts(sender)
    digest = hashlib.sha256(recipient.strip().lower().encode()).hexdigest()[:16]
    series = "digest" if kind == "daily" else f"digest.{kind}"
    return f"<{series}.{local_date.isoformat()}.{digest}@{domain}>"


def build(digest: Digest, sender: str, recipient: str, message_id: str, date: datetime) -> EmailMessage:
    """The whole message: text and HTML as alternatives, the tables attached.

    `date` is aware. Raises MailAddressError for an address that is none.
    """
    sender_address, recipient_address = _address(sender, "wiretrail"), _address(recipient)
    message = EmailMessage(policy=_POLICY)
    message["From"] = sender_address
    message["To"] = recipient_address
    message["Subject"] = one_line(digest.subject, 200)
    message["Date"] = format_datetime(date)
    message["Message-ID"] = message_id
    message["List-Id"] = f"wiretrail digest <digest.wiretrail.{sender_address.domain}>"
    message["List-Owner"] = f"<mailto:{sender_address.addr_spec}>"
    message["List-Unsubscribe"] = f"<mailto:{sender_address.addr_spec}?subject=unsubscribe>"
    message["List-Post"] = "NO"
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"  # Exchange answers "out of office" to Auto-Submitted mail without it
    message.set_content(digest.text)
    message.add_alternative(digest.html, subtype="html")
    for name, table in digest.files.items():
        message.add_attachment(table.encode(), "text", "csv", filename=name, params={"charset": "utf-8"})
    message["Content-Language"] = digest.language  # last: the library moves Content headers into the parts it makes
    return message


def send(message: EmailMessage | bytes, settings: SmtpSettings) -> None:
    """Hand one message to the server and return when it has taken it.

    `message` may be the bytes kept in the outbox; sender and recipient are read from its headers. Raises MailRefused
    (not taken: safe to repeat) or MailUncertain (perhaps taken: never repeat automatically), both naming host and
    port; MailAddressError before anything is sent.
    """
    text = message if isinstance(message, bytes) else message.as_bytes(policy=_POLICY)
    headers = BytesHeaderParser(policy=SMTP).parsebytes(text)
    envelope = (_only_address(headers, "From"), _only_address(headers, "To"))
    client = _connect(settings)
    try:
        _greet(client, settings)
        _offer(client, envelope, settings)
        _transmit(client, text, settings)
    finally:
        client.close()


def greet(settings: SmtpSettings) -> None:
    """Come as far as a delivery would before its first word: connection, TLS, login. Nothing is sent.

    Raises MailRefused naming host and port.
    """
    client = _connect(settings)
    try:
        _greet(client, settings)
        with suppress(OSError, smtplib.SMTPException):
            client.quit()
    finally:
        client.close()


def _only_address(headers: Message, name: str) -> str:
    """The one address of a header, checked again: an outbox row may have been written by hand."""
    pairs = getaddresses([str(headers.get(name, ""))])
    if len(pairs) != 1:
        raise MailAddressError(str(headers.get(name, "")), f"{name} must hold one address")
    return _address(pairs[0][1]).addr_spec


def _connect(settings: SmtpSettings) -> smtplib.SMTP:
    if settings.user and settings.security == "none" and not _is_here(settings.host):
        raise MailRefused(settings.host, settings.port, "a password is not sent without TLS: set security to starttls")
    try:
        if settings.security == "tls":
            return smtplib.SMTP_SSL(
                settings.host, settings.port, timeout=settings.timeout_seconds, context=_tls(settings)
            )
        return smtplib.SMTP(settings.host, settings.port, timeout=settings.timeout_seconds)
    except (OSError, smtplib.SMTPException, ValueError) as error:
        raise MailRefused(settings.host, settings.port, f"cannot connect: {_reason(error)}") from error


def _greet(client: smtplib.SMTP, settings: SmtpSettings) -> None:
    """EHLO, TLS where asked for (never silently without), login where a user is set."""
    try:
        client.ehlo_or_helo_if_needed()
        if settings.security == "starttls":
            client.starttls(context=_tls(settings))
            client.ehlo()
        if settings.user:
            client.login(settings.user, settings.password)
    except (OSError, smtplib.SMTPException, ValueError) as error:
        raise MailRefused(settings.host, settings.port, _reason(error)) from error


def _offer(client: smtplib.SMTP, envelope: tuple[str, str], settings: SmtpSettings) -> None:
    """MAIL, RCPT and DATA, up to the server's word that it wants the text."""
    sender, recipient = envelope
    try:
        _expect(client.mail(sender), (250,), settings)
        _expect(client.rcpt(recipient), (250, 251), settings)
        _expect(client.docmd("DATA"), (354,), settings)
    except (OSError, smtplib.SMTPException) as error:
        raise MailRefused(settings.host, settings.port, _reason(error)) from error


def _expect(reply: tuple[int, bytes], wanted: tuple[int, ...], settings: SmtpSettings) -> None:
    code, answer = reply
    if code not in wanted:
        raise MailRefused(settings.host, settings.port, _answer(code, answer))


def _transmit(client: smtplib.SMTP, text: bytes, settings: SmtpSettings) -> None:
    """The text and the server's answer. From the first byte on, silence is no refusal."""
    # RFC 5321, 4.5.2: a line that begins with a dot gets another; line ends are CRLF; a lone dot ends the text.
    lines = re.sub(rb"\r\n|\r|\n", b"\r\n", text).removesuffix(b"\r\n")
    stuffed = re.sub(rb"(?m)^\.", b"..", lines)
    try:
        client.send(stuffed + b"\r\n.\r\n")
        code, answer = client.getreply()
    except (OSError, smtplib.SMTPException) as error:
        reason = f"{_reason(error)} after the text was sent: it may have been delivered"
        raise MailUncertain(settings.host, settings.port, reason) from error
    if code != 250:
        raise MailRefused(settings.host, settings.port, _answer(code, answer))
    try:
        client.quit()
    except (OSError, smtplib.SMTPException):
        return  # taken already: how the server says goodbye changes nothing


def _tls(settings: SmtpSettings) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=settings.ca_file or None)


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _reason(error: Exception) -> str:
    """The error in words; the server's own where it gave some."""
    if isinstance(error, smtplib.SMTPResponseException):
        return _answer(error.smtp_code, error.smtp_error)
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return one_line(str(error), 300) or type(error).__name__


def _answer(code: int, answer: bytes | str) -> str:
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    return f"refused with {code} {one_line(text, 300)}".rstrip()


def _parts(address: str) -> tuple[str, str]:
    """Local part and domain. Raises MailAddressError: no header and no envelope ever carries anything else."""
    local, _, domain = address.strip().rpartition("@")
    try:
        domain = domain.encode("idna").decode("ascii")
    except UnicodeError as error:
        raise MailAddressError(address, "its domain is none") from error
    if not _LOCAL_PART.match(local) or not _DOMAIN.match(domain):
        raise MailAddressError(address, "it is no plain address such as desk@example.org")
    return local, domain


def _address(address: str, display_name: str = "") -> Address:
    local, domain = _parts(address)
    return Address(display_name, local, domain)
