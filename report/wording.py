"""How the daily email says things: numbers, minutes, days, and sentences that never accuse.

We see that a page appears to reproduce a text; whether it may is for people to say. A licence nobody told us of is
"unknown". All functions are pure; the reader's zone comes in as an argument.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, tzinfo
from typing import Final

from storage.digest_shapes import ActItem, ActKind, DigestFacts, OutletMove

# Not strftime: its names follow the server's locale.
DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
ACT_LABELS: Final[dict[ActKind, str]] = {
    "kill not applied": "Kill not applied",
    "correction not applied": "Correction not applied",
    "hold not applied": "Hold not applied",
    "embargo broken": "Embargo",
    "unlicensed copy": "No licence",
    "wrong agency credited": "Credit differs",
    "credit missing": "Credit missing",
}


def day(when: date) -> str:
    """`Fri 20 Nov`."""
    return f"{DAYS[when.weekday()]} {when.day} {MONTHS[when.month - 1]}"


def instant(when: datetime, zone: tzinfo) -> str:
    """`20 Nov 14:05` on the reader's clock."""
    local = when.astimezone(zone)
    return f"{local.day} {MONTHS[local.month - 1]} {local:%H:%M}"


def window(facts: DigestFacts, zone: tzinfo) -> str:
    """The window with the zone's offset at both ends, which differ on the day of the clock change."""
    ends = (facts.window.start.astimezone(zone), facts.window.end.astimezone(zone))
    return " to ".join(f"{end:%Y-%m-%d %H:%M} UTC{_offset(end)}" for end in ends)


def _offset(when: datetime) -> str:
    text = f"{when:%z}"
    return f"{text[:3]}:{text[3:5]}"


def number(count: float) -> str:
    """`9,812`; one decimal for small means."""
    return f"{count:,.0f}" if count >= 10 or count == int(count) else f"{count:,.1f}"


def many(count: int, one: str, more: str | None = None) -> str:
    """`1 copy`, `412 copies`."""
    return f"{count:,} {one if count == 1 else more or one + 's'}"


def percent(share: float) -> str:
    """`96%`. Never 100% for less than all, nor 0% for more than nothing."""
    rounded = round(share * 100)
    if (rounded == 100 and share < 1) or (rounded == 0 and share > 0):
        rounded = 99 if share > 0.5 else 1
    return f"{rounded}%"


def duration(minutes: float | None) -> str:
    """`25 min`, `3h05`, `2d 4h`; a dash when not known."""
    if minutes is None:
        return "–"
    sign, whole = ("-" if minutes <= -0.5 else ""), round(abs(minutes))
    if whole < 60:
        return f"{sign}{whole} min"
    if whole < 48 * 60:
        return f"{sign}{whole // 60}h{whole % 60:02}"
    return f"{sign}{whole // 1440}d {whole % 1440 // 60}h"


def after(delay_minutes: float | None) -> str:
    """`, after 25 min` behind an outlet's name; empty when not known. A story refiled later has earlier copies."""
    if delay_minutes is None:
        return ""
    if delay_minutes <= -0.5:
        return f", {duration(-delay_minutes)} before the filing we hold"
    return f", after {duration(delay_minutes)}"


def change(now: float, before: float) -> str:
    """`+12%` against an earlier figure; empty where that was 0 or nothing changed."""
    if not before or now == before:
        return ""
    return f"{(now - before) / before * 100:+,.0f}%".replace("-", "−")


def agencies(facts: DigestFacts) -> str:
    """Whose copies these are, for the subject: up to three codes, else their number."""
    if not facts.agencies:
        return "Agency"
    return ", ".join(facts.agencies) if len(facts.agencies) <= 3 else f"{len(facts.agencies)} agencies"


def subject(facts: DigestFacts, local_date: date) -> str:
    """`AFP pickup, Fri 20 Nov: 412 copies of 96 stories · 3 need action`, and a warning when the crawl fell."""
    numbers = facts.numbers
    copies, stories = many(numbers.copies, "copy", "copies"), many(numbers.stories, "story", "stories")
    need = len(facts.act_now)
    parts = [f"{need:,} {'needs' if need == 1 else 'need'} action"] if need else []
    if facts.crawl_fell:
        parts.append("crawl was down" if facts.health.pages_read else "nothing was read")
    found = " · ".join(parts or ["nothing needs action"])
    return f"{agencies(facts)} pickup, {day(local_date)}: {copies} of {stories} · {found}"


def act_labels(item: ActItem) -> str:
    """`No licence · Credit missing`."""
    return " · ".join(ACT_LABELS[kind] for kind in item.kinds)


def act_sentence(item: ActItem, zone: tzinfo) -> str:
    """What was seen, and when: one sentence per reason, worst first."""
    return " ".join(_because(kind, item, zone) for kind in item.kinds)


def _because(kind: ActKind, item: ActItem, zone: tzinfo) -> str:
    if kind in ("kill not applied", "correction not applied", "hold not applied"):
        notice = kind.split()[0]
        return (
            f"The {notice} appears not to be applied: the page stood unchanged {duration(item.minutes)} after it, "
            f"when last checked ({instant(item.seen_at, zone)})."
        )
    if kind == "embargo broken":
        return f"Appears to have been out at least {duration(item.minutes)} before the embargo ended."
    if kind == "unlicensed copy":
        return f"Appears to reproduce {percent(item.share_of_story)} of the story; licence on record: none."
    if kind == "wrong agency credited":
        return f"Credits “{item.credit_text}”; the text appears to be {item.agency}’s."
    copied = "" if "unlicensed copy" in item.kinds else "Appears to reproduce the story word for word. "
    if item.credited == "photo":
        return f"{copied}Only a photo is credited to {item.agency}."
    if item.credited == "quoted":
        return f"{copied}{item.agency} is named as a quoted source only."
    return f"{copied}No credit to {item.agency} was found on the page."


def nothing_to_do(facts: DigestFacts) -> str:
    """Said when nothing needs action: what that rests on."""
    if not facts.crawls:
        return f"Nothing needs action. No outlet is crawled; {many(facts.numbers.copies, 'copy', 'copies')} checked."
    if not facts.health.pages_read:
        return "Nothing found, but no page was read in this window: this is no all-clear."
    return f"Nothing needs action. {many(facts.health.pages_read, 'page')} checked."


def crawl_sentence(facts: DigestFacts) -> str:
    """Whether the counts of copies may be compared with other days'."""
    read, usual = facts.health.pages_read, facts.health.usual_pages_read
    pages = many(read, "page")
    if not facts.crawls:
        return "No outlet is crawled: the counts above rest on what was imported."
    if not read:
        return "No page was read in this window: the counts above say nothing about the outlets."
    if usual is None:
        return f"{pages} read; there are no earlier days to compare with yet."
    if facts.crawl_fell:
        return (
            f"Only {pages} read, where {number(round(usual))} are usual: "
            "a fall in copies may come from our crawl and not from the outlets."
        )
    return f"{pages} read, {number(round(usual))} are usual: the crawl does not explain a change in copies."


def move_sentence(move: OutletMove) -> str:
    """How an outlet moved, and whether our crawl explains it."""
    copies = f"{many(move.copies, 'copy', 'copies')}, usually {number(round(move.usual_copies, 1))}"
    pages = f"{many(move.pages_read, 'page')} read, usually {number(round(move.usual_pages_read, 1))}"
    if move.trend == "rising":
        return f"{copies}; {pages}."
    if move.crawl_fell:
        failed = f", {many(move.requests_failed, 'request')} failed or refused" if move.requests_failed else ""
        return f"{copies}; {pages}{failed}: our crawl fell, the outlet may not have."
    return f"{copies}; {pages}: the crawl was as usual."


def uses(counts: Sequence[tuple[str, int]]) -> str:
    """`9 verbatim, 3 cut`."""
    return ", ".join(f"{count:,} {use}" for use, count in counts)


def outlets(names: Sequence[str], shown: int = 3) -> str:
    """`Riverton Post, Il Corriere and 4 more`."""
    if len(names) <= shown:
        return ", ".join(names)
    return f"{', '.join(names[:shown])} and {len(names) - shown} more"
