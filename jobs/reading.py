"""Reading single pages for a person or a measurement: `wiretrail extract`. Needs no database."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from config import Config
from crawler.extractors import Finding, explain, extract
from news.articles import Article, Moment
from news.catalogue import Catalogue, load_catalogue
from news.errors import ExtractionError, JobError


def page(path: Path, url: str, catalogue: Catalogue, fetched: datetime | None = None) -> dict[str, Any]:
    """One saved page as the door's JSON object. Raises ExtractionError, or JobError when the file cannot be read."""
    return as_json(
        extract(
            _bytes(path),
            url,
            fetched=fetched,
            outlet=catalogue.outlet_of(url),
            agencies=tuple(catalogue.agencies.values()),
        )
    )


def findings(path: Path, url: str, catalogue: Catalogue) -> tuple[Finding, ...]:
    """Which rule and which words gave each field."""
    return explain(_bytes(path), url, outlet=catalogue.outlet_of(url), agencies=tuple(catalogue.agencies.values()))


def batch(path: Path, catalogue: Catalogue) -> Iterator[dict[str, Any]]:
    """Each row of a batch file read; a page that is no article gives `{"id", "url", "error"}`, and the rest go on."""
    for number, row in _rows(path):
        try:
            fetched = datetime.fromisoformat(row["fetched"]) if row.get("fetched") else None
        except ValueError as error:
            raise JobError(f"{path}, line {number}: fetched: {error}") from error
        fetched = fetched.replace(tzinfo=UTC) if fetched is not None and fetched.tzinfo is None else fetched
        identity = {"id": row.get("id", row["url"]), "url": row["url"]}
        try:
            yield identity | page(path.parent / row["file"], row["url"], catalogue, fetched)
        except ExtractionError as error:
            yield identity | {"error": error.reason}


def catalogue_of(settings: Config) -> Catalogue:
    """The catalogue a configuration names. Raises CatalogueError."""
    return load_catalogue(settings.catalogue)


def _rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in enumerate(_bytes(path).decode("utf-8", "replace").splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            raise JobError(f"{path}, line {number}: not JSON: {error.msg}") from error
        if not isinstance(row, dict) or not all(isinstance(row.get(name), str) for name in ("url", "file")):
            raise JobError(f"{path}, line {number}: a row has url and file, both text")
        yield number, row


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise JobError(f"{path} cannot be read: {error.strerror}") from error


def as_json(article: Article) -> dict[str, Any]:
    """An Article as the `extract` door prints it."""
    return {
        "url": article.url,
        "canonical_url": article.canonical_url,
        "headline": article.headline,
        "paragraphs": list(article.paragraphs),
        "byline": article.byline,
        "authors": list(article.authors),
        "dateline": article.dateline,
        "language": article.language,
        "truncated": article.truncated,
        "published": _moment(article.published),
        "modified": _moment(article.modified),
        "credits": [{"agency": c.agency, "kind": c.kind, "place": c.place, "text": c.text} for c in article.credits],
    }


def _moment(moment: Moment) -> dict[str, str | None]:
    instants = {name: getattr(moment, name) for name in ("at", "earliest", "latest")}
    shown: dict[str, str | None] = {
        name: when.isoformat().replace("+00:00", "Z") if when else None for name, when in instants.items()
    }
    day = moment.day.isoformat() if moment.day else None
    return shown | {"day": day, "source": moment.source, "zone": moment.zone}
