"""Names that are looked up: both databases keep the same bound, and no two stories share a public name."""

from __future__ import annotations

import random
import string
from datetime import UTC, datetime
from typing import Any

import pytest
from alembic import command
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, UniqueConstraint, select, text
from sqlalchemy.orm import Session

from news.names import LONGEST_NAME_BYTES, bare_id, bounded, clean, key_of
from storage import migrate
from storage.agency import takes
from storage.agency.filings import save_filing
from storage.articles.saving import save_article
from storage.articles.saving_many import Look, save_articles
from storage.columns import Base, CleanText, Indexed
from storage.crawling.outlet_rows import outlet_for_host
from storage.engine import open_engine, reading, writing
from storage.models import ArticleRow, StoryNameRow, StoryRow, StoryVersionRow
from storage.named import take_named, version_named
from tests.storage.makers import NOON, article, filing, later, outlet

ANY_TEXT = st.text(st.characters(codec=None, categories=None), max_size=3_000)


def long_text(seed: int, characters: int, alphabet: str = string.ascii_letters + string.digits) -> str:
    """Text that no database can press into an index."""
    return "".join(random.Random(seed).choices(alphabet, k=characters))


def test_every_text_in_an_index_has_a_bound() -> None:
    for table in Base.metadata.tables.values():
        of_indexes = {column for index in table.indexes for column in index.columns}
        of_constraints = {
            column for rule in table.constraints if isinstance(rule, UniqueConstraint) for column in rule.columns
        }
        for column in of_indexes | of_constraints | set(table.primary_key.columns):
            assert not isinstance(column.type, CleanText) or isinstance(column.type, Indexed), column


@pytest.mark.parametrize("alphabet", [string.ascii_letters + string.digits, "еёжзийклмн", "橋港町市長委員会"])
def test_ids_of_any_length_are_stored_and_found(engine: Engine, alphabet: str) -> None:
    item, story, row = (long_text(seed, 9_000, alphabet) for seed in (1, 2, 3))
    with writing(engine) as session:
        changes: dict[str, Any] = {
            "slugline": long_text(4, 4_000, alphabet),
            "supersedes": long_text(5, 3_000, alphabet),
        }
        saved = save_filing(session, filing(item, story, 0, **changes), received_at=later(60))
        again = save_filing(session, filing(item, story, 0, **changes), received_at=later(61))
        assert (saved.story_version_id, again.new) == (again.story_version_id, False)
        other = save_filing(session, filing(item, story[:-1] + "!", 0, **changes), received_at=later(60))
        assert other.story_id != saved.story_id
        assert take_named(session, [item]) is not None
        assert takes.story_of_item(session, "ZED", story[:-1] + "!") == other.story_id
        outlet_id = outlet_for_host(session, "daily.example")
        looks = [Look(article(), outlet_id, NOON, row), Look(article(), outlet_id, later(1), row + "b")]
        one, two = save_articles(session, looks)
        assert (
            one.article_id
            == two.article_id
            == save_article(session, article(), outlet_id, seen_at=later(2), import_id=row).article_id
        )
        assert version_named(session, [row]) == version_named(session, [row + "b"]) == one.version_id


def test_a_take_that_replaces_one_of_a_long_id_finds_it(engine: Engine) -> None:
    first = long_text(1, 5_000)
    with writing(engine) as session:
        save_filing(session, filing(first, "a"), received_at=later(60))
        save_filing(session, filing("2", "b", 5, supersedes=first), received_at=later(60))
        assert len(takes.replaced(session, "matcher")) == 1


@pytest.mark.parametrize("bad", ["\x00", "\ud800", "\x1b[31m", "a\x00\ud83d\x07b\x7f", "\r\n2026-01-01 forged", "\x85"])
def test_control_characters_and_lone_surrogates_undo_nothing(engine: Engine, bad: str) -> None:
    item = filing(f"i{bad}1", f"s{bad}1", 0, f"Text with {bad} in it.", slugline=bad, byline=bad, agency=f"Z{bad}")
    page = article("https://daily.example/b", f"A bridge {bad} again.", byline=bad, headline=f"H {bad}")
    with writing(engine) as session:
        save_filing(session, item, received_at=later(60))
        save_article(session, page, outlet_for_host(session, "daily.example"), seen_at=NOON, import_id=f"r{bad}")
    with reading(engine) as session:
        stored = [*session.scalars(select(StoryRow.key)), *session.scalars(select(StoryVersionRow.take_id))]
        stored += session.scalars(select(ArticleRow.import_id))
        assert len(stored) == 3
        assert all(name and name.isprintable() for name in stored)
        assert version_named(session, [f"r{bad}"]) is not None


@given(ANY_TEXT)
def test_a_bounded_name_is_storable_and_stays_itself(name: str) -> None:
    stored = bounded(name, 600)
    assert len(stored.encode()) <= 600
    assert bounded(stored, 600) == stored == clean(stored)
    assert stored == name or len(name.encode("utf-8", "replace")) > 600 or not name.isprintable()


@given(st.text(":%~ab", max_size=6), st.text(":%~ab", max_size=6), st.text(":%~ab", max_size=6))
def test_no_other_agency_and_id_make_the_same_key(agency: str, other: str, id_: str) -> None:
    key = key_of(agency, id_)
    assert bare_id(agency, key) == id_
    if agency != other:
        assert not key.startswith(key_of(other, ""))


def test_an_agency_whose_name_ends_as_an_id_begins_has_stories_of_its_own(engine: Engine) -> None:
    with writing(engine) as session:
        pairs = [("AFP", "urn:x"), ("AFP:urn", "x"), ("AFP%3Aurn", "x"), ("AFP%", "3Aurn:x")]
        saved = [save_filing(session, filing("1", id_, agency=agency), received_at=NOON) for agency, id_ in pairs]
        assert len({one.story_id for one in saved}) == len(pairs)
        assert session.scalars(select(StoryRow.key).order_by(StoryRow.id)).first() == "AFP:urn:x"
        assert takes.story_of_item(session, "AFP:urn", "x") == saved[1].story_id


def test_a_host_no_name_server_knows_is_no_address(engine: Engine) -> None:
    with writing(engine) as session:
        long = outlet("long", hosts=(f"{long_text(1, 5_000)}.example",))
        assert outlet_for_host(session, long.hosts[0]) == outlet_for_host(session, long.hosts[0])
        session.flush()


def test_an_upgrade_keeps_stories_and_shortens_what_sqlite_took(sqlite_url: str) -> None:
    migrate.upgrade(sqlite_url)
    with writing(open_engine(sqlite_url)) as session:
        _store_as_before(session)
    config = migrate.alembic_config(sqlite_url)
    command.downgrade(config, "0014")
    command.upgrade(config, "head")
    with reading(open_engine(sqlite_url)) as session:
        keys = session.scalars(select(StoryRow.key).order_by(StoryRow.id)).all()
        assert keys[:2] == ["AFP%3Aurn:x", "AFP:plain"]
        assert session.scalars(select(StoryNameRow.name).order_by(StoryNameRow.story_id)).all() == keys
        assert session.scalars(text("select story_key from verdicts")).all() == ["AFP%3Aurn:x"]
        assert keys[2] == bounded("AFP:" + "l" * 5_000, 600)
        assert session.scalars(select(StoryVersionRow.take_id)).one() == "AFP%3Aurn:t1"


def _store_as_before(session: Session) -> None:
    """Rows as a program before 0015 wrote them."""
    long = "l" * 5_000
    for number, (agency, key) in enumerate((("AFP:urn", "x"), ("AFP", "plain"), ("AFP", long)), 1):
        values = {"id": number, "agency": agency, "key": f"{agency}:{key}", "now": datetime(2026, 1, 1, tzinfo=UTC)}
        session.execute(
            text(
                "insert into stories (id, key, agency, origin, seen_at, slugline, headline, language, status,"
                " filed_source, filed_zone) values (:id, :key, :agency, 'filed', :now, '', '', '', 'usable', '', '')"
            ),
            values,
        )
        session.execute(text("insert into story_names (name, story_id) values (:key, :id)"), values)
    taken = {"story": 1, "take": "AFP:urn:t1", "now": datetime(2026, 1, 1, tzinfo=UTC)}
    session.execute(
        text(
            "insert into story_versions (story_id, take, take_id, supersedes, slugline, headline, byline, dateline,"
            " language, words, status, notice, usage_terms, filed_source, filed_zone, received_at, received_from,"
            " content_sha256, matched_by, paragraphs) values (:story, 1, :take, '', '', '', '', '', '', 0, 'usable',"
            " '', '', '', '', :now, '', '', '', '[]')"
        ),
        taken,
    )
    session.execute(
        text(
            "insert into verdicts (article_url, story_key, judgement, judged_by, judged_at, note)"
            " values ('https://a.example/', 'AFP:urn:x', 'confirm', '', :now, '')"
        ),
        taken,
    )
    assert len(long) > LONGEST_NAME_BYTES
