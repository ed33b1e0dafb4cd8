"""Every kind of input over several stories, and every table as comparable rows: what order may not change.

An input is a file in an agency's format or a row of an import; both come in by their real doors. Row numbers and what
the machine remembers of its own work are left out of the comparison; everything that says something is in it.
"""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select

from jobs.agency import receiving
from jobs.context import Context
from storage.columns import Base
from storage.engine import reading
from tests.jobs.newsdesk import after, article, context_of, filing, load, match, story
from tests.wire.catalogue import DATA

OWN_WORK = {"runs", "leases", "hosts", "robots", "interfaces", "index_changes"}
OWN_WORK |= {"packed", "packed_names", "packed_stale"}
"""Tables of what was done when, not of what is known."""
WHEN_KNOWN = {("stories", "seen_at"), ("carried", "known_at")}
"""A story inferred before its filing came was known sooner: that is about the order, and is what the digest goes by."""


@dataclass(frozen=True)
class Input:
    """Something that arrives: an agency's file, or the row of an import."""

    name: str
    content: bytes = b""
    row: dict[str, Any] = field(default_factory=dict)


def inputs() -> list[Input]:
    """Three stories of two agencies with their takes, notices and copies; an inferred one; strangers; refused files."""
    return [*_bridge(), *_strike(), *_rest()]


def _wire(name: str, content: bytes) -> Input:
    return Input(name, content)


def _core(name: str, minutes: float, text: Sequence[str], **more: Any) -> Input:
    """A document of AFP's Core API, as a file."""
    uno = more.pop("uno")
    made = {"uno": uno, "newsItemID": uno.rpartition(":")[0], "class": "text", "headline": name, "news": list(text)}
    document = made | {"published": after(minutes), "lang": "en", "slug": ["Ulmen", "bridge"]} | more
    return _wire(f"{name}.json", json.dumps([document]).encode())


def _row(row: dict[str, Any]) -> Input:
    return Input(row["url"], row=row)


BRIDGE = story(201, 8)
WRONG = "The mayor of Ulmen said on Tuesday that 14 workers had died at the bridge near the old river port."
RIGHT = WRONG.replace("14", "four")


def _bridge() -> list[Input]:
    """Filed in two takes and a correction, killed in the end; copies of each, two that change."""
    urn = "urn:newsml:afp.com:20260302T080000Z:TX-ULM-BR1"
    first, second = [*BRIDGE[:3], WRONG, *BRIDGE[3:7]], [*story(202, 2), *BRIDGE[:3], WRONG, *BRIDGE[3:]]
    right = [RIGHT if text == WRONG else text for text in second]
    return [
        _core("Bridge falls in Ulmen", 0, first, uno=f"{urn}:1"),
        _core("Bridge falls, 14 dead", 60, second, uno=f"{urn}:2"),
        _core("Bridge falls, four dead", 120, right, uno=f"{urn}:3", advisory=["Corrects toll to four, not 14"]),
        _core("KILL: Bridge falls", 900, ["Kill the story about the bridge."], uno=f"{urn}:4", status="Canceled"),
        _row(article("one", first, minutes=20, credit="AFP", name="bridge", fetched=after(30))),
        _row(article("one", right, minutes=20, credit="AFP", name="bridge", fetched=after(200))),
        _row(article("two", second, minutes=80, credit="", name="bridge", fetched=after(90), headline="14 dead")),
        _row(article("three", [*second[:6], *story(203, 2)], minutes=90, name="bridge", fetched=after(95))),
        _row(article("three", story(204, 6), minutes=90, name="bridge", fetched=after(1000))),
    ]


def _strike() -> list[Input]:
    """Under two ids of one slugline, with an embargo; one copy is out before it lifts."""
    text, lifts = story(211, 9), after(300)
    update = [*story(212, 2), *text[:7]]
    lines = [
        {"agency": "Reuters", "id": "S1", "headline": "Dockers strike", "paragraphs": text, "filed": after(10)},
        {"agency": "Reuters", "id": "S2", "headline": "Dockers go on", "paragraphs": update, "filed": after(100)},
    ]
    held = {"status": "embargoed", "notice": "EMBARGO", "embargo_until": lifts, "slugline": "PORT/STRIKE"}
    files = [_wire(f"s{n}.jsonl", json.dumps(line | held).encode() + b"\n") for n, line in enumerate(lines, 1)]
    return [
        *files,
        _row(article("one", text, minutes=200, credit="Reuters", name="strike", fetched=after(210))),
        _row(article("two", update[1:], minutes=400, name="strike", fetched=after(410))),
    ]


def _rest() -> list[Input]:
    """A story nobody filed, one filed by an import, strangers, and files that are no stories."""
    unfiled, imported = story(221, 8), story(222, 8)
    return [
        _row(article("one", unfiled, minutes=30, credit="dpa", name="cheese", fetched=after(40))),
        _row(article("two", unfiled[1:], minutes=50, credit="dpa", name="cheese", fetched=after(60))),
        _row(article("three", unfiled[:5], minutes=70, name="cheese", fetched=after(80))),
        _row(filing(imported, minutes=15, id="I1", agency="EFE")),
        _row(article("three", imported[:6], minutes=45, credit="EFE", name="wine", fetched=after(50))),
        _row(article("four", story(223, 6), minutes=45, name="own", fetched=after(50))),
        _wire("picture.xml", (DATA / "newsml_afp_photo.xml").read_bytes()),
        _wire("half.xml", b"<NewsML><NewsItem>"),
    ]


def arrive(context: Context, order: Sequence[Input], draw: random.Random) -> None:
    """Take inputs in, a few at a time, with a match after each few."""
    waiting = list(order)
    while waiting:
        few = draw.randint(2, 14)
        take(context, waiting[:few])
        del waiting[:few]
        match(context)


def take(context: Context, some: Sequence[Input]) -> None:
    """Take inputs in, in this order but for rows, which come in one file."""
    for one in some:
        if one.content:
            path = context.config.home / one.name
            path.write_bytes(one.content)
            receiving.wire(context, [path])
    rows = [one.row for one in some if one.row]
    if rows:
        load(context, rows)


def context_for(database_url: str, home: Path) -> Context:
    """A context that knows the agencies and no outlet: the sites of these articles are nobody's yet."""
    (home / "catalogue.toml").write_text("only = true\n")
    plain = context_of(database_url, home)
    return Context(plain.config.model_copy(update={"catalogue": home / "catalogue.toml"}))


def tables(context: Context) -> dict[str, list[str]]:
    """Every table's rows: without row numbers, what they refer to spelled out, in an order of their own."""
    found: dict[str, list[str]] = {}
    spelled: dict[tuple[str, int], Any] = {}
    with reading(context.engine) as session:
        for table in Base.metadata.sorted_tables:
            rows = []
            for row in session.execute(select(table)).mappings():
                shown = {column.name: _shown(column, row[column.name], spelled) for column in table.columns}
                plain = {
                    name: value
                    for name, value in shown.items()
                    if not _is_number(name, value) and (table.name, name) not in WHEN_KNOWN
                }
                if isinstance(row.get("id"), int):
                    spelled[table.name, row["id"]] = _short(plain)
                written = json.dumps(plain, sort_keys=True, default=str, ensure_ascii=False)
                rows.append(written.replace(str(context.config.home), ""))
            if table.name not in OWN_WORK:
                found[table.name] = sorted(rows)
    return found


def _is_number(name: str, value: Any) -> bool:
    """Row numbers, and what refers to one without saying so."""
    return (name == "id" or name.endswith("_id")) and isinstance(value, int)


def _shown(column: Any, value: Any, spelled: Mapping[tuple[str, int], Any]) -> Any:
    for key in column.foreign_keys:
        target = key.column
        if isinstance(value, int) and target.name == "id":
            return spelled.get((target.table.name, value), value)
    if isinstance(value, bytes):
        return value.hex()
    return value.isoformat() if isinstance(value, datetime) else value


def _short(row: Mapping[str, Any]) -> str:
    """A row as others name it."""
    names = ("canonical_url", "key", "content_sha256", "number", "take_id", "item_id", "kind", "story_id", "article_id")
    return json.dumps({name: row[name] for name in names if name in row}, sort_keys=True, default=str)


def differences(one: Mapping[str, list[str]], other: Mapping[str, list[str]]) -> list[str]:
    """The rows that only one of two databases has, by table."""
    found = []
    for name in sorted({*one, *other}):
        mine, theirs = set(one.get(name, [])), set(other.get(name, []))
        found += [f"{name}: only here: {row}" for row in sorted(mine - theirs)]
        found += [f"{name}: only there: {row}" for row in sorted(theirs - mine)]
        if not found and len(one.get(name, [])) != len(other.get(name, [])):
            found.append(f"{name}: {len(one.get(name, []))} rows and {len(other.get(name, []))}")
    return found
