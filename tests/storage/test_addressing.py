"""Under which address a look is kept: what a page claims against what its outlet and other pages say."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, delete, select
from sqlalchemy.orm import Session

from news.articles import Article
from storage.articles.saving import save_article
from storage.articles.saving_many import Look, save_articles
from storage.crawling.outlet_rows import outlet_for_host, sync_catalogue
from storage.engine import reading, writing
from storage.matches import verdicts
from storage.models import ArticleRow, ArticleVersionRow, ContestedAddressRow, StoryRow, VerdictRow
from tests.storage.makers import NOON, ZED, article, filing, later, outlet

CLAIMED = "https://daily.example/harbour"
TEXTS = {
    "quay": (
        "The harbour authority closed the eastern quay on Friday until the crane has been inspected by engineers.",
        "About forty ships waited outside the port in the evening, two of which had asked for fresh water.",
    ),
    "bank": (
        "The national bank left its key rate unchanged and expects inflation to slow down during next year.",
        "Analysts had foreseen the decision, although several members voted for a smaller step, minutes show.",
    ),
    "vote": (
        "Lawmakers rejected the budget by three votes after a night of speeches about pensions and rural schools.",
        "The finance minister offered to resign, which the president refused before breakfast on Saturday.",
    ),
}


def look(url: str, text: str, *more: str, claimed: str = CLAIMED) -> Article:
    return article(url, *TEXTS[text], *more, canonical_url=claimed, headline=f"About the {text}")


def stored(session: Session) -> dict[str, list[str]]:
    """The headlines of the versions of each article."""
    rows = session.execute(
        select(ArticleRow.canonical_url, ArticleVersionRow.headline)
        .join(ArticleVersionRow, ArticleVersionRow.article_id == ArticleRow.id)
        .order_by(ArticleRow.canonical_url, ArticleVersionRow.number)
    )
    found: dict[str, list[str]] = {}
    for url, headline in rows:
        found.setdefault(url, []).append(headline)
    return found


def save(session: Session, looks: Sequence[Article], *, at_once: bool) -> None:
    daily = outlet_for_host(session, "daily.example")
    if at_once:
        save_articles(session, [Look(one, daily, NOON) for one in looks])
        return
    for one in looks:
        save_article(session, one, daily, seen_at=NOON)


@pytest.mark.parametrize("at_once", [False, True])
@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_different_articles_that_claim_one_address_keep_their_own_in_any_order(
    engine: Engine, order: Sequence[int], at_once: bool
) -> None:
    looks = [look(f"https://daily.example/{name}", name) for name in TEXTS]
    with writing(engine) as session:
        save(session, [looks[number] for number in order], at_once=at_once)
        save(session, looks, at_once=at_once)  # and seen once more
        assert stored(session) == {f"https://daily.example/{name}": [f"About the {name}"] for name in TEXTS}
        assert session.scalars(select(ContestedAddressRow.address)).all() == [CLAIMED]


@pytest.mark.parametrize("first", [0, 1])
def test_the_page_at_the_claimed_address_keeps_it(engine: Engine, first: int) -> None:
    looks = [look(CLAIMED, "quay"), look("https://daily.example/bank", "bank")]
    with writing(engine) as session:
        save(session, [looks[first], looks[1 - first]], at_once=False)
        assert stored(session) == {CLAIMED: ["About the quay"], "https://daily.example/bank": ["About the bank"]}


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_dresses_of_one_article_are_joined_in_any_order(engine: Engine, order: Sequence[int]) -> None:
    looks = [
        look(CLAIMED, "quay"),
        look("https://daily.example/amp/harbour", "quay", "Read more in our app."),
        look("https://m.daily.example/harbour", "quay"),
    ]
    with writing(engine) as session:
        save(session, [looks[number] for number in order], at_once=False)
        assert list(stored(session)) == [CLAIMED]
        assert session.scalars(select(ContestedAddressRow.address)).all() == []


def test_an_article_that_is_rewritten_under_one_address_stays_one(engine: Engine) -> None:
    with writing(engine) as session:
        save(session, [look("https://daily.example/amp/x", name) for name in TEXTS], at_once=False)
        assert list(stored(session)) == [CLAIMED]


def test_an_outlet_within_anothers_domain_cannot_be_taken_over(engine: Engine) -> None:
    """folha.uol.com.br lies in uol.com.br, and is another paper."""
    with writing(engine) as session:
        big = outlet("big", hosts=("big.example.com",))
        paper = outlet("paper", hosts=("paper.big.example.com",))
        sync_catalogue(session, [ZED], [big, paper], NOON)
        theirs = look("https://www.paper.big.example.com/q", "quay", claimed="https://www.paper.big.example.com/q")
        save_article(session, theirs, "paper", seen_at=NOON)
        for number, text in enumerate(("bank", "quay")):
            url = f"https://news.big.example.com/{number}"
            save_article(session, look(url, text, claimed=theirs.url), "big", seen_at=later(number))
        amp = look("https://amp.paper.big.example.com/q", "quay", claimed=theirs.url)
        save_article(session, amp, "paper", seen_at=later(9))
        assert stored(session) == {
            theirs.url: ["About the quay"],
            "https://news.big.example.com/0": ["About the bank"],
            "https://news.big.example.com/1": ["About the quay"],
        }


def test_a_verdict_follows_its_article_to_its_own_address(engine: Engine) -> None:
    with writing(engine) as session:
        save(session, [look("https://daily.example/quay", "quay")], at_once=False)
        session.add(StoryRow(key="ZED:1", agency="ZED", origin="filed", seen_at=NOON, filed=filing().filed))
        session.flush()
        verdicts.judge(session, article=CLAIMED, story="ZED:1", judgement="confirm", judged_by="me", now=NOON)
        save(session, [look("https://daily.example/bank", "bank")], at_once=False)
        assert session.scalars(select(VerdictRow.article_url)).all() == ["https://daily.example/quay"]


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["quay", "bank", "vote", "harbour"]), st.sampled_from(sorted(TEXTS))),
        min_size=2,
        max_size=3,
        unique_by=lambda pair: pair[0],
    )
)
def test_two_orders_give_the_same_articles(shared_sqlite: Engine, pairs: list[tuple[str, str]]) -> None:
    """Any pages, any of them with the same text, any of them at the claimed address itself."""
    looks = [look(f"https://daily.example/{page}", text) for page, text in pairs[:2]]
    found = []
    for order in (looks, looks[::-1]):
        with writing(shared_sqlite) as session:
            session.execute(delete(ArticleRow))
            session.execute(delete(ContestedAddressRow))
            save(session, order, at_once=False)
        with reading(shared_sqlite) as session:
            found.append({url: sorted(lines) for url, lines in stored(session).items()})
    assert found[0] == found[1]
