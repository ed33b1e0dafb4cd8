"""The digest in its envelope, and its way to a mail server: told apart are "not taken" and "perhaps taken".

A digest mailed twice after a read timeout is huginn's issue 3295. So `send` speaks SMTP step by step: whatever goes
wrong before the message's text is on its way is MailRefused and safe to repeat; whatever goes wrong after it, before
the server's answer is read, is MailUncertain and never repeated automatically. The whole conversation has an end: a
server that drips a byte before every timeout would else hold it for ever.
"""

from __future__ import annotations

import hashlib
import re
import smtplib
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from email.headerregistry import Address
from email.message import EmailMessage, Message
from email.parser import BytesHeaderParser
from email.policy import SMTP
from email.utils import format_datetime, getaddresses
from ipaddress import ip_address
from threading import Timer
from typing import Any, Final, Literal

from news.errors import MailAddressError, MailRefused, MailUncertain
from news.hiding import hidden
from report.clean import one_line
from report.digest import Digest
from report.periods import Kind

# Seven bits on the wire: a server without 8BITMIME may damage anything else.
_POLICY: Final = SMTP.clone(cte_type="7bit")
_LOCAL_PART: Final = re.compile(r"^[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}$")
CONVERSATION_TIMEOUTS: Final = 3
"""A whole conversation may last so many times as long as one answer."""
_LONGEST_LINE: Final = 8192
_MOST_LINES: Final = 200
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


def send(message: EmailMessage | bytes, settings: SmtpSettings, begin: Callable[[], bool] = lambda: True) -> bool:
    """Hand one message to the server and return True when it has taken it.

    `message` may be the bytes kept in the outbox; sender and recipient are read from its headers. `begin` is asked
    when only the text is missing: when it says no, nothing is sent, and False is returned. Raises MailRefused (not
    taken: safe to repeat) or MailUncertain (perhaps taken: never repeat automatically), both naming host and port;
    MailAddressError before anything is sent.
    """
    text = message if isinstance(message, bytes) else message.as_bytes(policy=_POLICY)
    headers = BytesHeaderParser(policy=SMTP).parsebytes(text)
    sender, recipient = _only_address(headers, "From"), _only_address(headers, "To")
    with _greeted(settings) as client:
        try:
            client.ask((250,), "MAIL", f"FROM:<{sender}>")
            client.ask((250, 251), "RCPT", f"TO:<{recipient}>")
            if not begin():
                return False
            client.ask((354,), "DATA")
        except (OSError, smtplib.SMTPException) as error:
            raise client.refusal(error, greeted=True) from error
        _transmit(client, text)
    return True


def greet(settings: SmtpSettings) -> None:
    """Come as far as a delivery would before its first word: connection, TLS, login. Nothing is sent.

    Raises MailRefused naming host and port.
    """
    with _greeted(settings) as client, suppress(OSError, smtplib.SMTPException):
        client.quit()


def _only_address(headers: Message, name: str) -> str:
    """The one address of a header, checked again: an outbox row may have been written by hand."""
    pairs = getaddresses([str(headers.get(name, ""))])
    if len(pairs) != 1:
        raise MailAddressError(str(headers.get(name, "")), f"{name} must hold one address")
    return _address(pairs[0][1]).addr_spec


@contextmanager
def _greeted(settings: SmtpSettings) -> Iterator[Conversation]:
    """A conversation past connection, EHLO, TLS where asked for (never silently without) and login where a user is
    set. Raises MailRefused."""
    if settings.user and settings.security == "none" and not _is_here(settings.host):
        raise MailRefused(settings.host, settings.port, "a password is not sent without TLS: set security to starttls")
    client = Conversation(settings)
    end = Timer(CONVERSATION_TIMEOUTS * settings.timeout_seconds, client.cut)
    end.start()
    try:
        try:
            client.open()
        except (OSError, smtplib.SMTPException, ValueError) as error:
            raise client.refusal(error, greeted=False) from error
        yield client
    finally:
        end.cancel()
        client.close()


class Conversation(smtplib.SMTP):
    """smtplib's client, which can be cut at any moment and reads no endless answer."""

    _line: socket.socket | None = None
    _late = False

    def __init__(self, settings: SmtpSettings) -> None:
        super().__init__(timeout=settings.timeout_seconds)
        self._settings = settings
        self._host = settings.host  # whom a certificate must name

    def open(self) -> None:
        """Connect, greet, log in."""
        self.connect(self._settings.host, self._settings.port)
        self.ehlo_or_helo_if_needed()
        if self._settings.security == "starttls":
            self.starttls(context=_tls(self._settings))
            self.ehlo()
        if self._settings.user:
            self.login(self._settings.user, self._settings.password)

    def connect(self, host: str = "localhost", port: int = 0, source_address: Any = None) -> tuple[int, bytes]:
        """As smtplib's, which only returns a refusal."""
        code, answer = super().connect(host, port, source_address)
        if code != 220:
            raise smtplib.SMTPConnectError(code, answer)
        return code, answer

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        plain = socket.create_connection((host, port), timeout)
        self._line = plain.dup()  # smtplib's own is another one after STARTTLS
        if self._late:
            raise TimeoutError
        at_once = self._settings.security == "tls"
        return _tls(self._settings).wrap_socket(plain, server_hostname=host) if at_once else plain

    def getreply(self) -> tuple[int, bytes]:
        """One answer. Raises SMTPServerDisconnected for one that ends in the middle, never, or is no SMTP."""
        if self.file is None:
            self.file = self.sock.makefile("rb")  # type: ignore[union-attr]  # there is one while a conversation is on
        said = []
        for _ in range(_MOST_LINES):
            line = self.file.readline(_LONGEST_LINE)
            said.append(line[4:].strip())
            if not (line.endswith(b"\n") and line[:3].isdigit()):
                raise smtplib.SMTPServerDisconnected("no SMTP" if line else "the server closed the connection")
            if line[3:4] != b"-":
                return int(line[:3]), b"\n".join(said)
        raise smtplib.SMTPServerDisconnected("an answer without end")

    def ask(self, wanted: tuple[int, ...], command: str, argument: str = "") -> None:
        """One command. Raises SMTPResponseException for another answer than those wanted."""
        code, answer = self.docmd(command, argument)
        if code not in wanted:
            raise smtplib.SMTPResponseException(code, answer)

    def cut(self) -> None:
        """From another thread: the conversation has lasted too long."""
        self._late = True
        if self._line is not None:
            with suppress(OSError):
                self._line.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Both ends of it."""
        super().close()
        if self._line is not None:
            self._line.close()

    def refusal(self, error: Exception, *, greeted: bool) -> MailRefused:
        """The error as one that may be repeated, in words that hold no password."""
        permanent = isinstance(error, smtplib.SMTPResponseException) and 500 <= error.smtp_code < 600
        host, port = self._settings.host, self._settings.port
        return MailRefused(host, port, self.reason(error), greeted=greeted, permanent=permanent)

    def reason(self, error: Exception) -> str:
        """The error in words; the server's own where it gave some."""
        settings = self._settings
        if self._late:
            said = f"no end of the conversation within {CONVERSATION_TIMEOUTS * settings.timeout_seconds:g} s"
        elif isinstance(error, smtplib.SMTPResponseException):
            answer = error.smtp_error
            text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
            said = f"refused with {error.smtp_code} {one_line(text, 300)}".rstrip()
        elif isinstance(error, TimeoutError):
            said = "no answer in time"
        else:
            said = one_line(str(error), 300) or type(error).__name__
        if self._line is None:
            said = f"cannot connect: {said}"
        return hidden(said, settings.password, f"\0{settings.user}\0{settings.password}")


def _transmit(client: Conversation, text: bytes) -> None:
    """The text and the server's answer. From the first byte on, silence is no refusal."""
    # RFC 5321, 4.5.2: a line that begins with a dot gets another; line ends are CRLF; a lone dot ends the text.
    lines = re.sub(rb"\r\n|\r|\n", b"\r\n", text).removesuffix(b"\r\n")
    stuffed = re.sub(rb"(?m)^\.", b"..", lines)
    try:
        client.send(stuffed + b"\r\n.\r\n")
        code, answer = client.getreply()
        if code // 100 not in (2, 4, 5):
            raise smtplib.SMTPResponseException(code, answer)
    except (OSError, smtplib.SMTPException) as error:
        settings = client._settings
        reason = f"{client.reason(error)} after the text was sent: it may have been delivered"
        raise MailUncertain(settings.host, settings.port, reason) from error
    if code // 100 != 2:
        raise client.refusal(smtplib.SMTPResponseException(code, answer), greeted=True)
    with suppress(OSError, smtplib.SMTPException):
        client.quit()  # taken already: how the server says goodbye changes nothing


def _tls(settings: SmtpSettings) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=settings.ca_file or None)


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


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
