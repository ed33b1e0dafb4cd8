"""What the daemon tells Prometheus, and whether it is well.

    the database ─> storage.figures, storage.crawling.silence ┐
    the daemon's own tallies (Watch) ────────────────┴─> families ─> /metrics        judged ─> /healthy

Counters begin at 0 with the process, as Prometheus expects. Requests and articles are counted from the database, so of
two daemons on one database both show all of them; batches and what jobs counted are each daemon's own.
"""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from jobs.context import Context
from jobs.due import limits_of
from news.errors import StorageError
from storage import asides, figures
from storage.crawling import silence
from storage.engine import explain, reading
from storage.set_aside import KINDS, Kind

SLOW_KEPT_SECONDS = 60.0
"""Who is silent and what is set aside changes slowly; to ask reads two weeks of pages, and all that failed."""
LATE_SECONDS = 30.0
"""Beyond three of its intervals, so much later a tick has stopped."""


@dataclass(slots=True)
class Watch:
    """What the daemon itself knows. Times are of the monotonic clock, so that a clock that jumps alarms nobody."""

    began: float = field(default_factory=time.monotonic)
    intervals: Mapping[str, float] = field(default_factory=dict)
    asked: dict[str, float] = field(default_factory=dict)
    running: set[str] = field(default_factory=set)
    batches: Counter[tuple[str, str]] = field(default_factory=Counter)
    counted: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, job: str, counts: Mapping[str, Any]) -> None:
        """Add what a run wrote down that it did."""
        for name, value in counts.items():
            if isinstance(value, int) and not isinstance(value, bool) and value > 0:
                self.counted[job, name] += value


def unwell(watch: Watch, context: Context, now: float) -> list[str]:
    """What is wrong with the daemon, in words; nothing when it is well. `now` is of the monotonic clock."""
    reasons = []
    try:
        with reading(context.engine) as session:
            session.execute(select(1)).one()
    except (SQLAlchemyError, StorageError) as error:
        reasons.append(f"database: {explain(error)}")
    for job, seconds in watch.intervals.items():
        idle = now - watch.asked.get(job, watch.began)
        if job not in watch.running and idle > 3 * seconds + LATE_SECONDS:
            reasons.append(f"{job}: not asked for {idle:.0f} s; it is to be every {seconds:g} s")
    return reasons


class Figures(Collector):
    """Collects at each scrape. `context` is asked each time: SIGHUP makes a new one."""

    def __init__(self, watch: Watch, context: Callable[[], Context]) -> None:
        self._watch = watch
        self._context = context
        self._turn = Lock()
        self._fetch: int | None = None
        self._article: int | None = None
        self._requests: Counter[tuple[str, str]] = Counter()
        self._articles = 0
        self._slow: tuple[float, Counter[str], Mapping[Kind, int]] | None = None

    def collect(self) -> Iterator[Any]:
        """The families of one scrape; without a database those of the daemon alone."""
        context, watch = self._context(), self._watch
        with self._turn:
            try:
                with reading(context.engine) as session:
                    found = list(self._from_database(session, context))
            except (SQLAlchemyError, StorageError):
                found = []
        yield from own(watch)
        yield _gauge("database_up", "1 when the database answered this scrape", [((), float(bool(found)))])
        yield from found

    def _from_database(self, session: Any, context: Context) -> Iterator[Any]:
        now = context.now()
        new = figures.progress(session, self._fetch, self._article)
        self._fetch, self._article = new.fetch, new.article
        self._requests.update(new.requests)
        self._articles += new.articles
        yield from standing_families(figures.standing(session, now, limits_of(context)))
        what = "requests by what was asked for and how they ended"
        yield _counter("requests", what, self._requests.items(), "what", "outcome")
        yield _counter("articles_stored", "articles seen for the first time", [((), self._articles)])
        if self._slow is None or time.monotonic() - self._slow[0] > SLOW_KEPT_SECONDS:
            states = Counter[str](silent.state for silent in silence.silences(session, now))
            self._slow = (time.monotonic(), states, asides.counted(session))
        _, states, aside = self._slow
        waits = [((kind,), aside.get(kind, 0)) for kind in KINDS]
        yield _gauge("set_aside", "units of work that failed and wait for their next time", waits, "kind")
        values = [((state,), states[state]) for state in ("quiet", "broken")]
        yield _gauge("silent_outlets", "outlets without a new article for longer than chance allows", values, "state")


def own(watch: Watch) -> Iterator[Any]:
    """What the daemon knows by itself."""
    children = [((job,), float(job in watch.running)) for job in watch.intervals]
    yield _gauge("running_children", "child processes at work", children, "job")
    now = time.time() - time.monotonic()
    asked = [((job,), now + at) for job, at in watch.asked.items()]
    yield _gauge("last_tick_timestamp_seconds", "when it was last asked whether there is work", asked, "job")
    yield _counter("batches", "child processes that ended, by how", watch.batches.items(), "job", "outcome")
    yield _counter("job_counts", "what jobs wrote down that they did", watch.counted.items(), "job", "what")


def standing_families(standing: figures.Standing) -> Iterator[Any]:
    """How things stand, as gauges."""
    yield _gauge("due_rows", "feeds and pages due and free", [((k,), v) for k, v in standing.due.items()], "what")
    yield _gauge("waiting_hosts", "hosts of feeds that may not be asked now", [((), standing.waiting_hosts)])
    yield _gauge("held_hosts", "hosts a crawl is asking now", [((), standing.held_hosts)])
    yield _gauge("failing_feeds", "feeds whose last poll failed", [((), standing.failing_feeds)])
    states = ("composed", "sending", "sent", "uncertain", "written")
    digests = [((state,), standing.digests.get(state, 0)) for state in states]
    yield _gauge("digests", "digests in the outbox by state", digests, "state")
    good = [((job,), at.timestamp()) for job, at in standing.last_success.items()]
    yield _gauge("last_success_timestamp_seconds", "when a run of the job last ended well", good, "job")


Values = Iterable[tuple[tuple[str, ...], float]]


def _gauge(name: str, what: str, values: Values, *labels: str) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"wiretrail_{name}", what, labels=labels)
    for key, value in values:
        family.add_metric(key, value)
    return family


def _counter(name: str, what: str, values: Values, *labels: str) -> CounterMetricFamily:
    family = CounterMetricFamily(f"wiretrail_{name}", what, labels=labels)
    for key, value in list(values):
        family.add_metric(key, value)
    return family


def registry(watch: Watch, context: Callable[[], Context]) -> CollectorRegistry:
    """A registry of our own: nothing another library registers globally is told.

    Collected once at once, so that counters count from now and not from the first scrape.
    """
    made, ours = CollectorRegistry(), Figures(watch, context)
    deque(ours.collect(), maxlen=0)
    made.register(ours)
    ProcessCollector(registry=made)
    return made


def exposition(made: CollectorRegistry) -> bytes:
    """The text Prometheus reads."""
    return generate_latest(made)
