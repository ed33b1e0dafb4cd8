"""How the daily email says things: sentences that never accuse, in the reader's language.

We see that a page appears to reproduce a text; whether it may is for people to say. A licence nobody told us of is
"unknown". Nothing here reads a clock; the reader's zone comes in as an argument. What the matcher and servers said of a
link or a failure is quoted as evidence and stays as they said it, in English.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

from babel.dates import get_month_names

from report.attached import PICKUPS
from report.language import N_, Language, language
from report.periods import Period
from storage.answers import Pickup
from storage.digest.digest_rows import (
    ActItem,
    ActKind,
    ClosedNotice,
    DigestFacts,
    FeedTrouble,
    Health,
    Numbers,
    OutletMove,
    Scope,
)

ACT_LABELS: Final[Mapping[ActKind, str]] = {
    "kill not applied": N_("Kill not applied"),
    "correction not applied": N_("Correction not applied"),
    "hold not applied": N_("Hold not applied"),
    "embargo broken": N_("Embargo"),
    "unlicensed copy": N_("No licence"),
    "wrong agency credited": N_("Credit differs"),
    "credit removed": N_("Credit removed"),
    "credit missing": N_("Credit missing"),
}
_NOT_APPLIED: Final[Mapping[ActKind, str]] = {
    "kill not applied": N_(
        "The kill appears not to be applied: the text still stood {later} after it, when last checked ({when})."
    ),
    "correction not applied": N_(
        "The correction appears not to be applied: what it mends still stood {later} after it, when last checked "
        "({when})."
    ),
    "hold not applied": N_(
        "The hold appears not to be applied: the text still stood {later} after it, when last checked ({when})."
    ),
}
_USES: Final[Mapping[str, str]] = {
    "verbatim": N_("verbatim"),
    "cut": N_("cut"),
    "edited": N_("edited"),
    "merged": N_("merged"),
    "partial": N_("partial"),
    "quoted only": N_("quoted only"),
    "other": N_("other"),
}
_MOVES: Final[Mapping[str, str]] = {"rising": N_("Rising"), "falling": N_("Falling"), "silent": N_("Silent")}
_FEEDS: Final[Mapping[str, str]] = {
    "refused": N_("Refused"),
    "failed": N_("Failed"),
    "never polled": N_("Never polled"),
    "stale": N_("Stale"),
}
_CLOSED: Final[Mapping[str, str]] = {
    "kill": N_("Kill applied everywhere"),
    "correction": N_("Correction applied everywhere"),
    "hold": N_("Hold applied everywhere"),
}
_EDITS: Final[Mapping[str, str]] = {
    "cut": N_("cut"),
    "added": N_("added"),
    "moved": N_("moved"),
    "house spelling": N_("house spelling"),
    "word": N_("word"),
    "name": N_("name"),
    "number": N_("number"),
    "quote": N_("quote"),
    "negation": N_("negation"),
    "attribution": N_("attribution"),
    "headline": N_("headline"),
}


@dataclass(frozen=True, slots=True)
class Wording:
    """The sentences of one language. Templates call them by name."""

    language: Language

    def agencies(self, facts: DigestFacts) -> str:
        """Whose copies these are, for the subject: up to three codes, else their number."""
        codes = facts.scope.agencies
        if not codes:
            return self.language.say("Agency")
        return (
            ", ".join(codes)
            if len(codes) <= 3
            else self.language.many("{count} agency", "{count} agencies", len(codes))
        )

    def when(self, period: Period) -> str:
        """`Fri 20 Nov`, or `week 16–22 Nov`."""
        if period.kind == "daily":
            return self.language.day(period.last)
        return self.language.say("week {days}", days=self.language.days(period.first, period.last))

    def column(self, period: Period) -> str:
        """The same over a column of figures."""
        return (
            self.language.day(period.last) if period.kind == "daily" else self.language.days(period.first, period.last)
        )

    def title(self, facts: DigestFacts, period: Period) -> str:
        """`AFP pickup, Fri 20 Nov`."""
        return self.language.say("{agencies} pickup, {when}", agencies=self.agencies(facts), when=self.when(period))

    def subject(self, facts: DigestFacts, period: Period) -> str:
        """`AFP pickup, Fri 20 Nov: 412 copies of 96 stories · 3 need action`, and a warning when the crawl fell."""
        need = len(facts.act_now)
        found = [self.language.many("{count} needs action", "{count} need action", need)] if need else []
        if facts.crawl_fell:
            read = facts.health.pages_read
            found.append(self.language.say("crawl was down") if read else self.language.say("nothing was read"))
        told = " · ".join(found) or self.language.say("nothing needs action")
        counts = self.copies_of_stories(facts.numbers)
        return self.language.say(
            "{title}: {counts} · {found}", title=self.title(facts, period), counts=counts, found=told
        )

    def copies(self, count: int) -> str:
        """`412 copies`."""
        return self.language.many("{count} copy", "{count} copies", count)

    def pages(self, count: int) -> str:
        """`9,812 pages`."""
        return self.language.many("{count} page", "{count} pages", count)

    def copies_of_stories(self, numbers: Numbers) -> str:
        """`412 copies of 96 stories`."""
        stories = self.language.many("{count} story", "{count} stories", numbers.stories)
        return self.language.say("{copies} of {stories}", copies=self.copies(numbers.copies), stories=stories)

    def lead(self, numbers: Numbers) -> str:
        """`412 copies of 96 stories at 31 outlets`."""
        outlets = self.language.many("{count} outlet", "{count} outlets", numbers.outlets)
        return self.language.say("{counts} at {outlets}", counts=self.copies_of_stories(numbers), outlets=outlets)

    def act_labels(self, item: ActItem) -> str:
        """`No licence · Credit missing`."""
        return " · ".join(self.language.say(ACT_LABELS[kind]) for kind in item.kinds)

    def act_sentence(self, item: ActItem, zone: tzinfo) -> str:
        """What was seen, and when: one sentence per reason, worst first."""
        return " ".join(self._because(kind, item, zone) for kind in item.kinds)

    def _because(self, kind: ActKind, item: ActItem, zone: tzinfo) -> str:
        say = self.language.say
        when, later = self.language.instant(item.seen_at, zone), self.language.duration(item.minutes)
        if kind in _NOT_APPLIED:
            return say(_NOT_APPLIED[kind], later=later, when=when)
        if kind == "embargo broken":
            return say("Appears to have been out at least {before} before the embargo ended.", before=later)
        if kind == "unlicensed copy":
            share = self.language.percent(item.share_of_story)
            return say("Appears to reproduce {share} of the story; licence on record: none.", share=share)
        if kind == "wrong agency credited":
            return say(
                "Credits “{credit}”; the text appears to be {agency}’s.", credit=item.credit_text, agency=item.agency
            )
        if kind == "credit removed":
            return say(
                "Credited {agency} before; without that credit since {when} at the latest.",
                agency=item.agency,
                when=when,
            )
        verbatim = "" if "unlicensed copy" in item.kinds else say("Appears to reproduce the story word for word.")
        return f"{verbatim} {self._no_credit(item)}".strip()

    def _no_credit(self, item: ActItem) -> str:
        if item.credited == "photo":
            return self.language.say("Only a photo is credited to {agency}.", agency=item.agency)
        if item.credited == "quoted":
            return self.language.say("{agency} is named as a quoted source only.", agency=item.agency)
        return self.language.say("No credit to {agency} was found on the page.", agency=item.agency)

    def nothing_to_do(self, facts: DigestFacts) -> str:
        """Said when nothing needs action: what that rests on."""
        if not facts.crawls:
            checked = self.copies(facts.numbers.copies)
            return self.language.say("Nothing needs action. No outlet is crawled; {copies} checked.", copies=checked)
        if not facts.health.pages_read:
            return self.language.say("Nothing found, but no page was read in this window: this is no all-clear.")
        read = facts.health.pages_read
        return self.language.many(
            "Nothing needs action. {count} page checked.", "Nothing needs action. {count} pages checked.", read
        )

    def crawl_sentence(self, facts: DigestFacts) -> str:
        """Whether the counts of copies may be compared with other days'."""
        read, usual, say = facts.health.pages_read, facts.health.usual_pages_read, self.language.say
        pages = self.pages(read)
        if not facts.crawls:
            return say("No outlet is crawled: the counts above rest on what was imported.")
        if not read:
            return say("No page was read in this window: the counts above say nothing about the outlets.")
        if usual is None:
            return say("{pages} read; there are no earlier days to compare with yet.", pages=pages)
        usually = self.language.number(round(usual))
        if facts.crawl_fell:
            return say(
                "Only {pages} read, where {usual} are usual: a fall in copies may come from our crawl and not from the "
                "outlets.",
                pages=pages,
                usual=usually,
            )
        return say(
            "{pages} read, {usual} are usual: the crawl does not explain a change in copies.",
            pages=pages,
            usual=usually,
        )

    def move_label(self, move: OutletMove) -> str:
        """`Rising`."""
        return self.language.say(_MOVES[move.trend])

    def move_sentence(self, move: OutletMove) -> str:
        """How an outlet moved, and whether our crawl explains it."""
        say, number = self.language.say, self.language.number
        usual = say(
            "{copies}, usually {usual}", copies=self.copies(move.copies), usual=number(round(move.usual_copies, 1))
        )
        read = say(
            "{pages} read, usually {usual}",
            pages=self.pages(move.pages_read),
            usual=number(round(move.usual_pages_read, 1)),
        )
        if move.trend == "rising":
            return say("{copies}; {pages}.", copies=usual, pages=read)
        if not move.crawl_fell:
            return say("{copies}; {pages}: the crawl was as usual.", copies=usual, pages=read)
        if move.requests_failed:
            failed = self.language.many(
                "{count} request failed or refused", "{count} requests failed or refused", move.requests_failed
            )
            read = f"{read}, {failed}"
        return say("{copies}; {pages}: our crawl fell, the outlet may not have.", copies=usual, pages=read)

    def uses(self, counts: Sequence[tuple[str, int]]) -> str:
        """`9 verbatim, 3 cut`."""
        return ", ".join(
            self.language.say("{count} {use}", count=self.language.number(count), use=self.use(use))
            for use, count in counts
        )

    def use(self, use: str) -> str:
        """A class of use."""
        return self.language.say(_USES.get(use, use))

    def first_known(self, outlet: str, delay_minutes: float | None) -> str:
        """`First known: Riverton Post, after 25 min`. A story refiled later has earlier copies."""
        say, duration = self.language.say, self.language.duration
        if delay_minutes is None:
            return say("First known: {outlet}", outlet=outlet)
        if delay_minutes <= -0.5:
            before = duration(-delay_minutes)
            return say("First known: {outlet}, {before} before the filing we hold", outlet=outlet, before=before)
        return say("First known: {outlet}, after {delay}", outlet=outlet, delay=duration(delay_minutes))

    def edit_label(self, substantive: bool, kind: str) -> str:
        """`Substantive, number`."""
        label = self.language.say("Substantive") if substantive else self.language.say("Changed")
        return f"{label}, {self.language.say(_EDITS.get(kind, kind))}" if kind else label

    def seen(self, copy: Pickup, zone: tzinfo) -> str:
        """When a late copy was out, as far as is known."""
        if copy.published:
            return self.language.say("published {when}", when=self.language.instant(copy.published, zone))
        return self.language.say("first seen {when}", when=self.language.instant(copy.sighted_at, zone))

    def closed(self, notice: ClosedNotice) -> str:
        """`Correction applied everywhere, 5h 12m after it was sent: 4 articles at 3 outlets`."""
        articles = self.language.many("{count} article", "{count} articles", notice.articles)
        outlets = self.language.many("{count} outlet", "{count} outlets", notice.outlets)
        return self.language.say(
            "{what}, {later} after it was sent: {articles} at {outlets}",
            what=self.language.say(_CLOSED.get(notice.kind, notice.kind)),
            later=self.language.duration(notice.minutes),
            articles=articles,
            outlets=outlets,
        )

    def feed_label(self, trouble: FeedTrouble) -> str:
        """`Stale`."""
        return self.language.say(_FEEDS[trouble.state])

    def feed_reason(self, trouble: FeedTrouble, zone: tzinfo) -> str:
        """Why a feed is in trouble: its server's words, or ours where it said nothing."""
        if trouble.state == "never polled":
            return self.language.say("not polled in this window")
        if trouble.state != "stale":
            return trouble.reason
        if trouble.found_at is None:
            return self.language.say("never listed a new page")
        return self.language.say("nothing new since {when}", when=self.language.instant(trouble.found_at, zone))

    def health_lines(self, health: Health) -> list[str]:
        """What was polled, read and run, and what of it failed: one line each."""
        say, many, number = self.language.say, self.language.many, self.language.number
        polled = many(
            "{polled} of {count} feed polled",
            "{polled} of {count} feeds polled",
            health.feeds,
            polled=number(health.feeds_polled),
        )
        feeds = (
            polled,
            say("{number} refused by robots", number=number(health.feeds_refused)),
            say("{number} failed", number=number(health.feeds_failed)),
            say("{number} stale", number=number(health.feeds_stale)),
        )
        pages = (
            many("{count} page read", "{count} pages read", health.pages_read),
            say("{number} refused", number=number(health.pages_refused)),
            say("{number} failed", number=number(health.pages_failed)),
        )
        runs = [
            many("{count} run", "{count} runs", health.runs),
            say("{number} failed", number=number(health.runs_failed)),
        ]
        if health.runs_unfinished:
            runs.append(say("{number} never ended", number=number(health.runs_unfinished)))
        lines = [" · ".join(parts) for parts in (feeds, pages, runs)]
        if health.set_aside:
            lines.append(
                many(
                    "{count} unit of work set aside: {command}",
                    "{count} units of work set aside: {command}",
                    health.set_aside,
                    command="wiretrail aside",
                )
            )
        return lines

    def method(self, facts: DigestFacts, zone: ZoneInfo) -> str:
        """The last lines: what was counted, by which matcher, and what our words mean."""
        say = self.language.say
        parts = (
            say("Window: {window} ({zone}).", window=self.window(facts, zone), zone=zone.key),
            say("A copy counts in the window in which it became known."),
            self.narrowed(facts.scope),
            say("Matcher: {versions}.", versions=", ".join(facts.matcher_versions) or say("not used")),
            say(
                "“Appears to reproduce” states what our comparison of texts found; a licence is unknown until somebody "
                "records one."
            ),
            say("All copies: {file}, attached.", file=PICKUPS),
        )
        return " ".join(part for part in parts if part)

    def window(self, facts: DigestFacts, zone: tzinfo) -> str:
        """The window with the zone's offset at both ends, which differ on the day of the clock change."""
        ends = (facts.window.start, facts.window.end)
        first, last = (
            f"{self.language.instant(end, zone, year=True)} UTC{_offset(end.astimezone(zone))}" for end in ends
        )
        return self.language.say("{first} to {last}", first=first, last=last)

    def narrowed(self, scope: Scope) -> str:
        """What the reader chose to be told of; empty for everything."""
        parts = ((N_("Outlets: {names}."), scope.outlets), (N_("Countries: {names}."), scope.countries))
        return " ".join(self.language.say(said, names=", ".join(names)) for said, names in parts if names)


def _offset(when: datetime) -> str:
    text = f"{when:%z}"
    return f"{text[:3]}:{text[3:5]}"


# The pages are in English: what they say by the same words as the email.
ENGLISH: Final = Wording(language("en"))
MONTHS: Final = tuple(get_month_names("abbreviated", locale="en")[month] for month in range(1, 13))
duration, percent = ENGLISH.language.duration, ENGLISH.language.percent
act_labels, act_sentence = ENGLISH.act_labels, ENGLISH.act_sentence


def many(count: int, one: str, more: str | None = None) -> str:
    """`1 copy`, `412 copies`: for the pages, in English."""
    return f"{ENGLISH.language.number(count)} {one if count == 1 else more or one + 's'}"
