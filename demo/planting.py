"""Write the truth down while the newsroom is built: from the outlets' files and the moments, never from the pages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal

from demo.editing import credit_kind
from demo.printing import Draft, Printed, Stage
from demo.shapes import Copy, Correction, CreditUse, PlantedEdit, Reaction, Site, Timing, Truth, Use
from demo.stories import Story, Take


def plant(sites: Sequence[Site], stories: Mapping[str, Story], printed: Sequence[Printed]) -> Truth:
    """The truth about these pages. Raises ValueError when two sites share a path: findings name pages by path."""
    by_site = {site.id: site for site in sites}
    drafts = [(by_site[article.page.site], article.draft) for article in printed]
    carriers = [(site, draft) for site, draft in drafts if _is_copy(site, draft)]
    copies = frozenset(copy for site, draft in carriers for copy in _copies(site, draft, stories))
    filed = [story for story in stories.values() if story.door != "none"]
    copied = {copy.path for copy in copies}
    used = {copy.story for copy in copies}
    return Truth(
        copies=copies,
        never_linked=frozenset(draft.path for _, draft in drafts) - copied,
        uncredited=frozenset(copy.path for copy in copies if not copy.credited),
        edits=tuple(edit for site, draft in carriers for edit in _edits(site, draft)),
        corrections=tuple(_corrections(stories, drafts)),
        reactions=tuple(_reactions(stories, carriers)),
        unused_stories=frozenset(story.id for story in filed if story.id not in used),
        late_stories=frozenset(story.id for story in filed if story.takes[0].visible > story.takes[0].filed),
        shared_without_agency=_shared(drafts),
        disallowed=frozenset(draft.path for _, draft in drafts if draft.entry.get("disallowed", False)),
        silent_updates=_silent_updates(drafts),
        twins={twin.path: article.page.path for article in printed for twin in article.page.twins},
        traps={draft.path: str(draft.entry["trap"]) for _, draft in drafts if "trap" in draft.entry},
        sites={site.id: site.name for site in sites},
        paths=_paths(drafts),
    )


def _is_copy(site: Site, draft: Draft) -> bool:
    """The agency's own page, a page robots.txt hides and a text without an agency are no pickups."""
    own = bool(site.agency) or draft.story is None
    return not own and bool(draft.story and draft.story.agency) and not draft.entry.get("disallowed", False)


def _copies(site: Site, draft: Draft, stories: Mapping[str, Story]) -> list[Copy]:
    found: list[Copy] = []
    named = [draft.story.name] if draft.story else []
    for name in [*named, *([draft.entry["weave"]] if "weave" in draft.entry else [])]:
        found.extend(_copies_of(site, draft, stories[name]))
    return found


def _copies_of(site: Site, draft: Draft, story: Story) -> list[Copy]:
    """One copy per take the page carries over its versions; the last one is final."""
    takes = list(dict.fromkeys(stage.take for stage in draft.stages if stage.take))
    inferred = story.door == "none"
    found: list[Copy] = []
    for number in takes:
        filed = story.takes[number - 1].filed if not inferred else None
        minutes = round((draft.published - filed).total_seconds() / 60) if filed else None
        timing = _timing(site, minutes)
        found.append(
            Copy(
                site=site.id,
                path=draft.path,
                story=story.id,
                agency=story.agency,
                take=None if inferred else number,
                use=_use(draft),
                credit=_credit(draft),
                delay_minutes=minutes if timing == "shown" else None,
                actual_minutes=minutes,
                timing=timing,
                final=number == draft.stages[-1].take,
            )
        )
    return found


def _timing(site: Site, minutes: int | None) -> Timing:
    if not site.shows_time:
        return "hidden"
    return "open" if minutes is None or minutes < 0 else "shown"


def _use(draft: Draft) -> Use:
    use: Use = draft.entry["use"]
    return use


def _credit(draft: Draft) -> CreditUse:
    """The kind of credit the page gives; an outlet's form for a further agency counts as a text credit."""
    if draft.entry.get("quoted", False):
        return "quoted"
    kind = credit_kind(draft.entry)
    known: dict[str, CreditUse] = {"joint": "joint", "photo": "photo", "none": "none"}
    return known.get(kind, "text")


def _edits(site: Site, draft: Draft) -> list[PlantedEdit]:
    story = draft.story.id if draft.story else ""
    entries = [draft.entry, *draft.entry.get("update", ())]
    pairs = [pair for entry in entries for pair in entry.get("edits", ())]
    changed = [PlantedEdit(site.id, draft.path, story, old, new) for old, new in pairs]
    added = [
        PlantedEdit(site.id, draft.path, story, "", _added_phrase(old, new))
        for old, new in draft.entry.get("additions", ())
    ]
    return changed + added


def _added_phrase(old: str, new: str) -> str:
    """What `new` has that `old` has not: the part between their common head and tail, without outer punctuation."""
    head = next((at for at, (one, other) in enumerate(zip(old, new, strict=False)) if one != other), len(old))
    tail = 0
    while tail < len(old) - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    return new[head : len(new) - tail].strip(" ,.")


def _corrections(stories: Mapping[str, Story], drafts: Sequence[tuple[Site, Draft]]) -> list[Correction]:
    found: list[Correction] = []
    for story in stories.values():
        for take in story.takes:
            if take.status != "corrected":
                continue
            carriers = [draft for site, draft in drafts if _is_copy(site, draft) and draft.story is story]
            early = [draft for draft in carriers if draft.published < take.filed]
            complied = {draft.path: moment for draft in early if (moment := _complied(draft, take.number))}
            unchanged = frozenset(draft.path for draft in early) - set(complied)
            found.append(Correction(story.agency, story.id, take.number, take.filed, take.notice, complied, unchanged))
    return found


def _complied(draft: Draft, take: int) -> datetime | None:
    return next((s.visible_from for s in draft.stages if s.take == take and not s.wrong_headline), None)


def _reactions(stories: Mapping[str, Story], carriers: Sequence[tuple[Site, Draft]]) -> Iterator[Reaction]:
    """What each copy did about each notice that concerns it: about a correction, those printed before it."""
    makers = {"corrected": _after_correction, "killed": _after_kill, "embargoed": _under_embargo}
    sent = [(story, take) for story in stories.values() for take in story.takes if take.status in makers]
    for story, take in sent:
        made = (makers[take.status](site, draft, take) for site, draft in carriers if draft.story is story)
        yield from (reaction for reaction in made if reaction)


def _after_correction(_site: Site, draft: Draft, take: Take) -> Reaction | None:
    if draft.published >= take.filed:
        return None
    return _reaction("correction", draft, take, next((s for s in draft.stages if s.take == take.number), None))


def _after_kill(_site: Site, draft: Draft, take: Take) -> Reaction:
    story = draft.story.id if draft.story else ""
    if draft.gone_from:
        minutes = (draft.gone_from - take.filed) / timedelta(minutes=1)
        return Reaction("kill", story, draft.path, take.filed, "removed", minutes)
    if draft.down_from:
        return Reaction("kill", story, draft.path, take.filed, "unreachable")
    if any(stage.noindex for stage in draft.stages):
        return Reaction("kill", story, draft.path, take.filed, "noindexed")
    return _reaction("kill", draft, take, next((stage for stage in draft.stages if stage.take is None), None))


def _under_embargo(site: Site, draft: Draft, take: Take) -> Reaction | None:
    """A breach is only what can be proven: the page must say when it was published, and in which zone."""
    story, until = draft.story.id if draft.story else "", take.embargo_until
    if until is None or draft.published >= until or not site.shows_time:
        return None
    minutes = (until - draft.published) / timedelta(minutes=1)
    return Reaction("embargo", story, draft.path, take.filed, "broken", minutes, stated=True)


def _reaction(kind: Literal["correction", "kill"], draft: Draft, take: Take, stage: Stage | None) -> Reaction:
    story = draft.story.id if draft.story else ""
    if stage is None:
        return Reaction(kind, story, draft.path, take.filed, "unchanged")
    if stage.wrong_headline:
        return Reaction(kind, story, draft.path, take.filed, "headline still wrong")
    minutes = (stage.visible_from - take.filed) / timedelta(minutes=1)
    state: Literal["changed with a note", "silently changed"] = (
        "changed with a note" if stage.note else "silently changed"
    )
    return Reaction(kind, story, draft.path, take.filed, state, minutes, stated=stage.modified is not None)


def _silent_updates(drafts: Sequence[tuple[Site, Draft]]) -> dict[str, datetime]:
    return {
        draft.path: stage.visible_from for _, draft in drafts for stage in draft.stages[1:] if stage.modified is None
    }


def _shared(drafts: Sequence[tuple[Site, Draft]]) -> tuple[tuple[str, str], ...]:
    paths = sorted(draft.path for _, draft in drafts if draft.story and not draft.story.agency)
    return tuple((one, other) for at, one in enumerate(paths) for other in paths[at + 1 :])


def _paths(drafts: Sequence[tuple[Site, Draft]]) -> dict[str, str]:
    owners: dict[str, str] = {}
    for site, draft in drafts:
        if owners.setdefault(draft.path, site.id) != site.id:
            raise ValueError(f"{draft.path} is a page of {owners[draft.path]} and of {site.id}")
    return owners
