"""Commands that ask: each is one question of `storage.questions`, printed as a table or as data.

Counts agree with the pages and the email because all of them render the same rows.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, fields
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from jobs.context import Context, JobError, open_context, sync
from report import sidebyside
from report.tables import Format, render
from storage import answers as rows
from storage import compliance, details, questions
from storage.engine import reading
from storage.questions import Filters

if TYPE_CHECKING:
    from jobs.pairing import Side

FormatOption = Annotated[Format, typer.Option("--format", help="table, csv, json, jsonl or md")]
AgencyOption = Annotated[str | None, typer.Option(help="only this agency")]
OutletOption = Annotated[str | None, typer.Option(help="only this outlet")]
CountryOption = Annotated[str | None, typer.Option(help="only outlets of this country")]
LanguageOption = Annotated[str | None, typer.Option(help="only this language")]
UseOption = Annotated[str | None, typer.Option("--class", help="verbatim, cut, edited, merged or partial")]
CreditedOption = Annotated[str | None, typer.Option(help="text, joint, generic, photo, quoted, wrong or none")]
SinceOption = Annotated[str | None, typer.Option(help="from this day or moment on, UTC unless it says otherwise")]
UntilOption = Annotated[str | None, typer.Option(help="before this day or moment")]
StoryOption = Annotated[str | None, typer.Option(help="only this story")]
LimitOption = Annotated[int | None, typer.Option(help="at most so many rows", min=1)]

PICKUP_COLUMNS = (
    "published",
    "outlet",
    "story",
    "take",
    "class",
    "share_of_article",
    "share_of_story",
    "credited",
    "delay_minutes",
    "headline",
)
OUTCOME_COLUMNS = ("kind", "story", "outlet", "state", "opened", "since", "minutes", "evidence", "url")
STORY_COLUMNS = ("story", "origin", "headline", "status", "takes", "pickups", "outlets", "uncredited", "first_outlet")


def add_to(app: typer.Typer) -> None:
    """Register the commands of this module."""
    for command in (
        pickups,
        stories,
        outlets,
        pairs,
        why,
        delays,
        shares,
        unlicensed,
        notices,
        seen,
        health,
        followers,
    ):
        app.command()(command)
    app.command("credit-gaps")(credit_gaps)


def pickups(
    agency: AgencyOption = None,
    outlet: OutletOption = None,
    country: CountryOption = None,
    language: LanguageOption = None,
    use: UseOption = None,
    credited: CreditedOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    story: StoryOption = None,
    possible: Annotated[bool, typer.Option(help="links that wait for a person, instead")] = False,
    limit: LimitOption = None,
    format_: FormatOption = "table",
) -> None:
    """Who carries which story: in order, with delay, shares, credit and certainty."""
    context = open_context()
    asked = Filters(
        agency=agency,
        outlet=_outlet(context, outlet),
        country=country,
        language=language,
        use=use,
        credited=credited,
        since=_instant(since, "--since"),
        until=_instant(until, "--until"),
        story=story,
        limit=limit,
    )
    ask = questions.possible_pickups if possible else questions.pickups
    with reading(context.engine) as session:
        found = ask(session, asked)
    _print(found, rows.Pickup, format_, PICKUP_COLUMNS)


def stories(
    agency: AgencyOption = None,
    outlet: OutletOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    untaken: Annotated[bool, typer.Option(help="those nobody took")] = False,
    limit: LimitOption = None,
    format_: FormatOption = "table",
) -> None:
    """Stories, filed or inferred, and how far they went."""
    context = open_context()
    asked = Filters(
        agency=agency,
        outlet=_outlet(context, outlet),
        since=_instant(since, "--since"),
        until=_instant(until, "--until"),
        limit=limit,
    )
    with reading(context.engine) as session:
        found = questions.stories(session, asked, untaken=untaken)
    _print(found, rows.Story, format_, STORY_COLUMNS)


def outlets(
    country: CountryOption = None,
    language: LanguageOption = None,
    limit: LimitOption = None,
    format_: FormatOption = "table",
) -> None:
    """The outlets followed, where they are, and what they published and carried so far."""
    context = open_context()
    sync(context)
    with reading(context.engine) as session:
        found = questions.outlets(session, Filters(country=country, language=language, limit=limit))
    listed = [rows.record(row) | _of_catalogue(context, row.outlet) for row in found]
    columns = [*_columns(rows.OutletAnswer), "hosts", "zone", "feeds"]
    shown = ("outlet", "name", "country", "zone", "language", "hosts", "feeds", "articles", "pickups")
    render(listed, shown if format_ == "table" else columns, format_, sys.stdout)


def _of_catalogue(context: Context, outlet: str) -> dict[str, Any]:
    known = context.catalogue.outlets.get(outlet)
    if known is None:
        return {"hosts": "", "zone": "", "feeds": 0}
    return {"hosts": " ".join(known.hosts), "zone": known.zone, "feeds": len(known.feeds)}


def pairs(format_: FormatOption = "table") -> None:
    """Every two articles that share text directly, linked to a story or not."""
    from jobs import pairing

    columns = tuple(field.name for field in fields(pairing.Pair))
    render(pairing.pairs(open_context()), columns, format_, sys.stdout)


def why(
    first: Annotated[str, typer.Argument(help="an article's address or id, or a story's name")],
    second: Annotated[str, typer.Argument(help="another")],
) -> None:
    """Why two texts are linked, or not: the evidence, every edit, both side by side."""
    from jobs import pairing

    found = pairing.why(open_context(), first, second)
    sidebyside.render(
        sidebyside.Comparison(
            article=_side(found.article, found.stories_of_article),
            story=_side(found.story, found.stories_of_story),
            spans=found.spans,
            edits=[asdict(edit) for edit in found.edits],
            verdict=found.verdict,
            use=found.use,
            share_of_article=found.share_of_article,
            share_of_story=found.share_of_story,
            score=found.score,
            reasons=found.reasons,
            judgement=found.judgement,
        ),
        sys.stdout,
    )


def _side(side: Side, carried: Sequence[str]) -> sidebyside.Side:
    return sidebyside.Side(
        name=side.name,
        headline=side.headline,
        source=side.text.source,
        starts=side.text.starts.tolist(),
        ends=side.text.ends.tolist(),
        facts=(*side.facts(), *((("carries", ", ".join(carried)),) if carried else ())),
    )


def delays(
    by: Annotated[questions.Grouping, typer.Option(help="outlet, agency, desk or hour")] = "outlet",
    agency: AgencyOption = None,
    outlet: OutletOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    limit: LimitOption = None,
    format_: FormatOption = "table",
) -> None:
    """How soon after filing: least, quartiles and median, by outlet, agency, desk or hour."""
    _answer(
        lambda session, asked: questions.delays(session, asked, by=by),
        rows.Delays,
        format_,
        agency=agency,
        outlet=outlet,
        since=since,
        until=until,
        limit=limit,
    )


def shares(
    agency: AgencyOption = None,
    outlet: OutletOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    limit: LimitOption = None,
    format_: FormatOption = "table",
) -> None:
    """Which share of what an outlet publishes is agency text, by agency: which agency wins where."""
    _answer(
        questions.agency_shares, rows.AgencyShare, format_, agency=agency, outlet=outlet, since=since, until=until,
        limit=limit,
    )  # fmt: skip


def credit_gaps(
    agency: AgencyOption = None,
    outlet: OutletOption = None,
    credited: Annotated[str | None, typer.Option("--gap", help="none, wrong, photo, generic or quoted")] = None,
    since: SinceOption = None,
    until: UntilOption = None,
    limit: LimitOption = None,
    format_: FormatOption = "table",
) -> None:
    """Copies that do not credit the agency for their text: no credit, the wrong agency, or only the photo."""
    _answer(
        questions.credit_gaps, rows.CreditGap, format_, agency=agency, outlet=outlet, credited=credited, since=since,
        until=until, limit=limit,
    )  # fmt: skip


def unlicensed(
    agency: AgencyOption = None,
    outlet: OutletOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    limit: LimitOption = None,
    format_: FormatOption = "table",
) -> None:
    """Copies without a known licence, by outlet and agency: unknown until somebody says (wiretrail licence set)."""
    _answer(
        questions.unlicensed, rows.Unlicensed, format_, agency=agency, outlet=outlet, since=since, until=until,
        limit=limit,
    )  # fmt: skip


def notices(
    open_: Annotated[bool, typer.Option("--open", help="one row per article that has not complied")] = False,
    every: Annotated[bool, typer.Option("--all", help="one row per article concerned: what it did, how soon")] = False,
    outlets_: Annotated[bool, typer.Option("--outlets", help="one row per outlet: how it deals with notices")] = False,
    agency: AgencyOption = None,
    outlet: OutletOption = None,
    limit: LimitOption = None,
    format_: FormatOption = "table",
) -> None:
    """Corrections, kills, holds and embargoes: where they are not applied, since how many minutes."""
    context = open_context()
    asked = Filters(agency=agency, outlet=_outlet(context, outlet), limit=limit)
    with reading(context.engine) as session:
        if every:
            return _print(compliance.outcomes(session, asked), rows.Outcome, format_, OUTCOME_COLUMNS)
        if outlets_:
            return _print(compliance.by_outlet(session, asked), rows.Compliance, format_)
        if open_:
            return _print(questions.open_notices(session, context.now(), asked), rows.OpenNotice, format_)
        return _print(questions.notices(session, context.now(), asked), rows.Notice, format_)


def followers(
    agency: AgencyOption = None,
    outlet: OutletOption = None,
    limit: LimitOption = None,
    format_: FormatOption = "table",
) -> None:
    """Copies that repeat changes an earlier copy made: they may have been taken from there."""
    _answer(details.followers, rows.Follower, format_, agency=agency, outlet=outlet, limit=limit)


def seen(
    url: Annotated[str, typer.Argument(help="an address")],
    format_: FormatOption = "table",
) -> None:
    """Everything that was seen at an address, over time."""
    from jobs.keeping import stored_name

    with reading(open_context().engine) as session:
        found = details.seen_at(session, stored_name(url))
    _print(found, rows.Sighting, format_)


def health(outlet: OutletOption = None, limit: LimitOption = None, format_: FormatOption = "table") -> None:
    """Is an outlet quiet, or is our spider broken? Feeds and pages, failing ones first."""
    shown = ("outlet", "feeds", "failing_feeds", "polled", "found", "pages", "failing_pages", "last_article", "reason")
    _answer(questions.health, rows.Health, format_, shown, outlet=outlet, limit=limit)


def _answer(
    ask: Callable[[Any, Filters], Sequence[Any]],
    kind: type[Any],
    format_: Format,
    shown: Sequence[str] | None = None,
    **narrowed: Any,
) -> None:
    """Ask a question with what was typed, and print the rows."""
    context = open_context()
    narrowed["outlet"] = _outlet(context, narrowed.get("outlet"))
    for name in ("since", "until"):
        narrowed[name] = _instant(narrowed.get(name), f"--{name}")
    with reading(context.engine) as session:
        found = ask(session, Filters(**narrowed))
    _print(found, kind, format_, shown)


def _outlet(context: Context, name: str | None) -> str | None:
    """An outlet that is known here. Raises JobError for one that is not: an empty answer would look like an answer."""
    if name is None:
        return None
    with reading(context.engine) as session:
        known = [row.outlet for row in questions.outlets(session)]
    if name in known or name in context.catalogue.outlets:
        return name
    raise JobError(f"outlet {name!r} is not known; `wiretrail outlets` lists them")


def _instant(text: str | None, option: str) -> datetime | None:
    """A day or moment as typed: `2026-11-20`, `2026-11-20T08:00`, with an offset, or with `@Europe/Paris` behind it."""
    if text is None:
        return None
    written, _, zone = text.partition("@")
    try:
        when = datetime.fromisoformat(written.strip())
        return when if when.tzinfo else when.replace(tzinfo=ZoneInfo(zone.strip()) if zone else UTC)
    except (ValueError, KeyError) as error:
        raise typer.BadParameter(f"{text!r} is no moment such as 2026-11-20 or 2026-11-20T08:00@Europe/Paris",
                                 param_hint=option) from error  # fmt: skip


def _columns(kind: type[Any]) -> list[str]:
    return ["class" if field.name == "use" else field.name for field in fields(kind)]


def _print(found: Sequence[Any], kind: type[Any], format_: Format, shown: Sequence[str] | None = None) -> None:
    """All columns as data; on a terminal those a person reads."""
    columns = shown if shown is not None and format_ == "table" else _columns(kind)
    render([rows.record(row) for row in found], columns, format_, sys.stdout)
