"""Each kind of answer as columns of a table: what is shown of it, and where each number leads.

A number leads to the list of exactly the rows it counts; where no list holds just these, it leads nowhere.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final

from report.site.query import address
from report.site.table_cells import (
    Cell,
    Heading,
    Names,
    Table,
    after,
    count_cell,
    credit_cell,
    known_story_cell,
    minutes_cell,
    outlet_cell,
    outlet_path,
    pickup_cell,
    pickup_path,
    seen_path,
    share_cell,
    story_cell,
    story_path,
    when_cell,
)
from storage.answers import (
    CreditGap,
    Delays,
    Health,
    OutletAnswer,
    Pickup,
    Story,
    Unlicensed,
)
from storage.asking.object_rows import Feed, FoundArticle, Habit, Take, Visit
from storage.matches.licences import Licence

_BAD_STATUS: Final = {"killed": "bad", "withheld": "bad", "corrected": "warn", "embargoed": "warn"}


@dataclass(frozen=True, slots=True)
class Column:
    """One column: "#" before the label is a column of numbers."""

    label: str
    cell: Callable[[Any, Names], Cell]


def table(
    columns: Sequence[Column],
    rows: Sequence[Any],
    names: Names,
    *,
    name: str,
    caption: str,
    total: int,
    without: Collection[str] = (),
) -> Table:
    """The rows under these columns, without those whose label is in `without`."""
    kept = [column for column in columns if column.label.removeprefix("#") not in without]
    return Table(
        name=name,
        caption=caption,
        headings=tuple(Heading(c.label.removeprefix("#"), c.label.startswith("#")) for c in kept),
        rows=tuple(tuple(column.cell(row, names) for column in kept) for row in rows),
        total=total,
    )


def _pickup_when(row: Pickup, _names: Names) -> Cell:
    return when_cell(row.published, "not stated")


PICKUPS: Final = (
    Column("Published", _pickup_when),
    Column("Outlet", lambda r, n: outlet_cell(r.outlet, n)),
    Column("Article", lambda r, _: pickup_cell(r.headline, r.article, r.url, r.story)),
    Column("Story", lambda r, n: known_story_cell(r.story, n, f"{r.agency}, take {r.take}, {r.origin}")),
    Column("Used", lambda r, _: Cell(r.use)),
    Column("#Of article", lambda r, _: share_cell(r.share_of_article)),
    Column("#Of story", lambda r, _: share_cell(r.share_of_story)),
    Column("#Delay", lambda r, _: minutes_cell(r.delay_minutes, r.delay_bounds)),
    Column("Credit", lambda r, _: credit_cell(r.credited)),
)


def _possible_why(row: Pickup, _names: Names) -> Cell:
    return Cell("; ".join(row.reasons[:2]))


POSSIBLE: Final = (
    Column("#Score", lambda r, _: Cell(f"{r.score:.2f}", number=True)),
    *(column for column in PICKUPS if column.label in ("Outlet", "Article", "Story", "#Of article", "#Of story")),
    Column("Why", _possible_why),
)


def _story_status(row: Story, _names: Names) -> Cell:
    return Cell(row.status, tone=_BAD_STATUS.get(row.status, ""))


def _first_outlet(row: Story, names: Names) -> Cell:
    if row.first_outlet is None:
        return Cell("–")
    note = after(row.first_delay_minutes) if row.first_delay_minutes is not None else ""
    return Cell(names.outlet(row.first_outlet), outlet_path(row.first_outlet), note=note)


STORIES: Final = (
    Column("Filed", lambda r, _: when_cell(r.filed, "inferred" if r.origin == "inferred" else "not stated")),
    Column("Story", lambda r, _: story_cell(r.story, r.headline)),
    Column("Status", _story_status),
    Column("#Takes", lambda r, _: count_cell(r.takes, story_path(r.story) + "#takes")),
    Column("#Pickups", lambda r, _: count_cell(r.pickups, address("/pickups", story=r.story))),
    Column("#Outlets", lambda r, _: count_cell(r.outlets, address("/pickups", story=r.story))),
    Column("#Uncredited", lambda r, _: count_cell(r.uncredited, _none_credited(story=r.story), "bad")),
    Column("#To confirm", lambda r, _: count_cell(r.possible, address("/possible", story=r.story), "warn")),
    Column("First", _first_outlet),
    Column("#Median delay", lambda r, _: minutes_cell(r.median_delay_minutes)),
)


def _none_credited(**narrowed: str) -> str:
    return address("/pickups", credited="none", **narrowed)


def _licence_count(row: OutletAnswer, licence: str, many: int) -> Cell:
    return count_cell(
        many, address("/pickups", outlet=row.outlet, licence=licence), "bad" if licence == "none" else "warn"
    )


OUTLETS: Final = (
    Column("Outlet", lambda r, _: Cell(r.name or r.outlet, outlet_path(r.outlet), note=r.country)),
    Column("#Articles", lambda r, _: count_cell(r.articles, address("/articles", outlet=r.outlet))),
    Column("#Of articles", lambda r, _: share_cell(r.share_of_articles)),
    Column("#Of words", lambda r, _: share_cell(r.share_of_words)),
    Column("#Pickups", lambda r, _: count_cell(r.pickups, address("/pickups", outlet=r.outlet))),
    Column("#Stories", lambda r, _: count_cell(r.stories, address("/stories", outlet=r.outlet))),
    Column("#Uncredited", lambda r, _: count_cell(r.uncredited, _none_credited(outlet=r.outlet), "bad")),
    Column("#No licence", lambda r, _: _licence_count(r, "none", r.unlicensed)),
    Column("#Licence unknown", lambda r, _: _licence_count(r, "unknown", r.licence_unknown)),
    Column("#Median delay", lambda r, _: minutes_cell(r.median_delay_minutes)),
)

SHARES: Final = (
    Column("Outlet", lambda r, n: outlet_cell(r.outlet, n)),
    Column("Agency", lambda r, _: Cell(r.agency)),
    Column("#Of articles", lambda r, _: share_cell(r.share_of_articles)),
    Column("#Of words", lambda r, _: share_cell(r.share_of_words)),
    Column("#Pickups", lambda r, _: count_cell(r.pickups, address("/pickups", outlet=r.outlet, agency=r.agency))),
    Column("#Stories", lambda r, _: count_cell(r.stories, address("/stories", outlet=r.outlet, agency=r.agency))),
    Column("#Words", lambda r, _: count_cell(r.words)),
)


GAPS: Final = (
    Column("Credit", lambda r, _: _gap_cell(r)),
    Column("Outlet", lambda r, n: outlet_cell(r.outlet, n)),
    Column("Article", lambda r, _: pickup_cell(r.headline, r.article, r.url, r.story)),
    Column("Story", lambda r, n: known_story_cell(r.story, n, r.agency)),
    Column("Used", lambda r, _: Cell(r.use)),
    Column("#Of article", lambda r, _: share_cell(r.share_of_article)),
    Column("#Words", lambda r, _: count_cell(r.words)),
    Column("Licence", lambda r, _: Cell(r.licence, tone="bad" if r.licence == "none" else "")),
    Column("Published", lambda r, _: when_cell(r.placed)),
)


def _gap_cell(row: CreditGap) -> Cell:
    cell = credit_cell(row.gap)
    return Cell(cell.text, note=f"“{row.credit_text}”" if row.credit_text else "", tone=cell.tone)


def _of(row: Unlicensed, **narrowed: str) -> str:
    return address("/pickups", outlet=row.outlet, agency=row.agency, licence=row.licence, **narrowed)


UNLICENSED: Final = (
    Column("Licence", lambda r, _: Cell(r.licence, tone="bad" if r.licence == "none" else "warn")),
    Column("Outlet", lambda r, n: outlet_cell(r.outlet, n)),
    Column("Agency", lambda r, _: Cell(r.agency)),
    Column("#Pickups", lambda r, _: count_cell(r.pickups, _of(r))),
    Column("#Words", lambda r, _: count_cell(r.words)),
    Column("#Uncredited", lambda r, _: count_cell(r.uncredited, _of(r, credited="none"), "bad")),
)

_GROUP_PATHS: Final[dict[str, Callable[[str], str]]] = {
    "outlet": outlet_path,
    "agency": lambda agency: address("/pickups", agency=agency),
}


def delay_columns(by: str) -> tuple[Column, ...]:
    """Delays by outlet, agency, desk or hour."""

    def group(row: Delays, names: Names) -> Cell:
        if by == "hour":
            return Cell(f"{row.group}:00")
        text = names.outlet(row.group) if by == "outlet" else row.group
        return Cell(text or "(none)", _GROUP_PATHS[by](row.group) if by in _GROUP_PATHS else "")

    return (
        Column(by.capitalize(), group),
        Column("#With a known delay", lambda r, _: count_cell(r.pickups)),
        Column("#Least", lambda r, _: minutes_cell(r.least_minutes)),
        Column("#First quarter", lambda r, _: minutes_cell(r.quarter_minutes)),
        Column("#Median", lambda r, _: minutes_cell(r.median_minutes)),
        Column("#Third quarter", lambda r, _: minutes_cell(r.three_quarters_minutes)),
    )


def notice_path(notice: int) -> str:
    """The page of a notice."""
    return f"/notice/{notice}"


NOTICES: Final = (
    Column("Sent", lambda r, _: when_cell(r.opened)),
    Column("Notice", lambda r, _: Cell(r.kind, notice_path(r.notice), note=r.text[:200])),
    Column("Story", lambda r, n: known_story_cell(r.story, n, r.agency)),
    Column("#Carried by", lambda r, _: count_cell(r.articles, address("/pickups", story=r.story))),
    Column("#Not applied", lambda r, _: count_cell(r.not_applied, notice_path(r.notice) + "#open", "bad")),
    Column("Closed", lambda r, _: when_cell(r.closed, "open")),
    Column("#Open for", lambda r, _: minutes_cell(r.open_minutes)),
)

OPEN_NOTICES: Final = (
    Column("Outlet", lambda r, n: outlet_cell(r.outlet, n)),
    Column("Article", lambda r, n: pickup_cell(n.articles.get(r.url, ""), r.article, r.url, r.story)),
    Column("Notice", lambda r, _: Cell(r.kind, notice_path(r.notice))),
    Column("Story", lambda r, n: known_story_cell(r.story, n, r.agency)),
    Column("State", lambda r, _: Cell(r.state, tone="bad" if r.state == "unchanged" else "warn")),
    Column("Since", lambda r, _: when_cell(r.since)),
    Column("#Open for", lambda r, _: minutes_cell(r.open_minutes)),
)

STATES: Final = (
    Column("Outlet", lambda r, n: outlet_cell(r.outlet, n)),
    Column("Article", lambda r, n: Cell(n.articles.get(r.url) or r.url, seen_path(r.url), outside=r.url)),
    Column("State", lambda r, _: Cell(r.state)),
    Column("Since", lambda r, _: when_cell(r.since)),
    Column("Checked", lambda r, _: when_cell(r.checked)),
)

FOLLOWERS: Final = (
    Column("Outlet", lambda r, n: outlet_cell(r.outlet, n)),
    Column("Article", lambda r, n: Cell(n.articles.get(r.article) or r.article, pickup_path(r.article, r.story))),
    Column("May follow", lambda r, n: Cell(n.outlet(r.earlier_outlet), pickup_path(r.earlier_article, r.story))),
    Column("#Changes in common", lambda r, _: count_cell(r.shared_edits)),
    Column("Such as", lambda r, _: Cell(f"“{r.example}”")),
    Column("Story", lambda r, n: known_story_cell(r.story, n)),
)


def _visits(row: Health, outcome: str, many: int, tone: str = "") -> Cell:
    return count_cell(many, address("/visits", outlet=row.outlet, outcome=outcome), tone)


HEALTH: Final = (
    Column("Outlet", lambda r, _: Cell(r.name or r.outlet, outlet_path(r.outlet), note=r.reason[:200])),
    Column("#Feeds", lambda r, _: count_cell(r.feeds, outlet_path(r.outlet) + "#feeds")),
    Column("#Failing feeds", lambda r, _: count_cell(r.failing_feeds, outlet_path(r.outlet) + "#feeds", "bad")),
    Column("Polled", lambda r, _: when_cell(r.polled, "never")),
    Column("New page listed", lambda r, _: when_cell(r.found, "never")),
    Column("#Pages", lambda r, _: count_cell(r.pages, address("/visits", outlet=r.outlet))),
    Column("#Not fetched", lambda r, _: _visits(r, "unfetched", r.unfetched_pages)),
    Column("#Failing", lambda r, _: _visits(r, "failed", r.failing_pages, "bad")),
    Column("#Refused", lambda r, _: _visits(r, "refused", r.refused_pages, "warn")),
    Column("#Articles", lambda r, _: count_cell(r.articles, address("/articles", outlet=r.outlet))),
    Column("Newest article", lambda r, _: when_cell(r.last_article, "none")),
)

FEEDS: Final = (
    Column("Feed", lambda r, _: Cell(r.url, outside=r.url, note=r.kind if r.active else f"{r.kind}, not used now")),
    Column("Outcome", lambda r, _: _outcome(r)),
    Column("#Failures in a row", lambda r, _: count_cell(r.failures, tone="bad")),
    Column("Polled", lambda r, _: when_cell(r.polled, "never")),
    Column("New page listed", lambda r, _: when_cell(r.found, "never")),
    Column("#Every", lambda r, _: minutes_cell(r.interval_minutes)),
)


def _outcome(row: Feed | Visit) -> Cell:
    return Cell(row.outcome, note=row.reason[:300], tone="bad" if row.failures else "")


VISITS: Final = (
    Column("Page", lambda r, _: Cell(r.url, seen_path(r.url), outside=r.url)),
    Column("Outlet", lambda r, n: outlet_cell(r.outlet, n)),
    Column("Outcome", lambda r, _: _outcome(r)),
    Column("#Failures in a row", lambda r, _: count_cell(r.failures, tone="bad")),
    Column("Fetched", lambda r, _: when_cell(r.fetched, "never")),
    Column("Next visit", lambda r, _: when_cell(r.due, "none")),
)

ARTICLES: Final = (
    Column("First seen", lambda r, _: when_cell(r.first_seen)),
    Column("Outlet", lambda r, n: outlet_cell(r.outlet, n)),
    Column("Article", lambda r, _: _article_cell(r)),
    Column("#Words", lambda r, _: count_cell(r.words)),
)


def _article_cell(row: FoundArticle) -> Cell:
    return Cell(row.headline or row.url, seen_path(row.url), outside=row.url)


def _take_status(row: Take, _names: Names) -> Cell:
    return Cell(row.status, note=row.notice[:300], tone=_BAD_STATUS.get(row.status, ""))


TAKES: Final = (
    Column("#Take", lambda r, _: Cell(str(r.take), number=True)),
    Column("Headline", lambda r, _: Cell(r.headline or "–", note=r.take_id)),
    Column("Filed", lambda r, _: when_cell(r.filed.at or r.filed.latest, "not known")),
    Column("Received", lambda r, _: Cell(when_cell(r.received_at).text, note=r.received_from, when=r.received_at)),
    Column("Status", _take_status),
    Column("#Words", lambda r, _: count_cell(r.words)),
)


def habit_columns(outlet: str, asked: str) -> tuple[Column, ...]:
    """How an outlet credits (`asked` "credited") or uses ("class") each agency."""

    def what(row: Habit, _names: Names) -> Cell:
        return credit_cell(row.what) if asked == "credited" else Cell(row.what)

    def count(row: Habit, _names: Names) -> Cell:
        return count_cell(row.pickups, address("/pickups", outlet=outlet, agency=row.agency, **{asked: row.what}))

    return (
        Column("Agency", lambda r, _: Cell(r.agency)),
        Column("Credit" if asked == "credited" else "Used", what),
        Column("#Pickups", count),
    )


LICENCES: Final = (
    Column("Agency", lambda r, _: Cell(r.agency)),
    Column("Terms", lambda r, _: Cell(r.terms, tone="bad" if r.terms == "none" else "")),
    Column("From", lambda r, _: _day_cell(r, "valid_from", "always")),
    Column("To", lambda r, _: _day_cell(r, "valid_to", "open-ended")),
)


def _day_cell(row: Licence, field: str, missing: str) -> Cell:
    day = getattr(row, field)
    return Cell(missing if day is None else day.isoformat())


SIGHTINGS: Final = (
    Column("When", lambda r, _: when_cell(r.at)),
    Column("What", lambda r, _: Cell(r.what)),
    Column("Detail", lambda r, _: Cell(r.detail)),
)
