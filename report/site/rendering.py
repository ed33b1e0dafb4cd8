"""What every page is made from and becomes: the request in one hand, a template with its values in the other."""

from __future__ import annotations

import io
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Final, cast

from jinja2 import Environment
from markupsafe import Markup
from sqlalchemy import Engine
from sqlalchemy.orm import Session
from starlette.responses import HTMLResponse, Response

from news.errors import BadParameterError, UnknownObjectError
from news.terms import CERTAINTIES, CREDITS
from report import wording
from report.clean import html_templates, one_line
from report.site import table_cells
from report.site.aligned import ReadWords
from report.site.query import CLASSES, EXPORTS, GROUPINGS, MOST_ROWS, Asked, address
from report.site.table_cells import Export, Names, Table
from report.site.table_columns import Column, table
from report.site.verdict_form import Judging
from report.tables import Format, render
from storage.answers import columns_of, record
from storage.asking import object_pages

NAVIGATION: Final = (
    ("/", "Today"),
    ("/stories", "Stories"),
    ("/pickups", "Pickups"),
    ("/outlets", "Outlets"),
    ("/notices", "Notices"),
    ("/uncredited", "Uncredited"),
    ("/unlicensed", "Unlicensed"),
    ("/possible", "To confirm"),
    ("/delays", "Delays"),
    ("/health", "Health"),
)
FURTHER: Final = (
    ("/untaken", "Stories nobody took"),
    ("/not-applied", "Notices not applied"),
    ("/shares", "Agency share by outlet"),
    ("/followers", "Who may have copied whom"),
    ("/articles", "Articles"),
    ("/visits", "Pages visited"),
)
_TEMPLATES: Final = Path(__file__).parent.parent / "templates" / "site"
_MIME: Final = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "jsonl": "application/jsonl; charset=utf-8",
}


@dataclass(frozen=True, slots=True)
class Site:
    """What the pages are served from. `read_words` reads a text into words as the stored spans count them.

    Without `judging` nothing can be written.
    """

    engine: Engine
    now: Callable[[], datetime]
    read_words: ReadWords
    judging: Judging | None = None


@dataclass(frozen=True)
class Here:
    """One request being answered: a snapshot of the database, what was asked, when that was, and by whom if known."""

    site: Site
    session: Session
    asked: Asked
    path: Mapping[str, Any]
    now: datetime
    user: str = ""

    @cached_property
    def outlets(self) -> Mapping[str, str]:
        """The outlets' display names by id."""
        return object_pages.outlet_names(self.session)

    def table(
        self, name: str, caption: str, columns: Sequence[Column], rows: Sequence[Any], without: Collection[str] = ()
    ) -> Table:
        """Rows under columns, with the headlines of the stories and articles they name; the first MOST_ROWS of them."""
        total, rows = len(rows), rows[:MOST_ROWS]
        stories = {row.story for row in rows if hasattr(row, "story")}
        articles = {name for row in rows if not hasattr(row, "headline") for name in _articles_of(row)}
        names = Names(
            self.outlets,
            object_pages.story_headlines(self.session, stories) if stories else {},
            object_pages.article_headlines(self.session, articles) if articles else {},
        )
        return table(columns, rows, names, name=name, caption=caption, total=total, without=without)

    def require_outlet(self, outlet: str | None) -> None:
        """Raises UnknownObjectError for an outlet that is not stored: an empty list would look like an answer."""
        if outlet is not None and outlet not in self.outlets:
            raise UnknownObjectError(f"no outlet {outlet!r} is stored")

    def require_story(self, story: str | None) -> None:
        """Raises UnknownObjectError for a story that is not stored."""
        if story is not None and not object_pages.has_story(self.session, story):
            raise UnknownObjectError(f"no story {story!r} is stored")


@dataclass(frozen=True, slots=True)
class Page:
    """A page before it is written: its template's values, and the tables that can be taken out of it."""

    template: str
    title: str
    values: Mapping[str, Any] = field(default_factory=dict)
    exports: Mapping[str, Export] = field(default_factory=dict)


View = Callable[[Here], Page]


def _articles_of(row: Any) -> tuple[str, ...]:
    return tuple(getattr(row, field) for field in ("url", "article", "earlier_article") if hasattr(row, field))


def exported(kind: type[Any], rows: Sequence[Any]) -> Export:
    """Answers as they leave: the same columns and values as the command prints."""
    return Export(columns_of(kind), [record(row) for row in rows])


def respond(page: Page, here: Here) -> Response:
    """The page as HTML, or the table that was asked for as a file. Raises BadParameterError for an unknown table."""
    if here.asked.format == "html":
        return html(page, here.asked, here.now, here.asked.path)
    if not page.exports:
        raise BadParameterError("format", "this page has no table to export")
    name = here.asked.table or next(iter(page.exports))
    if name not in page.exports:
        raise BadParameterError("table", f"{name!r} is none of {', '.join(page.exports)}")
    return _file(name, page.exports[name], here.asked.format)


def html(page: Page, asked: Asked | None, now: datetime, path: str, status: int = 200) -> HTMLResponse:
    """A page as HTML; `asked` is None where the request was not understood."""
    template = _environment().get_template(page.template)
    known = {"title": page.title, "asked": asked, "now": now, "path": path, "exports": page.exports}
    return HTMLResponse(template.render(known | dict(page.values)), status)


def _file(name: str, export: Export, format_: str) -> Response:
    out = io.StringIO()
    render(export.rows, export.columns, cast(Format, format_), out)
    disposition = f'attachment; filename="wiretrail-{name}.{format_}"'
    return Response(out.getvalue(), media_type=_MIME[format_], headers={"content-disposition": disposition})


@cache
def _environment() -> Environment:
    """Every value is cleaned of control and direction characters and escaped, always."""
    environment = html_templates(_TEMPLATES)
    environment.filters.update(inner=_inner, when=table_cells.moment_text, after=table_cells.after)
    environment.globals.update(
        say=wording,
        navigation=NAVIGATION,
        further=FURTHER,
        export_formats=EXPORTS,
        choices={"class": CLASSES, "credited": CREDITS, "certainty": CERTAINTIES, "by": GROUPINGS},
        address=address,
        zip=zip,
        story_path=table_cells.story_path,
        outlet_path=table_cells.outlet_path,
        pickup_path=table_cells.pickup_path,
        seen_path=table_cells.seen_path,
        credit_words=table_cells.CREDIT_WORDS,
    )
    return environment


def _inner(text: str) -> Markup:
    """A piece of a paragraph, keeping one space at either end where there was one."""
    shown = one_line(text)
    if not shown:
        return Markup(" ") if text else Markup("")
    left, right = (" " if text[at].isspace() else "" for at in (0, -1))
    return Markup("{}{}{}").format(left, shown, right)
