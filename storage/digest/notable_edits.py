"""The changes of the agency's text worth a reader's time, each shown with the sentences it stands in.

An edit's row holds the words that differ and where they stand; alone they say little ("3.5" for "3.75"), so the
sentence around them is cut from the stored texts. Stored texts expire: then the words stand alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage.answers import Pickup
from storage.digest.digest_rows import NotableEdit, Passage
from storage.models import ArticleVersionRow, PickupRow, StoryVersionRow

NOTABLE_EDITS: Final = 10
_CHUNK: Final = 400  # ids in one `in (…)`
_DULL: Final = frozenset({"cut", "headline", "house spelling", "moved"})
_RANK: Final = ("quote", "negation", "number", "name", "attribution", "added", "word", "cut", "headline")
_CREDIT_WORDS: Final = 6
"""Words of the longest credit or dateline left out of the edits."""
_AROUND: Final = 240
"""Characters of a sentence shown on either side of a change, at most."""
_ENDS: Final = frozenset(".!?…。！？؟۔।")
_CLOSERS: Final = frozenset("\"'”’»)]」』 ")

_Key = tuple[int, str, str, str]


@dataclass(slots=True)
class _Group:
    """The same change of the same story, by whoever made it; `edit` as the first copy has it."""

    copy: Pickup
    edit: Mapping[str, Any]
    outlets: list[str] = field(default_factory=list)

    @property
    def substantive(self) -> bool:
        return bool(self.edit.get("substantive"))


def notable_edits(session: Session, copies: Sequence[Pickup]) -> tuple[tuple[NotableEdit, ...], int]:
    """The foremost changes made in these copies, substantive first, each with all its outlets; and their number in all.

    Cuts, moves, headlines and house spelling only where they are substantive: every outlet has its own headline.
    """
    groups: dict[_Key, _Group] = {}
    for copy, edit in _edits(session, copies):
        _gather(groups, copy, edit)
    ranked = sorted(groups.items(), key=lambda pair: _order(*pair))[:NOTABLE_EDITS]
    texts = _texts(session, [group.copy.pickup_id for _, group in ranked])
    shown = tuple(_notable(group, *texts.get(group.copy.pickup_id, ("", ""))) for _, group in ranked)
    return shown, len(groups)


def passage(source: str, start: int, end: int, words: str) -> Passage | None:
    """The sentence of `source` around characters [start, end), which are `words`; the words alone where they are not.

    An empty range gives the sentence something was put into or taken out of; None between sentences.
    """
    if not (0 <= start <= end <= len(source)) or source[start:end] != words:
        return Passage("", words, "") if words else None
    before = source[_sentence_start(source, start) : start]
    after = source[end : _sentence_end(source, end)]
    if not words and not (before.strip() and after.strip(" .!?…。！？")):
        return None
    return Passage(before, words, after)


def _sentence_start(source: str, at: int) -> int:
    first = max(0, at - _AROUND)
    for place in range(at - 1, first - 1, -1):
        if source[place] == "\n" or (source[place] in _ENDS and _ends_here(source, place)):
            return _skip(source, place + 1, at)
    return first


def _sentence_end(source: str, at: int) -> int:
    last = min(len(source), at + _AROUND)
    # Words that end in their sentence's own mark are whole: the next sentence is not theirs.
    if at and source[at - 1] in _ENDS and _ends_here(source, at - 1):
        return at
    for place in range(at, last):
        if source[place] == "\n":
            return place
        if source[place] in _ENDS and _ends_here(source, place):
            return _skip(source, place + 1, last)
    return last


def _ends_here(source: str, place: int) -> bool:
    """A point ends a sentence before a space or the end, not in 3.75; the wide marks always do."""
    following = source[place + 1 : place + 2]
    return source[place] not in ".!?…" or not following or following in _CLOSERS or following == "\n"


def _skip(source: str, place: int, limit: int) -> int:
    """Past the quotation marks and spaces that close a sentence."""
    while place < limit and source[place] in _CLOSERS:
        place += 1
    return place


def _gather(groups: dict[_Key, _Group], copy: Pickup, edit: Mapping[str, Any]) -> None:
    kind = str(edit.get("kind", ""))
    if kind in _DULL and not edit.get("substantive"):
        return
    key = (copy.story_id, kind, str(edit.get("story_text") or ""), str(edit.get("article_text") or ""))
    if all(_is_credit(words, copy) for words in key[2:] if words):
        return
    group = groups.setdefault(key, _Group(copy, edit))
    if copy.outlet_name not in group.outlets:
        group.outlets.append(copy.outlet_name)


def _is_credit(words: str, copy: Pickup) -> bool:
    """Whether words are a credit or a dateline: "(AFP)" for "Agence France-Presse" is the outlet's form, no edit."""
    return len(words.split()) <= _CREDIT_WORDS and (copy.agency in words or words in copy.credit_text)


def _order(key: _Key, group: _Group) -> tuple[bool, int, int, str, str]:
    _, kind, story_text, article_text = key
    rank = _RANK.index(kind) if kind in _RANK else len(_RANK)
    return (not group.substantive, rank, -len(group.outlets), story_text, article_text)


def _edits(session: Session, copies: Sequence[Pickup]) -> Iterator[tuple[Pickup, Mapping[str, Any]]]:
    """(copy, edit) pairs. Read in chunks: edits are the largest column, and a busy day has thousands of copies."""
    remaining = iter(copies)
    while chunk := {copy.pickup_id: copy for copy in islice(remaining, _CHUNK)}:
        rows = session.execute(select(PickupRow.id, PickupRow.edits).where(PickupRow.id.in_(chunk)))
        for pickup_id, edits in sorted(rows, key=lambda row: row[0]):
            yield from ((chunk[pickup_id], edit) for edit in edits if isinstance(edit, dict))


def _texts(session: Session, pickup_ids: Sequence[int]) -> dict[int, tuple[str, str]]:
    """(text of the take, text of the article) of each pickup, as the matcher read them: paragraphs on lines."""
    rows = session.execute(
        select(PickupRow.id, StoryVersionRow.paragraphs, ArticleVersionRow.paragraphs)
        .join(StoryVersionRow, StoryVersionRow.id == PickupRow.story_version_id)
        .join(ArticleVersionRow, ArticleVersionRow.id == PickupRow.version_id)
        .where(PickupRow.id.in_(pickup_ids))
    )
    return {pickup_id: (_source(story), _source(article)) for pickup_id, story, article in rows}


def _source(paragraphs: Sequence[Any]) -> str:
    return "\n".join(str(paragraph).replace("\n", " ") for paragraph in paragraphs)


def _notable(group: _Group, story: str, article: str) -> NotableEdit:
    edit = group.edit
    story_text, article_text = str(edit.get("story_text") or ""), str(edit.get("article_text") or "")
    in_story = passage(story, *_place(edit.get("story_at")), story_text)
    in_article = passage(article, *_place(edit.get("article_at")), article_text)
    # Beside a whole sentence of the outlet's own, or one left out, the neighbouring sentence would only mislead.
    if not story_text and in_article and not (in_article.before.strip() or in_article.after.strip()):
        in_story = None
    if not article_text and in_story and not (in_story.before.strip() or in_story.after.strip()):
        in_article = None
    return NotableEdit(
        story=group.copy.story,
        story_headline=group.copy.story_headline,
        kind=str(edit.get("kind", "")),
        substantive=group.substantive,
        story_passage=in_story,
        article_passage=in_article,
        outlets=tuple(group.outlets),
        url=group.copy.url,
    )


def _place(stored: Any) -> tuple[int, int]:
    """[start, end] of a stored edit; a place outside every text where none is stored."""
    if isinstance(stored, (list, tuple)) and len(stored) == 2:
        return int(stored[0]), int(stored[1])
    return -1, -1
