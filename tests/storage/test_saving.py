"""Articles: one per address, a version per change, dates that are completed and never lost."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session

from news.articles import Article, Credit, Moment
from storage.articles import saving
from storage.articles.merged_moments import merge
from storage.articles.texts import count_words
from storage.crawling import frontier, outlet_rows
from storage.engine import reading, writing
from storage.models import ArticleRow, ArticleVersionRow, CreditRow, LicenceRow, OutletRow
from storage.named import current_versions, version_named
from tests.storage.makers import CREDIT, NOON, ZED, article, later, outlet, stated


def save(session: Session, look: Article, seen_at: datetime = NOON, import_id: str | None = None) -> saving.Saved:
    outlet_id = outlet_rows.outlet_for_host(session, "daily.example")
    return saving.save_article(session, look, outlet_id, seen_at=seen_at, import_id=import_id)


def versions(session: Session) -> list[tuple[int, bool, str]]:
    query = select(ArticleVersionRow).order_by(ArticleVersionRow.number)
    return [(row.number, row.current, row.paragraphs[0]) for row in session.scalars(query)]


@pytest.mark.parametrize("truncated", [True, False])
def test_a_version_keeps_whether_its_page_held_only_the_beginning(engine: Engine, truncated: bool) -> None:
    with writing(engine) as session:
        save(session, article(truncated=truncated))
    with reading(engine) as session:
        assert session.scalars(select(ArticleVersionRow.truncated)).one() is truncated


def test_an_article_is_stored_once_with_its_credits(engine: Engine) -> None:
    with writing(engine) as session:
        first = save(session, article(), import_id="row-1")
        again = save(session, article(url="https://daily.example/bridge?ref=x", canonical_url=article().url), later(9))
    assert first.new_version
    assert again == saving.Saved(first.article_id, first.version_id, False)
    with reading(engine) as session:
        row = session.scalars(select(ArticleRow)).one()
        assert (row.import_id, row.first_seen_at, row.last_seen_at) == ("row-1", NOON, later(9))
        version = session.scalars(select(ArticleVersionRow)).one()
        assert (version.number, version.current, version.words) == (1, True, 14)
        assert (version.seen_at, version.last_seen_at, version.matched_by) == (NOON, later(9), "")
        credit = session.scalars(select(CreditRow)).one()
        assert (credit.agency, credit.kind, credit.place, credit.text) == ("ZED", "text", "dateline", CREDIT.text)


@pytest.mark.parametrize(
    "change",
    [
        {"headline": "Another headline"},
        {"paragraphs": ("Trams cross it from today.",)},
        {"credits": ()},
        {"credits": (CREDIT, Credit("ZED", "photo", "caption", "Zed Wire"))},
    ],
)
def test_a_change_is_a_new_version(engine: Engine, change: dict[str, Any]) -> None:
    with writing(engine) as session:
        first = save(session, article())
        second = save(session, article(**change), later(30))
        assert second.new_version
        assert second.article_id == first.article_id
        assert [(number, current) for number, current, _ in versions(session)] == [(1, False), (2, True)]


@pytest.mark.parametrize(
    "change",
    [
        {"published": stated(-60)},
        {"byline": "Ann Example"},
        {"paragraphs": ("The  old bridge of Portvale opened again on\u00a0Monday. ", "", "Trams cross it from today.")},
    ],
)
def test_no_change_of_the_text_is_no_new_version(engine: Engine, change: dict[str, Any]) -> None:
    with writing(engine) as session:
        save(session, article())
        assert not save(session, article(**change), later(30)).new_version


def test_a_text_that_returns_is_a_version_again(engine: Engine) -> None:
    with writing(engine) as session:
        for minute, words in enumerate(("one", "two", "one")):
            assert save(session, article(article().url, words), later(minute)).new_version
        assert versions(session) == [(1, False, "one"), (2, False, "two"), (3, True, "one")]


def test_an_older_look_that_arrives_late_takes_its_place(engine: Engine) -> None:
    with writing(engine) as session:
        save(session, article(article().url, "two"), later(10))
        save(session, article(article().url, "three"), later(20))
        save(session, article(article().url, "one"), NOON)
        assert versions(session) == [(1, False, "one"), (2, False, "two"), (3, True, "three")]
        assert not save(session, article(article().url, "three"), later(15)).new_version
        assert session.scalars(select(ArticleRow)).one().first_seen_at == NOON


@given(st.permutations([0, 1, 2, 3, 4, 5]))
def test_the_order_of_looks_does_not_matter(shared_sqlite: Engine, order: list[int]) -> None:
    """Six looks, in any order: the text seen last is current, versions are numbered by when they were seen."""
    looks = [("one", 0), ("one", 10), ("two", 20), ("two", 30), ("three", 40), ("three", 50)]
    with writing(shared_sqlite) as session:
        session.execute(text("delete from articles"))
        for place in order:
            words, minute = looks[place]
            save(session, article(article().url, words, published=stated(minute - 60)), later(minute))
        found = versions(session)
        assert [number for number, _, _ in found] == list(range(1, len(found) + 1))
        assert [words for _, current, words in found if current] == ["three"]
        assert [words for _, _, words in found] == ["one", "two", "three"]


def test_a_date_is_never_lost_to_a_blank_and_asks_for_a_new_match(engine: Engine) -> None:
    with writing(engine) as session:
        version_id = save(session, article()).version_id
        version = session.get_one(ArticleVersionRow, version_id)
        version.matched_by = "7"
        save(session, article(), later(1))
        assert version.matched_by == "7"
        save(session, article(published=stated(-30), modified=stated(-20), byline="Ann"), later(2))
        assert (version.published, version.modified, version.byline) == (stated(-30), stated(-20), "Ann")
        assert version.matched_by == ""
        save(session, article(), later(3))
        assert (version.published, version.byline) == (stated(-30), "Ann")


def test_a_redesign_without_date_keeps_the_date(engine: Engine) -> None:
    with writing(engine) as session:
        save(session, article(published=stated(-30)))
        save(session, article(article().url, "New text."), later(5))
        published = session.scalars(select(ArticleVersionRow.published_at).order_by(ArticleVersionRow.number))  # type: ignore[attr-defined]  # made by the composite
        assert list(published) == [later(-30), later(-30)]


def test_what_an_earlier_look_changes_about_a_version_is_judged_again(engine: Engine) -> None:
    """A look of an archive: the version after it is no longer what the article was published with, and has its date."""
    with writing(engine) as session:
        first = session.get_one(ArticleVersionRow, save(session, article(article().url, "two"), later(10)).version_id)
        last = session.get_one(ArticleVersionRow, save(session, article(article().url, "three"), later(20)).version_id)
        first.matched_by = last.matched_by = "7"
        save(session, article(article().url, "one"), later(5))
        assert (first.number, first.matched_by) == (2, "")
        assert (last.number, last.matched_by) == (3, "7")
        save(session, article(article().url, "one", published=stated(-30)), NOON)
        assert first.published == last.published == stated(-30)
        assert last.matched_by == ""


def test_text_no_database_takes_is_cleaned(engine: Engine) -> None:
    with writing(engine) as session:
        save(session, article(article().url, "a\0b \ud800 c", headline="h\0", byline="\udfff", language="x" * 500))
    with reading(engine) as session:
        row = session.scalars(select(ArticleVersionRow)).one()
        assert (row.headline, row.paragraphs, row.byline) == ("h", ["ab ? c"], "?")


def test_an_overlong_address_is_refused_by_name(engine: Engine) -> None:
    with (
        writing(engine) as session,
        pytest.raises(ValueError, match="address of 3023 bytes"),
    ):
        save(session, article("https://daily.example/" + "x" * 3001))


def test_an_import_id_stays_with_its_first_article(engine: Engine) -> None:
    with writing(engine) as session:
        save(session, article(), import_id="1")
        save(session, article(), later(1), import_id="2")
        save(session, article(), later(2), import_id="2")
        save(session, article("https://daily.example/other"), import_id="1")
        save(session, article("https://daily.example/third"), import_id="2")
        rows = session.execute(select(ArticleRow.canonical_url, ArticleRow.import_id)).all()
        others = {"https://daily.example/other": None, "https://daily.example/third": None}
        assert dict(row for row in rows) == {article().url: "1"} | others
        known = {name: version_named(session, [name]) for name in ("1", "2", article().url)}
        assert len(set(known.values())) == 1
        assert sorted(each.name for each in current_versions(session)) == ["1", "2", *others]


@pytest.mark.parametrize(
    ("host", "owner"),
    [
        ("one.example", "one"),
        ("WWW.One.Example", "one"),
        ("news.one.example:8080", "one"),
        ("127.0.0.1:8001", "local1"),
        ("127.0.0.1:8002", "local2"),
        ("unknown.example", "unknown.example"),
        ("www.unknown.example", "unknown.example"),
        ("localhost:99", "localhost:99"),
        ("[::1]:80", "[::1]:80"),
    ],
)
def test_a_host_belongs_to_one_outlet(engine: Engine, host: str, owner: str) -> None:
    outlets = [
        outlet("one"),
        outlet("local1", hosts=("127.0.0.1:8001",)),
        outlet("local2", hosts=("127.0.0.1:8002",)),
    ]
    with writing(engine) as session:
        frontier.sync_catalogue(session, [ZED], outlets, NOON)
        assert outlet_rows.outlet_for_host(session, host) == owner
        assert outlet_rows.outlet_for_host(session, host) == owner
        assert session.get(OutletRow, owner) is not None


def test_the_catalogue_takes_over_what_an_import_filed_under_a_host(engine: Engine) -> None:
    with writing(engine) as session:
        save(session, article())
        session.add(LicenceRow(outlet_id="daily.example", agency="ZED", terms="none"))
        frontier.sync_catalogue(session, [ZED], [outlet("daily")], NOON)
        assert session.scalars(select(ArticleRow.outlet_id)).all() == ["daily"]
        assert session.scalars(select(LicenceRow.outlet_id)).all() == ["daily"]
        assert session.scalar(select(func.count()).select_from(OutletRow)) == 1


MOMENTS = st.builds(
    lambda at, low, high, source, zone: Moment(
        None if at is None else later(at),
        None if at is None and low is None else later((at or 0) - (low or 0)),
        None if at is None and high is None else later((at or 0) + (high or 0)),
        source,
        zone,
    ),
    st.none() | st.integers(-100, 100),
    st.none() | st.integers(0, 50),
    st.none() | st.integers(0, 50),
    st.sampled_from(["json-ld", "visible text", "feed", "none"]),
    st.sampled_from(["stated", "outlet", "unknown"]),
)


@given(MOMENTS, MOMENTS)
def test_merging_moments_is_fair_and_loses_nothing(one: Moment, other: Moment) -> None:
    merged = merge(one, other)
    assert merged == merge(other, one)
    assert merge(one, one) == one
    assert merged.at in (one.at, other.at)
    assert (merged.at is None) == (one.at is None and other.at is None)


def test_words_are_counted_in_scripts_without_spaces() -> None:
    assert count_words(["Trams don't stop, 2,000 ride", "橋が開いた", "다리 개통"]) == 7 + 5 + 2
    assert count_words(["L’été – 3 œufs_frais", ""]) == 5  # one byte a letter in Western, Arabic and Cyrillic texts
    assert count_words(["قالت السلطات: ٣ جرحى"]) == 4
    assert count_words(["«Мы едем», 20"]) == 3
    assert count_words([]) == count_words(["— !"]) == 0


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_date_later_than_we_saw_the_text_is_not_believed(engine: Engine, order: tuple[int, int]) -> None:
    """Neither when it has come since: the text was there before."""
    looks = [(article(published=stated(120)), later(0)), (article(published=stated(120)), later(180))]
    with writing(engine) as session:
        for number in order:
            one, seen_at = looks[number]
            saving.save_article(session, one, outlet_rows.outlet_for_host(session, "daily.example"), seen_at=seen_at)
        published = session.scalars(select(ArticleVersionRow)).one().published
        assert (published.at, published.latest) == (None, later(0))
