"""An outlet prints: its file's entries become pages with versions, twins and furniture, at their moments.

Two passes over an outlet, since a page's furniture shows what the site had published before it.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from demo.editing import CreditParts, Entry, credit_parts, edited, own_text, updated
from demo.layout import Print, Teaser, article_html
from demo.shapes import Page, Site, Twin, Version
from demo.stories import Story, Take, after
from demo.wirefiles import story_urn

_TEASER_WORDS = 24
_JITTER_MINUTES = 3


@dataclass(frozen=True, slots=True)
class Stage:
    """What an article looks like from a moment on. `take` is the number of the take it then carries.

    `wrong_headline`: the text was corrected and the headline above it was not. `noindex`: the page asks search engines
    to leave it out, and shows readers what it showed before.
    """

    visible_from: datetime
    headline: str
    paragraphs: tuple[str, ...]
    take: int | None
    note: str = ""
    modified: datetime | None = None
    parts: CreditParts | None = None
    wrong_headline: bool = False
    noindex: bool = False


@dataclass(frozen=True, slots=True)
class Draft:
    """An article before it is laid out."""

    path: str
    entry: Entry
    story: Story | None
    published: datetime
    parts: CreditParts
    stages: tuple[Stage, ...]
    language: str
    identifier: str = ""
    signoff: str = ""
    gone_from: datetime | None = None
    down_from: datetime | None = None

    @property
    def summary(self) -> str:
        """The opening words, as listings show them."""
        words = self.stages[0].paragraphs[0].split()
        return " ".join(words[:_TEASER_WORDS]) + ("…" if len(words) > _TEASER_WORDS else "")


@dataclass(frozen=True, slots=True)
class Printed:
    """A page and the draft it came from, which knows what was planted in it."""

    page: Page
    draft: Draft


class Desk:
    """One outlet's desk. `table` is its file, `seed` moves its publications and picks its furniture."""

    def __init__(
        self, table: Mapping[str, Any], site: Site, stories: Mapping[str, Story], start: datetime, seed: int
    ) -> None:
        self._table = table
        self._site = site
        self._stories = stories
        self._start = start
        self._seed = seed
        self._zone = ZoneInfo(site.zone)

    def printed(self) -> list[Printed]:
        """Every page of the site, in the order of publication."""
        drafts = self._agency_drafts() if self._site.agency else [self._draft(row) for row in self._table["article"]]
        drafts.sort(key=lambda draft: (draft.published, draft.path))
        return [Printed(self._page(draft, drafts[:number]), draft) for number, draft in enumerate(drafts)]

    def _agency_drafts(self) -> list[Draft]:
        return [
            self._filing(story, take)
            for story in self._stories.values()
            if story.door == "page" and story.agency == self._site.agency
            for take in story.takes
        ]

    def _filing(self, story: Story, take: Take) -> Draft:
        """The agency's own page. Its site shows a take when the take is filed."""
        dateline = f"{story.place} (AFP) – "
        text = (dateline + take.paragraphs[0], *take.paragraphs[1:])
        path = f"/{story.language}/news/{story.id.lower()}"
        initials = [self._random(path).choice(["mab", "tlo", "jcw", "rvk", "enu"]) for _ in range(2)]
        return Draft(
            path=path,
            entry={"path": path, "section": story.desk.capitalize()},
            story=story,
            published=take.filed,
            parts=CreditParts(),
            stages=(Stage(take.visible, take.headline, text, take.number),),
            language=story.language,
            identifier=story_urn(story),
            signoff="/".join(initials),
        )

    def _draft(self, entry: Entry) -> Draft:
        story = self._stories[entry["story"]] if "story" in entry else None
        parts = credit_parts(self._table, entry, story)
        published = self._published(entry, story)
        take = story.takes[entry.get("take", 1) - 1] if story else None
        text = self._text(entry, take, parts)
        path = entry["path"].replace("{ymd}", f"{published.astimezone(self._zone):%Y/%m/%d}")
        stages = [Stage(published, entry["headline"], text, take.number if take else None)]
        for update in entry.get("update", ()):
            stages.append(self._update(entry, update, stages[-1], story, parts))
        ends = {name: _end(entry, name, published) for name in ("gone", "down")}
        return Draft(
            path,
            entry,
            story,
            published,
            parts,
            tuple(stages),
            self._site.language,
            gone_from=ends["gone"],
            down_from=ends["down"],
        )

    def _published(self, entry: Entry, story: Story | None) -> datetime:
        jitter = timedelta(minutes=self._random(entry["path"]).randint(0, _JITTER_MINUTES))
        if story is None:
            return after(self._start, entry["at_hours"]) + jitter
        filed = story.takes[int(entry.get("take", 1)) - 1].filed
        delay = timedelta(minutes=int(entry["delay_minutes"]))
        return filed + delay + jitter

    def _text(self, entry: Entry, take: Take | None, parts: CreditParts) -> tuple[str, ...]:
        if take is None:
            return own_text(entry)
        other = self._stories[entry["weave"]].takes[0] if "weave" in entry else None
        return edited(entry, take, other, parts)

    def _update(self, entry: Entry, update: Entry, before: Stage, story: Story | None, parts: CreditParts) -> Stage:
        if story is None or before.take is None:
            raise ValueError(f"{entry['path']}: only a copy can be updated")
        take = story.takes[update.get("take", before.take) - 1]
        moment = before.visible_from + timedelta(minutes=update["after_minutes"])
        own = "text" in update
        text = own_text(update) if own else updated(entry, update, before.paragraphs, take, parts)
        shown = None if update.get("silent", False) else moment
        headline, note = update.get("headline", before.headline), update.get("note", "")
        if own:  # what the desk wrote itself carries no agency's credit
            unsigned = credit_parts(self._table, {**entry, "credit": "none"}, story)
            return Stage(moment, headline, text, None, note, shown, unsigned)
        wrong, hidden = update.get("wrong_headline", False), update.get("noindex", False)
        return Stage(moment, headline, text, take.number, note, shown, wrong_headline=wrong, noindex=hidden)

    def _random(self, key: str) -> random.Random:
        return random.Random(f"{self._seed}:{self._site.id}:{key}")  # noqa: S311  -- furniture, not secrets

    def _page(self, draft: Draft, earlier: Sequence[Draft]) -> Page:
        related = self._related(draft, earlier)
        layout = self._table["layout"]
        versions = tuple(
            Version(stage.visible_from, self._html(layout, draft, stage, related)) for stage in draft.stages
        )
        return Page(
            site=self._site.id,
            path=draft.path,
            headline=draft.stages[0].headline,
            summary=draft.summary,
            section=draft.entry["section"],
            language=draft.language,
            published=draft.published,
            versions=versions,
            story=draft.story.id if draft.story else None,
            expected=_expected(draft, self._site),
            paragraphs=draft.stages[0].paragraphs,
            twins=self._twins(draft, related, versions),
            gone_from=draft.gone_from,
            down_from=draft.down_from,
        )

    def _twins(self, draft: Draft, related: tuple[Teaser, ...], versions: tuple[Version, ...]) -> tuple[Twin, ...]:
        if self._table.get("amp", False):
            amp = tuple(
                Version(stage.visible_from, self._html("amp.html", draft, stage, related)) for stage in draft.stages
            )
            return (Twin(f"{draft.path}/amp", amp),)
        return (Twin(f"{draft.path}?print=1", versions),) if self._table.get("print", False) else ()

    def _html(self, layout: str, draft: Draft, stage: Stage, related: tuple[Teaser, ...]) -> str:
        return article_html(layout, self._print(draft, stage, related), stage.parts or draft.parts)

    def _print(self, draft: Draft, stage: Stage, related: tuple[Teaser, ...]) -> Print:
        published = draft.published.astimezone(self._zone)
        modified = stage.modified.astimezone(self._zone) if stage.modified else None
        stamp_delay = timedelta(minutes=self._random(draft.path).randint(1, 9))
        return Print(
            path=draft.path,
            amp_path=f"{draft.path}/amp",
            headline=stage.headline,
            section=draft.entry["section"],
            language=draft.language,
            summary=draft.summary,
            paragraphs=stage.paragraphs,
            published=published,
            modified=modified,
            stamped=modified or published + stamp_delay,
            note=stage.note,
            caption=draft.entry.get("caption", ""),
            photo=draft.entry.get("photo", ""),
            identifier=draft.identifier,
            signoff=draft.signoff,
            related=related,
            noindex=stage.noindex,
        )

    def _related(self, draft: Draft, earlier: Sequence[Draft]) -> tuple[Teaser, ...]:
        """Up to three earlier articles with their opening words, then what the site had before the newsroom began."""
        chosen = self._random(f"related:{draft.path}").sample(list(earlier), min(3, len(earlier)))
        recent = [
            Teaser(other.path, other.stages[0].headline, other.summary, other.published.astimezone(self._zone))
            for other in chosen
            if other.language == draft.language
        ]
        archive = [
            Teaser(
                f"/archive/{number}",
                row["headline"],
                row["teaser"],
                (self._start - timedelta(days=row["days_ago"], minutes=7 * number)).astimezone(self._zone),
            )
            for number, row in enumerate(self._table["archive"], start=1)
        ]
        return (*recent, *archive)


def _end(entry: Entry, name: str, published: datetime) -> datetime | None:
    """When a page ends by being deleted or by failing, if it does."""
    minutes = entry.get(f"{name}_after_minutes")
    return published + timedelta(minutes=minutes) if minutes is not None else None


def _expected(draft: Draft, site: Site) -> str:
    """What must be made of the page, in words."""
    if site.agency:
        return "the agency's own item"
    if draft.entry.get("disallowed", False):
        return "never fetched: robots.txt disallows it"
    if draft.story is None:
        trap = draft.entry.get("trap", "")
        return f"an article of the outlet's own ({trap})" if trap else "an article of the outlet's own"
    if not draft.story.agency:
        return "a text shared without any agency: a pair, never a pickup"
    return f"a pickup of {draft.story.id} ({draft.entry['use']})"
