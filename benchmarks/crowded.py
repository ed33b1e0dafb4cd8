"""A large database of invented rows, written straight into the tables: for benchmarks of what reads them.

Two years, 2,000 outlets and a story for every ten pickups, both with long tails (the largest outlet has 3.6 % of all
pickups, the most taken story of a hundred thousand a thousand copies), five agencies, stories in takes and untaken
ones, superseded versions, photo credits, licences with days, verdicts, notices, copies of copies, pages and their
fetches. Texts are one short paragraph each.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import numpy as np
from sqlalchemy import JSON, Boolean, Connection, Engine, Float, Integer, LargeBinary

from storage import derived
from storage.crawling.partitions import make_months
from storage.models import (
    AgencyRow,
    ArticleRow,
    ArticleVersionRow,
    FeedRow,
    FetchRow,
    LicenceRow,
    NoticeRow,
    NoticeStateRow,
    OutletRow,
    PageRow,
    PickupRow,
    PickupSourceRow,
    StoryRow,
    StoryVersionRow,
    VerdictRow,
)

START: Final = datetime(2024, 3, 1, tzinfo=UTC)
DAYS: Final = 730
NOW: Final = START + timedelta(days=DAYS)
OUTLETS: Final = 2_000
AGENCIES: Final = ("AFP", "REUTERS", "AP", "DPA", "EFE")
COUNTRIES: Final = ("FR", "DE", "ES", "MA", "SA", "BR", "US", "GB", "IN", "JP")
LANGUAGES: Final = ("fr", "de", "es", "ar", "ar", "pt", "en", "en-GB", "en", "ja")
DESKS: Final = ("POLITICS", "SPORT", "ECONOMY", "CULTURE", "SCIENCE", "COURTS", "DISASTERS", "WAR")
WORDS: Final = (
    "minister river budget strike harbour court storm league vote bridge bank film virus border talks rocket flood "
    "union queen summit metro forest trade prison doctor"
).split()
_SUPERSEDED: Final = 33
"""Every so many articles have an earlier version."""


@dataclass(frozen=True, slots=True)
class Stories:
    """By number from 0, whose rows are one more: agency's names, when filed (minutes after START), row of take 1."""

    keys: list[str]
    filed: Any
    take: Any


@dataclass(frozen=True, slots=True)
class Articles:
    """By number from 0, whose rows are one more. `story` is the number of the story it would carry."""

    outlet: list[str]
    url: list[str]
    story: Any
    delay: Any
    words: Any
    seen: Any
    undated: Any


class Writer:
    """Writes whole tables: COPY on PostgreSQL, one prepared statement on SQLite."""

    def __init__(self, connection: Connection) -> None:
        self._raw: Any = connection.connection.dbapi_connection
        self._sqlite = connection.dialect.name == "sqlite"

    def write(self, model: Any, count: int, **columns: Any) -> None:
        """So many rows: each column a sequence of that length, or one value for all; else what stands for nothing."""
        table = model.__table__
        values = [_column(columns.pop(column.name, _nothing(column))) for column in table.columns]
        if columns:
            raise ValueError(f"{table.name} has no {', '.join(columns)}")
        names = ", ".join(f'"{column.name}"' for column in table.columns)
        rows = itertools.islice(zip(*values, strict=False), count)
        if self._sqlite:
            marks = ", ".join("?" * len(values))
            self._raw.executemany(f'insert into "{table.name}" ({names}) values ({marks})', rows)
            return
        with self._raw.cursor().copy(f'copy "{table.name}" ({names}) from stdin') as copy:
            for row in rows:
                copy.write_row(row)


def _column(values: Any) -> Iterator[Any]:
    if isinstance(values, np.ndarray):
        return iter(written(values) if values.dtype.kind == "M" else values.tolist())
    if isinstance(values, str | bytes) or not isinstance(values, Sequence):
        return itertools.repeat(values)
    return iter(values)


def _nothing(column: Any) -> Any:
    if column.nullable:
        return None
    for kind, value in ((Boolean, False), (Integer, 0), (Float, 0.0), (JSON, "[]"), (LargeBinary, b"")):
        if isinstance(column.type, kind):
            return value
    return ""


def written(moments: Any) -> list[str | None]:
    """Instants as both databases take them; NaT is null."""
    texts = np.datetime_as_string(moments, unit="us").tolist()
    return [None if text == "NaT" else text.replace("T", " ") for text in texts]


def stamp(when: datetime) -> str:
    """An instant as SQLite keeps it and PostgreSQL reads it."""
    return f"{when:%Y-%m-%d %H:%M:%S.%f}"


def fill(engine: Engine, pickups: int) -> None:
    """Write everything into an upgraded, empty database, and what is kept for it."""
    chance = np.random.default_rng(1)
    make_months(engine, {(START + timedelta(days=day)).date().replace(day=1) for day in range(DAYS + 60)})
    with engine.connect() as connection:
        derived.drop_all(connection)
        if connection.dialect.name == "postgresql":
            # Nothing is checked row by row while it is written.
            connection.exec_driver_sql("set session_replication_role = replica")
        else:
            # Indexes of addresses are written in no order: 2 GB in memory instead of 2 MB.
            connection.exec_driver_sql("pragma cache_size = -2000000")
        writer = Writer(connection)
        _catalogue(writer, chance)
        stories = _stories(writer, chance, max(20, pickups // 10))
        articles = _articles(writer, chance, stories, pickups)
        _pickups(writer, chance, stories, articles)
        _judged(writer, chance, stories, articles)
        _crawled(writer, chance, articles)
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("set session_replication_role = origin")
            _number_on(connection)
        derived.create_all(connection)
        connection.commit()
    settle(engine)


def settle(engine: Engine) -> None:
    """As after a night: sizes known to the planner, rows known to be seen by all."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        raw: Any = connection.connection.dbapi_connection
        raw.execute("analyze" if engine.dialect.name == "sqlite" else "vacuum analyze")


def _number_on(connection: Connection) -> None:
    for model in (ArticleRow, ArticleVersionRow, StoryRow, StoryVersionRow, PickupRow, VerdictRow, NoticeRow, PageRow):
        name = model.__tablename__
        highest = f"select max(id) from {name}"
        connection.exec_driver_sql(f"select setval(pg_get_serial_sequence('{name}', 'id'), ({highest}))")


def _catalogue(writer: Writer, chance: Any) -> None:
    numbers = range(OUTLETS)
    ids = [f"outlet{number}.example" for number in numbers]
    place = [number % len(COUNTRIES) for number in numbers]
    writer.write(AgencyRow, len(AGENCIES), code=AGENCIES, name=AGENCIES, country="FR")
    writer.write(
        OutletRow, OUTLETS, id=ids, name=[f"The Outlet of {number}" for number in numbers],
        hosts=[json.dumps([id_]) for id_ in ids], country=[COUNTRIES[at] for at in place], zone="Europe/Paris",
        language=[LANGUAGES[at] for at in place], agency=["AFP" if number == 7 else "" for number in numbers],
    )  # fmt: skip
    writer.write(
        FeedRow, OUTLETS, id=list(numbers), outlet_id=ids, url=[f"https://{id_}/feed" for id_ in ids], host=ids,
        kind="feed", active=True, due_at=stamp(NOW), polled_at=stamp(NOW), outcome="ok", interval_minutes=15.0,
        failures=[int(number % 40 == 0) for number in numbers],
    )  # fmt: skip
    many = OUTLETS * 3 // 4
    said = chance.integers(0, 3, many)
    writer.write(
        LicenceRow, many, id=range(1, many + 1), outlet_id=ids[:many], agency=[AGENCIES[n % 5] for n in range(many)],
        valid_from=[None if n % 2 else "2024-06-01" for n in range(many)],
        terms=[("licensed", "none", "gold")[at] for at in said], said_in="command",
    )  # fmt: skip


def _moments(offsets: Any) -> Any:
    """Minutes after START as instants, to the second."""
    return np.datetime64(START.replace(tzinfo=None), "us") + (offsets * 60).astype("i8").astype("timedelta64[s]")


def _headlines(chance: Any, count: int) -> list[str]:
    picked = chance.integers(0, len(WORDS), (count, 6)).tolist()
    return [" ".join(WORDS[at] for at in row).capitalize() + f" {number}" for number, row in enumerate(picked)]


def _stories(writer: Writer, chance: Any, count: int) -> Stories:
    """In order of filing; every third has two takes."""
    filed = np.sort(chance.random(count)) * DAYS * 1440
    agency = [AGENCIES[at] for at in chance.choice(len(AGENCIES), count, p=(0.5, 0.2, 0.15, 0.1, 0.05))]
    language = [LANGUAGES[at] for at in chance.integers(0, len(LANGUAGES), count)]
    keys = [f"{code}:{number}" for number, code in enumerate(agency)]
    slugs = [f"{DESKS[number % len(DESKS)]}-topic{number % 997}" for number in range(count)]
    heads = _headlines(chance, count)
    known = {"filed_source": "wire", "filed_zone": "stated", "status": "usable"}
    writer.write(
        StoryRow, count, id=range(1, count + 1), key=keys, agency=agency, slugline=slugs, headline=heads,
        origin=["inferred" if number % 5 == 0 else "filed" for number in range(count)], language=language,
        filed_at=_moments(filed), seen_at=_moments(filed + 5), **known,
    )  # fmt: skip
    takes = [(at, take) for at in range(count) for take in range(1, 3 if at % 3 == 0 else 2)]
    of = [at for at, _ in takes]
    writer.write(
        StoryVersionRow, len(takes), id=range(1, len(takes) + 1), story_id=[at + 1 for at in of],
        take=[take for _, take in takes], take_id=[f"{keys[at]}.{take}" for at, take in takes], words=400,
        slugline=[slugs[at] for at in of], headline=[heads[at] for at in of], language=[language[at] for at in of],
        filed_at=_moments(filed[of]), received_at=_moments(filed[of]), matched_by="1", fingerprint=b"",
        content_sha256=[f"{at}.{take}" for at, take in takes], paragraphs='["Some words."]', **known,
    )  # fmt: skip
    return Stories(keys, filed, np.array([row for row, (_, take) in enumerate(takes, 1) if take == 1]))


def _articles(writer: Writer, chance: Any, stories: Stories, pickups: int) -> Articles:
    """Five articles for four pickups, in order of publication."""
    count, all_stories = pickups * 5 // 4, len(stories.keys)
    weight = 1 / (np.arange(OUTLETS) + 3) ** 0.9
    outlet = chance.choice(OUTLETS, count, p=weight / weight.sum())
    # A long tail of takers, and a tenth of all stories that nobody took.
    story = (all_stories * 0.9 * chance.random(count) ** 1.6).astype("i8") * 7919 % all_stories
    delay = np.exp(chance.normal(3.4, 1.6, count)) + chance.random(count)
    published = stories.filed[story] + delay
    order = np.argsort(published)
    outlet, story, delay, published = (values[order] for values in (outlet, story, delay, published))
    names = [f"outlet{number}.example" for number in outlet]
    dated = _moments(published)
    dated[chance.random(count) < 0.03] = np.datetime64("NaT")
    made = Articles(
        outlet=names,
        url=[f"https://{name}/news/{row}-report-of-the-day" for row, name in enumerate(names, 1)],
        story=story,
        delay=delay,
        words=chance.integers(120, 900, count),
        seen=_moments(published + 9 + chance.random(count) * 30),
        undated=np.isnat(dated),
    )
    ids = np.arange(1, count + 1)
    writer.write(
        ArticleRow, count, id=ids, outlet_id=names, canonical_url=made.url, first_seen_at=made.seen,
        last_seen_at=made.seen,
    )  # fmt: skip
    _versions(writer, made, ids, dated, _headlines(chance, count), [LANGUAGES[at % len(LANGUAGES)] for at in outlet])
    return made


def _versions(writer: Writer, made: Articles, ids: Any, dated: Any, heads: list[str], languages: list[str]) -> None:
    """The present version of every article, then the earlier ones that some have."""
    same = {
        "published_source": "page", "published_zone": "stated", "content_sha256": "x" * 64, "matched_by": "1",
        "paragraphs": '["Some words."]', "fingerprint": b"", "byline": "A. Writer",
    }  # fmt: skip
    for every, current in ((1, True), (_SUPERSEDED, False)):
        article = ids[::every]
        writer.write(
            ArticleVersionRow, len(article), id=article + (0 if current else len(ids)), article_id=article,
            number=np.where((article - 1) % _SUPERSEDED, 1, 2 if current else 1), current=current,
            seen_at=made.seen[::every], last_seen_at=made.seen[::every], headline=heads[::every],
            published_at=dated[::every], words=made.words[::every], language=languages[::every], **same,
        )  # fmt: skip


def _pickups(writer: Writer, chance: Any, stories: Stories, articles: Articles) -> None:
    """One for four articles of five, and one for each superseded version among them."""
    ids = np.arange(1, len(articles.url) + 1)
    carrying = ids[ids % 5 != 0]
    earlier = carrying[(carrying - 1) % _SUPERSEDED == 0]
    article = np.concatenate([carrying, earlier])
    at, count = article - 1, len(article)
    share = np.round(chance.random(count), 4)
    kinds, odds = ("text", "joint", "generic", "photo", "quoted", "wrong"), (0.55, 0.05, 0.05, 0.1, 0.02, 0.03)
    credited = chance.choice((*kinds, "none"), count, p=(*odds, 0.2)).tolist()
    pairs = zip(articles.undated[at].tolist(), articles.delay[at].tolist(), strict=True)
    delay = [None if unknown else minutes for unknown, minutes in pairs]
    writer.write(
        PickupRow, count, id=range(1, count + 1), article_id=article,
        version_id=np.concatenate([carrying, earlier + len(ids)]), story_id=articles.story[at] + 1,
        story_version_id=stories.take[articles.story[at]],
        certainty=chance.choice(("linked", "possible"), count, p=(0.96, 0.04)).tolist(),
        use=chance.choice(("verbatim", "cut", "edited", "partial"), count).tolist(), share_of_article=share,
        share_of_story=share, covered_words=(articles.words[at] * share).astype("i8"), score=share, credited=credited,
        credit_text="AFP", delay_minutes=delay, delay_earliest=delay, delay_latest=delay, matcher_version="1",
        spans="[[0, 300, 0, 300, true]]", reasons='["300 words in one passage"]',
    )  # fmt: skip
    # Copies of copies: every thirtieth further taker of a story, from the taker before it.
    story = articles.story[carrying - 1]
    order = np.lexsort((carrying, story))
    later = np.flatnonzero(story[order][1:] == story[order][:-1])[::30] + 1
    writer.write(
        PickupSourceRow, len(later), pickup_id=order[later] + 1, source_pickup_id=order[later - 1] + 1, shared_edits=3,
        examples='["the old bridge"]',
    )  # fmt: skip


def _judged(writer: Writer, chance: Any, stories: Stories, articles: Articles) -> None:
    """Verdicts on two thousand articles; a notice for every three-hundredth story, every tenth of them open."""
    judged = np.unique(chance.integers(0, len(articles.url), 2_000)).tolist()
    writer.write(
        VerdictRow, len(judged), id=range(1, len(judged) + 1), article_url=[articles.url[at] for at in judged],
        story_key=[stories.keys[articles.story[at]] for at in judged], judged_at=stamp(NOW),
        judgement=["confirm" if at % 2 else "reject" for at in judged],
    )  # fmt: skip
    about = np.arange(5, len(stories.keys), 300)
    opened = _moments(stories.filed[about] + 90)
    closed = written(opened + np.timedelta64(1, "D"))
    kinds = ("correction", "kill", "hold", "embargo")
    writer.write(
        NoticeRow, len(about), id=range(1, len(about) + 1), story_id=about + 1, item_id=[f"n{n}" for n in about],
        kind=[kinds[n % 4] for n in range(len(about))], text="Correct the name.", opened_at=opened, checked_at=opened,
        closed_at=[None if n % 10 == 0 else closed[n] for n in range(len(about))],
    )  # fmt: skip
    ids = np.arange(1, len(articles.url) + 1)
    where = np.flatnonzero(np.isin(articles.story, about) & (ids % 5 != 0))
    notice = np.searchsorted(about, articles.story[where])
    states = ("unchanged", "silently changed", "changed with a note")
    writer.write(
        NoticeStateRow, len(where), id=range(1, len(where) + 1), notice_id=notice + 1, article_id=where + 1,
        state=[states[n % 3] for n in range(len(where))], since=opened[notice], checked_at=opened[notice],
        minutes=30.0,
    )  # fmt: skip


def _crawled(writer: Writer, chance: Any, articles: Articles) -> None:
    """A page for every article, and a fetch for every tenth."""
    count, seen = len(articles.url), articles.seen
    outcome = chance.choice(("ok", "not modified", "failed", "refused"), count, p=(0.8, 0.17, 0.02, 0.01)).tolist()
    writer.write(
        PageRow, count, id=range(1, count + 1), outlet_id=articles.outlet, url=articles.url, host=articles.outlet,
        found_at=seen, visits=2, fetched_at=seen, outcome=outcome, article_id=range(1, count + 1),
        failures=[int(word == "failed") for word in outcome],
    )  # fmt: skip
    many = len(seen[::10])
    writer.write(
        FetchRow, many, id=range(1, many + 1), outlet_id=articles.outlet[::10], url=articles.url[::10],
        fetched_at=seen[::10], status=200, bytes=40_000, outcome="ok",
    )  # fmt: skip
