"""Between the tables and the matcher: stored facts into members and takes, decisions into pickups to be stored.

Pure translation. What counts as credited, and how a delay follows from two uncertain moments, is written here once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import Any

from matcher import VERSION
from matcher import text as texts
from matcher.decide import ArticleText, Decision, StoryText
from matcher.edits import Edit, edits, read_headlines
from matcher.families import Inferred, Member
from matcher.fingerprint import fingerprint, to_bytes
from matcher.text import Hashes, Text
from news.articles import Moment
from storage.matches.match_facts import InferredStory, Pickup, TakeFacts, VersionFacts

CREDIT_ORDER = ("text", "joint", "generic", "photo", "quoted")
"""The stronger the kind, the earlier: a page that says both "AFP" and "photo: AFP" credits the text."""


_EDIT = tuple(field.name for field in fields(Edit))


def article_of(version: VersionFacts, text: Text, boilerplate: Hashes | None = None) -> ArticleText:
    """A version and its words as the decision takes them."""
    return ArticleText(
        text=text,
        published=known_from(version).timestamp(),
        credits=tuple((agency, kind) for agency, kind, _ in version.credits),
        boilerplate=boilerplate,
    )


def known_from(version: VersionFacts) -> datetime:
    """When an article was published, as near as is known: its instant, else the latest it can have been."""
    return version.published.at or version.published.latest or version.known_at


def member_of(version: VersionFacts, text: Text, prints: Hashes, boilerplate: Hashes | None) -> Member:
    """A version, its words and its fingerprint as a member of families."""
    named = [(agency, kind) for agency, kind, _ in version.credits if agency and kind in ("text", "joint")]
    agencies = tuple(dict.fromkeys(agency for agency, _ in named))
    return Member(
        key=version.id,
        rank=(known_from(version).timestamp(), version.url, version.number),
        outlet=version.outlet,
        article=article_of(version, text, boilerplate),
        fingerprint=prints,
        credited=agencies,
        sole=len(agencies) == 1 and all(kind == "text" for _, kind in named),
    )


def take_of(take: TakeFacts) -> StoryText:
    """A stored take as the decision takes it."""
    moment = take.filed.at or take.filed.latest
    return StoryText(
        key=take.id,
        family=take.story_key,
        agency=take.agency,
        take=take.take,
        text=texts.read(take.paragraphs, take.language),
        published=moment.timestamp() if moment else None,
        filed=take.origin == "filed",
    )


def story_of(story: Inferred, versions: Mapping[int, VersionFacts]) -> InferredStory:
    """An inferred story to be stored. It was filed before the earliest copy was published: that is all we know."""
    base = versions[story.base]
    founders = [versions[key] for key in story.founders]
    earliest = datetime.fromtimestamp(story.take.published, UTC) if story.take.published is not None else None
    return InferredStory(
        key=story.key,
        agency=story.agency,
        headline=base.headline,
        paragraphs=(*base.paragraphs, *story.added),
        language=base.language,
        filed=Moment(latest=earliest, source="first seen", zone="unknown"),
        words=len(story.take.text),
        fingerprint=to_bytes(fingerprint(story.take.text)),
        seen_at=min(version.known_at for version in founders),
    )


def pickups_of(
    inferred: Sequence[tuple[Inferred, InferredStory]],
    decisions: Mapping[int, tuple[Decision, ...]],
    members: Sequence[Member],
    versions: Mapping[int, VersionFacts],
    given: Sequence[tuple[TakeFacts, StoryText]],
    judged: Mapping[tuple[str, str], str],
) -> list[Pickup]:
    """Every decision that links or may link, as a row. Not what a person rejected, nor stories nobody carries."""
    takes = {take.id: (story.text, take.headline, take.filed, story.filed) for take, story in given}
    takes |= {story.take.key: (story.take.text, stored.headline, stored.filed, False) for story, stored in inferred}
    agency_of = {take.story_key: take.agency for take, _ in given} | {s.key: s.agency for s, _ in inferred}
    headlines = read_headlines(
        headline
        for member in members
        for decision in decisions[member.key]
        if decision.key in takes
        for headline in (versions[member.key].headline, takes[decision.key][1])
    )
    rows = []
    for member in members:
        version = versions[member.key]
        for decision in decisions[member.key]:
            judgement = judged.get((version.url, decision.family))
            if judgement == "reject" or decision.key not in takes:
                continue
            text, headline, filed, is_filed = takes[decision.key]
            shown = edits(member.article.text, text, decision.alignment, version.headline, headline, headlines)
            values = _values(decision, [_edit_row(edit, version.credits) for edit in shown])
            values |= credited_as(agency_of[decision.family], version.credits)
            values |= timing_of(version, filed, exact=is_filed)
            if judgement == "confirm":
                values["certainty"] = "confirmed"
            take_id = decision.key if decision.key > 0 else None
            rows.append(Pickup(version.id, version.article_id, decision.family, take_id, values))
    return rows


def _edit_row(edit: Edit, named: Sequence[tuple[str, str, str]]) -> dict[str, Any]:
    """An edit as JSON gives it back, so that an unchanged one compares equal.

    Words of a credit are attribution, whatever they replace: "(AFP)" printed as "أ ف ب" changed no name in the story.
    """
    row = {name: getattr(edit, name) for name in _EDIT}
    row |= {"story_at": list(edit.story_at), "article_at": list(edit.article_at)}
    credited = edit.article_paragraph in (0, 1) and any(
        edit.article_text in text for _, kind, text in named if edit.article_text and kind in ("text", "joint")
    )
    return row | {"kind": "attribution", "substantive": False} if credited else row


def _values(decision: Decision, shown: list[dict[str, Any]]) -> dict[str, Any]:
    spans = decision.alignment.spans
    return {
        "certainty": decision.verdict,
        "use": decision.class_,
        "share_of_article": round(float(decision.share_of_article), 4),
        "share_of_story": round(float(decision.share_of_story), 4),
        "covered_words": int(decision.covered),
        "score": round(float(decision.score), 4),
        "spans": [
            [*map(int, (s.article_start, s.article_end, s.story_start, s.story_end)), bool(s.exact)] for s in spans
        ],
        "edits": shown,
        "reasons": list(decision.reasons),
        "matcher_version": VERSION,
    }


def credited_as(agency: str, named: Sequence[tuple[str, str, str]]) -> dict[str, str]:
    """How an article credits the agency whose text it carries: the strongest kind, and the exact string.

    "wrong" when the text is credited to other agencies and not to this one.
    """
    own = [(CREDIT_ORDER.index(kind), text) for code, kind, text in named if code == agency or kind == "generic"]
    best = min(own, default=None, key=lambda found: found[0])
    if best is None or best[0] > CREDIT_ORDER.index("joint"):
        others = [text for code, kind, text in named if code and code != agency and kind in ("text", "joint")]
        if others:
            return {"credited": "wrong", "credit_text": others[0]}
    if best is None:
        return {"credited": "none", "credit_text": ""}
    return {"credited": CREDIT_ORDER[best[0]], "credit_text": best[1]}


def appeared(version: VersionFacts, filed: Moment) -> Moment:
    """When this text of the article appeared, for the take it carries.

    That is when the article was published, unless its page was changed since and now carries a take that was filed
    later: then it is when the page says it was changed, or else between that filing and our first sight of it.
    """
    published = version.published.at or version.published.latest
    if version.number == 1 or published is None or filed.at is None or published >= filed.at:
        return version.published
    changed = version.modified.at
    if changed is not None and filed.at <= changed <= version.seen_at:
        return version.modified
    return Moment(earliest=filed.at, latest=max(filed.at, version.seen_at), source="first seen")


def timing_of(version: VersionFacts, filed: Moment, *, exact: bool) -> dict[str, Any]:
    """When a text appeared where that was after publication, and its minutes from filing.

    The delay is exact when both instants are known; beside it what the bounds allow. For an inferred story the filing
    is only known to precede its earliest copy, so the delay has a lower bound alone.
    """
    out = appeared(version, filed)
    changed = Moment() if out == version.published else out
    out_earliest, out_latest = out.at or out.earliest, out.at or out.latest
    in_earliest, in_latest = filed.at or filed.earliest, filed.at or filed.latest
    return {
        "appeared_at": changed.at,
        "appeared_earliest": changed.earliest,
        "appeared_latest": changed.latest,
        "delay_minutes": _minutes(out.at, filed.at) if exact else None,
        "delay_earliest": _minutes(out_earliest, in_latest),
        "delay_latest": _minutes(out_latest, in_earliest),
    }


def _minutes(later: datetime | None, earlier: datetime | None) -> float | None:
    if later is None or earlier is None:
        return None
    return round((later - earlier) / timedelta(minutes=1), 2)
