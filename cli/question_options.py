"""What all questions have in common: the options that narrow them, and how an answer is printed.

A question says which options it takes, by name; its command is made from that. Typer reads what a command takes from
its signature, so that one is put together here, from the same few options for all.
"""

from __future__ import annotations

import getpass
import inspect
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

import typer
from sqlalchemy.orm import Session

from jobs.context import Context, open_context
from news.errors import JobError
from report.tables import Format, note, render
from storage import answers as rows
from storage.asking import last_visits, questions
from storage.asking.last_visits import Counted
from storage.asking.questions import Filters
from storage.asking.registry import REGISTRY, Entry
from storage.engine import reading, writing

FormatOption = Annotated[Format, typer.Option("--format", help="table, csv, json, jsonl or md")]
AgencyOption = Annotated[str | None, typer.Option(help="only this agency")]
OutletOption = Annotated[str | None, typer.Option(help="only this outlet")]
LimitOption = Annotated[int | None, typer.Option(help="at most so many rows", min=1)]
OPTIONS: Final[dict[str, Any]] = {
    "agency": AgencyOption,
    "outlet": OutletOption,
    "country": Annotated[str | None, typer.Option(help="only outlets of this country")],
    "language": Annotated[str | None, typer.Option(help="only this language")],
    "use": Annotated[str | None, typer.Option("--class", help="verbatim, cut, edited, merged or partial")],
    "credited": Annotated[
        str | None, typer.Option("--credited", "--gap", help="text, joint, generic, photo, quoted, wrong or none")
    ],
    "licence": Annotated[
        str | None, typer.Option("--licence", "--licensed", help="licence of that day: unknown, none, or its terms")
    ],
    "since": Annotated[
        str | None, typer.Option(help="from this day or moment on, UTC unless it says otherwise (@Europe/Paris)")
    ],
    "until": Annotated[str | None, typer.Option(help="before this day or moment")],
    "story": Annotated[str | None, typer.Option(help="only this story")],
}


@dataclass(frozen=True, slots=True)
class Question:
    """A command that asks. `asked` names the question in the registry, `extra` are options of its own.

    Options are name -> (annotated, default). `shown` are the columns of a table for people, all when None; `instead`
    gives question and columns anew for the flags among the extras that ask for other rows. With `counted`,
    `--last-visit` leaves what came since the reader asked the same before. `beside` is a line told with the answer.
    """

    name: str
    says: str
    asked: str
    shown: Sequence[str] | None = None
    extra: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)
    instead: Mapping[str, tuple[str, Sequence[str] | None]] = field(default_factory=dict)
    counted: Counted | None = None
    beside: Callable[[Session], str] | None = None

    @property
    def narrowed(self) -> tuple[str, ...]:
        """Its filters by name."""
        return REGISTRY[self.asked].narrowed

    @property
    def kind(self) -> type[Any]:
        """What it answers with, unless a flag asks for something else instead."""
        return REGISTRY[self.asked].kind

    def chosen(self, given: Mapping[str, Any]) -> tuple[Entry, Sequence[str] | None]:
        """The question asked, with these flags given, and the columns of its table."""
        name, shown = next((of for flag, of in self.instead.items() if given[flag]), (self.asked, self.shown))
        return REGISTRY[name], shown


def add_question(app: typer.Typer, question: Question) -> None:
    """Register the command of a question."""
    options: dict[str, tuple[Any, Any]] = {
        **question.extra,
        **{name: (OPTIONS[name], None) for name in question.narrowed},
    }
    if question.counted:
        options["last_visit"] = (
            Annotated[bool, typer.Option("--last-visit", help="only what came since you last asked this")], False,
        )  # fmt: skip
    options |= {"limit": (LimitOption, None), "format_": (FormatOption, "table")}

    def command(**given: Any) -> None:
        _answer(question, given)

    keyword = inspect.Parameter.KEYWORD_ONLY
    made: Any = command
    made.__signature__ = inspect.Signature(
        [inspect.Parameter(name, keyword, default=value, annotation=kind) for name, (kind, value) in options.items()]
    )
    made.__annotations__ = {name: kind for name, (kind, _) in options.items()}
    made.__doc__ = question.says
    app.command(question.name)(command)


def _answer(question: Question, given: Mapping[str, Any]) -> None:
    context = open_context()
    narrowed = {name: given[name] for name in question.narrowed}
    narrowed["outlet"] = known_outlet(context, given.get("outlet"))
    narrowed |= {name: instant(given.get(name), f"--{name}") for name in ("since", "until")}
    asked = Filters(**narrowed, limit=given["limit"])
    entry, shown = question.chosen(given)
    if question.counted and given["last_visit"]:
        found = _since_last_visit(context, question, question.counted, asked, given)
    else:
        with reading(context.engine) as session:
            found = entry.ask(session, context.now(), asked, given.get("by", "outlet"))
    print_rows(found, entry.kind, given["format_"], shown)
    if question.beside:
        with reading(context.engine) as session:
            note(question.beside(session))


def _since_last_visit(
    context: Context, question: Question, counted: Counted, asked: Filters, given: Mapping[str, Any]
) -> Sequence[Any]:
    """What came since this user asked the same; and this time is remembered."""
    reader = getpass.getuser()
    with reading(context.engine) as session:
        newest = last_visits.newest(session, counted)
        since = last_visits.last(session, reader, question.name)
        narrowed = Filters(**{each.name: getattr(asked, each.name) for each in fields(asked)} | {"newer_than": since})
        entry, _ = question.chosen(given)
        found = entry.ask(session, context.now(), narrowed, given.get("by", "outlet"))
    with writing(context.engine) as session:
        last_visits.note(session, reader, question.name, newest=newest, now=context.now())
    return found


def known_outlet(context: Context, name: str | None) -> str | None:
    """An outlet that is known here. Raises JobError for one that is not: an empty answer would look like an answer."""
    if name is None:
        return None
    with reading(context.engine) as session:
        if questions.has_outlet(session, name) or name in context.catalogue.outlets:
            return name
    raise JobError(f"outlet {name!r} is not known; `wiretrail outlets` lists them")


def instant(text: str | None, option: str) -> datetime | None:
    """A day or moment as typed: `2026-11-20`, `2026-11-20T08:00`, with an offset, or with `@Europe/Paris` behind it."""
    if text is None:
        return None
    written, _, zone = text.partition("@")
    try:
        when = datetime.fromisoformat(written.strip())
        return when if when.tzinfo else when.replace(tzinfo=ZoneInfo(zone.strip()) if zone else UTC)
    except (ValueError, KeyError, OSError) as error:
        raise typer.BadParameter(
            f"{text!r} is no moment such as 2026-11-20 or 2026-11-20T08:00@Europe/Paris", param_hint=option
        ) from error


def print_rows(found: Sequence[Any], kind: type[Any], format_: Format, shown: Sequence[str] | None = None) -> None:
    """All columns as data; as a table those a person reads."""
    columns = shown if shown is not None and format_ == "table" else rows.columns_of(kind)
    render([rows.record(row) for row in found], columns, format_, sys.stdout)
