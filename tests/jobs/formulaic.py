"""Worlds of formulaic stories: many that differ in a name and some numbers, their copies, late filings, moving dates.

What nearly all stories of an agency's tables and notices look like, and what order of arrival is most likely to decide:
everything is near everything, and every rank is a tie. A world is the same for the same seed.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from jobs.context import Context
from jobs.matches import matching, rematching
from storage.engine import writing
from storage.matches import verdicts
from tests.jobs.everything import Input, tables, take
from tests.jobs.newsdesk import START, after, article, filing, story

FORMULAS = {
    "council": (
        "en",
        "The council of {name} voted on Tuesday to rebuild the bridge that the ice broke in two last winter.",
        "It was item {a} of the agenda, and the vote was {b} to {c} after a debate of several hours.",
        "Engineers had asked for a tunnel instead, saying that the currents would wear out any pillar.",
        "Ferries will carry the traffic of {name} until the work is finished in {d} months, the mayor said.",
        "The ministry promised to pay {a} million of the cost, and will send two surveyors before long.",
    ),
    "bourse": (
        "fr",
        "La Bourse de {name} a terminé en hausse de {a},{b} % mardi, tirée par les valeurs bancaires et pétrolières.",
        "L'indice vedette a gagné {c} points dans un volume d'échanges limité à {d} millions d'euros.",
        "Les investisseurs restaient prudents avant la réunion de la banque centrale prévue en fin de semaine.",
        "Parmi les valeurs, le groupe de {name} a pris {b} % après avoir relevé ses prévisions annuelles.",
    ),
    "weather": (
        "ar",
        "توقعت هيئة الأرصاد في {name} أن تسجل درجات الحرارة غدا {a} درجة مئوية مع رياح نشطة مثيرة للغبار.",
        "وأوضحت الهيئة في تقريرها اليومي أن الرطوبة ستبلغ {b} بالمئة على السواحل الشرقية من البلاد.",
        "ودعت السلطات السائقين إلى توخي الحذر بعد تسجيل {c} حادثا خلال الأيام {d} الماضية.",
        "ومن المنتظر أن تستمر هذه الأجواء حتى نهاية الأسبوع بحسب ما أعلنه المتحدث باسم الهيئة.",
    ),
    "markets": (
        "ja",
        "{name}市場の株価は火曜日、前日比{a}円高の{b}円で取引を終えた。銀行株と石油株の上昇が全体を押し上げた。",
        "売買高は{c}億株で、値上がり銘柄は{d}に達した。投資家は週末の中央銀行の会合を前に慎重な姿勢を崩していない。",
        "市場関係者によると、{name}の輸出企業の業績見通しが上方修正されたことも買い材料になったという。",
    ),
}
_WORD = re.compile(r"[^\W\d_぀-鿿]{4,}")
NAMES = "Varnholm Ulmen Castra Ortelo Bessau Lindra Tarvik Monsel Quarta Elvany Druse Hapsal".split()
OUTLETS = 7


@dataclass(frozen=True)
class World:
    """What arrives, in one of its orders, and what people say once it is there."""

    inputs: tuple[Input, ...]
    judged: tuple[tuple[str, str, str], ...]  # address, story, judgement

    def __repr__(self) -> str:
        return f"World of {len(self.inputs)} inputs"


def worlds(seeds: Sequence[int]) -> World:
    """Several worlds in one database: each in words of its own, so that only what they cost is shared."""
    made = [world(seed) for seed in seeds]
    return World(tuple(i for each in made for i in each.inputs), tuple(j for each in made for j in each.judged))


def world(seed: int) -> World:
    """Some stories of one or two formulas, in one world of thirty many, with one to three copies each."""
    draw = random.Random(seed)
    largest = 40 if seed % 30 == 0 else 9
    found: list[Input] = []
    judged: list[tuple[str, str, str]] = []
    for formula in draw.sample(sorted(FORMULAS), draw.choice((1, 1, 2))):
        for number in range(draw.randint(4, largest)):
            found += _story(draw, f"{formula}-{number}-{seed}", _told(draw, formula, seed), judged)
    return World(tuple(found), tuple(draw.sample(judged, min(2, len(judged)))))


def _told(draw: random.Random, formula: str, seed: int) -> list[str]:
    """A formula filled in, perhaps with a part left out, or something nobody else says."""
    _, *sentences = FORMULAS[formula]
    values = {key: draw.randint(2, 60) for key in "abcd"} | {"name": draw.choice(NAMES)}
    text = [_WORD.sub(rf"\g<0>{_ending(formula, seed)}", sentence.format(**values)) for sentence in sentences]
    if draw.random() < 0.3:
        text = text[: draw.randint(1, len(text))]
    if draw.random() < 0.3:
        text += story(draw.randint(1, 40), draw.randint(1, 2))
    return text


def _ending(formula: str, seed: int) -> str:
    """What every long word of a world ends in, in letters of its own script."""
    letters = "بتثجحخدذرزسش" if formula == "weather" else "bcdfghjklmnp"
    return "".join(letters[seed // 12**place % 12] for place in range(4))


def _story(draw: random.Random, name: str, text: list[str], judged: list[tuple[str, str, str]]) -> list[Input]:
    """A story's copies and perhaps its filing; some copies come again with a date, or changed."""
    found = []
    minutes = draw.randint(0, 2000)
    for copy in range(draw.choice((1, 1, 2, 2, 3))):
        printed = list(text)
        if draw.random() < 0.25:
            printed = printed[: max(1, len(printed) - 1)]
        if draw.random() < 0.25:
            printed += story(draw.randint(1, 60), 1)
        credit = draw.choice(("AFP", "AFP", "AFP", "Reuters", "AFP/Reuters", ""))
        row = article(
            f"outlet{draw.randrange(OUTLETS)}",
            printed,
            minutes=minutes + 7 * copy,
            credit=credit,
            name=f"{name}-{copy}",
        )
        found += _come_again(draw, row)
    if draw.random() < 0.2:
        found.append(_input(filing(text, minutes=minutes - 5, id=name)))
        judged.append((found[0].row["url"], f"AFP:{name}", draw.choice(("confirm", "reject"))))
    return found


def _come_again(draw: random.Random, row: dict[str, Any]) -> list[Input]:
    """A row, and perhaps the same page once more: first without its date, or with another text later."""
    fate = draw.random()
    if fate < 0.15:
        undated = {name: value for name, value in row.items() if name != "published"}
        return [_input(undated), _input(row)]
    if fate < 0.25:
        later = row | {"text": row["text"] + "\n" + story(draw.randint(1, 60), 1)[0], "fetched": after(3000)}
        return [_input(row | {"fetched": after(2500)}), _input(later)]
    return [_input(row)]


def _input(row: dict[str, Any]) -> Input:
    return Input(row["url"], row=row)


def shuffled(inputs: Sequence[Input], draw: random.Random) -> list[Input]:
    """Another order; what one page says comes in the order it said it."""
    order = [each.name for each in inputs]
    draw.shuffle(order)
    left: dict[str, list[Input]] = {}
    for each in inputs:
        left.setdefault(each.name, []).append(each)
    return [left[name].pop(0) for name in order]


def live(
    context: Context, inputs: Sequence[Input], judged: Sequence[tuple[str, str, str]], draw: random.Random
) -> None:
    """Let it all arrive, a part at a time with a match after each; people speak when their story and page are there."""
    waiting, said = list(inputs), list(judged)
    while waiting:
        few = draw.choice((2, 12, len(inputs) // 5, len(inputs) // 2, len(waiting)))
        take(context, waiting[:few])
        del waiting[:few]
        matching.match(context)
        there = {each.name for each in inputs} - {each.name for each in waiting}
        for one in [each for each in said if {each[0], f"https://agency.example/{each[1][4:]}"} <= there]:
            say(context, one)
            said.remove(one)
    matching.match(context)


def say(context: Context, said: tuple[str, str, str]) -> None:
    """A person's verdict."""
    with writing(context.engine) as session:
        judgement: Any = said[2]
        verdicts.judge(session, article=said[0], story=said[1], judgement=judgement, judged_by="desk", now=START)


def in_every_way(one: Context, other: Context, *seeds: int) -> list[dict[str, list[str]]]:
    """The tables of worlds that came at once, of the same in another order and in parts, and of that matched anew."""
    made, draw = worlds(seeds), random.Random(seeds[0] + 1)
    take(one, made.inputs)
    matching.match(one)
    for said in made.judged:
        say(one, said)
    if made.judged:
        matching.match(one)
    live(other, shuffled(made.inputs, draw), made.judged, draw)
    found = [tables(one), tables(other)]
    rematching.match_all(other)
    return [*found, tables(other)]
