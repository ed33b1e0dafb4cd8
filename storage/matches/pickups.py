"""Writing what the matcher found: inferred stories and pickups, made to say exactly what was decided.

    outcome ─> stories: created, updated, renamed, or gone ─> pickups: updated in place, added, removed
            ─> verdicts follow a story that was renamed or re-rooted

A pickup keeps its row when its story is re-rooted on a late filing, so that whoever noted its number finds it again.
A person's verdict is never changed, only its story's name when the story itself got another one.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from storage.in_parts import in_parts
from storage.matches.match_facts import InferredStory, Pickup
from storage.matches.verdicts import follow
from storage.models import ArticleRow, PickupRow, StoryRow, StoryVersionRow, VerdictRow


@dataclass(frozen=True, slots=True)
class Written:
    """What a save changed.

    `rerooted` maps the name of each inferred story that ended to where its pickups went; `takes` the row of each
    inferred story's take that was written to the story's key, `ended_takes` are the rows of those that ended;
    `touched` are the rows of all stories that had or have pickups among those decided.
    """

    stories_added: int
    pickups_added: int
    pickups_changed: int
    pickups_removed: int
    rerooted: Mapping[str, str]
    takes: Mapping[int, str]
    ended_takes: frozenset[int]
    touched: frozenset[int]


def save_outcome(
    session: Session,
    *,
    version_ids: Collection[int],
    rebuilt: Collection[str],
    stories: Sequence[InferredStory],
    pickups: Sequence[Pickup],
    matcher_version: str,
) -> Written:
    """Make the tables say what was decided about `version_ids`.

    `rebuilt` are the keys of all inferred stories that were taken apart for it; `stories` those that came out;
    `pickups` all pickups of these versions, of inferred and of other stories.
    """
    before = _existing_pickups(session, version_ids)
    rows = {row.key: row for part in in_parts(rebuilt) for row in session.scalars(_stories(part))}
    successors = _successors(rows, stories, pickups, before)
    written = _write_stories(session, rows, stories, successors, matcher_version)
    targets = written | _given_targets(session, {p.story for p in pickups} - written.keys())
    kept = _confirmed(session, before)
    added, changed, removed = _write_pickups(session, before, pickups, targets, kept)
    ended = {key: row for key, row in rows.items() if key not in successors}
    touched = {story for carried in before.values() for story in carried} | {story for story, _ in targets.values()}
    ended_takes = _takes_of(session, [row.id for row in ended.values()])
    rerooted = _end_stories(session, ended, before, pickups)
    _keep_first_knowledge(session, rerooted, ended)
    follow(session, {old: new for old, new in (successors | rerooted).items() if old != new})
    new_stories = len(stories) - len(successors)
    takes = {take_id: key for key, (_, take_id) in written.items()}
    gone = {row.id for row in ended.values()}
    touched_now = frozenset(touched - gone)
    return Written(new_stories, added, changed, removed, rerooted, takes, ended_takes, touched_now)


def _takes_of(session: Session, story_ids: Collection[int]) -> frozenset[int]:
    found: set[int] = set()
    for part in in_parts(story_ids):
        found |= set(session.scalars(select(StoryVersionRow.id).where(StoryVersionRow.story_id.in_(part))))
    return frozenset(found)


def _stories(keys: Collection[str]) -> Any:
    return select(StoryRow).where(StoryRow.key.in_(keys)).order_by(StoryRow.key)


def _existing_pickups(session: Session, version_ids: Collection[int]) -> dict[int, dict[int, PickupRow]]:
    """The present pickups of these versions: by version, by story row."""
    found: dict[int, dict[int, PickupRow]] = defaultdict(dict)
    for part in in_parts(version_ids):
        for row in session.scalars(select(PickupRow).where(PickupRow.version_id.in_(part))):
            found[row.version_id][row.story_id] = row
    return found


def _successors(
    rows: Mapping[str, StoryRow],
    stories: Sequence[InferredStory],
    pickups: Sequence[Pickup],
    before: Mapping[int, Mapping[int, PickupRow]],
) -> dict[str, str]:
    """Old key -> new key for rows that live on: the same key, else the row that shares most pickups."""
    keys = {story.key for story in stories}
    successors = {key: key for key in rows if key in keys}
    carrying: dict[str, set[int]] = defaultdict(set)
    for pickup in pickups:
        carrying[pickup.story].add(pickup.version_id)
    for key in sorted(keys - rows.keys()):
        shared = Counter[str]()
        for old, row in rows.items():
            if old not in successors:
                shared[old] = sum(row.id in before.get(version, {}) for version in carrying[key])
        best = max(sorted(shared), key=lambda old: shared[old], default=None)
        if best is not None and shared[best]:
            successors[best] = key
    return successors


def _write_stories(
    session: Session,
    rows: Mapping[str, StoryRow],
    stories: Sequence[InferredStory],
    successors: Mapping[str, str],
    matcher_version: str,
) -> dict[str, tuple[int, int]]:
    """Each story and its one take, written. Returns story key -> (story row, take row)."""
    old_of = {new: old for old, new in successors.items()}
    written = [
        rows[old_of[story.key]] if story.key in old_of else StoryRow(origin="inferred", seen_at=story.seen_at)
        for story in stories
    ]
    standing = _only_takes(session, [row.id for row in written if row.id is not None])
    for row, story in zip(written, stories, strict=True):
        row.key, row.agency, row.headline, row.language = story.key, story.agency, story.headline, story.language
        row.filed, row.seen_at = story.filed, story.seen_at
    session.add_all(written)
    session.flush()
    takes: list[StoryVersionRow] = []
    for row, story in zip(written, stories, strict=True):
        take = standing.get(row.id) or StoryVersionRow(take=1, content_sha256="", received_from="inferred from copies")
        take.story_id, take.headline, take.language = row.id, story.headline, story.language
        take.paragraphs, take.words, take.fingerprint = list(story.paragraphs), story.words, story.fingerprint
        take.filed, take.received_at, take.matched_by = story.filed, story.seen_at, matcher_version
        takes.append(take)
    session.add_all(takes)
    session.flush()
    return {story.key: (row.id, take.id) for story, row, take in zip(stories, written, takes, strict=True)}


def _only_takes(session: Session, story_ids: Collection[int]) -> dict[int, StoryVersionRow]:
    """The one take of each inferred story."""
    found: dict[int, StoryVersionRow] = {}
    for part in in_parts(story_ids):
        for take in session.scalars(select(StoryVersionRow).where(StoryVersionRow.story_id.in_(part))):
            found[take.story_id] = take
    return found


def _given_targets(session: Session, keys: Collection[str]) -> dict[str, tuple[int, int]]:
    """Stories that were not rebuilt, by key; the take is named by each pickup itself."""
    found: dict[str, tuple[int, int]] = {}
    for part in in_parts(keys):
        query = select(StoryRow.key, StoryRow.id).where(StoryRow.key.in_(part))
        found |= {key: (id_, 0) for key, id_ in session.execute(query)}
    return found


def _confirmed(session: Session, before: Mapping[int, Mapping[int, PickupRow]]) -> set[int]:
    """Pickup rows a person confirmed: they stand even when the matcher no longer sees them."""
    query = (
        select(PickupRow.id)
        .join(ArticleRow, ArticleRow.id == PickupRow.article_id)
        .join(StoryRow, StoryRow.id == PickupRow.story_id)
        .join(VerdictRow, (VerdictRow.article_url == ArticleRow.canonical_url) & (VerdictRow.story_key == StoryRow.key))
        .where(VerdictRow.judgement == "confirm")
    )
    ours = {row.id for rows in before.values() for row in rows.values()}
    return ours & set(session.scalars(query)) if ours else set()


def _write_pickups(
    session: Session,
    before: Mapping[int, Mapping[int, PickupRow]],
    pickups: Sequence[Pickup],
    targets: Mapping[str, tuple[int, int]],
    kept: Collection[int],
) -> tuple[int, int, int]:
    """Update, add and remove so that exactly `pickups` (and what a person confirmed) remain."""
    free = {version: dict(rows) for version, rows in before.items()}
    waiting: list[dict[str, Any]] = []
    changed = 0
    for pickup in pickups:
        values = _row_values(pickup, targets)
        row = free.get(pickup.version_id, {}).pop(values["story_id"], None)
        if row is None:
            waiting.append(values)
        else:
            changed += _assign(row, values)
    fresh = []
    for values in waiting:
        obsolete = free.get(values["version_id"], {})
        reusable = next((story for story in sorted(obsolete) if obsolete[story].id not in kept), None)
        if reusable is None:
            fresh.append(values)
        else:
            changed += _assign(obsolete.pop(reusable), values)
    gone = [row.id for rows in free.values() for row in rows.values() if row.id not in kept]
    session.flush()
    if fresh:  # before others go: SQLite would give a new one the number of the last that went
        session.execute(insert(PickupRow), fresh)
    for part in in_parts(gone):
        session.execute(delete(PickupRow).where(PickupRow.id.in_(part)))
    return len(fresh), changed, len(gone)


def _row_values(pickup: Pickup, targets: Mapping[str, tuple[int, int]]) -> dict[str, Any]:
    story_id, take_id = targets[pickup.story]
    return {
        "article_id": pickup.article_id,
        "version_id": pickup.version_id,
        "story_id": story_id,
        "story_version_id": take_id if pickup.take_id is None else pickup.take_id,
        **pickup.values,
    }


def _assign(row: PickupRow, values: Mapping[str, Any]) -> bool:
    """Set what differs; whether anything did."""
    different = {name: value for name, value in values.items() if getattr(row, name) != value}
    for name, value in different.items():
        setattr(row, name, value)
    return bool(different)


def _end_stories(
    session: Session,
    ended: Mapping[str, StoryRow],
    before: Mapping[int, Mapping[int, PickupRow]],
    pickups: Sequence[Pickup],
) -> dict[str, str]:
    """Delete inferred stories that came to nothing. Returns for each where most of its pickups went, if anywhere."""
    now_carried: dict[int, list[str]] = defaultdict(list)
    for pickup in pickups:
        now_carried[pickup.version_id].append(pickup.story)
    rerooted: dict[str, str] = {}
    old_carriers: dict[int, list[int]] = defaultdict(list)
    for version, rows in before.items():
        for story_id in rows:
            old_carriers[story_id].append(version)
    for key, row in ended.items():
        heirs = Counter(story for version in old_carriers[row.id] for story in now_carried[version])
        if heirs:
            rerooted[key] = max(sorted(heirs), key=lambda story: heirs[story])
        session.delete(row)
    session.flush()
    return rerooted


def _keep_first_knowledge(session: Session, rerooted: Mapping[str, str], ended: Mapping[str, StoryRow]) -> None:
    """A story is known since its copies gave it away, not since its filing came: else they would be news twice."""
    for old, new in rerooted.items():
        since = ended[old].seen_at
        session.execute(update(StoryRow).where(StoryRow.key == new, StoryRow.seen_at > since).values(seen_at=since))
