"""The envelope, and what is told apart on its way: taken, refused, perhaps taken."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import UTC, date, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP, default
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest

from news.errors import MailAddressError, MailError, MailRefused, MailUncertain
from report.digest import Digest, compose
from report.mail import SmtpSettings, build, message_id, send
from tests.report.invented import DAY, PERIOD, READER, plain_day
from tests.report.smtp_servers import certificate, check_login, free_port, mail_server, scripted_server

SENDER, RECIPIENT = "wiretrail@example.org", "desk@example.org"
SENT_AT = datetime(2026, 11, 21, 6, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def digest() -> Digest:
    return compose(plain_day(), READER, PERIOD)


@pytest.fixture(scope="module")
def message(digest: Digest) -> EmailMessage:
    return build(digest, SENDER, RECIPIENT, message_id(DAY, RECIPIENT, SENDER), SENT_AT)


def settings(port: int, **changes: object) -> SmtpSettings:
    return replace(SmtpSettings("127.0.0.1", port, timeout_seconds=1.0), **changes)  # type: ignore[arg-type]  # named in each test


def read(taken: list[tuple[str, list[str], bytes]]) -> EmailMessage:
    assert len(taken) == 1
    sender, recipients, text = taken[0]
    assert (sender, recipients) == (SENDER, [RECIPIENT])
    parsed = message_from_bytes(text, policy=default)
    assert isinstance(parsed, EmailMessage)
    return parsed


def test_a_plain_server_gets_the_whole_message(digest: Digest, message: EmailMessage) -> None:
    with mail_server() as (inbox, port):
        send(message, settings(port))
    mail = read(inbox.taken)
    assert mail["Subject"] == digest.subject
    assert mail["To"] == RECIPIENT
    assert parsedate_to_datetime(mail["Date"]) == SENT_AT
    assert mail["Message-ID"] == message_id(DAY, RECIPIENT, SENDER)
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Content-Language"] == "en"
    assert mail["List-Owner"] == f"<mailto:{SENDER}>"
    assert mail["MIME-Version"] == "1.0"
    assert mail["List-Id"] == "wiretrail digest <digest.wiretrail.example.org>"
    assert mail["List-Unsubscribe"] == f"<mailto:{SENDER}?subject=unsubscribe>"
    assert mail.get_content_type() == "multipart/mixed"
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert html is not None
    assert text.get_content().replace("\r\n", "\n") == digest.text
    assert html.get_content().replace("\r\n", "\n") == digest.html.replace("\r\n", "\n")


def test_the_attached_csv_reads_back(message: EmailMessage) -> None:
    attached, act_now = message.iter_attachments()
    assert (attached.get_filename(), act_now.get_filename()) == ("pickups.csv", "act-now.csv")
    rows = list(csv.DictReader(io.StringIO(attached.get_content().lstrip("\ufeff"))))
    assert len(rows) == 96
    assert [row["story"] for row in rows[:3]] == ["AFP:rates", "AFP:ferry", "AFP~9c1f02"]
    assert {row["late"] for row in rows} == {"yes", "no"}


def test_bytes_from_the_outbox_go_out_as_they_are(message: EmailMessage) -> None:
    with mail_server() as (inbox, port):
        send(message.as_bytes(policy=SMTP), settings(port))
    assert read(inbox.taken)["Message-ID"] == message["Message-ID"]


def test_every_byte_on_the_wire_has_seven_bits_and_no_line_is_too_long(message: EmailMessage) -> None:
    """RFC 5321: 998 characters a line; a server without 8BITMIME may damage anything but ASCII."""
    text = message.as_bytes()
    assert text.isascii()
    assert max(len(line) for line in text.split(b"\r\n")) <= 998
    assert b"\n" not in text.replace(b"\r\n", b"")


def test_lines_that_begin_with_a_dot_arrive(digest: Digest) -> None:
    dotted = replace(digest, text=".\n..two\n.end\n")
    with mail_server() as (inbox, port):
        send(build(dotted, SENDER, RECIPIENT, "<a@example.org>", SENT_AT), settings(port))
    body = read(inbox.taken).get_body(("plain",))
    assert body is not None
    assert body.get_content().replace("\r\n", "\n") == dotted.text


@pytest.mark.parametrize("user", ["", "desk"])
def test_starttls_with_and_without_login(tmp_path: Path, message: EmailMessage, user: str) -> None:
    context, authority = certificate(tmp_path)
    options = {"authenticator": check_login, "auth_required": True} if user else {}
    with mail_server(tls_context=context, require_starttls=True, **options) as (inbox, port):
        send(message, settings(port, security="starttls", user=user, password="open sesame", ca_file=authority))
    assert read(inbox.taken)["Subject"] == message["Subject"]
    assert inbox.logged_in == [bool(user)]


def test_tls_from_the_first_byte(tmp_path: Path, message: EmailMessage) -> None:
    context, authority = certificate(tmp_path)
    with mail_server(ssl_context=context) as (inbox, port):
        send(message, settings(port, security="tls", ca_file=authority))
    assert read(inbox.taken)["Subject"] == message["Subject"]


def test_login_on_loopback_without_tls(message: EmailMessage) -> None:
    with mail_server(authenticator=check_login, auth_require_tls=False) as (inbox, port):
        send(message, settings(port, user="desk", password="open sesame"))
    assert inbox.logged_in == [True]


def test_a_password_is_never_sent_in_the_clear_to_another_machine(message: EmailMessage) -> None:
    with pytest.raises(MailRefused, match=r"mail\.example\.org:25: a password is not sent without TLS"):
        send(message, SmtpSettings("mail.example.org", user="desk", password="open sesame"))


def test_a_wrong_password_is_a_refusal_that_does_not_repeat_it(message: EmailMessage) -> None:
    with (
        mail_server(authenticator=check_login, auth_require_tls=False) as (inbox, port),
        pytest.raises(MailRefused) as caught,
    ):
        send(message, settings(port, user="desk", password="not the word"))
    assert "535" in str(caught.value)
    assert "not the word" not in str(caught.value)
    assert "not the word" not in repr(settings(port, password="not the word"))
    assert inbox.taken == []


def test_a_certificate_nobody_vouches_for_is_refused(tmp_path: Path, message: EmailMessage) -> None:
    context, _ = certificate(tmp_path)
    with (
        mail_server(tls_context=context) as (inbox, port),
        pytest.raises(MailRefused, match="certificate verify failed"),
    ):
        send(message, settings(port, security="starttls"))
    assert inbox.taken == []


def test_starttls_is_never_left_out_silently(message: EmailMessage) -> None:
    with mail_server() as (inbox, port), pytest.raises(MailRefused, match="STARTTLS"):
        send(message, settings(port, security="starttls"))
    assert inbox.taken == []


def test_nobody_listens(message: EmailMessage) -> None:
    port = free_port()
    with pytest.raises(MailRefused, match=f"mail server 127.0.0.1:{port}: cannot connect") as caught:
        send(message, settings(port))
    assert (caught.value.host, caught.value.port) == ("127.0.0.1", port)


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ({"CONNECT": "554 go away"}, "554 go away"),
        ({"MAIL": "451 later"}, "451 later"),
        ({"RCPT": "550 no such desk"}, "550 no such desk"),
        ({"DATA": "452 disk full"}, "452 disk full"),
        ({"TEXT": "552 too large"}, "552 too large"),
        ({"RCPT": ""}, "closed"),
        ({"CONNECT": "not smtp at all"}, ""),
    ],
)
def test_a_refusal_at_any_step_is_safe_to_repeat(message: EmailMessage, script: dict[str, str], said: str) -> None:
    with scripted_server(script) as port, pytest.raises(MailRefused) as caught:
        send(message, settings(port))
    assert said in str(caught.value)


@pytest.mark.parametrize("step", ["CONNECT", "EHLO", "MAIL", "DATA"])
def test_silence_before_the_text_is_a_refusal(message: EmailMessage, step: str) -> None:
    with scripted_server({}, silent_after=step) as port, pytest.raises(MailRefused):
        send(message, settings(port, timeout_seconds=0.3))


EXTENDED = {"EHLO": "250-here\r\n250-STARTTLS\r\n250 AUTH PLAIN LOGIN"}


@pytest.mark.parametrize("step", ["CONNECT", "EHLO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA"])
def test_a_server_that_drips_before_the_text_is_given_up(message: EmailMessage, step: str) -> None:
    """Each line comes in time; the conversation as a whole does not end."""
    security = "starttls" if step == "STARTTLS" else "none"
    hasty = settings(0, timeout_seconds=0.4, security=security, user="desk" if step == "AUTH" else "", password="open")
    with (
        scripted_server(EXTENDED, drips_after=step) as port,
        pytest.raises(MailRefused, match=r"no end of the conversation within 1\.2 s|no answer in time") as caught,
    ):
        send(message, replace(hasty, port=port))
    assert caught.value.greeted == (step in ("MAIL", "RCPT", "DATA"))
    assert not caught.value.permanent


def test_a_handshake_that_drips_is_given_up(message: EmailMessage) -> None:
    """TLS from the first byte: Python gives the whole handshake the time of one answer."""
    with (
        scripted_server({}, drips_after="TLS") as port,
        pytest.raises(MailRefused, match="no answer in time"),
    ):
        send(message, settings(port, timeout_seconds=0.4, security="tls"))


def test_a_server_that_drips_after_the_text_is_uncertain(message: EmailMessage) -> None:
    with scripted_server({}, drips_after="TEXT") as port, pytest.raises(MailUncertain, match="may have been delivered"):
        send(message, settings(port, timeout_seconds=0.4))


@pytest.mark.parametrize("step", ["CONNECT", "EHLO", "RCPT"])
def test_an_answer_without_end_is_not_read_to_it(message: EmailMessage, step: str) -> None:
    flood = "\r\n".join(["250-more"] * 100_000)
    with scripted_server({step: flood}) as port, pytest.raises(MailRefused, match="without end"):
        send(message, settings(port))


@pytest.mark.parametrize(("answer", "uncertain"), [("hello", True), ("354 more", True), ("552 full", False)])
def test_what_is_no_answer_to_the_text_is_uncertain(message: EmailMessage, answer: str, uncertain: bool) -> None:
    wanted: type[MailError] = MailUncertain if uncertain else MailRefused
    with scripted_server({"TEXT": answer}) as port, pytest.raises(wanted):
        send(message, settings(port))


@pytest.mark.parametrize(
    ("script", "permanent", "greeted"),
    [
        ({"CONNECT": "554 go away"}, True, False),
        ({"MAIL": "451 later"}, False, True),
        ({"RCPT": "450 greylisted"}, False, True),
        ({"RCPT": "550 no such desk"}, True, True),
        ({"TEXT": "554 refused"}, True, True),
    ],
)
def test_refusals_are_told_apart(message: EmailMessage, script: dict[str, str], permanent: bool, greeted: bool) -> None:
    with scripted_server(script) as port, pytest.raises(MailRefused) as caught:
        send(message, settings(port))
    assert (caught.value.permanent, caught.value.greeted) == (permanent, greeted)


def test_the_text_waits_for_our_word(message: EmailMessage) -> None:
    """Asked when only the text is missing; a no sends nothing."""
    with mail_server() as (inbox, port):
        assert not send(message, settings(port), lambda: False)
        assert send(message, settings(port), lambda: not inbox.taken)
        assert len(inbox.taken) == 1
    with scripted_server({"RCPT": "550 no"}) as port, pytest.raises(MailRefused):
        send(message, settings(port), lambda: pytest.fail("asked too early"))


def test_a_server_that_repeats_the_password_is_not_quoted(message: EmailMessage) -> None:
    said = {"EHLO": "250-here\r\n250 AUTH LOGIN PLAIN", "AUTH": "535 no: AGRlc2sAb3BlbiBzZXNhbWU= open sesame"}
    with scripted_server(said) as port, pytest.raises(MailRefused) as caught:
        send(message, settings(port, user="desk", password="open sesame"))
    assert "535 no: ***" in str(caught.value)
    assert "sesame" not in str(caught.value)
    assert "AGRlc2s" not in str(caught.value)


def test_silence_after_the_text_is_uncertain(message: EmailMessage) -> None:
    """huginn's issue 3295: the server takes the mail and answers too late; sending again made it two."""
    with scripted_server({}, silent_after="TEXT") as port, pytest.raises(MailUncertain) as caught:
        send(message, settings(port, timeout_seconds=0.3))
    assert (caught.value.host, caught.value.port) == ("127.0.0.1", port)
    assert "may have been delivered" in str(caught.value)
    assert not isinstance(caught.value, MailRefused)


def test_a_connection_lost_after_the_text_is_uncertain(message: EmailMessage) -> None:
    with scripted_server({"TEXT": ""}) as port, pytest.raises(MailUncertain):
        send(message, settings(port))


def test_a_server_that_takes_it_and_then_says_goodbye_badly_has_taken_it(message: EmailMessage) -> None:
    with scripted_server({"QUIT": ""}) as port:
        send(message, settings(port))


def test_the_message_id_is_of_the_day_and_the_recipient() -> None:
    one = message_id(date(2026, 11, 20), RECIPIENT, SENDER)
    assert one == message_id(date(2026, 11, 20), "Desk@Example.org", SENDER)
    assert one != message_id(date(2026, 11, 21), RECIPIENT, SENDER)
    assert one != message_id(date(2026, 11, 20), "night@example.org", SENDER)
    assert RECIPIENT not in one
    assert message_id(date(2026, 11, 20), RECIPIENT, SENDER, "weekly") != one, "a week ends on a day with a digest"


@pytest.mark.parametrize(
    "address",
    [
        "",
        "nobody",
        "a@b@c.example",
        "a@example.org\r\nBcc: all@example.org",
        "a@example.org\nX: y",
        "a@example.org, b@example.org",
        "Desk <a@example.org>",
        "a\x00@example.org",
        "a@exa mple.org",
        "a@" + "x" * 300 + ".example",
        "déjà@example.org",
        "a@-",
    ],
)
def test_an_address_that_is_none_never_reaches_a_header(digest: Digest, address: str) -> None:
    with pytest.raises(MailAddressError):
        build(digest, SENDER, address, "<a@example.org>", SENT_AT)
    with pytest.raises(MailAddressError):
        build(digest, address, RECIPIENT, "<a@example.org>", SENT_AT)


def test_a_domain_in_another_script_is_sent_in_its_ascii_form(digest: Digest) -> None:
    built = build(digest, SENDER, "desk@köln.example", "<a@example.org>", SENT_AT)
    assert built["To"].addresses[0].addr_spec == "desk@xn--kln-sna.example"


def test_an_outbox_row_with_two_recipients_is_not_sent(message: EmailMessage) -> None:
    text = message.as_bytes(policy=SMTP).replace(b"To: desk@example.org", b"To: a@example.org, b@example.org")
    with pytest.raises(MailAddressError):
        send(text, settings(free_port()))


def test_a_subject_cannot_become_a_header(digest: Digest) -> None:
    hostile = replace(digest, subject="AFP pickup\r\nBcc: all@example.org\r\n\r\nbody")
    built = build(hostile, SENDER, RECIPIENT, "<a@example.org>", SENT_AT)
    again = message_from_bytes(built.as_bytes(policy=SMTP), policy=default)
    assert again["Bcc"] is None
    assert again["Subject"] == "AFP pickup Bcc: all@example.org body"


def test_both_failures_are_mail_errors() -> None:
    assert issubclass(MailRefused, MailError)
    assert issubclass(MailUncertain, MailError)
