"""One thing in full: a pickup with both texts, everything seen at an address, who may have copied from whom."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, aliased

from news.errors import UnknownObjectError
from news.terms import COUNTED
from storage.answers import Follower, Pickup, SideBySide, Sighting, answer
from storage.asking.questions import EVERYTHING, Filters
from storage.models import (
    ArticleRow,
    ArticleVersionRow,
    CarriedRow,
    CreditRow,
    FetchRow,
    NoticeRow,
    NoticeStateRow,
    PageRow,
    PickupRow,
    StoryRow,
    StoryVersionRow,
)
from storage.models.match_tables import PickupSourceRow
from storage.named import is_named
from storage.views.making import PICKUP_LIST, every_pickup


def side_by_side(session: Session, article: str, story: str | None = None) -> list[SideBySide]:
    """The pickups of an article (its address or imported id), of one story or of all, with both texts.

    One that a person rejected is given only when its story is named. Raises UnknownObjectError when the article
    carries no such story.
    """
    view = PICKUP_LIST if story is None else every_pickup(session.get_bind().dialect.name)
    # By number: a comparison with the view's own columns would read the whole view.
    ids = list(session.scalars(select(ArticleRow.id).where(is_named([article]))))
    query = (
        select(view, PickupRow, ArticleVersionRow, StoryVersionRow)
        .join(PickupRow, PickupRow.id == view.c.pickup_id)
        .join(ArticleVersionRow, ArticleVersionRow.id == PickupRow.version_id)
        .join(StoryVersionRow, StoryVersionRow.id == PickupRow.story_version_id)
        .where(view.c.article_id.in_(ids), view.c.certainty != "superseded")
        .order_by(view.c.score.desc(), view.c.story)
    )
    if story is not None:
        query = query.where(view.c.story == story)
    found = [_side_by_side(session, row) for row in session.execute(query)]
    if not found:
        raise UnknownObjectError(f"no pickup of {story or 'any story'} at {article!r}")
    return found


def seen_at(session: Session, name: str) -> list[Sighting]:
    """Everything seen at an address (or imported id) over time: found, fetched, changed, matched, notices obeyed.

    Raises UnknownObjectError when nothing is stored about it.
    """
    pages = list(session.scalars(select(PageRow).where(PageRow.url == name)))
    named = session.scalars(select(ArticleRow.id).where(is_named([name])))
    ids = {*named, *(page.article_id for page in pages)} - {None}
    articles = list(session.scalars(select(ArticleRow).where(ArticleRow.id.in_(ids)).order_by(ArticleRow.id)))
    if not pages and not articles:
        raise UnknownObjectError(f"nothing is stored about {name!r}")
    article_ids = [article.id for article in articles]
    pages = list(session.scalars(select(PageRow).where(or_(PageRow.url == name, PageRow.article_id.in_(article_ids)))))
    urls = {name} | {page.url for page in pages} | {article.canonical_url for article in articles}
    sightings = [
        *(Sighting(page.found_at, "found", page.found_in or page.url) for page in pages),
        *_fetches(session, urls),
        *_versions(session, article_ids),
        *_notices(session, article_ids),
    ]
    return sorted(sightings, key=lambda sighting: (sighting.at, _ORDER.index(sighting.what), sighting.detail))


def followers(session: Session, filters: Filters = EVERYTHING) -> list[Follower]:
    """Copies that repeat an earlier copy's own changes to the story, as the match job found them (matcher.copying)."""
    view, earlier, source = PICKUP_LIST, aliased(PickupRow), aliased(ArticleRow)
    query = (
        select(
            view.c.story,
            view.c.article,
            view.c.outlet,
            view.c.published_at,
            func.coalesce(source.import_id, source.canonical_url).label("earlier_article"),
            source.outlet_id.label("earlier_outlet"),
            PickupSourceRow.shared_edits,
            PickupSourceRow.examples,
        )
        .join(PickupSourceRow, PickupSourceRow.pickup_id == view.c.pickup_id)
        .join(earlier, earlier.id == PickupSourceRow.source_pickup_id)
        .join(source, source.id == earlier.article_id)
        .where(view.c.certainty.in_(COUNTED))
        .order_by(view.c.story, view.c.published_at, view.c.url)
        .limit(filters.limit)
    )
    asked = (view.c.story, filters.story), (view.c.agency, filters.agency), (view.c.outlet, filters.outlet)
    query = query.where(*(column == wanted for column, wanted in asked if wanted))
    if filters.limit is not None:
        query = query.where(view.c.story_id.in_(_first_stories(session, filters, filters.limit)))
    return [
        Follower(
            story=row.story,
            article=row.article,
            outlet=row.outlet,
            published=row.published_at,
            earlier_article=row.earlier_article,
            earlier_outlet=row.earlier_outlet,
            shared_edits=row.shared_edits,
            example=row.examples[0],
        )
        for row in session.execute(query)
    ]


def _first_stories(session: Session, filters: Filters, limit: int) -> list[int]:
    """The stories in whose copies of copies the first `limit` are: found before anything is joined to show them."""
    asked = (StoryRow.key, filters.story), (CarriedRow.agency, filters.agency), (CarriedRow.outlet, filters.outlet)
    few = (
        select(CarriedRow.story_id)
        .join(PickupSourceRow, PickupSourceRow.pickup_id == CarriedRow.pickup_id)
        .join(StoryRow, StoryRow.id == CarriedRow.story_id)
        .where(CarriedRow.certainty.in_(COUNTED), *(column == wanted for column, wanted in asked if wanted))
    )
    query = few.group_by(CarriedRow.story_id, StoryRow.key)
    if any(wanted for _, wanted in asked):
        # Apart: PostgreSQL would walk through all stories in their order, where few of them are meant.
        ids = few.distinct().offset(0).subquery()
        query = select(ids.c.story_id).join(StoryRow, StoryRow.id == ids.c.story_id)
    return list(session.scalars(query.order_by(StoryRow.key).limit(limit)))


_ORDER: Final = ("found", "fetched", "version", "pickup", "notice")


def _side_by_side(session: Session, row: Any) -> SideBySide:
    version, take, stored = row.ArticleVersionRow, row.StoryVersionRow, row.PickupRow
    query = select(CreditRow.agency, CreditRow.kind, CreditRow.place, CreditRow.text)
    named = session.execute(query.where(CreditRow.version_id == version.id).order_by(CreditRow.id))
    return SideBySide(
        pickup=answer(Pickup, row),
        story_headline=take.headline,
        story_paragraphs=tuple(take.paragraphs),
        article_paragraphs=tuple(version.paragraphs),
        spans=tuple(stored.spans),
        edits=tuple(stored.edits),
        credits=tuple((agency, kind, place, text) for agency, kind, place, text in named),
    )


def _fetches(session: Session, urls: set[str]) -> Iterator[Sighting]:
    for row in session.scalars(select(FetchRow).where(FetchRow.url.in_(urls))):
        said = [row.outcome, f"HTTP {row.status}" if row.status else "", row.reason, row.tdm]
        yield Sighting(row.fetched_at, "fetched", ", ".join(word for word in said if word))


def _versions(session: Session, article_ids: list[int]) -> Iterator[Sighting]:
    versions = list(session.scalars(select(ArticleVersionRow).where(ArticleVersionRow.article_id.in_(article_ids))))
    for version in versions:
        yield Sighting(version.seen_at, "version", f"{version.number}: {version.headline} ({version.words} words)")
    query = (
        select(PickupRow, ArticleVersionRow.number, ArticleVersionRow.seen_at, StoryRow.key, StoryVersionRow.take)
        .join(ArticleVersionRow, ArticleVersionRow.id == PickupRow.version_id)
        .join(StoryRow, StoryRow.id == PickupRow.story_id)
        .join(StoryVersionRow, StoryVersionRow.id == PickupRow.story_version_id)
        .where(PickupRow.article_id.in_(article_ids))
    )
    for pickup, number, seen, story, take in session.execute(query):
        share = f"{pickup.share_of_article:.0%} of the article"
        yield Sighting(
            seen, "pickup", f"version {number}: {story} take {take}, {pickup.use}, {share}, {pickup.certainty}"
        )


def _notices(session: Session, article_ids: list[int]) -> Iterator[Sighting]:
    query = (
        select(NoticeStateRow.since, NoticeStateRow.state, NoticeRow.kind, StoryRow.key)
        .join(NoticeRow, NoticeRow.id == NoticeStateRow.notice_id)
        .join(StoryRow, StoryRow.id == NoticeRow.story_id)
        .where(NoticeStateRow.article_id.in_(article_ids))
    )
    for since, state, kind, story in session.execute(query):
        yield Sighting(since, "notice", f"{kind} of {story}: {state}")
