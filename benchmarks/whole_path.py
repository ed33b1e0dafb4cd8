"""The whole path into SQLite on this machine: real pages crawled, read and stored. `whole_path [PAGES] [WORKERS]`

The pages of ../shared/data/pages, served by a process of its own on eight loopback addresses, each page again under
another address until there are enough; the crawl is the program's own command. CPU seconds per page are of all its
processes, starting up included; the rate is over the time between the first and the last page stored.
"""

from __future__ import annotations

import gzip
import json
import sys
import tempfile
from datetime import datetime
from pathlib import Path
from xml.sax.saxutils import escape

from sqlalchemy import func, select

from benchmarks.serving import served
from benchmarks.watching import Watched, watched
from storage.engine import open_engine, reading
from storage.migrate import upgrade
from storage.models import ArticleRow, FetchRow, PageRow

SHARED = Path(__file__).parents[2] / "shared" / "data"
HOSTS = 8
GOAL = 60.0


def main() -> None:
    """Serve, crawl, say."""
    pages = int(sys.argv[1]) if len(sys.argv) > 1 else 1440
    workers = int(sys.argv[2]) if len(sys.argv) > 2 else 2
    real = _real_pages()
    if not real:
        raise SystemExit(f"no real pages at {SHARED}")
    paths = {f"/news/2026-{number}.html": real[number % len(real)] for number in range(pages)}
    answers = {path: ("text/html", body) for path, body in paths.items()}
    with served(answers | _feeds(list(paths)), HOSTS) as hosts, tempfile.TemporaryDirectory() as folder:
        took, counts, seconds = _crawled(Path(folder), hosts, pages, workers)
    report(took, counts, seconds)
    sys.exit(counts["fetched"] / seconds < GOAL)


def _real_pages() -> list[bytes]:
    index = SHARED / "pages.jsonl.gz"
    if not index.exists():
        return []
    rows = [json.loads(line) for line in gzip.decompress(index.read_bytes()).decode().splitlines()]
    return [gzip.decompress((SHARED / row["file"]).read_bytes()) for row in rows]


def _feeds(paths: list[str]) -> dict[str, tuple[str, bytes]]:
    """One for each host; relative links, so that each host lists its own."""
    feeds = {}
    for number in range(HOSTS):
        items = "".join(f"<item><title>x</title><link>{escape(path)}</link></item>" for path in paths[number::HOSTS])
        text = f'<?xml version="1.0"?><rss version="2.0"><channel><title>All</title>{items}</channel></rss>'
        feeds[f"/feed-{number}.xml"] = ("application/rss+xml", text.encode())
    return feeds


def _crawled(home: Path, hosts: list[str], pages: int, workers: int) -> tuple[Watched, dict[str, int], float]:
    database = f"sqlite:///{home / 'whole.db'}"
    upgrade(database)
    rows = "".join(
        f'[[outlet]]\nid = "o{number}"\nname = "o{number}"\nhosts = ["{host}"]\ncountry = "SE"\n'
        f'zone = "Europe/Stockholm"\nlanguage = "en"\n'
        f'feeds = [{{kind = "feed", url = "http://{host}/feed-{number}.xml"}}]\n'
        for number, host in enumerate(hosts)
    )
    (home / "catalogue.toml").write_text(f"only = true\n{rows}", encoding="utf-8")
    settings = {"HOME": str(home), "DATABASE_URL": database, "CATALOGUE": str(home / "catalogue.toml"), "LOG": "json"}
    crawl = {"CONTACT": "desk@example.com", "ALLOW_LOOPBACK": "true", "DELAY_SECONDS": "0", "MEMORY_MB": "0"}
    crawl |= {"EXTRACT_WORKERS": str(workers), "PAGES_PER_BATCH": str(pages), "DAILY_REQUESTS_PER_HOST": "0"}
    settings |= {f"CRAWL__{name}": value for name, value in crawl.items()}
    took = watched(["crawl"], settings, home / "log.txt")
    if took.returned:
        raise SystemExit((home / "log.txt").read_text(encoding="utf-8")[-2000:])
    engine = open_engine(database)
    with reading(engine) as session:
        counts = {
            "fetched": session.scalar(select(func.count(PageRow.id)).where(PageRow.fetched_at.is_not(None))) or 0,
            "articles": session.scalar(select(func.count(ArticleRow.id))) or 0,
        }
        first, last = session.execute(
            select(func.min(FetchRow.fetched_at), func.max(FetchRow.fetched_at)).where(FetchRow.url.contains("/news/"))
        ).one()
    engine.dispose()
    return took, counts, _seconds(first, last)


def _seconds(first: datetime | str, last: datetime | str) -> float:
    begin, end = (each if isinstance(each, datetime) else datetime.fromisoformat(each) for each in (first, last))
    return max((end - begin).total_seconds(), 0.001)


def report(took: Watched, counts: dict[str, int], seconds: float) -> None:
    """The figures."""
    fetched, cpu = counts["fetched"], sum(took.cpu_seconds)
    print(f"{fetched} pages fetched, {counts['articles']} articles stored")
    print(f"{fetched / seconds:.1f} pages/s between first and last page ({seconds:.1f} s), {took.seconds:.1f} s in all")
    each = ", ".join(f"{share:.1f}" for share in took.cpu_seconds)
    print(f"{1000 * cpu / max(fetched, 1):.2f} ms CPU per page in all processes ({each} s)")
    print(f"peak memory {took.peak_mb:.0f} MB")


if __name__ == "__main__":
    main()
