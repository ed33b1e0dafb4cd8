"""What a person says to the database: verdicts, licences, holds; and what it lets go of by itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from sqlalchemy.orm import Session

from jobs.archives.page_keeping import prune_pages
from jobs.context import Context, log
from jobs.housekeeping import forget_files, forget_rows
from news.addresses import normalise
from news.errors import JobError
from storage.articles import retention
from storage.clock import SETTLED, unsettled_since
from storage.crawling import partitions
from storage.engine import reading, writing
from storage.matches import verdicts
from storage.matches.licences import Licence, set_licence
from storage.matches.verdicts import Judgement
from storage.moving.backup import back_up
from storage.turns import Turn, take_turn

BATCH = 500
"""Rows let go in one transaction: some tens of milliseconds, between which the crawl writes."""


@dataclass(frozen=True, slots=True)
class Pruned:
    """How much a prune let go. `fetches` went row by row, `fetch_months` whole, uncounted.

    `rows` and `files` only served the work: hosts, runs, agency files that were read.
    """

    texts: int
    stories: int
    fetches: int
    fetch_months: int
    page_files: int
    rows: int
    files: int

    def as_dict(self) -> dict[str, int]:
        """The counts by name, for the record of runs."""
        return asdict(self)


def stored_name(name: str) -> str:
    """What a person types, as it is stored: addresses without tracking parameters, ids as they are."""
    return normalise(name) if name.startswith(("http://", "https://")) else name


def judge(context: Context, article: str, story: str, judgement: Judgement, by: str, note: str) -> None:
    """Store a verdict. Raises UnknownObjectError when article or story is not stored."""
    with writing(context.engine) as session:
        verdicts.judge(
            session,
            article=stored_name(article),
            story=story,
            judgement=judgement,
            judged_by=by,
            now=context.now(),
            note=note,
        )


def license_outlet(
    context: Context, outlet: str, agency: str, terms: str, since: date | None, until: date | None
) -> None:
    """Store what an outlet may use of an agency. Raises JobError for an agency or dates that cannot be."""
    if agency not in context.catalogue.agencies:
        raise JobError(f"agency {agency!r} is not in the catalogue")
    try:
        with writing(context.engine) as session:
            set_licence(session, Licence(outlet, agency, terms, since, until))
    except ValueError as error:
        raise JobError(str(error)) from error


def prune(context: Context, *, insist: bool = False) -> Pruned:
    """Let expired texts and old requests go, some at a time. Stopped at any point, the next run goes on.

    Raises JobError when the clock went far ahead lately, unless a person insists that it is right.
    """
    settings, now = context.config.keep, context.now()
    if not insist:
        _require_settled_clock(context, now)
    texts = stories = fetches = months = 0
    if settings.text_days:
        before = now - timedelta(days=settings.text_days)
        texts = _in_batches(context, lambda s: retention.expire_texts(s, before=before, now=now, most=BATCH))
        stories = _in_batches(context, lambda s: retention.expire_stories(s, now=now, most=BATCH))
    page_files = prune_pages(context)
    if settings.fetch_days:
        oldest = now - timedelta(days=settings.fetch_days)
        months = _drop_months(context, oldest)
        with reading(context.engine) as session:
            until = partitions.expired_until(session, oldest)
        fetches = _in_batches(context, lambda s: retention.forget_fetches(s, before=until, most=10 * BATCH))
    _make_months(context, now)
    rows, files = forget_rows(context), forget_files(context)
    retention.overwrite_freed(context.engine)
    return Pruned(texts, stories, fetches, months, page_files, rows, files)


def _require_settled_clock(context: Context, now: datetime) -> None:
    with reading(context.engine) as session:
        before = unsettled_since(session, now)
    if before is not None:
        raise JobError(
            f"nothing is let go: the clock says {now:%Y-%m-%d %H:%M} UTC, but before the last "
            f"{SETTLED.total_seconds() / 3600:.0f} hours no job ran since {before:%Y-%m-%d %H:%M} UTC. If the clock is "
            f"right, tomorrow's prune does it, or `wiretrail prune --insist` does now; if it is not, set it right"
        )


def _drop_months(context: Context, before: datetime) -> int:
    """Remove the months of requests that ended before then; rows of those that cannot go are left to be deleted."""
    with reading(context.engine) as session:
        expired = partitions.expired_months(session, before)
    dropped = 0
    for first in expired:
        outcome = partitions.drop_month(context.engine, first)
        if outcome == "done":
            log.info("month.dropped", month=f"{first:%Y-%m}")
            dropped += 1
        elif outcome == "busy":
            log.warning("month.busy", month=f"{first:%Y-%m}")
    return dropped


def _make_months(context: Context, now: datetime) -> None:
    """Make this month and the next ones for requests to come; one that cannot be made is tried again next night."""
    with reading(context.engine) as session:
        missing = partitions.months_ahead(session, now)
    for first in missing:
        outcome = partitions.make_month(context.engine, first)
        if outcome == "done":
            log.info("month.made", month=f"{first:%Y-%m}")
        elif outcome == "busy":
            log.warning("month.busy", month=f"{first:%Y-%m}")
        else:
            log.warning("month.crowded", month=f"{first:%Y-%m}", most=partitions.MOST_MOVED)


def _in_batches(context: Context, step: Callable[[Session], int]) -> int:
    total = 0
    while True:
        with writing(context.engine) as session:
            take_turn(session, Turn.MATCH)
            retention.erase_on_delete(session)
            done = step(session)
        if not done:
            return total
        total += done


def hold(context: Context, article: str, by: str, reason: str) -> None:
    """Keep an article's texts from expiring. Raises UnknownObjectError when it is not stored."""
    with writing(context.engine) as session:
        retention.hold(session, stored_name(article), by=by, now=context.now(), reason=reason)


def release(context: Context, article: str) -> None:
    """End a hold. Raises JobError when there is none."""
    with writing(context.engine) as session:
        held = retention.release(session, stored_name(article))
    if not held:
        raise JobError(f"article {article!r} is not held")


def holds(context: Context) -> list[retention.Hold]:
    """What is held, the oldest first."""
    with reading(context.engine) as session:
        return retention.holds(session)


def backup(context: Context, target: Path) -> int:
    """Copy the database to a new file; returns its bytes. Raises storage's BackupError."""
    return back_up(context.engine, target)
