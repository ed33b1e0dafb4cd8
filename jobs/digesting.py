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
from report.errors import MailError, MailRefused, MailUncertain
from report.mail import SmtpSettings
from storage import outbox
from storage.digest_facts import digest_facts
from storage.engine import persist, reading, writing
from storage.outbox import Outgoing


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
    if due.new_digest(context):
        deliver(context, day)
    older = due.unsent(context)
    if older:
        with context.run("digest") as counts:
            counts["late"] = sum(_sent_late(context, digest) for digest in older)


def _sent_late(context: Context, digest: Outgoing) -> bool:
    """Try again to send a digest of an earlier day, which the server did not take then."""
    with writing(context.engine) as session:
        claimed = outbox.claim_to_send(session, digest.local_date, digest.recipient, context.now(), digest.kind)
    try:
        return claimed is not None and _hand_over(context, claimed) == "sent"
    except MailError as error:
        log.error("digest.not_sent", recipient=digest.recipient, day=digest.local_date.isoformat(), error=str(error))
        return False


def deliver(context: Context, day: date) -> None:
    """Bring a day's digest to every recipient that has not had it. Raises MailError after all were tried."""
    troubles: list[MailError] = []
    with context.run("digest") as counts:
        for recipient in due.recipients(context):
            try:
                state = _deliver_to(context, day, recipient)
            except MailError as error:
                troubles.append(error)  # the other readers get theirs all the same
                state = "not sent"
            counts[state] = counts.get(state, 0) + 1
    if troubles:
        raise troubles[0]


def _deliver_to(context: Context, day: date, recipient: str) -> str:
    """One recipient's digest: composed if it is not yet, claimed, and handed over. Returns the state it ends in."""
    with reading(context.engine) as session:
        known = outbox.find(session, day, recipient)
    if known is None:
        _compose(context, day, recipient)
    if recipient == due.FILE_RECIPIENT:
        return _written(context, day)
    with writing(context.engine) as session:
        claimed = outbox.claim_to_send(session, day, recipient, context.now())
    if claimed is None:
        return known.state if known else "claimed elsewhere"
    return _hand_over(context, claimed)


def _compose(context: Context, day: date, recipient: str) -> None:
    """Keep the digest whole in the outbox, and a copy of it in the folder."""
    digest = composed(context, day, recipient)
    message = _message(context, day, digest, recipient)
    with writing(context.engine) as session:
        kept = outbox.put(
            session,
            local_date=day,
            recipient=recipient,
            message_id=_message_id(context, day, recipient),
            subject=digest.subject,
            message=message,
            now=context.now(),
        )
    if kept:
        _files(context.config.digest_folder, day, digest, message)
        log.info("digest.composed", recipient=recipient, day=day.isoformat(), subject=digest.subject)


def _written(context: Context, day: date) -> str:
    with writing(context.engine) as session:
        kept = outbox.find(session, day, due.FILE_RECIPIENT)
        if kept is not None and kept.state == "composed":
            outbox.mark_written(session, kept.id, context.now())
    return "written"


def _hand_over(context: Context, digest: Outgoing) -> str:
    """Send one claimed digest, and note what came of it before anything else happens."""
    named = {"recipient": digest.recipient, "day": digest.local_date.isoformat()}
    try:
        mail.send(digest.message, smtp_settings(context))
    except MailUncertain as error:
        log.error("digest.uncertain", error=str(error), **named)
        reason = str(error)
        persist(context.engine, lambda session: outbox.mark_uncertain(session, digest.id, reason))
        raise
    except MailRefused as error:
        reason = str(error)
        persist(context.engine, lambda session: outbox.mark_failed(session, digest.id, reason))
        raise
    # A full disk must not turn what arrived into what may have arrived.
    persist(context.engine, lambda session: outbox.mark_sent(session, digest.id, context.now()))
    log.info("digest.sent", **named)
    return "sent"


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
