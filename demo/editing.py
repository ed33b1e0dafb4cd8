"""An outlet's desk: what it makes of an agency's take before printing it.

Every change is written in the outlet's file (keep, edits, additions, respell, join, insert, weave), so that
the truth can be read beside the cause. Paragraph numbers are always the take's own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from demo.stories import Story, Take, numbers, paragraphs, replaced, spelling

Entry = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CreditParts:
    """Where and how the page names whoever wrote the text; an empty part does not appear."""

    byline: str = ""
    dateline: str = ""
    line: str = ""
    tail: str = ""
    tail_line: str = ""
    box: str = ""
    meta: str = ""
    jsonld: str = ""


def credit_parts(site: Entry, entry: Entry, story: Story | None) -> CreditParts:
    """The outlet's form for this kind of credit, with the story's place filled in; own texts have their byline."""
    kind = credit_kind(entry)
    style = dict(site.get("credits", {}).get("none" if kind in ("photo", "quoted") else kind, {}))
    if "byline" in entry:
        style["byline"] = entry["byline"]
    place = story.place if story else entry.get("place", "")
    country = story.country if story else ""
    words = {"{PLACE}": place.upper(), "{Place}": place, "{place}": place, "{Country}": country}
    return CreditParts(**{name: _filled(text, words) for name, text in style.items()})


def credit_kind(entry: Entry) -> str:
    """The key of the outlet's credit form: stories carry a text credit unless the entry says otherwise."""
    return str(entry.get("credit", "text" if "story" in entry else "none"))


def edited(entry: Entry, take: Take, other: Take | None, parts: CreditParts) -> tuple[str, ...]:
    """The paragraphs the outlet prints of this take; `other` is the second agency's take in a woven text."""
    where = str(entry["path"])
    kept = _woven(entry, take, other) if other else _kept(entry, take)
    pairs = [*entry.get("edits", ()), *entry.get("additions", ())]
    texts = dict(zip(kept, replaced(kept.values(), pairs, where), strict=True))
    if "respell" in entry:
        texts = {number: _respelled(text, spelling(entry["respell"])) for number, text in texts.items()}
    for number in entry.get("join", ()):
        texts[number] = f"{texts[number]} {texts.pop(number + 1)}"
    first, last = min(texts), max(texts)
    texts[first] = parts.dateline + texts[first]
    texts[last] += parts.tail
    return _inserted(texts, entry.get("insert", ()), where)


def own_text(entry: Entry) -> tuple[str, ...]:
    """The paragraphs of an outlet's own article."""
    return paragraphs(entry["text"])


def updated(entry: Entry, update: Entry, printed: tuple[str, ...], take: Take, parts: CreditParts) -> tuple[str, ...]:
    """The paragraphs after an update: the later take put through the same edits, or phrases replaced."""
    if "text_of_take" in update:
        return edited(entry, take, None, parts)
    return replaced(printed, update.get("edits", ()), str(entry["path"]))


def _kept(entry: Entry, take: Take) -> dict[int, str]:
    wanted = numbers(entry["keep"]) if "keep" in entry else range(1, len(take.paragraphs) + 1)
    return {number: take.paragraphs[number - 1] for number in wanted}


def _woven(entry: Entry, take: Take, other: Take) -> dict[int, str]:
    """Paragraphs "a1" of the agency and "b1" of the other, in the order given."""
    from_agency = {"a": take.paragraphs, "b": other.paragraphs}
    order: Sequence[str] = entry["order"]
    return {number: from_agency[key[0]][int(key[1:]) - 1] for number, key in enumerate(order, start=1)}


def _respelled(text: str, words: Mapping[str, str]) -> str:
    def other(found: re.Match[str]) -> str:
        word = found.group()
        spelt = words.get(word.lower(), word)
        return spelt.capitalize() if word[0].isupper() and spelt != word else spelt

    return re.sub(r"[A-Za-z]+", other, text)


def _inserted(texts: Mapping[int, str], insertions: Sequence[Sequence[Any]], where: str) -> tuple[str, ...]:
    """`[after, text]`: 0 stands before everything. Raises ValueError for a paragraph the outlet did not keep."""
    placed: list[str] = [text for after, text in insertions if after == 0]
    for number, text in texts.items():
        placed.append(text)
        placed.extend(added for after, added in insertions if after == number)
    if len(placed) != len(texts) + len(insertions):
        raise ValueError(f"{where}: an insertion follows a paragraph that is not printed")
    return tuple(placed)


def _filled(text: str, words: Mapping[str, str]) -> str:
    for word, value in words.items():
        text = text.replace(word, value)
    return text
