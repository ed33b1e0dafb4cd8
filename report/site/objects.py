"""The page of one thing: a story, a pickup, an outlet, a notice, an address."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from news.errors import UnknownObjectError
from news.terms import CREDITED
from report.site import table_columns
from report.site.aligned import Credit, align
from report.site.rendering import Here, Page, exported
from report.site.table_cells import Export, Table
from report.site.timeline import Bounds, Mark, draw
from storage import answers
from storage.answers import Pickup, SideBySide
from storage.asking import details, object_pages, object_rows, questions
from storage.asking.object_rows import DrawnPickup, PickupFacts, Take, Week
from storage.asking.questions import Filters
from storage.matches.licences import Licence

MOST_DRAWN: Final = 80
LATEST: Final = 20
_ZONES: Final = {"stated": "offset stated", "outlet": "the outlet’s zone", "unknown": "offset not known"}
_EDIT_COLUMNS: Final = ("kind", "substantive", "story_text", "article_text")


@dataclass(frozen=True, slots=True)
class Drawn:
    """A row of the time line, and the map of what it used: stretches of the story as (from, length) in per cent."""

    label: str
    note: str
    href: str
    mark: Mark | None
    take: bool
    credited: bool
    pickup: DrawnPickup | None = None
    used: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """A moment with what is known of it, and from where."""

    what: str
    at: datetime | None
    earliest: datetime | None
    latest: datetime | None
    place: str
    zone: str


def story(here: Here) -> Page:
    """A story: its takes and pickups on one time line, how each used it, and as tables."""
    key = here.path["key"]
    takes = object_pages.takes(here.session, key)
    asked = Filters(story=key)
    found = questions.stories(here.session, asked)
    if not found:
        raise UnknownObjectError(f"no story {key!r} is stored")
    pickups, possible = questions.pickups(here.session, asked), questions.possible_pickups(here.session, asked)
    line, rows = _time_line(takes, object_pages.drawn_pickups(here.session, key, MOST_DRAWN), found[0].origin)
    notices, not_applied = (ask(here.session, here.now, asked) for ask in (questions.notices, questions.open_notices))
    followers = details.followers(here.session, asked)
    tables = _tables(
        here,
        pickups=(table_columns.PICKUPS, pickups, "Pickups", {"Story"}),
        possible=(table_columns.POSSIBLE, possible, "To confirm", {"Story"}),
        takes=(table_columns.TAKES, takes, "Takes", ()),
        notices=(table_columns.NOTICES, notices, "Notices", {"Story"}),
        not_applied=(table_columns.OPEN_NOTICES, not_applied, "Where a notice is not applied", {"Story"}),
        followers=(table_columns.FOLLOWERS, followers, "Who may have copied whom", {"Story"}),
    )
    values = {"story": found[0], "takes": takes, "line": line, "drawn": rows, "tables": tables, "most": MOST_DRAWN}
    exports = {
        "pickups": exported(answers.Pickup, pickups),
        "possible": exported(answers.Pickup, possible),
        "takes": exported(object_rows.Take, takes),
        "notices": exported(answers.Notice, notices),
        "not_applied": exported(answers.OpenNotice, not_applied),
        "followers": exported(answers.Follower, followers),
    }
    return Page("story.html.j2", found[0].headline or key, values, exports)


def _tables(here: Here, **wanted: tuple[Any, Sequence[Any], str, Any]) -> dict[str, Table]:
    """name -> (columns, rows, caption, labels left out), made into tables."""
    return {
        name: here.table(name, caption, columns, rows, without)
        for name, (columns, rows, caption, without) in wanted.items()
    }


def _time_line(takes: Sequence[Take], drawn: Sequence[DrawnPickup], origin: str) -> tuple[Any, list[Drawn]]:
    filed = [Bounds(take.filed.at, take.filed.earliest, take.filed.latest) for take in takes]
    published = [_bounds(row) for row in drawn]
    zero = filed[0].at if filed else None
    line = draw([*filed, *published], zero, "filed" if zero else "first")
    name = "Take" if origin == "filed" else "Inferred take"
    rows = [
        Drawn(f"{name} {take.take}", take.status, "#takes", mark, take=True, credited=True)
        for take, mark in zip(takes, line.marks, strict=False)
    ]
    for row, mark in zip(drawn, line.marks[len(takes) :], strict=True):
        credited = row.pickup.credited in CREDITED
        rows.append(Drawn(row.pickup.outlet_name, row.pickup.use, "", mark, False, credited, row, _used(row)))
    return line, rows


def _bounds(row: DrawnPickup) -> Bounds:
    """When it was published; of an undated page only that we had seen it by then."""
    pickup = row.pickup
    if pickup.undated:
        return Bounds(latest=pickup.first_seen_at)
    return Bounds(pickup.published, pickup.published_earliest, pickup.published_latest)


def _used(row: DrawnPickup) -> tuple[tuple[float, float], ...]:
    """The stretches of the take's words that were used, joined where they touch."""
    words = max(row.story_words, 1)
    stretches: list[list[int]] = []
    for start, end in sorted((int(span[2]), int(span[3])) for span in row.spans):
        if stretches and start <= stretches[-1][1]:
            stretches[-1][1] = max(stretches[-1][1], end)
        else:
            stretches.append([start, end])
    return tuple((round(s / words * 100, 2), round((min(e, words) - s) / words * 100, 2)) for s, e in stretches)


def pickup(here: Here) -> Page:
    """A pickup: both texts aligned, every edit, the credit, the moments with their evidence, and why it is linked."""
    article, key = here.asked.values.get("article"), here.asked.values.get("story")
    if article is None:
        raise UnknownObjectError("no pickup is named: the address needs ?article= and &story=")
    found = details.side_by_side(here.session, article, key)
    chosen = found[0]
    facts = object_pages.pickup_facts(here.session, article, chosen.pickup.story)
    rows = align(
        here.site.read_words(chosen.story_paragraphs),
        here.site.read_words(chosen.article_paragraphs),
        chosen.spans,
        chosen.edits,
        [Credit(place, text) for _, _, place, text in chosen.credits],
    )
    edits = [{name: edit.get(name, "") for name in _EDIT_COLUMNS} for edit in chosen.edits]
    values = {
        "pickup": chosen.pickup,
        "both": chosen,
        "facts": facts,
        "rows": rows,
        "edits": edits,
        "moments": list(_moments(facts)),
        "others": [other.pickup for other in found[1:]],
        "headline_edited": any(edit["kind"] == "headline" for edit in edits),
        "commands": _commands(chosen.pickup),
        "token": here.site.judging.token(chosen.pickup.url, chosen.pickup.story) if here.site.judging else "",
        "judge_name": here.user or (here.site.judging.name if here.site.judging else ""),
        "named_by_proxy": bool(here.user),
    }
    exports = {
        "pickup": exported(Pickup, [chosen.pickup]),
        "edits": Export(_EDIT_COLUMNS, edits),
        "side-by-side": exported(SideBySide, [chosen]),
    }
    return Page("pickup.html.j2", chosen.pickup.headline or chosen.pickup.url, values, exports)


def _moments(facts: PickupFacts) -> Iterator[Evidence]:
    for what, moment in (
        ("Story filed", facts.filed),
        ("Listed by the outlet", facts.listed),
        ("Article published", facts.published),
        ("Article changed", facts.modified),
    ):
        if moment.at or moment.earliest or moment.latest:
            zone = _ZONES.get(moment.zone, moment.zone)
            if moment.zone == "outlet" and facts.outlet_zone:
                zone += f", {facts.outlet_zone}"
            yield Evidence(what, moment.at, moment.earliest, moment.latest, moment.source, zone)
        elif what == "Article published":
            yield Evidence(what, None, None, facts.first_seen_at, "not stated on the page; first seen", "ours")
    for what, at, place in (
        ("Story received by us", facts.received_at, facts.received_from),
        ("Article first seen by us", facts.first_seen_at, facts.found_in),
        ("This text last seen by us", facts.last_seen_at, ""),
    ):
        yield Evidence(what, at, at, at, place or "our clock", "ours")


def _commands(row: Pickup) -> Mapping[str, str]:
    """What to type, quoted for a shell."""
    named = f"{shlex.quote(row.article)} {shlex.quote(row.story)}"
    return {verb: f"wiretrail {verb} {named}" for verb in ("why", "confirm", "reject")}


def _outlet_rows(session: Session, id_: str) -> dict[str, tuple[type[Any], Any, Sequence[Any], str]]:
    """The tables of an outlet's page: what a row is, its columns, the rows, their caption."""
    asked = Filters(outlet=id_)
    return {
        "shares": (answers.AgencyShare, table_columns.SHARES, questions.agency_shares(session, asked), "Agency text"),
        "credits": (
            object_rows.Habit,
            table_columns.habit_columns(id_, "credited"),
            object_pages.habits(session, id_, "credited"),
            "How it credits",
        ),
        "uses": (
            object_rows.Habit,
            table_columns.habit_columns(id_, "class"),
            object_pages.habits(session, id_, "class"),
            "How it uses stories",
        ),
        "delays": (
            answers.Delays,
            table_columns.delay_columns("agency"),
            questions.delays(session, asked, by="agency"),
            "Delay by agency",
        ),
        "desks": (
            answers.Delays,
            table_columns.delay_columns("desk"),
            questions.delays(session, replace(asked, limit=LATEST), by="desk"),
            "Delay by desk",
        ),
        "licences": (Licence, table_columns.LICENCES, object_pages.licences(session, id_), "Licences on record"),
        "feeds": (object_rows.Feed, table_columns.FEEDS, object_pages.feeds(session, id_), "Feeds"),
        "newest": (
            answers.Pickup,
            table_columns.PICKUPS,
            object_pages.newest_pickups(session, LATEST, id_),
            "Newest pickups",
        ),
    }


def outlet(here: Here) -> Page:
    """An outlet: its share of agency text, delays, habits of credit and use, licences, weeks, feeds."""
    id_ = here.path["id"]
    here.require_outlet(id_)
    session, asked = here.session, Filters(outlet=id_)
    summary = questions.outlets(session, asked)[0]
    health = questions.health(session, asked)[0]
    rows = _outlet_rows(session, id_)
    tables = _tables(
        here, **{name: (columns, found, caption, {"Outlet"}) for name, (_, columns, found, caption) in rows.items()}
    )
    tables["licences"] = replace(tables["licences"], empty="Nothing is on record: licences are unknown.")
    weeks = object_pages.weeks(session, id_, here.now)
    values = {
        "outlet": summary,
        "health": health,
        "tables": tables,
        "weeks": weeks,
        "tallest": max([1, *(week.articles for week in weeks)]),
    }
    exports = {name: exported(kind, found) for name, (kind, _, found, _) in rows.items()}
    exports["weeks"] = exported(Week, weeks)
    return Page("outlet.html.j2", summary.name or id_, values, exports)


def notice(here: Here) -> Page:
    """A notice: what the agency wrote, where it is not applied, what the others did."""
    number = here.path["number"]
    every = questions.notices(here.session, here.now)
    found = next((row for row in every if row.notice == number), None)
    if found is None:
        raise UnknownObjectError(f"no notice {number} is stored")
    still = [
        row
        for row in questions.open_notices(here.session, here.now, Filters(story=found.story))
        if row.notice == number
    ]
    left = {row.url for row in still}
    done = [row for row in object_pages.notice_states(here.session, number) if row.url not in left]
    tables = _tables(
        here,
        open=(table_columns.OPEN_NOTICES, still, "Not applied", {"Notice"}),
        states=(table_columns.STATES, done, "What the others did", ()),
    )
    exports = {"open": exported(answers.OpenNotice, still), "states": exported(object_rows.NoticeState, done)}
    return Page("notice.html.j2", f"{found.kind} of {found.story}", {"notice": found, "tables": tables}, exports)


def seen(here: Here) -> Page:
    """Everything seen at an address over time."""
    name = here.asked.values.get("address")
    if name is None:
        raise UnknownObjectError("no address is named: give one as ?address=")
    sightings = details.seen_at(here.session, name)
    carried = _carried(here, name)
    table = here.table("sightings", "Everything seen here", table_columns.SIGHTINGS, sightings)
    pickups = here.table("pickups", "What it carries now", table_columns.PICKUPS, carried)
    exports = {"sightings": exported(answers.Sighting, sightings), "pickups": exported(Pickup, carried)}
    return Page("seen.html.j2", "Everything seen at an address", {"name": name, "tables": (pickups, table)}, exports)


def _carried(here: Here, name: str) -> list[Pickup]:
    try:
        return [both.pickup for both in details.side_by_side(here.session, name)]
    except UnknownObjectError:
        return []
