"""Rows of an invented newsroom, put straight into a real database: what the digest's questions are asked of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from news.articles import Moment
from storage.digest.digest_rows import DigestFacts, Scope, Window
from storage.digest.facts import digest_facts
from storage.models import (
    ArticleRow,
    ArticleVersionRow,
    FeedRow,
    FetchRow,
    LicenceRow,
    NoticeRow,
    OutletRow,
    PageRow,
    PickupRow,
    RunRow,
    StoryRow,
    StoryVersionRow,
    VerdictRow,
)

DAY = Window(datetime(2026, 11, 20, tzinfo=UTC), datetime(2026, 11, 21, tzinfo=UTC))


def back(window: Window, days: int) -> Window:
    """The window so many days before."""
    return Window(window.start - timedelta(days=days), window.end - timedelta(days=days))


def at(hour: float, day: int = 20) -> datetime:
    """An hour of a day of November 2026, UTC."""
    return datetime(2026, 11, day, tzinfo=UTC) + timedelta(hours=hour)


def stated(when: datetime) -> Moment:
    """A time with its offset written beside it."""
    return Moment(when, when, when, "json-ld", "stated")


MORNING = at(1)


@dataclass
class Newsday:
    """Makes rows with sensible values; a test names only what it is about."""

    session: Session

    def outlet(self, name: str, agency: str = "") -> str:
        """An outlet at <name>.example."""
        if self.session.get(OutletRow, name) is None:
            row = OutletRow(id=name, name=name.title(), hosts=[f"{name}.example"], country="XX", zone="", language="en")
            row.agency = agency
            self.session.add(row)
            self.session.flush()
        return name

    def story(
        self, key: str, *, seen_at: datetime = MORNING, takes: int = 1, text: str = "", **values: Any
    ) -> StoryRow:
        """A story with so many takes, all with the same text."""
        agency = key.partition(":")[0].partition("~")[0]
        made: dict[str, Any] = {"origin": "inferred" if "~" in key else "filed", "headline": f"Headline of {key}"}
        row = StoryRow(key=key, agency=agency, seen_at=seen_at, filed=stated(seen_at), **(made | values))
        self.session.add(row)
        self.session.flush()
        for take in range(1, takes + 1):
            self.session.add(
                StoryVersionRow(
                    story_id=row.id,
                    take=take,
                    take_id=f"{key}/{take}",
                    paragraphs=text.split("\n") if text else [],
                    words=len(text.split()),
                    filed=stated(seen_at),
                    received_at=seen_at,
                    content_sha256=f"{key}/{take}"[-64:],
                )
            )
        self.session.flush()
        return row

    def version(self, outlet: str, url: str, seen_at: datetime, text: str = "", **values: Any) -> ArticleVersionRow:
        """The next version of the article at this address."""
        article = self.session.query(ArticleRow).filter_by(canonical_url=url).one_or_none()
        if article is None:
            article = ArticleRow(outlet_id=self.outlet(outlet), canonical_url=url, first_seen_at=seen_at)
            self.session.add(article)
        article.last_seen_at = seen_at
        self.session.flush()
        older = self.session.query(ArticleVersionRow).filter_by(article_id=article.id).all()
        for version in older:
            version.current = False
        self.session.flush()
        made: dict[str, Any] = {"headline": f"Headline at {url}", "last_seen_at": seen_at, "published": stated(seen_at)}
        row = ArticleVersionRow(
            article_id=article.id,
            number=len(older) + 1,
            seen_at=seen_at,
            paragraphs=text.split("\n") if text else [],
            words=len(text.split()),
            modified=Moment(),
            content_sha256="",
            **(made | values),
        )
        self.session.add(row)
        self.session.flush()
        return row

    def pickup(self, version: ArticleVersionRow, story: StoryRow, take: int = 1, **values: Any) -> PickupRow:
        """A linked, credited, cut copy unless told otherwise."""
        taken = self.session.query(StoryVersionRow).filter_by(story_id=story.id, take=take).one()
        made: dict[str, Any] = {
            "certainty": "linked",
            "use": "cut",
            "share_of_article": 0.9,
            "share_of_story": 0.8,
            "covered_words": 100,
            "score": 0.9,
            "credited": "text",
            "spans": [],
            "edits": [],
            "reasons": ["shares 100 words"],
            "matcher_version": "1",
        }
        row = PickupRow(
            article_id=version.article_id,
            version_id=version.id,
            story_id=story.id,
            story_version_id=taken.id,
            **(made | values),
        )
        self.session.add(row)
        self.session.flush()
        return row

    def copy(self, outlet: str, story: StoryRow, seen_at: datetime, **values: Any) -> PickupRow:
        """A new article of an outlet, first seen now, that carries the story."""
        number = self.session.query(ArticleRow).count()
        published = {"published": values.pop("published")} if "published" in values else {}
        version = self.version(outlet, f"https://{outlet}.example/{number}", seen_at, **published)
        return self.pickup(version, story, **values)

    def licence(self, outlet: str, terms: str, first: date | None = None, last: date | None = None) -> None:
        """What an outlet may use of AFP."""
        row = LicenceRow(outlet_id=self.outlet(outlet), agency="AFP", valid_from=first, valid_to=last, terms=terms)
        self.session.add(row)
        self.session.flush()

    def notice(self, story: StoryRow, kind: str, opened_at: datetime, take: int = 1, *, own: bool = True) -> NoticeRow:
        """A notice about a take; `own`: that take came with it and is the right text."""
        taken = self.session.query(StoryVersionRow).filter_by(story_id=story.id, take=take).one()
        item_id, sha256 = (str(taken.take_id), taken.content_sha256) if own else (f"{story.key}/{kind}", "")
        row = NoticeRow(
            story_id=story.id,
            story_version_id=taken.id,
            item_id=item_id,
            kind=kind,
            text=f"{kind.upper()}: wrong",
            opened_at=opened_at,
            content_sha256=sha256,
        )
        self.session.add(row)
        self.session.flush()
        return row

    def page_gone(self, pickup: PickupRow, fetched_at: datetime) -> None:
        """The page of a pickup's article was found to be gone."""
        article = self.session.get_one(ArticleRow, pickup.article_id)
        self.session.add(
            PageRow(
                outlet_id=article.outlet_id,
                url=article.canonical_url,
                host=f"{article.outlet_id}.example",
                found_at=fetched_at,
                listed=Moment(),
                fetched_at=fetched_at,
                outcome="gone",
                article_id=article.id,
            )
        )
        self.session.flush()

    def verdict(self, pickup: PickupRow, judgement: str) -> None:
        """A person's word about a pickup."""
        article = self.session.get_one(ArticleRow, pickup.article_id)
        story = self.session.get_one(StoryRow, pickup.story_id)
        row = VerdictRow(article_url=article.canonical_url, story_key=story.key, judgement=judgement, judged_at=at(12))
        self.session.add(row)
        self.session.flush()

    def feed(self, outlet: str, url: str, **values: Any) -> FeedRow:
        """A feed that is polled and fresh unless told otherwise."""
        made: dict[str, Any] = {"polled_at": at(20), "found_at": at(19), "outcome": "ok"}
        row = FeedRow(
            outlet_id=self.outlet(outlet),
            url=url,
            host=f"{outlet}.example",
            kind="feed",
            due_at=at(1, 21),
            **(made | values),
        )
        self.session.add(row)
        self.session.flush()
        return row

    def requests(self, outlet: str, outcome: str, count: int, when: datetime, url: str = "") -> None:
        """So many requests that ended so."""
        self.outlet(outlet)
        for number in range(count):
            address = url or f"https://{outlet}.example/page/{number}"
            self.session.add(FetchRow(outlet_id=outlet, url=address, fetched_at=when, outcome=outcome))
        self.session.flush()

    def run(self, job: str, started_at: datetime, outcome: str = "ok", error: str = "") -> None:
        """A run of a job."""
        ended_at = None if outcome == "running" else started_at + timedelta(minutes=1)
        self.session.add(
            RunRow(job=job, started_at=started_at, ended_at=ended_at, outcome=outcome, counts={}, error=error)
        )
        self.session.flush()

    def facts(self, window: Window = DAY, as_of: datetime | None = None, **scope: tuple[str, ...]) -> DigestFacts:
        """What the digest would say; of AFP, unless the scope says otherwise."""
        self.session.flush()
        earlier = (back(window, 1), back(window, 7))
        wanted = Scope(**({"agencies": ("AFP",)} | scope))
        return digest_facts(self.session, window=window, earlier=earlier, scope=wanted, as_of=as_of)
