"""Read the invented stories: one TOML file each, with its takes, its moments counted from the newsroom's start.

Texts name days as {today}, {tomorrow} and {yesterday}, so that a story reads right whenever the demo starts.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal

STORIES = Path(__file__).parent / "stories"
Door = Literal["page", "wire", "none"]
Status = Literal["usable", "corrected", "killed", "embargoed"]
_WEEKDAYS = {
    "en": ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
    "fr": ["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"],
    "de": ["Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"],
    "ar": ["الإثنين", "الثلاثاء", "الأربعاء", "الخميس", "الجمعة", "السبت", "الأحد"],
}


@dataclass(frozen=True, slots=True)
class Take:
    """One filing: `filed` is the agency's moment, `visible` when its door opens (later for a late original)."""

    number: int
    filed: datetime
    visible: datetime
    headline: str
    paragraphs: tuple[str, ...]
    notice: str = ""
    status: Status = "usable"
    embargo_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Story:
    """An invented story. `door` says how it reaches us: the agency's site, the wire folder, or not at all."""

    name: str
    id: str
    agency: str
    slugline: str
    language: str
    place: str
    country: str
    urgency: int
    door: Door
    desk: str
    takes: tuple[Take, ...]


def load_stories(start: datetime) -> dict[str, Story]:
    """Every story by its file's name. Raises ValueError naming the file when one cannot be read."""
    names = sorted(path.stem for path in STORIES.glob("*.toml") if path.stem != "spelling")
    return {name: _story(name, read_toml(STORIES / f"{name}.toml"), start) for name in names}


def spelling(house: str) -> dict[str, str]:
    """British spelling -> the house's."""
    return {str(old): str(new) for old, new in read_toml(STORIES / "spelling.toml")[house].items()}


def read_toml(path: Path) -> dict[str, Any]:
    """The file's tables. Raises ValueError naming the file when it is not TOML."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{path.name}: {error}") from error


def after(start: datetime, hours: float) -> datetime:
    """The whole minute so many hours after the start: pages state no seconds, hence neither may the truth."""
    return start + timedelta(minutes=round(hours * 60))


def paragraphs(text: str) -> tuple[str, ...]:
    """Paragraphs of a text in which blank lines stand between them."""
    return tuple(" ".join(part.split()) for part in re.split(r"\n[ \t]*\n", text) if part.strip())


def numbers(ranges: str) -> list[int]:
    """ "1-3,5" -> [1, 2, 3, 5]."""
    found: list[int] = []
    for part in ranges.split(","):
        first, _, last = part.partition("-")
        found.extend(range(int(first), int(last or first) + 1))
    return found


def with_days(text: str, when: datetime, language: str) -> str:
    """Fill in the names of days around `when`."""
    names = _WEEKDAYS[language]
    for word, days in (("{today}", 0), ("{tomorrow}", 1), ("{yesterday}", -1)):
        text = text.replace(word, names[(when + timedelta(days=days)).weekday()])
    return text


def replaced(parts: Iterable[str], pairs: Sequence[Sequence[str]], where: str) -> tuple[str, ...]:
    """Every pair applied. Raises ValueError for an old phrase that is absent: a planted edit must edit something."""
    changed = list(parts)
    for old, new in pairs:
        if not any(old in part for part in changed):
            raise ValueError(f"{where}: nothing reads {old!r}")
        changed = [part.replace(old, new) for part in changed]
    return tuple(changed)


def _story(name: str, table: dict[str, Any], start: datetime) -> Story:
    takes: list[Take] = []
    for number, row in enumerate(table["take"], start=1):
        takes.append(_take(name, number, row, takes, table["language"], start))
    return Story(
        name=name,
        id=table["id"],
        agency=table.get("agency", "AFP"),
        slugline=table["slugline"],
        language=table["language"],
        place=table["place"],
        country=table["country"],
        urgency=table["urgency"],
        door=table["door"],
        desk=table["desk"],
        takes=tuple(takes),
    )


def _take(name: str, number: int, row: dict[str, Any], before: Sequence[Take], language: str, start: datetime) -> Take:
    filed = after(start, row["filed_hours"])
    visible = after(start, row.get("visible_hours", row["filed_hours"]))
    if "text" in row:
        text = paragraphs(row["text"])
    elif "top" in row:
        first = before[0].paragraphs
        text = paragraphs(row["top"]) + tuple(first[index - 1] for index in numbers(row["keep"]))
    elif row.get("status") == "killed":
        text = ()
    else:
        text = replaced(before[-1].paragraphs, row["replace"], f"{name} take {number}")
    dated = tuple(with_days(part, filed, language) for part in text)
    until = after(start, row["embargo_hours"]) if "embargo_hours" in row else None
    notice = row.get("notice", "")
    if until:
        notice = notice.replace("{embargo}", f"{until:%H%M} GMT, {until.day} {until:%B} {until.year}")
    status = row.get("status", "corrected" if notice else "usable")
    return Take(number, filed, visible, row["headline"], dated, notice, status, until)
