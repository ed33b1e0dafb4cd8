"""Many at once is one after the other: the same rows, whatever repeats, clashes or comes out of order."""

from __future__ import annotations

import random
from typing import Any

import pytest
from sqlalchemy import Engine, select

from news.articles import Moment
from news.names import LONGEST_NAME_BYTES
from storage.articles.saving import Saved, save_article
from storage.articles.saving_many import Look, save_articles
from storage.engine import reading, writing
from storage.models import ArticleRow, ArticleVersionRow, CreditRow, OutletRow
from tests.storage.makers import CREDIT, article, later, stated


def looks(seed: int, count: int = 40) -> list[Look]:
    """Looks at few addresses, with few texts and ids, at any time."""
    chance = random.Random(seed)
    made = []
    for _ in range(count):
        made.append(
            Look(
                article(
                    f"https://daily.example/{chance.randrange(count // 2)}",
                    f"Text {chance.randrange(3)} of an article.",
                    "Second\0 paragraph.",
                    published=chance.choice([Moment(), stated(5), stated(9)]),
                    byline=chance.choice(["", "Ann"]),
                    credits=chance.choice([(), (CREDIT,), (CREDIT, CREDIT)]),
                ),
                chance.choice(["daily", "courier"]),
                later(chance.randrange(60)),
                chance.choice([None, None, "", *(f"id{number}" for number in range(12))]),
            )
        )
    return made


def tables(engine: Engine) -> list[Any]:
    """Articles, versions and credits without row numbers, in an order of their own."""
    found = []
    with reading(engine) as session:
        urls = {row.id: row.canonical_url for row in session.scalars(select(ArticleRow))}
        names = {row.id: (urls[row.article_id], row.number) for row in session.scalars(select(ArticleVersionRow))}
        for kind, owner, owners in ((ArticleRow, "id", urls), (ArticleVersionRow, "article_id", urls)):
            for row in session.execute(select(kind.__table__)).mappings():
                shown = {name: value for name, value in row.items() if not name.endswith("id") or name == "import_id"}
                found.append((kind.__tablename__, str(owners[row[owner]]), repr(sorted(shown.items()))))
        for credit in session.scalars(select(CreditRow)):
            found.append(("credits", str(names[credit.version_id]), f"{credit.agency} {credit.kind} {credit.text}"))
    return sorted(found)


def outlets(engine: Engine) -> None:
    with writing(engine) as session:
        for name in ("daily", "courier"):
            blank = {"country": "", "zone": "", "language": "", "agency": ""}
            session.add(OutletRow(id=name, name=name, hosts=[], **blank))


@pytest.mark.parametrize("seed", range(8))
def test_many_at_once_are_as_one_by_one(engine: Engine, database_url: str, seed: int) -> None:
    outlets(engine)
    batches = [looks(seed), looks(seed + 100), looks(seed)]
    many = []
    for batch in batches:
        with writing(engine) as session:
            many.append([saved.new_version for saved in save_articles(session, batch)])
    at_once = tables(engine)
    with writing(engine) as session:
        for table in (CreditRow, ArticleVersionRow, ArticleRow):
            session.query(table).delete()
    one_by_one = []
    for batch in batches:
        with writing(engine) as session:
            one_by_one.append([_save(session, look).new_version for look in batch])
    assert at_once == tables(engine)
    assert many == one_by_one


def _save(session: Any, look: Look) -> Saved:
    return save_article(session, look.article, look.outlet_id, seen_at=look.seen_at, import_id=look.import_id or None)


def test_each_look_is_told_where_it_went(engine: Engine) -> None:
    outlets(engine)
    batch = looks(1)
    with writing(engine) as session:
        saved = save_articles(session, batch)
        for look, where in zip(batch, saved, strict=True):
            assert session.get_one(ArticleRow, where.article_id).canonical_url == look.article.canonical_url
            version = session.get_one(ArticleVersionRow, where.version_id)
            assert (version.article_id, version.paragraphs[0]) == (where.article_id, look.article.paragraphs[0])
        assert save_articles(session, []) == []


def test_an_address_too_long_is_refused(engine: Engine) -> None:
    outlets(engine)
    long = article("https://daily.example/" + "x" * LONGEST_NAME_BYTES)
    with pytest.raises(ValueError, match="address of 20"), writing(engine) as session:
        save_articles(session, [Look(article(), "daily", later(0)), Look(long, "daily", later(0))])
    assert tables(engine) == []
