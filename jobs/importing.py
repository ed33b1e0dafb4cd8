"""The load job: rows of JSONL or Parquet into articles and filings.

    rows ─> checked, all of them, before anything is stored ─> read as text, or as a saved page by the crawler's own
    extractor, or taken as they are when an export wrote them ─> storage.articles.saving, some hundreds to a transaction

A file with a bad row is refused whole, naming file, line and field: half an import is worse than none. A run that was
killed midway is repeated: rows that are stored already change nothing.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError, model_validator
from sqlalchemy.orm import Session

from crawler.extractors.plain import moment_of, read_plain
from crawler.pages import read_page
from jobs.context import Context, sync
from jobs.moving import parquet
from jobs.moving.restoring import FilingLine, VersionLine, is_line, read_line
from news.addresses import host_of, normalise
from news.articles import Article, Filing, Moment, Outlet
from news.errors import ExtractionError, JobError
from storage.agency.filings import save_filing
from storage.articles.saving import KEPT_OUT
from storage.articles.saving_many import Look, save_articles
from storage.crawling.outlet_rows import outlet_for_host
from storage.engine import writing

ROWS_PER_TRANSACTION = 500
"""SQLite takes 16,000 rows/s in transactions of 100 and 2,000 singly (CRAWLING.md); beyond some hundreds nothing."""


class Row(BaseModel):
    """One row of an import file, as ARCHITECTURE.md's doors describe it. Unknown fields are ignored, wrong ones not."""

    model_config = ConfigDict(frozen=True, extra="ignore", coerce_numbers_to_str=True)

    url: str
    id: str | None = None
    outlet: str | None = None
    headline: str = ""
    title: str = ""
    text: str | None = None
    published: str | None = None
    author: str | None = None
    credit: str | None = None
    language: str | None = None
    agency: str | None = None
    file: Path | None = None
    html: str | None = None
    fetched: AwareDatetime | None = None

    @model_validator(mode="after")
    def _one_content(self) -> Row:
        if not self.url.startswith(("http://", "https://")):
            raise ValueError(f"url {self.url[:80]!r} is not an http or https address")
        if sum(content is not None for content in (self.text, self.file, self.html)) != 1:
            raise ValueError("a row has exactly one of text, file and html")
        return self


@dataclass(slots=True)
class Loaded:
    """What an import did. `refused` holds one sentence for each page that is no story; `inferred` counts
    exported takes of inferred stories, which a match run finds anew."""

    articles: int = 0
    new_versions: int = 0
    filings: int = 0
    new_takes: int = 0
    inferred: int = 0
    refused: list[str] | None = None

    def refuse(self, sentence: str) -> None:
        """Note why something was not taken."""
        self.refused = [*(self.refused or []), sentence]


def load(context: Context, path: Path, progress: Callable[[int], None] = lambda _: None) -> Loaded:
    """Import a JSONL or Parquet file. Raises JobError naming file, line and field before anything is stored."""
    loaded = Loaded()
    sync(context)
    with context.unit("file", str(path)):
        total = sum(1 for _ in rows_of(path))
        rows, outlets = rows_of(path), dict[str, str]()
        for _ in range(0, total, ROWS_PER_TRANSACTION):
            part = list(itertools.islice(rows, ROWS_PER_TRANSACTION))
            read = [item for number, row in part if (item := _read(context, path, number, row, loaded)) is not None]
            _store(context, read, loaded, outlets)
            progress(len(part))
    return loaded


AnyRow = Row | VersionLine | FilingLine


def rows_of(path: Path) -> Iterator[tuple[int, AnyRow]]:
    """Each row with its line number. Raises JobError for what cannot be read or is no row."""
    if path.suffix == ".parquet":
        yield from ((number, _row(path, number, values)) for number, values in enumerate(parquet.read(path), 1))
        return
    try:
        with path.open(encoding="utf-8") as file:
            lines = ((number, line) for number, line in enumerate(file, 1) if line.strip())
            yield from ((number, _row(path, number, _json(path, number, line))) for number, line in lines)
    except OSError as error:
        raise JobError(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise JobError(f"{path} is not UTF-8 text (byte {error.start})") from error


def _json(path: Path, number: int, line: str) -> object:
    try:
        return json.loads(line)
    except json.JSONDecodeError as error:
        raise JobError(f"{path}, line {number}: not JSON: {error.msg}") from error
    except RecursionError:
        raise JobError(f"{path}, line {number}: nested too deep to be a row") from None


def _row(path: Path, number: int, values: object) -> AnyRow:
    try:
        return read_line(values) if is_line(values) else Row.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        raise JobError(f"{path}, line {number}: {field + ': ' if field else ''}{first['msg']}") from error


@dataclass(frozen=True, slots=True)
class _Item:
    """A row, read: an article or a filing, the outlet of the catalogue, and when it is taken to have been seen."""

    row: AnyRow
    what: Article | Filing
    outlet: Outlet | None
    seen_at: datetime
    last_seen_at: datetime | None = None


def _read(context: Context, path: Path, number: int, row: AnyRow, loaded: Loaded) -> _Item | None:
    if isinstance(row, VersionLine | FilingLine):
        return _restored(context, path, number, row, loaded)
    seen_at = (row.fetched or context.now()).astimezone(UTC)
    outlet = _outlet(context, row)
    try:
        if row.agency:
            return _Item(row, _filing(context, row, outlet, seen_at, str(path)), outlet, seen_at)
        if row.text is not None:
            return _Item(row, _plain(context, row, row.text, outlet, seen_at), outlet, seen_at)
        html = row.html if row.html is not None else _page(path, row)
        agencies = tuple(context.catalogue.agencies.values())
        article = read_page(html, row.url, row.fetched, outlet, agencies)
        return _Item(row, article, outlet, seen_at)
    except ExtractionError as error:
        loaded.refuse(f"{path}, line {number}: {error}")
        return None
    except ValueError as error:
        raise JobError(f"{path}, line {number}: published: {error}") from error


def _restored(context: Context, path: Path, number: int, row: VersionLine | FilingLine, loaded: Loaded) -> _Item | None:
    """A line of an export. What has lost its text is no article any more; what was inferred is inferred anew."""
    if isinstance(row, FilingLine) and row.origin == "inferred":
        loaded.inferred += 1
        return None
    if row.expired:
        loaded.refuse(f"{path}, line {number}: its text has expired")
        return None
    if isinstance(row, FilingLine):
        return _Item(row, row.filing(), None, row.received.astimezone(UTC))
    return _Item(row, row.article(), _outlet(context, row), row.seen.astimezone(UTC), row.last_seen.astimezone(UTC))


def _outlet_id(session: Session, host: str, known: dict[str, str]) -> str:
    if host not in known:
        known[host] = outlet_for_host(session, host)
    return known[host]


def _page(path: Path, row: Row) -> bytes:
    """A saved page; a relative name is meant beside the import file."""
    file = path.parent / row.file if row.file is not None else path
    try:
        return file.read_bytes()
    except OSError as error:
        raise JobError(f"{path}: page {file} cannot be read: {error.strerror}") from error


def _outlet(context: Context, row: Row | VersionLine) -> Outlet | None:
    named = context.catalogue.outlets.get(row.outlet) if row.outlet else None
    return named or context.catalogue.outlet_of(row.url)


def _plain(context: Context, row: Row, text: str, outlet: Outlet | None, seen_at: datetime) -> Article:
    return read_plain(
        url=normalise(row.url),
        headline=row.headline or row.title,
        text=text,
        published=row.published or "",
        author=row.author or "",
        credit=row.credit or "",
        language=row.language or "",
        outlet=outlet,
        agencies=tuple(context.catalogue.agencies.values()),
        fetched=seen_at,
    )


def _filing(context: Context, row: Row, outlet: Outlet | None, seen_at: datetime, origin: str) -> Filing:
    """The agency's own item: its id is story and take in one, as a row knows no more."""
    article = _plain(context, row, row.text or "", outlet, seen_at)
    moment = moment_of(row.published or "", row.url, outlet, row.language or "", seen_at)
    return Filing(
        agency=row.agency or "",
        story_id=row.id or article.url,
        take_id=row.id or article.url,
        headline=article.headline,
        paragraphs=article.paragraphs,
        filed=moment if row.published else Moment(latest=seen_at, source="first seen"),
        origin=origin,
        dateline=article.dateline,
        byline=article.byline,
        language=article.language,
    )


def _store(context: Context, items: Sequence[_Item], loaded: Loaded, outlets: dict[str, str]) -> None:
    """One transaction. `outlets` are those of hosts that earlier ones looked up."""
    looks: list[Look] = []
    with writing(context.engine) as session:
        for item in items:
            if isinstance(item.what, Filing):
                taken = save_filing(session, item.what, received_at=item.seen_at)
                loaded.filings += 1
                loaded.new_takes += taken.new
                continue
            assert not isinstance(item.row, FilingLine)  # noqa: S101  -- its line gives a Filing
            outlet = item.outlet
            host = item.row.outlet or host_of(item.row.url)
            outlet_id = outlet.id if outlet else _outlet_id(session, host, outlets)
            looks.append(Look(item.what, outlet_id, item.seen_at, item.row.id, item.last_seen_at))
        stored = save_articles(session, looks)
    saved = [one for one in stored if one is not KEPT_OUT]
    for look in (look for look, one in zip(looks, stored, strict=True) if one is KEPT_OUT):
        loaded.refuse(f"{look.article.url}: was erased, and is kept out (wiretrail erase --lift)")
    loaded.articles += len(saved)
    loaded.new_versions += sum(one.new_version for one in saved)
