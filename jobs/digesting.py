"""The digest job: one email per local date and recipient, ever.

    facts of the reader's day ─> composed once, kept whole in the outbox ─> written to the folder, sent by SMTP

The outbox row is made before anything is sent and marked `sending` before the server is asked, so that a crash at any
point, a second daemon, or a server that takes the mail and then falls silent cannot lead to a second copy. What a
server refused for certain is tried again at the next tick.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

from jobs import due
from jobs.context import Context, log
from report import mail
from report.digest import Digest, Reader, compose, day_windows, standalone_html
from report.errors import MailRefused, MailUncertain
from report.mail import SmtpSettings
from storage import outbox
from storage.digest_facts import digest_facts
from storage.engine import reading, writing


def last_day(context: Context) -> date:
    """The last whole day on the reader's clock, whatever the hour."""
    return due.digest_date(context.now(), context.config.digest.zone, 0)


def composed(context: Context, day: date, recipient: str) -> Digest:
    """The digest of one day for one reader, from what the database says now."""
    settings = context.config.digest
    reader = Reader(recipient, ZoneInfo(settings.zone), settings.language)
    window, before, week_before = day_windows(day, reader.zone)
    with reading(context.engine) as session:
        facts = digest_facts(
            session,
            window=window,
            day_before=before,
            week_before=week_before,
            agencies=context.config.agencies,
        )
    return compose(facts, reader, day)


def write(context: Context, day: date, folder: Path, recipient: str = due.FILE_RECIPIENT) -> list[Path]:
    """Write .eml, .html and .txt of a day's digest into a folder. Nothing is sent, nothing is remembered."""
    digest = composed(context, day, recipient)
    return _files(folder, day, digest, _message(context, day, digest, recipient))


def deliver_due(context: Context) -> None:
    """Do what is owed now: every recipient's digest of the last day that is over, once."""
    settings = context.config.digest
    day = due.digest_date(context.now(), settings.zone, settings.hour)
    if due.digest(context):
        deliver(context, day)


def deliver(context: Context, day: date) -> None:
    """Bring a day's digest to every recipient that has not had it."""
    with context.run("digest") as counts:
        for recipient in due.recipients(context):
            state = _deliver_to(context, day, recipient)
            counts[state] = counts.get(state, 0) + 1


def _deliver_to(context: Context, day: date, recipient: str) -> str:
    """One recipient's digest: composed if it is not yet, claimed, and handed over. Returns the state it ends in."""
    with reading(context.engine) as session:
        known = outbox.state_of(session, day, recipient)
    if known is None:
        digest = composed(context, day, recipient)
        message = _message(context, day, digest, recipient)
        with writing(context.engine) as session:
            outbox.compose(
                session,
                local_date=day,
                recipient=recipient,
                message_id=_message_id(context, day, recipient),
                subject=digest.subject,
                message=message,
                now=context.now(),
            )
        _files(context.config.digest_folder, day, digest, message)
    with writing(context.engine) as session:
        claimed = outbox.claim_to_send(session, day, recipient, context.now())
    if claimed is None:
        return "already sent"
    return _hand_over(context, day, recipient, claimed)


def _hand_over(context: Context, day: date, recipient: str, message: bytes) -> str:
    if recipient == due.FILE_RECIPIENT:
        return _mark(context, day, recipient, "written")
    try:
        mail.send(message, smtp_settings(context), context.config.digest.sender, recipient)
    except MailRefused as error:
        log.error("digest.refused", recipient=recipient, day=day.isoformat(), error=str(error))
        _mark(context, day, recipient, "composed", str(error))
        raise
    except MailUncertain as error:
        log.error("digest.uncertain", recipient=recipient, day=day.isoformat(), error=str(error))
        return _mark(context, day, recipient, "uncertain", str(error))
    log.info("digest.sent", recipient=recipient, day=day.isoformat())
    return _mark(context, day, recipient, "sent")


def _mark(context: Context, day: date, recipient: str, state: str, error: str = "") -> str:
    with writing(context.engine) as session:
        outbox.mark(session, day, recipient, state, context.now(), error)
    return state


def _message_id(context: Context, day: date, recipient: str) -> str:
    return mail.message_id(day, recipient, context.config.digest.sender)


def _message(context: Context, day: date, digest: Digest, recipient: str) -> bytes:
    settings = context.config.digest
    to = recipient if recipient != due.FILE_RECIPIENT else settings.sender
    message = mail.build(digest, settings.sender, to, _message_id(context, day, recipient), context.now())
    return message.as_bytes()


def _files(folder: Path, day: date, digest: Digest, message: bytes) -> list[Path]:
    """The digest as files a person can open."""
    folder.mkdir(parents=True, exist_ok=True)
    contents = {".eml": message, ".html": standalone_html(digest).encode(), ".txt": digest.text.encode()}
    paths = []
    for ending, content in contents.items():
        path = folder / f"digest-{day.isoformat()}{ending}"
        path.write_bytes(content)
        paths.append(path)
    return paths


def smtp_settings(context: Context) -> SmtpSettings:
    """The mail server, from the configuration."""
    smtp = context.config.smtp
    return SmtpSettings(
        host=smtp.host,
        port=smtp.port,
        security=smtp.security,
        user=smtp.user,
        password=context.config.smtp_password(),
        timeout_seconds=smtp.timeout_seconds,
    )
