"""The poll job: what AFP's Core API has published since the last time, page by page into filings.

    storage.agency.interfaces: read to where? ─> search from a little before ─> documents not known yet
      ─> jobs.agency.receiving: the page's filings and how far it reaches, in one transaction
      ─> from there on again, until a page is not full

Each page asks from the last moment reached instead of counting rows, so that what comes or goes while we page shifts
nothing. The overlap catches documents that were published earlier and appear later; known ones are not read again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

import config
from crawler.wire.afp_api import Access, CoreApi, Document
from jobs.agency.receiving import Item, Taken, read, store_or_refuse
from jobs.context import Context, log
from news.errors import ApiError, JobError
from storage.agency import interfaces
from storage.agency.interfaces import Progress
from storage.clock import MOST_APART
from storage.engine import reading, writing

LONGEST_BACK_OFF: Final = timedelta(hours=1)
MOST_KNOWN: Final = 20_000


def access_of(settings: config.Config) -> Access:
    """Where to ask, as whom. Raises JobError when no account is named, ConfigError for a secret that cannot be read."""
    afp = settings.wire.afp
    if not afp.user:
        raise JobError("wire.afp.user is not set: name AFP's account in [wire.afp], or WIRETRAIL_WIRE__AFP__USER")
    client_secret, password = settings.afp_secrets()
    return Access(
        address=afp.address.rstrip("/"),
        client=afp.client,
        client_secret=client_secret,
        user=afp.user,
        password=password,
        languages=afp.languages,
        products=afp.products,
        rows=afp.rows,
        timeout_seconds=afp.timeout_seconds,
    )


def poll(context: Context) -> Taken:
    """Store what is new. A failure is written down and raised as JobError; what came before it stays."""
    access = access_of(context.config)
    taken = Taken()
    try:
        with CoreApi(access) as api:
            _pages(context, api, access, taken)
    except ApiError as error:
        _end(context, error)
        raise JobError(str(error)) from error
    _end(context, None)
    log.info("poll.done", interface=context.config.wire.afp.name, filings=taken.filings, new=taken.new_takes)
    return taken


def _pages(context: Context, api: CoreApi, access: Access, taken: Taken) -> None:
    afp = context.config.wire.afp
    overlap = timedelta(minutes=afp.overlap_minutes)
    with reading(context.engine) as session:
        reached = interfaces.progress(session, afp.name)
    first = context.now() - timedelta(hours=afp.first_hours)
    # Read "to" a moment that has not come, with a clock that was ahead, it was not: what is known is not read twice.
    read_to = reached.read_to if reached.read_to and reached.read_to <= context.now() + MOST_APART else None
    since, start = (read_to - overlap if read_to else first), 0
    # Pages of the overlap bring nothing new; each begins with the last second of the one before.
    again = 2 * len(reached.known) // access.rows + 2
    for _ in range(afp.pages + again):
        documents = api.search(since, start)
        times = _times(access, documents)
        reached = _store(context, access, documents, reached, overlap, taken)
        if len(documents) < access.rows:
            return
        # A page of one second only cannot be passed by time.
        newest = max(times, default=since).replace(microsecond=0)
        since, start = (newest, 0) if newest > since else (since, start + len(documents))


def _times(access: Access, documents: Sequence[Document]) -> list[datetime]:
    """When the documents were published. Raises ApiError unless in order: we would step over what stands out of it."""
    times = [document.published for document in documents if document.published is not None]
    if times != sorted(times):
        raise ApiError(access.address, "the documents do not come in the order in which they were published")
    return times


def _store(
    context: Context,
    access: Access,
    documents: Sequence[Document],
    reached: Progress,
    overlap: timedelta,
    taken: Taken,
) -> Progress:
    """What is new of a page, and how far it reaches, in one transaction."""
    fresh = [document for document in documents if not document.id or document.id not in reached.known]
    items = [_item(context, access, document) for document in fresh]
    reached = _beyond(reached, documents, context.now(), overlap)
    with writing(context.engine) as session:
        items = [store_or_refuse(session, item, context.now(), taken) for item in items]
        interfaces.advance(session, context.config.wire.afp.name, reached, context.now())
    for refusal in (item.refusal for item in items if item.refusal is not None):
        log.warning("wire.refused", file=refusal.origin, reason=refusal.reason)
    return reached


def _item(context: Context, access: Access, document: Document) -> Item:
    """One document as if it had come in a file of its own: what is wrong with it is wrong with it alone."""
    data = json.dumps([document.body], ensure_ascii=False, sort_keys=True).encode("utf-8", "surrogatepass")
    return read(context, data, f"{access.address}/#{document.id[:200]}")


def _beyond(reached: Progress, documents: Sequence[Document], now: datetime, overlap: timedelta) -> Progress:
    """Progress after a page. A document dated ahead of our clock is stored, but nothing before it is stepped over."""
    dated = dict(_dated(documents))
    passed = [at for at in dated.values() if at <= now]
    before = [reached.read_to] if reached.read_to and reached.read_to <= now + MOST_APART else []
    read_to = max([*passed, *before], default=None)
    known = {**reached.known, **dated}
    if read_to is not None:
        known = {id_: at for id_, at in known.items() if at >= read_to - overlap - timedelta(seconds=1)}
    if len(known) > MOST_KNOWN:
        known = dict(sorted(known.items(), key=lambda pair: pair[1])[-MOST_KNOWN:])
    return replace(reached, read_to=read_to, known=known)


def _dated(documents: Sequence[Document]) -> Iterator[tuple[str, datetime]]:
    for document in documents:
        if document.id and document.published is not None:
            yield document.id, document.published.astimezone(UTC)


def _end(context: Context, error: ApiError | None) -> None:
    """Write down how it ended. After a failure it is left alone: as long as it asks, else longer each time."""
    now, name = context.now(), context.config.wire.afp.name
    with writing(context.engine) as session:
        failures = interfaces.progress(session, name).failures
        due_at = context.ahead(wait_after(error, failures).total_seconds()) if error else now
        interfaces.end_poll(session, name, now=now, due_at=due_at, reason=error.reason if error else "")


def wait_after(error: ApiError, failures: int) -> timedelta:
    """How long an interface is left alone after so many failures in a row before this one."""
    if error.retry_after_seconds is not None:
        return timedelta(seconds=max(error.retry_after_seconds, 1.0))
    return min(timedelta(minutes=1 << min(failures, 10)), LONGEST_BACK_OFF)
