"""The digest job: one email per local date (or week) and reader, ever.

    facts of the reader's day ─> composed once, kept whole in the outbox ─> written to the folder, sent by SMTP

The outbox row is made before anything is sent and marked `sending` just before the text, so that a crash at any
point, a second daemon, or a server that takes the mail and then falls silent cannot lead to a second copy. What a
server refused for certain is tried again, soon for a 4xx; what it refused for good (5xx), and a digest that cannot be
composed, is set aside, and the other readers get theirs.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final

from sqlalchemy.orm import Session

from jobs import due
from jobs.context import Context, log
from jobs.readers import FILE_RECIPIENT, Subscriber, digest_date, subscribers
from news.errors import (
    ConfigError,
    JobError,
    MailAddressError,
    MailError,
    MailRefused,
    MailUncertain,
    WiretrailError,
)
from report import mail
from report.clean import one_line
from report.digest import Digest, Reader, compose
from report.mail import SmtpSettings
from report.periods import Period
from storage import outbox, set_aside
from storage.digest.facts import digest_facts
from storage.engine import is_away, persist, reading, writing
from storage.outbox import Outgoing

CORRECTABLE: Final = timedelta(days=1)
"""For so long after its end a day's open notices are judged as they stand now; then, as they stood."""


def readers_named(context: Context, name: str | None) -> tuple[Subscriber, ...]:
    """The reader of that name, or everybody. Raises JobError naming those there are."""
    everybody = subscribers(context.config)
    if name is None:
        return everybody
    found = tuple(reader for reader in everybody if reader.name == name)
    if not found:
        names = ", ".join(reader.name for reader in everybody if reader.name)
        raise JobError(f"no reader {name!r} under digest.readers; there are: {names or 'none'}")
    return found


def period_of(context: Context, reader: Subscriber, day: date | None, *, weekly: bool = False) -> Period:
    """The day asked for, by default the last whole one on the reader's clock; or the seven days that end with it."""
    last = day or digest_date(context.now(), reader.zone.key, 0)
    return Period("weekly" if weekly else "daily", last)


def composed(context: Context, reader: Subscriber, period: Period) -> Digest:
    """A reader's digest of a day or a week, from what the database says now."""
    window = period.window(reader.zone)
    with reading(context.engine) as session:
        facts = digest_facts(
            session,
            window=window,
            earlier=[one.window(reader.zone) for one in period.earlier()],
            scope=reader.scope,
            as_of=min(context.now(), window.end + CORRECTABLE),
        )
    return compose(facts, Reader(reader.recipient, reader.zone, reader.language), period)


def write(context: Context, reader: Subscriber, period: Period, folder: Path) -> list[Path]:
    """Write .eml, .html and .txt of a reader's digest into a folder. Nothing is sent, nothing is remembered."""
    digest = composed(context, reader, period)
    return _files(folder, reader, period, digest, _message(context, reader, period, digest))


def deliver_due(context: Context) -> None:
    """Do what is owed now: every reader's digest of the last day and week that are over, once."""
    deliver(context, due.owed(context))
    older = due.unsent(context)
    if older:
        with context.run("digest") as counts:
            counts["late"] = sum(_sent_late(context, digest) for digest in older)


def _sent_late(context: Context, digest: Outgoing) -> bool:
    """Try again to send a digest of an earlier day, which the server did not take then."""
    try:
        return _hand_over(context, digest.local_date, digest.recipient, digest.kind) == "sent"
    except (MailError, MailAddressError) as error:
        log.error("digest.not_sent", recipient=digest.recipient, day=digest.local_date.isoformat(), error=str(error))
        return False


def deliver(context: Context, owed: Sequence[tuple[Subscriber, Period]]) -> None:
    """Bring each digest to its reader, unless they have had it. Raises the first trouble after all were tried.

    When the server does not even greet, the other digests are composed and wait: each would wait for it as long.
    """
    if not owed:
        return
    troubles: list[WiretrailError] = []
    with context.run("digest") as counts:
        for reader, period in owed:
            down = any(isinstance(each, MailRefused) and not each.greeted for each in troubles)
            try:
                state = _deliver_to(context, reader, period, send=not down)
            except (MailError, MailAddressError, JobError) as error:
                troubles.append(error)  # the other readers get theirs all the same
                state = "not sent"
            counts[state] = counts.get(state, 0) + 1
    if troubles:
        raise troubles[0]


def _deliver_to(context: Context, reader: Subscriber, period: Period, *, send: bool) -> str:
    """One reader's digest: composed if it is not yet, claimed, and handed over. Returns the state it ends in."""
    with reading(context.engine) as session:
        known = outbox.find(session, period.last, reader.recipient, period.kind)
    if known is None:
        _compose_safely(context, reader, period)
    if reader.recipient == FILE_RECIPIENT:
        return _written(context, period)
    if not send:
        return "not sent"
    sent = _hand_over(context, period.last, reader.recipient, period.kind)
    return sent or (known.state if known else "claimed elsewhere")


def _compose_safely(context: Context, reader: Subscriber, period: Period) -> None:
    """Compose, or set the digest aside: what stands in one reader's day must not keep the others' from them.

    Raises JobError then; the database's own errors are nobody's fault and passed on.
    """
    name = outbox.name_of(period.last, reader.recipient, period.kind)
    try:
        with context.in_hand.at_work("digest", name):
            _compose(context, reader, period)
    except Exception as error:
        if is_away(error) or isinstance(error, ConfigError):
            raise
        reason = f"cannot be composed: {type(error).__name__}: {error}"
        log.error("digest.set_aside", digest=name, exc_info=True)
        with writing(context.engine) as session:
            set_aside.fail(session, "digest", name, reason, context.now())
        raise JobError(f"digest {name} {one_line(reason, 300)}") from error
    with writing(context.engine) as session:
        set_aside.clear(session, "digest", [name])


def _compose(context: Context, reader: Subscriber, period: Period) -> None:
    """Keep the digest whole in the outbox, and a copy of it in the folder."""
    digest = composed(context, reader, period)
    message = _message(context, reader, period, digest)
    with writing(context.engine) as session:
        kept = outbox.put(
            session,
            local_date=period.last,
            recipient=reader.recipient,
            kind=period.kind,
            message_id=_message_id(context, reader, period),
            subject=digest.subject,
            message=message,
            now=context.now(),
        )
    if kept:
        _files(context.config.digest_folder, reader, period, digest, message)
        log.info("digest.composed", recipient=reader.recipient, day=period.last.isoformat(), subject=digest.subject)


def _written(context: Context, period: Period) -> str:
    with writing(context.engine) as session:
        kept = outbox.find(session, period.last, FILE_RECIPIENT, period.kind)
        if kept is not None and kept.state == "composed":
            outbox.mark_written(session, kept.id, context.now())
    return "written"


def _hand_over(context: Context, day: date, recipient: str, kind: str) -> str:
    """Try to send one digest, and note what came of it before anything else happens. "" when there is nothing to do."""
    with writing(context.engine) as session:
        digest = outbox.claim_to_send(session, day, recipient, context.now(), kind)
    if digest is None:
        return ""
    named = {"recipient": recipient, "day": day.isoformat()}
    try:
        taken = mail.send(digest.message, smtp_settings(context), lambda: _begin_text(context, digest))
    except MailUncertain as error:
        log.error("digest.uncertain", error=str(error), **named)
        reason = str(error)
        persist(context.engine, lambda session: outbox.mark_uncertain(session, digest.id, reason))
        raise
    except (MailRefused, MailAddressError) as error:
        permanent = not isinstance(error, MailRefused) or error.permanent
        _note_refusal(context, digest, str(error), permanent=permanent)
        raise
    if not taken:
        return ""
    # A full disk must not turn what arrived into what may have arrived.
    persist(context.engine, lambda session: _note_sent(session, digest, context.now()))
    log.info("digest.sent", **named)
    return "sent"


def _begin_text(context: Context, digest: Outgoing) -> bool:
    with writing(context.engine) as session:
        return outbox.begin_text(session, digest, context.now())


def _note_refusal(context: Context, digest: Outgoing, reason: str, *, permanent: bool) -> None:
    """To be tried again; what was refused for good more and more rarely, up to a day."""
    name = outbox.name_of(digest.local_date, digest.recipient, digest.kind)

    def note(session: Session) -> None:
        outbox.mark_failed(session, digest, reason)
        if permanent:
            set_aside.fail(session, "digest", name, reason, context.now())

    persist(context.engine, note)


def _note_sent(session: Session, digest: Outgoing, now: datetime) -> None:
    outbox.mark_sent(session, digest.id, now)
    set_aside.clear(session, "digest", [outbox.name_of(digest.local_date, digest.recipient, digest.kind)])


def _message_id(context: Context, reader: Subscriber, period: Period) -> str:
    return mail.message_id(period.last, reader.recipient, context.config.digest.sender, period.kind)


def _message(context: Context, reader: Subscriber, period: Period, digest: Digest) -> bytes:
    sender = context.config.digest.sender
    to = reader.recipient if reader.recipient != FILE_RECIPIENT else sender
    message = mail.build(digest, sender, to, _message_id(context, reader, period), context.now())
    return message.as_bytes()


def _files(folder: Path, reader: Subscriber, period: Period, digest: Digest, message: bytes) -> list[Path]:
    """The digest as files a person can open: digest-[NAME-][week-]DATE.eml, .html and .txt."""
    folder.mkdir(parents=True, exist_ok=True)
    week = "week" if period.kind == "weekly" else ""
    name = "-".join(part for part in ("digest", reader.name, week, period.last.isoformat()) if part)
    contents = {".eml": message, ".html": digest.html.encode(), ".txt": digest.text.encode()}
    paths = []
    for ending, content in contents.items():
        path = folder / (name + ending)
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
