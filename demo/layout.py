"""Print an article in its outlet's layout: Jinja2 templates, one per outlet, all of them autoescaped.

The templates get local times only, as a newspaper's own system would: what zone they are in, and whether the
page says so, is the layout's habit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from demo.editing import CreditParts

LAYOUTS = Path(__file__).parent / "layouts"


@dataclass(frozen=True, slots=True)
class Teaser:
    """A line of furniture about another article. `when` is local."""

    path: str
    headline: str
    teaser: str
    when: datetime


@dataclass(frozen=True, slots=True)
class Print:
    """Everything a layout may show of an article. Times are local; `modified` is None while nothing changed visibly."""

    path: str
    amp_path: str
    headline: str
    section: str
    language: str
    summary: str
    paragraphs: tuple[str, ...]
    published: datetime
    modified: datetime | None
    stamped: datetime
    note: str
    caption: str
    photo: str
    identifier: str
    signoff: str
    related: tuple[Teaser, ...]
    noindex: bool


@dataclass(frozen=True, slots=True)
class ListItem:
    """A row of a section page."""

    path: str
    headline: str
    summary: str


@cache
def _environment() -> Environment:
    return Environment(loader=FileSystemLoader(LAYOUTS), autoescape=True, undefined=StrictUndefined)


def article_html(layout: str, article: Print, parts: CreditParts) -> str:
    """The article's page."""
    page = {name: getattr(article, name) for name in article.__slots__}
    page["published_utc"] = f"{article.published.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    return _environment().get_template(layout).render(page=page | asdict(parts))


def section_html(name: str, site_id: str, language: str, items: Sequence[ListItem]) -> str:
    """A page that lists articles, newest first."""
    site = {"name": name, "id": site_id, "language": language}
    return _environment().get_template("section.html").render(site=site, items=items)
