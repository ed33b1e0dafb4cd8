"""The lists: each is one question, the filters it knows, and the columns it shows. Data, and one view for all."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from report.site import table_columns
from report.site.query import FILTERS
from report.site.rendering import Here, Page, exported
from report.site.table_columns import Column
from storage.asking import name_search, object_pages, object_rows
from storage.asking.questions import Filters
from storage.asking.registry import REGISTRY

OUTCOMES: Final = ("unfetched", "ok", "not modified", "not an article", "refused", "gone", "failed")


@dataclass(frozen=True, slots=True)
class Listing:
    """One list. `known` are its parameters, `kind` the answer it lists, `empty` what is said without rows."""

    name: str
    title: str
    lead: str
    known: Collection[str]
    kind: type[Any]
    ask: Callable[[Here, Filters], Sequence[Any]]
    columns: Callable[[Here], Sequence[Column]]
    empty: str = "Nothing found."


def show(listing: Listing, here: Here) -> Page:
    """One page of a list, or all of it as a file."""
    asked = here.asked
    here.require_outlet(asked.filters.outlet)
    here.require_story(asked.filters.story)
    rows = listing.ask(here, replace(asked.filters, limit=asked.reach))
    if asked.format != "html":
        return Page("list.html.j2", listing.title, exports={listing.name: exported(listing.kind, rows)})
    here_rows = rows[asked.first : asked.first + asked.rows]
    table = here.table(listing.name, listing.title, listing.columns(here), here_rows)
    values = {
        "lead": listing.lead,
        "table": replace(table, empty=listing.empty),
        "known": sorted(listing.known, key=_ORDER.index),
        "more": len(rows) > asked.first + asked.rows,
        "total": len(rows) if len(rows) <= asked.first + asked.rows else None,
        "agencies": object_pages.agency_codes(here.session),
        "outlets": sorted(here.outlets.items(), key=lambda item: item[1].casefold()),
        "outcomes": OUTCOMES,
    }
    return Page("list.html.j2", listing.title, values, {listing.name: exported(listing.kind, ())})


_ORDER: Final = (*FILTERS, "licence", "by", "outcome")


def _always(columns: Sequence[Column]) -> Callable[[Here], Sequence[Column]]:
    return lambda _here: columns


def _by(here: Here) -> Any:
    return here.asked.values.get("by", "outlet")


def _registered(name: str, more: Collection[str] = (), without: Collection[str] = ()) -> tuple[Any, type[Any], Any]:
    """What a list knows, answers with and asks, as the question of this name is registered."""
    entry = REGISTRY[name]
    known = {"class" if one == "use" else one for one in entry.narrowed} | {*more}

    def ask(here: Here, asked: Filters) -> Sequence[Any]:
        return entry.ask(here.session, here.now, asked, _by(here))

    return known - {*without}, entry.kind, ask


LISTINGS: Final = (
    Listing(
        "stories",
        "Stories",
        "Stories filed by the agencies or inferred from their copies, the most taken first.",
        *_registered("stories"),
        _always(table_columns.STORIES),
    ),
    Listing(
        "untaken",
        "Stories nobody took",
        "Stories of which no copy was found, the newest first.",
        *_registered("untaken", (), {"outlet", "country", "class", "credited", "licence"}),
        _always(table_columns.STORIES),
        "Every story was taken by somebody.",
    ),
    Listing(
        "pickups",
        "Pickups",
        "Articles that appear to carry an agency story, in order of publication.",
        *_registered("pickups", {"certainty"}),
        _always(table_columns.PICKUPS),
    ),
    Listing(
        "possible",
        "To confirm",
        "Links that wait for a person’s yes or no, the likeliest first. Open one to see why, and what to type.",
        *_registered("possible"),
        _always(table_columns.POSSIBLE),
        "No link waits to be confirmed.",
    ),
    Listing(
        "outlets",
        "Outlets",
        "What each outlet published, and what of it is agency text; over all time.",
        *_registered("outlets"),
        _always(table_columns.OUTLETS),
    ),
    Listing(
        "shares",
        "Agency share by outlet",
        "Which share of an outlet’s articles is text of which agency.",
        *_registered("shares", (), {"class", "credited", "licence", "story"}),
        _always(table_columns.SHARES),
    ),
    Listing(
        "uncredited",
        "Uncredited",
        "Copies whose text credit does not name the agency, the longest first.",
        *_registered("uncredited"),
        _always(table_columns.GAPS),
        "Every copy found credits its agency.",
    ),
    Listing(
        "unlicensed",
        "Unlicensed",
        "Copies for which the licence table says none, then those about which nobody said anything.",
        *_registered("unlicensed"),
        _always(table_columns.UNLICENSED),
        "Every copy found is licensed.",
    ),
    Listing(
        "delays",
        "Delays",
        "How long after filing stories were published; pickups whose delay is known.",
        *_registered("delays", {"by"}),
        lambda here: table_columns.delay_columns(_by(here)),
    ),
    Listing(
        "notices",
        "Notices",
        "Corrections, kills, holds and embargoes the agencies sent; open ones first, the oldest first.",
        *_registered("notices"),
        _always(table_columns.NOTICES),
        "No agency has sent a notice.",
    ),
    Listing(
        "not-applied",
        "Notices not applied",
        "Articles that carried a story under notice and, as far as we know, left it as it was; the longest first.",
        *_registered("not-applied"),
        _always(table_columns.OPEN_NOTICES),
        "Every notice is applied wherever its story was found.",
    ),
    Listing(
        "followers",
        "Who may have copied whom",
        "Copies that repeat changes an earlier copy made and the agency never wrote.",
        *_registered("followers"),
        _always(table_columns.FOLLOWERS),
    ),
    Listing(
        "health",
        "Health",
        "Is an outlet quiet, or is our spider broken? Those with failing feeds first.",
        *_registered("health"),
        _always(table_columns.HEALTH),
    ),
    Listing(
        "articles",
        "Articles",
        "Articles stored, by when they were first seen, the newest first.",
        {"outlet", "since", "until"},
        object_rows.FoundArticle,
        lambda here, f: name_search.articles(here.session, f.outlet, f.since, f.until, f.limit),
        _always(table_columns.ARTICLES),
    ),
    Listing(
        "visits",
        "Pages visited",
        "Page addresses known, the last visited first.",
        {"outlet", "outcome"},
        object_rows.Visit,
        lambda here, f: object_pages.visits(here.session, f.outlet, here.asked.values.get("outcome"), f.limit),
        _always(table_columns.VISITS),
    ),
)
