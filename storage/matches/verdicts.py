"""What people said about links. A re-run of the matcher reads verdicts and never writes one.

A verdict names article and story by their public names, so that it outlives a re-import; the view pickup_list and
every question obey it at once, and the article is matched again so that its pickup says so too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from news.errors import UnknownObjectError
from storage.inserting import insert_into
from storage.models import ArticleRow, ArticleVersionRow, StoryRow, VerdictRow
from storage.named import is_named

Judgement = Literal["confirm", "reject"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """A person's yes or no about an article and a story."""

    article_url: str
    story: str
    judgement: str
    judged_by: str
    judged_at: datetime
    note: str


def judge(
    session: Session, *, article: str, story: str, judgement: Judgement, judged_by: str, now: datetime, note: str = ""
) -> Verdict:
    """Store a verdict; a later one about the same pair replaces it. `article` is an address or an imported id.

    Raises UnknownObjectError when article or story is not stored.
    """
    url = _article_url(session, article)
    if session.scalars(select(StoryRow.id).where(StoryRow.key == story)).first() is None:
        raise UnknownObjectError(f"no story {story!r} is stored")
    said = {"judgement": judgement, "judged_by": judged_by, "judged_at": now, "note": note}
    row = insert_into(session, VerdictRow).values(article_url=url, story_key=story, **said)
    session.execute(row.on_conflict_do_update(index_elements=["article_url", "story_key"], set_=said))
    _match_again(session, url)
    return Verdict(url, story, judgement, judged_by, now, note)


def withdraw(session: Session, *, article: str, story: str) -> bool:
    """Forget a verdict: the matcher decides again. False when there was none."""
    url = _article_url(session, article)
    ours = delete(VerdictRow).where(VerdictRow.article_url == url, VerdictRow.story_key == story)
    found = session.execute(ours.returning(VerdictRow.id)).first() is not None
    _match_again(session, url)
    return found


def listed(session: Session) -> list[Verdict]:
    """All verdicts, newest first."""
    query = select(VerdictRow).order_by(VerdictRow.judged_at.desc(), VerdictRow.id.desc())
    return [
        Verdict(row.article_url, row.story_key, row.judgement, row.judged_by, row.judged_at, row.note)
        for row in session.scalars(query)
    ]


def _article_url(session: Session, name: str) -> str:
    url = session.scalars(select(ArticleRow.canonical_url).where(is_named([name])).order_by(ArticleRow.id)).first()
    if url is None:
        raise UnknownObjectError(f"no article {name!r} is stored")
    return url


def _match_again(session: Session, url: str) -> None:
    ours = select(ArticleRow.id).where(ArticleRow.canonical_url == url)
    session.execute(
        update(ArticleVersionRow).where(ArticleVersionRow.article_id.in_(ours)).values(matched_by=""),
        execution_options={"synchronize_session": "fetch"},
    )


def follow_address(session: Session, before: str, after: str) -> None:
    """Let verdicts follow their article to its other address, unless the person has judged under that one already."""
    judged = select(VerdictRow.story_key).where(VerdictRow.article_url == after)
    ours = (VerdictRow.article_url == before, VerdictRow.story_key.not_in(judged))
    session.execute(
        update(VerdictRow).where(*ours).values(article_url=after), execution_options={"synchronize_session": False}
    )


def follow(session: Session, renamed: Mapping[str, str]) -> None:
    """Let verdicts follow their story to its new name, unless the person has judged under that name already."""
    if not renamed:
        return
    judged = {(url, key) for url, key in session.execute(select(VerdictRow.article_url, VerdictRow.story_key))}
    for verdict in session.scalars(select(VerdictRow).where(VerdictRow.story_key.in_(renamed)).order_by(VerdictRow.id)):
        new = renamed[verdict.story_key]
        if (verdict.article_url, new) not in judged:
            judged.add((verdict.article_url, new))
            session.execute(update(VerdictRow).where(VerdictRow.id == verdict.id).values(story_key=new))
