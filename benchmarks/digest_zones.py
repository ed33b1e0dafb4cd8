"""Digests in all IANA zones over the changes of their clocks, with mail servers that fail. `[SEED] [EVERY]`

The real questions, outbox and delivery of jobs.digesting, a real mail server on loopback, SQLite, a driven clock; only
the text is short, because what it says is not measured here. Besides the changes of 2026 and 2027: the dates that zones
never had (Samoa 2011, Kiribati 1994, Kwajalein 1993). What is expected is worked out by walking each zone's calendar.

Exit 1 unless every date arrived once at every reader: a mail whose fate the server left open must be marked uncertain.
"""

from __future__ import annotations

import asyncio
import logging
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo, available_timezones

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from sqlalchemy import Engine, select

from config import Config, DigestConfig, ReaderConfig, SmtpConfig
from jobs import digesting, due
from jobs.context import Context, set_up_log
from news.errors import MailError
from storage import outbox, runs
from storage.engine import open_engine, reading, writing
from storage.migrate import upgrade
from storage.models import DigestRow
from tests.report.smtp_servers import free_port

Fault = Literal["none", "busy", "refusing", "slow", "drops it", "takes it and drops", "takes it and sleeps"]
FAULTS: tuple[Fault, ...] = ("none", "busy", "refusing", "slow", "drops it", "takes it and drops")
WEIGHTS = (6, 2, 2, 1, 1, 1)
SLEEPERS = 25
"""So many mails are taken in silence until the client gives up; each costs its whole timeout."""
TIMEOUT_SECONDS = 3.0
DOWN_HOURS = (0, 0, 0, 4, 30)
"""How long the server cannot be reached at all, in the course of a change."""
AROUND = timedelta(days=2)
QUARTER = timedelta(minutes=15)
LONG_AGO = datetime(1990, 1, 1, tzinfo=UTC)
NEVER_HAD = {
    "Pacific/Apia": datetime(2011, 12, 30, 10, tzinfo=UTC),
    "Pacific/Fakaofo": datetime(2011, 12, 30, 10, tzinfo=UTC),
    "Pacific/Kiritimati": datetime(1994, 12, 31, 10, tzinfo=UTC),
    "Pacific/Kanton": datetime(1994, 12, 31, 12, tzinfo=UTC),
    "Pacific/Kwajalein": datetime(1993, 8, 21, 12, tzinfo=UTC),
}


@dataclass
class Post:
    """The mail server: what it took, by reader and date, and how it fails each mail at first."""

    chance: random.Random
    taken: Counter[tuple[str, str]] = field(default_factory=Counter)
    plans: dict[tuple[str, str], Fault] = field(default_factory=dict)
    tries: Counter[tuple[str, str]] = field(default_factory=Counter)
    sleepers: int = 0

    def plan(self, key: tuple[str, str]) -> Fault:
        """What goes wrong with a mail; decided when it is first seen."""
        if key not in self.plans:
            fault = self.chance.choices(FAULTS, WEIGHTS)[0]
            if fault == "takes it and drops" and self.sleepers < SLEEPERS:
                fault, self.sleepers = "takes it and sleeps", self.sleepers + 1
            self.plans[key] = fault
        return self.plans[key]

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802  -- aiosmtpd's hook
        """Answer as planned."""
        assert isinstance(envelope.content, bytes)
        day = envelope.content.partition(b"Subject: ")[2][:10].decode()
        key = (str(envelope.rcpt_tos[0]), day)
        fault = self.plan(key)
        self.tries[key] += 1
        if fault in ("busy", "refusing") and self.tries[key] <= 2:
            return "451 come again" if fault == "busy" else "550 not today"
        self.taken[key] += fault != "drops it"
        if "drops" in fault and isinstance(server.transport, asyncio.Transport):
            server.transport.abort()
        if fault in ("slow", "takes it and sleeps"):
            await asyncio.sleep(0.05 if fault == "slow" else TIMEOUT_SECONDS * 1.5)
        return "250 taken"


@dataclass
class Clock:
    """What the time is."""

    now: datetime = LONG_AGO


@dataclass(frozen=True)
class Driven(Context):
    """A context whose clock is moved by hand, over one database for all zones."""

    clock: Clock

    def now(self) -> datetime:
        """The driven clock's time."""
        return self.clock.now


@dataclass(frozen=True)
class Reader:
    """One reader: an address of its own, a zone, an hour."""

    address: str
    zone: str
    hour: int


@dataclass
class Found:
    """What came of it. All but the first five must end at 0."""

    windows: int = 0
    owed: int = 0
    arrived: int = 0
    uncertain: int = 0
    uncertain_not_arrived: int = 0
    uncertain_unplanned: int = 0
    missing: int = 0
    doubled: int = 0
    early: int = 0
    not_owed: int = 0
    wrong_state: int = 0

    @property
    def faults(self) -> int:
        """How much is wrong."""
        return self.missing + self.doubled + self.early + self.not_owed + self.wrong_state


def main() -> None:
    """Run, print, judge."""
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    every = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    began, cpu = time.monotonic(), time.process_time()
    chance = random.Random(seed)
    zones = sorted(available_timezones())[::every]
    set_up_log("text", logging.CRITICAL)
    with tempfile.TemporaryDirectory() as folder, _post(Post(chance)) as (post, port):
        bench = Bench(Path(folder), port, chance)
        found = Found()
        groups = _groups(zones, chance)
        for number, (middle, readers) in enumerate(groups.items()):
            print(f"\r{number}/{len(groups)} {middle}: {len(readers)} zones  ", end="", file=sys.stderr, flush=True)
            _follow(bench, middle, readers, post, found)
        bench.engine.dispose()
    print(f"\r{len(zones)} zones, seed {seed}; faults met {dict(Counter(post.plans.values()).most_common())}")
    for name, value in vars(found).items():
        print(f"{name.replace('_', ' '):24} {value}")
    print(f"{time.monotonic() - began:.0f} s, {time.process_time() - cpu:.0f} s of CPU")
    sys.exit(found.faults > 0)


@contextmanager
def _post(post: Post) -> Iterator[tuple[Post, int]]:
    controller = Controller(post, hostname="127.0.0.1", port=free_port(), server_hostname="localhost")
    controller.start()
    try:
        yield post, controller.port
    finally:
        controller.stop()


class Bench:
    """One database and one clock, and contexts over them."""

    def __init__(self, folder: Path, port: int, chance: random.Random) -> None:
        self.folder, self.port, self.chance = folder, port, chance
        self.database = f"sqlite:///{folder / 'zones.db'}"
        upgrade(self.database)
        self.engine, self.clock = open_engine(self.database), Clock()
        with writing(self.engine) as session:
            runs.end_run(session, runs.start_run(session, "crawl", LONG_AGO), LONG_AGO, outcome="ok", counts={})

    def world(self, readers: list[Reader], *, up: bool) -> Driven:
        """These readers, and a mail server that is there or not."""
        rows = [
            ReaderConfig(name=r.address.partition("@")[0], address=r.address, zone=r.zone, hour=r.hour) for r in readers
        ]
        smtp = SmtpConfig(host="127.0.0.1", port=self.port if up else free_port(), timeout_seconds=TIMEOUT_SECONDS)
        settings = Config(
            home=self.folder, database_url=self.database, digest=DigestConfig(readers=tuple(rows)), smtp=smtp
        )
        made = Driven(settings, self.clock)
        made.__dict__["engine"] = self.engine  # one pool for all, in place of the one it would open
        return made


def _groups(zones: list[str], chance: random.Random) -> dict[datetime, list[Reader]]:
    """Instant of a change -> a reader in each zone that has it; a zone without any is followed on an ordinary day."""
    found: dict[datetime, list[Reader]] = {}
    for number, zone in enumerate(zones):
        for nth, middle in enumerate(_changes(zone)):
            hour = chance.choice((0, 1, 2, 3, 7, 12, 23))
            found.setdefault(middle, []).append(Reader(f"reader-{number}-{nth}@example.com", zone, hour))
    return dict(sorted(found.items()))


def _follow(bench: Bench, middle: datetime, readers: list[Reader], post: Post, found: Found) -> None:
    """Ask on and on around one change, and judge what each of its readers got."""
    start, end = middle - AROUND, middle + AROUND
    up, down = bench.world(readers, up=True), bench.world(readers, up=False)
    gone = start + timedelta(hours=bench.chance.uniform(10, 30))
    back = gone + timedelta(hours=bench.chance.choice(DOWN_HOURS))
    for now in _asked(start, end, middle, bench.chance):
        bench.clock.now = now
        _tick(down if gone <= now < back else up)
    for _ in range(4):  # what became due in the last hour and was refused is still tried again
        bench.clock.now += timedelta(hours=1)
        with suppress(MailError):
            digesting.deliver_due(up)
    for reader in readers:
        _judge(reader, bench.engine, _owed(reader, start, end), (start, end), post, found)
    found.windows += len(readers)


def _changes(zone: str) -> list[datetime]:
    """The instants around which a zone is followed: its changes of two years, or an ordinary day; and lost dates."""
    first, key = datetime(2026, 1, 1, tzinfo=UTC), ZoneInfo(zone)
    days = [first + timedelta(days=n) for n in range(2 * 365 + 1)]
    found = []
    for day, following in pairwise(days):
        if day.astimezone(key).utcoffset() != following.astimezone(key).utcoffset():
            quarters = [day + QUARTER * n for n in range(97)]
            offsets = [at.astimezone(key).utcoffset() for at in quarters]
            found += [
                at for at, before, after in zip(quarters[1:], offsets, offsets[1:], strict=False) if before != after
            ]
    return [*([NEVER_HAD[zone]] if zone in NEVER_HAD else []), *(found or [datetime(2026, 7, 1, 12, tzinfo=UTC)])]


def _owed(reader: Reader, start: datetime, end: datetime) -> dict[date, datetime]:
    """Date -> when its digest is due, of those owed between first and last question; by walking the calendar."""
    first = start - timedelta(days=3)
    steps = int((end - first) / QUARTER) + 1
    clock = [(at := first + QUARTER * n, at.astimezone(ZoneInfo(reader.zone))) for n in range(steps)]
    dues = {}
    for day, following in pairwise(sorted({local.date() for _, local in clock})):
        due = (at for at, local in clock if (local.date(), local.hour) >= (following, reader.hour))
        dues[day] = next(due, end + QUARTER)
    latest = max(day for day, due_at in dues.items() if due_at <= start)
    return {day: due_at for day, due_at in dues.items() if day >= latest and due_at <= end}


def _asked(start: datetime, end: datetime, middle: datetime, chance: random.Random) -> Iterator[datetime]:
    """The moments of the questions: about every half hour, every few minutes around the change."""
    now = start
    while now < end:
        yield now
        close = abs(now - middle) < timedelta(hours=1.5)
        now += timedelta(minutes=chance.uniform(6, 12) if close else chance.uniform(30, 60))
    yield end


def _tick(world: Driven) -> None:
    """What the daemon does at a tick; the text is put into the outbox first, so that none is composed."""
    if not due.digest(world):
        return
    for reader, period in due.owed(world):
        named = f"{period.last}.{reader.recipient}"
        headers = f"From: desk@example.com\r\nTo: {reader.recipient}\r\nSubject: {period.last}\r\nMessage-ID: <{named}>"
        with writing(world.engine) as session:
            outbox.put(
                session,
                local_date=period.last,
                recipient=reader.recipient,
                kind=period.kind,
                message_id=f"<{named}>",
                subject=str(period.last),
                message=f"{headers}\r\n\r\nText.\r\n".encode(),
                now=world.now(),
            )
    with suppress(MailError):  # the next tick tries again
        digesting.deliver_due(world)


def _judge(
    reader: Reader,
    engine: Engine,
    owed: dict[date, datetime],
    window: tuple[datetime, datetime],
    post: Post,
    found: Found,
) -> None:
    with reading(engine) as session:
        inside = (DigestRow.recipient == reader.address, DigestRow.composed_at >= window[0])
        rows = {
            row.local_date: row
            for row in session.scalars(select(DigestRow).where(*inside, DigestRow.composed_at <= window[1]))
        }
    found.owed += len(owed)
    found.not_owed += len(rows.keys() - owed.keys())
    for day, due_at in owed.items():
        row, key = rows.get(day), (reader.address, day.isoformat())
        came, fault = post.taken[key], post.plans.get(key, "none")
        state = row.state if row is not None else "nothing"
        found.arrived += came
        found.doubled += max(0, came - 1)
        found.early += row is not None and row.composed_at < due_at - QUARTER
        if state == "uncertain":
            found.uncertain += 1
            found.uncertain_not_arrived += came == 0
            found.uncertain_unplanned += fault not in ("drops it", "takes it and drops", "takes it and sleeps")
            continue
        found.missing += came == 0
        found.wrong_state += came > 0 and state != "sent"


if __name__ == "__main__":
    main()
