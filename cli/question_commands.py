"""Commands that ask: each is one question of `storage.asking.questions`, printed as a table or as data.

Counts agree with the pages and the email because all of them render the same rows. The options they share, and how
they are narrowed by them, stand in cli.question_options.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from cli.question_options import FormatOption, LimitOption, Question, add_question, print_rows
from jobs.context import Context, open_context, sync
from report import sidebyside
from report.tables import render
from storage import answers as rows
from storage import asides
from storage.asking import details, name_search, questions
from storage.asking.object_rows import FoundArticle, FoundStory
from storage.asking.questions import Filters
from storage.engine import reading

if TYPE_CHECKING:
    from jobs.matches.pairing import Side

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


HEALTH_COLUMNS = (
    "outlet",
    "feeds",
    "failing_feeds",
    "polled",
    "found",
    "pages",
    "failing_pages",
    "last_article",
    "reason",
)


def _flag(name: str, says: str) -> tuple[Any, Any]:
    return Annotated[bool, typer.Option(name, help=says)], False


QUESTIONS: Final = (
    Question(
        "pickups",
        "Who carries which story: in order, with delay, shares, credit and certainty.",
        "pickups",
        PICKUP_COLUMNS,
        {"possible": _flag("--possible", "links that wait for a person, instead")},
        {"possible": ("possible", PICKUP_COLUMNS)},
        counted="pickups",
    ),
    Question(
        "stories",
        "Stories, filed or inferred, and how far they went.",
        "stories",
        STORY_COLUMNS,
        {"untaken": _flag("--untaken", "those nobody took")},
        {"untaken": ("untaken", STORY_COLUMNS)},
        counted="stories",
    ),
    Question(
        "delays",
        "How soon after filing: least, quartiles and median, by outlet, agency, desk or hour.",
        "delays",
        extra={"by": (Annotated[questions.Grouping, typer.Option(help="outlet, agency, desk or hour")], "outlet")},
        counted="pickups",
    ),
    Question(
        "shares",
        "Which share of what an outlet publishes is agency text, by agency: which agency wins where.",
        "shares",
        counted="pickups",
    ),
    Question(
        "credit-gaps",
        "Copies that do not credit the agency for their text: no credit, the wrong agency, or only the photo.",
        "uncredited",
        counted="pickups",
    ),
    Question(
        "unlicensed",
        "Copies without a known licence, by outlet and agency: unknown until somebody says (wiretrail licence set).",
        "unlicensed",
        counted="pickups",
    ),
    Question(
        "notices",
        "Corrections, kills, holds and embargoes: where they are not applied, since how many minutes.",
        "notices",
        extra={
            "open_": _flag("--open", "one row per article that has not complied"),
            "every": _flag("--all", "one row per article concerned: what it did, how soon"),
            "outlets_": _flag("--outlets", "one row per outlet: how it deals with notices"),
        },
        instead={
            "every": ("outcomes", OUTCOME_COLUMNS),
            "outlets_": ("compliance", None),
            "open_": ("not-applied", None),
        },
        counted="notices",
    ),
    Question(
        "followers",
        "Copies that repeat changes an earlier copy made: they may have been taken from there.",
        "followers",
    ),
    Question(
        "health",
        "Is an outlet quiet, or is our spider broken? Feeds and pages, failing ones first.",
        "health",
        HEALTH_COLUMNS,
        beside=lambda session: f"set aside: {asides.in_words(session) or 'nothing'}",
    ),
)


def add_to(app: typer.Typer) -> None:
    """Register the commands of this module."""
    for question in QUESTIONS:
        add_question(app, question)
    for command in (outlets, pairs, why, seen, search):
        app.command()(command)


def outlets(
    country: Annotated[str | None, typer.Option(help="only outlets of this country")] = None,
    language: Annotated[str | None, typer.Option(help="only outlets of this language")] = None,
    limit: LimitOption = None,
    format_: FormatOption = "table",
) -> None:
    """The outlets followed, where they are, and what they published and carried so far."""
    context = open_context()
    sync(context)
    with reading(context.engine) as session:
        found = questions.outlets(session, Filters(country=country, language=language, limit=limit))
    listed = [rows.record(row) | _of_catalogue(context, row.outlet) for row in found]
    columns = [*rows.columns_of(rows.OutletAnswer), "hosts", "zone", "feeds"]
    shown = ("outlet", "name", "country", "zone", "language", "hosts", "feeds", "articles", "pickups")
    render(listed, shown if format_ == "table" else columns, format_, sys.stdout)


def _of_catalogue(context: Context, outlet: str) -> dict[str, Any]:
    known = context.catalogue.outlets.get(outlet)
    if known is None:
        return {"hosts": "", "zone": "", "feeds": 0}
    return {"hosts": " ".join(known.hosts), "zone": known.zone, "feeds": len(known.feeds)}


def pairs(format_: FormatOption = "table") -> None:
    """Every two articles that share text directly, linked to a story or not."""
    from jobs.matches import pairing

    columns = tuple(field.name for field in fields(pairing.Pair))
    render(pairing.pairs(open_context()), columns, format_, sys.stdout)


def why(
    first: Annotated[str, typer.Argument(help="an article's address or id, or a story's name")],
    second: Annotated[str, typer.Argument(help="another")],
) -> None:
    """Why two texts are linked, or not: the evidence, every edit, both side by side."""
    from jobs.matches import pairing

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


def seen(
    url: Annotated[str, typer.Argument(help="an address")],
    format_: FormatOption = "table",
) -> None:
    """Everything that was seen at an address, over time."""
    from jobs.keeping import stored_name

    with reading(open_context().engine) as session:
        found = details.seen_at(session, stored_name(url))
    print_rows(found, rows.Sighting, format_)


def search(
    words: Annotated[list[str], typer.Argument(help="words, or parts of words; all of them must be there")],
    in_texts: Annotated[bool, typer.Option("--text", help="in the texts too: reads them all")] = False,
    stories: Annotated[bool, typer.Option("--stories", help="stories, by headline, slugline or name, instead")] = False,
    limit: LimitOption = 50,
    format_: FormatOption = "table",
) -> None:
    """Articles by words of their headline, address or text, the newest first."""
    text = " ".join(words)
    with reading(open_context().engine) as session:
        if stories:
            print_rows(name_search.find_stories(session, text, limit), FoundStory, format_)
        else:
            found = name_search.find_articles(session, text, limit, in_texts=in_texts)
            print_rows(found, FoundArticle, format_)
