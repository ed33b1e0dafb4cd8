"""The first page, what happened in the last day and needs somebody; and the search."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, timedelta
from typing import Any, Final

from news.terms import COUNTED
from report.site import table_columns
from report.site.query import address
from report.site.rendering import Here, Page, exported
from report.wording import duration
from storage.answers import Pickup
from storage.asking import name_search, object_pages, questions
from storage.asking.object_rows import FoundArticle, FoundStory
from storage.digest.act import act_items
from storage.digest.copies import copies_in
from storage.digest.digest_rows import ActItem, Window
from storage.digest.health import crawl_counts
from storage.models import CarriedRow
from storage.quantiles import quantile

DAY: Final = timedelta(days=1)
NEWEST: Final = 20
FOUND: Final = 50


@dataclass(frozen=True, slots=True)
class Figure:
    """A number of the first page, where its rows are, and the same of the day before ("" when not asked)."""

    label: str
    value: str
    href: str = ""
    before: str = ""
    tone: str = ""


def today(here: Here) -> Page:
    """The last 24 hours: what needs action, the numbers beside those of the day before, the newest pickups."""
    window = Window(here.now - DAY, here.now)
    copies = copies_in(here.session, window)
    act_now, unchecked = act_items(here.session, copies, window)
    newest = object_pages.newest_pickups(here.session, NEWEST)
    read, read_before = (
        crawl_counts(here.session, span).read for span in (window, Window(window.start - DAY, window.start))
    )
    values = {
        "window": window,
        "figures": [*_figures(here, window), _crawl(read, read_before)],
        "act_now": act_now,
        "unchecked": unchecked,
        "pages_read": read,
        "newest": here.table("newest", "Newest pickups, by when we first saw them", table_columns.PICKUPS, newest),
        "empty": object_pages.is_empty(here.session),
        "zone": UTC,
    }
    exports = {"newest": exported(Pickup, newest), "act-now": exported(ActItem, act_now)}
    return Page("today.html.j2", "Today", values, exports)


def _figures(here: Here, window: Window) -> Iterator[Figure]:
    """Counts by when things were published, as the lists behind them count."""
    both = object_pages.placed_between(here.session, window.start - DAY, window.end)
    rows = [row for row in both if row.placed_at >= window.start]
    copies = [row for row in rows if row.certainty in COUNTED]
    before = sum(row.certainty in COUNTED for row in both) - len(copies)
    stories, untaken = object_pages.stories_between(here.session, window.start, window.end)
    open_ = len(questions.open_notices(here.session, here.now))
    waiting = len(rows) - len(copies)
    without = sum(row.licence == "none" for row in copies)
    day = {"since": _iso(window.start), "until": _iso(window.end)}
    yield Figure("pickups", f"{len(copies):,}", address("/pickups", **day), f"{before:,} the day before")
    gaps = sum(row.gap != "" for row in copies)
    yield Figure("without credit to the agency", f"{gaps:,}", address("/uncredited", **day), tone="warn")
    yield Figure("without licence", f"{without:,}", address("/pickups", licence="none", **day), tone="bad")
    yield Figure("stories filed or first seen", f"{stories:,}", address("/stories", **day))
    yield Figure("of them taken by nobody", f"{untaken:,}", address("/untaken", **day))
    delays = _medians(copies)
    yield Figure("median delay", delays or "–", address("/delays", by="agency", **day) if delays else "")
    yield Figure("articles with a notice not applied, of any day", f"{open_:,}", "/not-applied", tone="bad")
    yield Figure("links to confirm", f"{waiting:,}", address("/possible", **day), tone="warn")


def _medians(copies: Sequence[CarriedRow]) -> str:
    """The median delay of each of at most three agencies, the quickest first."""
    found: dict[str, list[float]] = {}
    for row in copies:
        if row.delay_minutes is not None:
            found.setdefault(row.agency, []).append(row.delay_minutes)
    medians = sorted((quantile(sorted(minutes), 0.5), agency) for agency, minutes in found.items())
    return ", ".join(f"{duration(minutes)} {agency}" for minutes, agency in medians[:3])


def _crawl(read: int, before: int) -> Figure:
    """A fall in copies must never be confused with a fall in crawling."""
    fell = read < before / 2
    return Figure("pages read", f"{read:,}", "/health", f"{before:,} the day before", "warn" if fell else "")


def _iso(when: Any) -> str:
    return str(when.isoformat()).replace("+00:00", "Z")


def search(here: Here) -> Page:
    """Stories, articles and outlets by words of a headline, a name or an address, or of the texts when asked."""
    text, in_texts = here.asked.values.get("q", "").strip(), here.asked.values.get("in") == "texts"
    stories = name_search.find_stories(here.session, text, FOUND) if text else []
    articles = name_search.find_articles(here.session, text, FOUND, in_texts=in_texts) if text else []
    values = {
        "text": text,
        "in_texts": in_texts,
        "most": FOUND,
        "stories": stories,
        "articles": here.table("articles", "Articles", table_columns.ARTICLES, articles),
        "outlets": name_search.find_outlets(here.session, text, FOUND) if text else [],
    }
    exports = {"articles": exported(FoundArticle, articles), "stories": exported(FoundStory, stories)}
    return Page("search.html.j2", "Search", values, exports)
