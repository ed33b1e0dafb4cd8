"""What did an article do after a notice? Pure: facts in, a state with its moment and its proof out.

    correction    what was wrong (jobs.notices.correcting) ─> does it stand in the newest version, or above it?
    kill, hold    does the newest version still carry the story?
    a page gone, redirected or out of reach says so itself, unless its text had complied before

Nothing is asserted that was not seen: an article nobody looked at since the notice has no state, and an embargo counts
as broken only when the latest moment at which the article can have been published lies before its end.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from jobs.notices.correcting import Wrong, is_headline_wrong, shown, standing
from jobs.notices.notes import is_note
from matcher import text as texts
from matcher.align import align
from news.terms import COMPLIED
from storage.agency.notices import ArticleLook, NoticeFacts, PageLook, State, VersionLook

_GOOD: Final = ("ok", "not modified")
_KIN: Final = 0.2
"""Share of a version that must stand in the one before for it to be the same article."""


@dataclass(frozen=True, slots=True)
class _Said:
    """What one version says about the notice, and the words that show it."""

    state: str
    evidence: str


def state_of(notice: NoticeFacts, look: ArticleLook, wrong: Wrong | None) -> State | None:
    """The article's state, or None while nobody looked at it since the notice."""
    if notice.kind == "embargo":
        return _embargo_state(notice, look)
    checked_at = _checked_at(look)
    if checked_at < notice.opened_at:
        return None
    if not _concerned(notice, look, wrong):
        evidence = "what was wrong does not stand in it" if wrong else "it does not carry the story"
        return State(look.article_id, "not affected", checked_at, checked_at, None, evidence)
    said, since = _text_state(notice, look, wrong)
    if said.state not in COMPLIED:
        said, since = _page_state(look.pages) or _hidden(notice, look.pages) or (said, since)
    since = max(since, notice.opened_at)
    minutes = (since - notice.opened_at) / timedelta(minutes=1) if said.state in COMPLIED else None
    return State(look.article_id, said.state, since, checked_at, minutes, said.evidence)


def _checked_at(look: ArticleLook) -> datetime:
    return max([version.last_seen_at for version in look.versions] + [page.fetched_at for page in look.pages])


def _concerned(notice: NoticeFacts, look: ArticleLook, wrong: Wrong | None) -> bool:
    carrying = [version for version in look.versions if version.carries]
    if wrong is None or notice.kind != "correction":
        return bool(carrying)
    return any(standing(version, wrong) or is_headline_wrong(version.headline, wrong) for version in carrying)


def _text_state(notice: NoticeFacts, look: ArticleLook, wrong: Wrong | None) -> tuple[_Said, datetime]:
    """What the newest version says, and since when the versions up to it have said the same."""
    base = _base(notice, look)
    judge = _correction_judge(look, base, wrong) if notice.kind == "correction" else _kill_judge(base)
    said = [judge(version) for version in look.versions]
    first = len(said) - 1
    while first and said[first - 1].state == said[-1].state:
        first -= 1
    since = look.versions[first].seen_at
    if said[-1].state in COMPLIED:
        since = _stated_or_seen(look.versions, first)
    return said[-1], since


def _base(notice: NoticeFacts, look: ArticleLook) -> VersionLook:
    """The version the notice met: the last that carried the story before it, else the first that did."""
    carrying = [version for version in look.versions if version.carries]
    before = [version for version in carrying if version.seen_at <= notice.opened_at]
    return before[-1] if before else carrying[0]


def _stated_or_seen(versions: Sequence[VersionLook], number: int) -> datetime:
    """When a version was published: its own word when that lies between our looks, else our first sight of it."""
    version = versions[number]
    stated = version.modified.at
    earliest = versions[number - 1].last_seen_at if number else version.seen_at
    return stated if stated and earliest <= stated <= version.seen_at else version.seen_at


def _correction_judge(look: ArticleLook, base: VersionLook, wrong: Wrong | None) -> Callable[[VersionLook], _Said]:
    if wrong is None:
        return _judge_without_right_text(base)
    stood = max(len(standing(version, wrong)) for version in look.versions if version.carries)

    def judge(version: VersionLook) -> _Said:
        left = standing(version, wrong)
        if left and (wrong.named or len(left) * 2 > stood):
            return _Said("unchanged", shown(wrong.text, left[0]))
        if is_headline_wrong(version.headline, wrong):
            only_there = not stood and version.headline == base.headline
            return _Said("unchanged" if only_there else "headline still wrong", version.headline[:300])
        gone = f"gone: {shown(wrong.text, wrong.passages[0])}" if wrong.passages else f"gone from: {base.headline}"
        return _changed(version, base, gone[:300])

    return judge


def _judge_without_right_text(base: VersionLook) -> Callable[[VersionLook], _Said]:
    """While the agency has not said what is right, only a note tells that an article was corrected."""

    def judge(version: VersionLook) -> _Said:
        note = new_note(version, base)
        if note:
            return _Said("changed with a note", note)
        if version.number <= base.number:
            return _Said("unchanged", "the text is as it was")
        return _Said("unchecked", "changed, but the agency has filed no corrected text to compare")

    return judge


def _kill_judge(base: VersionLook) -> Callable[[VersionLook], _Said]:
    def judge(version: VersionLook) -> _Said:
        note = new_note(version, base)
        if version.carries and not note:
            return _Said("unchanged", "it carries the story")
        return _changed(version, base, "it no longer carries the story")

    return judge


def _changed(version: VersionLook, base: VersionLook, what: str) -> _Said:
    note = new_note(version, base)
    if note:
        return _Said("changed with a note", note)
    if version.headline == base.headline or _is_kin(version, base):
        return _Said("silently changed", what)
    return _Said("replaced", f"another text: {version.headline}"[:300])


def _is_kin(version: VersionLook, base: VersionLook) -> bool:
    ours, theirs = (texts.read(look.paragraphs, look.language) for look in (version, base))
    return align(ours, theirs).share_of_article >= _KIN


def new_note(version: VersionLook, base: VersionLook) -> str:
    """The paragraph or headline that tells of the correction and was not there before, or nothing."""
    known = {base.headline, *base.paragraphs}
    said = (text for text in (*version.paragraphs, version.headline) if text not in known)
    return next((text[:300] for text in said if is_note(text)), "")


def _page_state(pages: Sequence[PageLook]) -> tuple[_Said, datetime] | None:
    """What the article's addresses say when none of them shows it: out of reach is not the same as gone."""
    if not pages or any(page.outcome in _GOOD for page in pages):
        return None
    since = max(page.since for page in pages)
    for outcome, state in (("", "unreachable"), ("not an article", "replaced"), ("redirected", "redirected")):
        found = [page for page in pages if _outcome(page) == outcome]
        if found:
            return _Said(state, found[0].reason), since
    return _Said("removed", pages[0].reason), since


def _hidden(notice: NoticeFacts, pages: Sequence[PageLook]) -> tuple[_Said, datetime] | None:
    """Whether every address began, after the notice, to ask search engines to leave it out: the text still stands."""
    seen = [page.noindexed_at for page in pages if page.outcome in _GOOD]
    since = max((at for at in seen if at is not None), default=None)
    if since is None or None in seen or since < notice.opened_at:
        return None
    return _Said("noindexed", "the page asks search engines to leave it out"), since


def _outcome(page: PageLook) -> str:
    return page.outcome if page.outcome in ("not an article", "redirected", "gone") else ""


def _embargo_state(notice: NoticeFacts, look: ArticleLook) -> State:
    """Broken only when even the latest moment of publication lies before the end; otherwise nothing is said."""
    checked_at = _checked_at(look)
    latest = look.used_by
    if latest is None or notice.embargo_until is None:
        why = "the item states no end of the embargo" if latest else "it does not carry the story"
        return State(look.article_id, "not affected", checked_at, checked_at, None, why)
    if latest < notice.embargo_until:
        early = (notice.embargo_until - latest) / timedelta(minutes=1)
        evidence = f"published by {latest:%Y-%m-%d %H:%M} UTC at the latest"
        return State(look.article_id, "broken", latest, checked_at, early, evidence)
    evidence = f"it can have been published as late as {latest:%Y-%m-%d %H:%M} UTC"
    return State(look.article_id, "not affected", checked_at, checked_at, None, evidence)
