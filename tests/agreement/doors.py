"""The same numbers from every door: command, page, plain SQL, export, email and its attached file.

Each door gives what it says as {figure: {what it is of: value}}. A door is compared in the figures it has.
"""

from __future__ import annotations

import csv
import io
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
import structlog
from sqlalchemy import text
from typer.testing import CliRunner

from cli import app
from jobs.moving import export_job
from report.attached import ACT_NOW, PICKUPS
from report.digest import Digest, Reader, compose
from report.periods import Period
from storage.digest.digest_rows import Scope, Window
from storage.digest.facts import digest_facts
from storage.engine import reading
from storage.moving.exporting import EVERYTHING
from tests.agreement.living import END, World, context_at_the_end
from tests.site.browser import Browser, open_pages
from tests.storage.makers import NOON, later

Said = dict[str, dict[Any, Any]]
Row = Mapping[str, Any]
_ALL: Final = Window(later(-60), END)
_ROUNDED: Final = 0.01
"""Minutes: commands and files round."""
_STILL: Final = ("unchecked", "unreachable")


def every(world: World) -> dict[str, Said]:
    """What each door says of this world."""
    browser = open_pages(world.engine, END)
    email, facts = _email(world)
    rows = _sql(world, "select * from pickup_list where certainty in ('linked', 'confirmed')")
    listed = _command(world, "pickups")
    return {
        "command's list": of_pickups(listed),
        "command's notices": {"broken": _broken(_command(world, "all-notices"), listed)},
        "compliance": {"broken": _broken(_sql(world, "select * from compliance"), rows)},
        "command's sums": of_answers(lambda name: _command(world, name)),
        "page's list": of_pickups(_page(browser, "pickups")),
        "page's sums": of_answers(lambda name: _page(browser, name)),
        "page as shown": of_shown_outlets(browser),
        "pickup_list": of_pickups(rows) | {"words without licence": _words_without_licence(rows)},
        "summaries": of_summaries(*(_sql(world, f"select * from {view}") for view in _VIEWS)),
        "export": of_pickups(_exported(world)),
        "email": of_email(email, facts),
    }


def _command(world: World, name: str) -> list[Row]:
    command = {"uncredited": "credit-gaps", "not-applied": "notices --open", "all-notices": "notices --all"}.get(
        name, name
    )
    env = {"WIRETRAIL_HOME": str(world.home), "WIRETRAIL_DATABASE_URL": world.url}
    logging = structlog.get_config()
    result = CliRunner().invoke(app, [*command.split(), "--format", "json"], env=env)
    structlog.configure(**logging)  # the command's own goes to a stream that is closed by now
    assert result.exit_code == 0, result.output + repr(result.exception)
    return list(json.loads(result.stdout))


def _page(browser: Browser, name: str) -> list[Row]:
    response = browser.get(f"/{name}?format=json")
    assert response.status_code == 200, response.text
    return list(json.loads(response.text))


def _sql(world: World, query: str) -> list[Row]:
    with reading(world.engine) as session:
        return [dict(row) for row in session.execute(text(query)).mappings()]


def _exported(world: World) -> list[Row]:
    target = world.home / "pickups.jsonl"
    export_job.export(context_at_the_end(world), "pickups", target, narrowed=EVERYTHING, format_="jsonl")
    rows = [json.loads(line) for line in target.read_text(encoding="utf-8").splitlines()]
    return [row for row in rows if row["certainty"] in ("linked", "confirmed")]


def _email(world: World) -> tuple[Digest, Any]:
    with reading(world.engine) as session:
        facts = digest_facts(session, window=_ALL, earlier=(_ALL,), scope=Scope(agencies=("ZED",)), as_of=END)
    reader = Reader("desk@reader.example", ZoneInfo("UTC"))
    return compose(facts, reader, Period("daily", NOON.date())), facts


def of_pickups(rows: Iterable[Row]) -> Said:
    """Rows a pickup, whatever the door, summed up."""
    said: Said = defaultdict(dict)
    by_outlet: dict[str, list[Row]] = defaultdict(list)
    by_story: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_outlet[row["outlet"]].append(row)
        by_story[row["story"]].append(row)
    for outlet, ours in by_outlet.items():
        said["copies of outlet"][outlet] = len(ours)
        said["stories of outlet"][outlet] = len({row["story"] for row in ours})
        said["uncredited of outlet"][outlet] = sum(row["credited"] == "none" for row in ours)
        said["gaps of outlet"][outlet] = sum(row["credited"] not in ("text", "joint") for row in ours)
        said |= _delays("outlet", outlet, ours, said)
        if "covered_words" in ours[0]:
            said["words of outlet"][outlet] = sum(int(row["covered_words"]) for row in ours)
        if "licence" in ours[0]:
            said["no licence of outlet"][outlet] = sum(row["licence"] == "none" for row in ours)
            said["licence unknown of outlet"][outlet] = sum(row["licence"] == "unknown" for row in ours)
    for story, ours in by_story.items():
        said["copies of story"][story] = len(ours)
        said["outlets of story"][story] = len({row["outlet"] for row in ours})
        said["uncredited of story"][story] = sum(row["credited"] == "none" for row in ours)
        said |= _delays("story", story, ours, said)
    return said


def _delays(what: str, name: str, rows: list[Row], said: Said) -> Said:
    known = _minutes(rows, "delay_minutes")
    said[f"delays of {what}"][name] = tuple(known)
    if "update_minutes" in rows[0]:
        said[f"updates of {what}"][name] = tuple(_minutes(rows, "update_minutes"))
    if known:
        quartiles = np.quantile(known, [0.25, 0.5, 0.75])
        for label, value in zip(("quarter", "median", "three quarters"), quartiles, strict=True):
            said[f"{label} of {what}"][name] = float(value)
    return said


def _minutes(rows: list[Row], column: str) -> list[float]:
    return sorted(round(float(row[column]), 2) for row in rows if row[column] not in (None, ""))


def of_summaries(outlets: Iterable[Row], stories: Iterable[Row], gaps: Iterable[Row], still: Iterable[Row]) -> Said:
    """What a door sums up itself."""
    said: Said = defaultdict(dict)
    for row in outlets:
        said["copies of outlet"][row["outlet"]] = row["pickups"]
        said["stories of outlet"][row["outlet"]] = row["stories"]
        said["uncredited of outlet"][row["outlet"]] = row["uncredited"]
        said["no licence of outlet"][row["outlet"]] = row["unlicensed"]
        said["licence unknown of outlet"][row["outlet"]] = row["licence_unknown"]
        said["median of outlet"][row["outlet"]] = row["median_delay_minutes"]
        if "quarter_delay_minutes" in row:
            said["quarter of outlet"][row["outlet"]] = row["quarter_delay_minutes"]
            said["three quarters of outlet"][row["outlet"]] = row["three_quarters_delay_minutes"]
    for row in stories:
        said["copies of story"][row["story"]] = row["pickups"]
        said["outlets of story"][row["story"]] = row["outlets"]
        said["uncredited of story"][row["story"]] = row["uncredited"]
        said["median of story"][row["story"]] = row["median_delay_minutes"]
        said["first outlet"][row["story"]] = row["first_outlet"]
        said["delay of first outlet"][row["story"]] = row["first_delay_minutes"]
    for row in gaps:
        found = said["gaps of outlet"]
        found[row["outlet"]] = found.get(row["outlet"], 0) + 1
    said |= _not_applied(still)
    return said


def _not_applied(rows: Iterable[Row]) -> Said:
    """Of what is open: by notice's kind, story and outlet where it was seen, and how many nobody could see."""
    said: Said = {"not applied": defaultdict(int), "unchecked": {"": 0}}
    for row in rows:
        if row["kind"] == "embargo":
            continue  # closes by itself, kept or not: see _broken
        if row["state"] in _STILL:
            said["unchecked"][""] += 1
        else:
            said["not applied"][row["kind"], row["story"], row["outlet"]] += 1
    return said


def _broken(rows: Iterable[Row], listed: Iterable[Row]) -> dict[Any, int]:
    """Embargoes that were broken, by story and outlet, by articles that still carry the story."""
    carrying = {(row["story"], row["url"]) for row in listed}
    found: dict[Any, int] = defaultdict(int)
    for row in rows:
        if row["state"] == "broken" and (row["story"], row["url"]) in carrying:
            found[row["story"], row["outlet"]] += 1
    return found


def of_answers(ask: Callable[[str], list[Row]]) -> Said:
    """The questions of commands and pages."""
    said = of_summaries(ask("outlets"), ask("stories"), ask("uncredited"), ask("not-applied"))
    for row in ask("unlicensed"):
        found = said["words without licence"]
        found[row["outlet"]] = found.get(row["outlet"], 0) + row["words"]
    for row in ask("delays"):
        said["quarter of outlet"][row["group"]] = row["quarter_minutes"]
        said["three quarters of outlet"][row["group"]] = row["three_quarters_minutes"]
    return said


def of_shown_outlets(browser: Browser) -> Said:
    """The numbers a reader sees on the page of all outlets."""
    names = {"Pickups": "copies", "Stories": "stories", "Uncredited": "uncredited", "No licence": "no licence"}
    names["Licence unknown"] = "licence unknown"
    said: Said = defaultdict(dict)
    for row in browser.page("/outlets").rows("Outlets"):
        for heading, name in names.items():
            number = row[heading].replace(",", "")
            said[f"{name} of outlet"][row["Outlet"].removesuffix("XX").strip().lower()] = (
                int(number) if number.isdigit() else 0
            )
    return said


def _words_without_licence(rows: Iterable[Row]) -> dict[str, int]:
    found: dict[str, int] = defaultdict(int)
    for row in rows:
        found[row["outlet"]] += row["covered_words"] if row["licence"] in ("none", "unknown") else 0
    return found


_VIEWS: Final = ("outlet_summary", "story_summary", "credit_gaps", "open_notices")


def of_email(email: Digest, facts: Any) -> Said:
    """What the email, and the files attached to it, say."""
    names = {copy.outlet_name: copy.outlet for copy in facts.copies}
    rows = list(csv.DictReader(io.StringIO(email.files[PICKUPS].removeprefix("\ufeff"))))
    said = of_pickups({**row, "outlet": names[row["outlet"]]} for row in rows)
    for top in facts.top_stories:
        said["first outlet"][top.story] = names.get(top.first_outlet, top.first_outlet)
        said["delay of first outlet"][top.story] = top.first_delay_minutes
    acts = list(csv.DictReader(io.StringIO(email.files.get(ACT_NOW, "").removeprefix("\ufeff"))))
    found: dict[Any, int] = defaultdict(int)
    broken: dict[Any, int] = defaultdict(int)
    for row in acts:
        kinds, story, outlet = row["kinds"].split("; "), row["story"], row["outlet"].lower()
        for kind in kinds:
            if kind.endswith(" not applied"):
                found[kind.removesuffix(" not applied"), story, outlet] += 1
        broken[story, outlet] += "embargo broken" in kinds
    said |= {"not applied": found, "broken": broken, "unchecked": {"": facts.health.notices_unchecked}}
    copies = sum(said["copies of outlet"].values())
    assert f"{copies} cop" in email.subject, f"the subject is {email.subject!r}, the file has {copies} rows"
    return said


def differences(doors: Mapping[str, Said]) -> list[str]:
    """Every figure that two doors tell differently, and what each says."""
    told = []
    for figure in sorted({figure for said in doors.values() for figure in said}):
        having = {door: _filled(said[figure]) for door, said in doors.items() if figure in said}
        for of in sorted({key for found in having.values() for key in found}, key=str):
            values = {door: found.get(of) for door, found in having.items()}
            if not _same(list(values.values())):
                told.append(f"{figure} {of}: {values}")
    return told


def _filled(found: Mapping[Any, Any]) -> dict[Any, Any]:
    """Nothing is as good as none."""
    return {key: value for key, value in found.items() if value not in (0, None, "", ())}


def _same(values: list[Any]) -> bool:
    if None in values or not any(isinstance(value, float) for value in values):
        return all(value == values[0] for value in values)
    return bool(max(values) - min(values) < _ROUNDED)
