"""What articles do after a correction, a kill, an embargo: every state, its moment, and what closes a notice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from jobs import due
from jobs.context import Context
from jobs.notices import noticing
from jobs.notices.notes import is_note
from news.articles import Article, Filing, Moment
from news.visits import Exchange, FetchResult, FoundLink, PageTask, VisitOutcome
from storage.agency.filings import save_filing
from storage.articles.saving import save_article
from storage.asking import questions
from storage.crawling import frontier, outlet_rows
from storage.engine import reading, writing
from storage.matches import verdicts
from storage.models import ArticleRow, ArticleVersionRow, NoticeRow, NoticeStateRow, PageRow
from tests.jobs.newsdesk import START, context_of, match, story

TEXT = story(61, 8)
TOLL = "The mayor of Ulmen said on Tuesday that 14 workers had died in the blast at the plant near the river port."
FEWER = "The mayor of Ulmen said on Tuesday that four workers had died in the blast at the plant near the river port."
WRONG = [*TEXT[:2], TOLL, *TEXT[2:]]
RIGHT = [*TEXT[:2], FEWER, *TEXT[2:]]
NOTE = "Correction: an earlier version of this article gave the number of dead as 14."
OPENED = 120
"""Minutes after the start at which the notice is sent."""


@pytest.fixture
def context(database_url: str, tmp_path: Path) -> Context:
    return context_of(database_url, tmp_path)


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def exactly(minutes: float) -> Moment:
    return Moment(at(minutes), at(minutes), at(minutes), "json-ld", "stated")


def send(context: Context, take: str, text: Sequence[str], minutes: float, **more: Any) -> None:
    item = Filing("AFP", "blast", take, "Blast in Ulmen kills 14", tuple(text), exactly(minutes), f"{take}.xml")
    with writing(context.engine) as session:
        save_filing(session, replace(item, **more), received_at=at(minutes))


def correct(context: Context, **more: Any) -> None:
    """The story at 0 minutes, its correction at 120."""
    send(context, "1", WRONG, 0)
    more = {"status": "corrected", "notice": "CORRECTION: death toll is four, not 14, in paragraph 3"} | more
    send(context, "2", RIGHT, OPENED, headline="Blast in Ulmen kills four", **more)


def url_of(outlet: str) -> str:
    return f"https://{outlet}.example/blast"


def see(
    context: Context,
    outlet: str,
    text: Sequence[str],
    minutes: float,
    outcome: VisitOutcome = "ok",
    *,
    noindex: bool = False,
    **more: Any,
) -> None:
    """A visit of the outlet's page: with what it said, unless it ended otherwise."""
    url, when = url_of(outlet), at(minutes)
    with writing(context.engine) as session:
        outlet_id = outlet_rows.outlet_for_host(session, f"{outlet}.example")
        frontier.add_links(session, outlet_id, [FoundLink(url, f"{outlet}.example")], "feed", when)
        page = session.scalars(select(PageRow).where(PageRow.url == url)).one()
        article_id = None
        if outcome == "ok":
            made = Article(url, url, "Many die in Ulmen", tuple(text), language="en", published=exactly(20))
            article_id = save_article(session, replace(made, **more), outlet_id, seen_at=when).article_id
        status = {"ok": 200, "gone": 410, "failed": None}.get(outcome)
        hidden = noindex if outcome == "ok" else None
        exchange = Exchange(url, outcome, when, status, reason=f"{outcome} at {minutes}", noindex=hidden)
        task = PageTask(page.id, outlet_id, url)
        frontier.record_fetch(session, FetchResult(task, exchange), due_at=at(50_000), article_id=article_id)


def states(context: Context) -> dict[str, tuple[str, float, float | None]]:
    """By outlet: the state, since how many minutes after the start, and the minutes until it complied."""
    query = select(NoticeStateRow, ArticleRow.outlet_id).join(ArticleRow, ArticleRow.id == NoticeStateRow.article_id)
    with reading(context.engine) as session:
        return {
            outlet.removesuffix(".example"): (row.state, (row.since - START) / timedelta(minutes=1), row.minutes)
            for row, outlet in session.execute(query)
        }


def notice(context: Context) -> NoticeRow:
    with reading(context.engine) as session:
        row = session.scalars(select(NoticeRow)).one()
        session.expunge_all()
        return row


def test_after_a_correction_every_outlet_is_in_its_state(context: Context) -> None:
    correct(context)
    outlets = ("noted", "quiet", "gone", "idle", "down", "moved", "other", "unseen", "short", "late", "fixed")
    for outlet in outlets:
        see(context, outlet, TEXT[:2] if outlet == "short" else WRONG, 130 if outlet == "late" else 30)
    see(context, "fixed", RIGHT, 100)
    see(context, "noted", [NOTE, *RIGHT], 200, modified=exactly(170))
    see(context, "quiet", RIGHT, 210)
    for outlet, outcome in (("gone", "gone"), ("down", "failed"), ("moved", "redirected"), ("idle", "not modified")):
        see(context, outlet, [], 220, outcome)  # type: ignore[arg-type]  # pairs of a tuple lose their literals
        see(context, outlet, [], 250, outcome)  # type: ignore[arg-type]  # as above
    see(context, "other", story(62), 230, headline="Cheese prices rise")
    for outlet in ("short", "late", "fixed"):
        see(context, outlet, [], 240, "not modified")
    match(context)
    assert states(context) == {
        "noted": ("changed with a note", 170, 50),
        "quiet": ("silently changed", 210, 90),
        "gone": ("removed", 220, 100),
        "idle": ("unchanged", OPENED, None),
        "down": ("unreachable", 220, None),
        "moved": ("redirected", 220, 100),
        "other": ("replaced", 230, 110),
        "short": ("not affected", 240, None),
        "late": ("unchanged", 130, None),
        "fixed": ("silently changed", OPENED, 0),
    }, "nobody looked at `unseen` since"
    assert notice(context).closed_at is None


def test_a_rewording_elsewhere_is_no_compliance_and_a_later_take_none_either(context: Context) -> None:
    correct(context)
    see(context, "busy", WRONG, 30)
    see(context, "busy", [*story(63, 2), *WRONG[1:]], 150)
    match(context)
    assert states(context)["busy"][0] == "unchanged"


def test_only_the_words_the_notice_names_have_to_go(context: Context) -> None:
    send(context, "1", WRONG, 0)
    more = {"status": "corrected", "notice": "CORRECTION: death toll is four, not 14, in paragraph 3"}
    send(context, "2", [*story(64, 3), *RIGHT[2:]], OPENED, **more)
    see(context, "exact", WRONG, 30)
    see(context, "exact", RIGHT, 150)
    match(context)
    assert states(context)["exact"] == ("silently changed", 150, 30)


def test_a_sentence_the_agency_added_is_looked_for(context: Context) -> None:
    send(context, "1", WRONG, 0)
    added = [*WRONG[:2], WRONG[2].replace("the blast", "the blast, which police do not call an attack,"), *WRONG[3:]]
    send(context, "2", added, OPENED, status="corrected", notice="CORRECTION: adds dropped words in paragraph 3")
    see(context, "one", WRONG, 30)
    see(context, "two", WRONG, 30)
    see(context, "one", [], 150, "not modified")
    see(context, "two", added, 150)
    match(context)
    assert {outlet: state for outlet, (state, _, _) in states(context).items()} == {
        "one": "unchanged",
        "two": "silently changed",
    }


def test_a_wrong_headline_over_a_corrected_text_is_no_compliance(context: Context) -> None:
    """The toll was put right below "14 dead"; elsewhere the headline was put right too, or says both numbers."""
    correct(context)
    headlines = {
        "above": ("14 dead in Ulmen", "14 dead in Ulmen", RIGHT),
        "anew": ("Ulmen mourns", "Ulmen: 14 are dead", RIGHT),
        "noted": ("14 dead in Ulmen", "14 dead in Ulmen", [NOTE, *RIGHT]),
        "both": ("14 dead in Ulmen", "Four dead in Ulmen, not 14", RIGHT),
        "fixed": ("14 dead in Ulmen", "Four dead in Ulmen", RIGHT),
        "plain": ("Blast in Ulmen", "Blast in Ulmen", RIGHT),
        "brief": ("14 dead in Ulmen", "14 dead in Ulmen", TEXT),
    }
    for outlet, (before, after, text) in headlines.items():
        see(context, outlet, TEXT if outlet == "brief" else WRONG, 30, headline=before)
        see(context, outlet, text, 200, headline=after)
    match(context)
    assert states(context) == {
        "above": ("headline still wrong", 200, None),
        "anew": ("headline still wrong", 200, None),
        "noted": ("headline still wrong", 200, None),
        "both": ("silently changed", 200, 80),
        "fixed": ("silently changed", 200, 80),
        "plain": ("silently changed", 200, 80),
        "brief": ("unchanged", OPENED, None),
    }
    assert notice(context).closed_at is None
    see(context, "above", RIGHT, 300, headline="Four dead in Ulmen")
    match(context)
    assert states(context)["above"] == ("silently changed", 300, 180)


def test_a_correction_of_the_headline_alone_is_looked_for_in_headlines(context: Context) -> None:
    send(context, "1", TEXT, 0)
    more = {"status": "corrected", "notice": "CORRECTION: headline should say four, not 14"}
    send(context, "2", TEXT, OPENED, headline="Blast in Ulmen kills four", **more)
    for outlet, headline in (("idle", "Blast kills 14"), ("quiet", "Blast kills 14"), ("other", "Blast in Ulmen")):
        see(context, outlet, TEXT, 30, headline=headline)
    see(context, "idle", [], 150, "not modified")
    see(context, "quiet", TEXT, 150, headline="Blast kills four")
    see(context, "other", [], 150, "not modified")
    match(context)
    assert states(context) == {
        "idle": ("unchanged", OPENED, None),
        "quiet": ("silently changed", 150, 30),
        "other": ("not affected", 150, None),
    }


def test_words_of_a_rewritten_take_do_not_make_a_headline_wrong(context: Context) -> None:
    """Nobody says what was wrong, and the story was written through: "mayor" in a headline proves nothing."""
    send(context, "1", WRONG, 0)
    more = {"status": "corrected", "notice": "CORRECTION"}
    written_through = [*story(68, 3), RIGHT[2], *story(69, 3), *RIGHT[6:]]
    send(context, "2", written_through, OPENED, headline="Ulmen counts its dead", **more)
    see(context, "one", WRONG, 30, headline="14 dead, says mayor of Ulmen")
    see(context, "one", written_through, 150, headline="Mayor of Ulmen speaks of blast")
    match(context)
    assert states(context)["one"][0] == "silently changed"


def test_a_page_only_hidden_from_search_engines_is_noindexed(context: Context) -> None:
    kill(context)
    for outlet in ("hides", "always", "hid", "back"):
        see(context, outlet, WRONG, 30, noindex=outlet == "always")
    see(context, "hid", WRONG, 100, noindex=True)
    for outlet in ("hides", "always", "hid", "back"):
        see(context, outlet, WRONG, 150, noindex=True)
        see(context, outlet, [], 170, "not modified")
    see(context, "back", WRONG, 190)
    match(context)
    assert states(context) == {
        "hides": ("noindexed", 150, None),
        "always": ("unchanged", OPENED, None),
        "hid": ("unchanged", OPENED, None),
        "back": ("unchanged", OPENED, None),
    }
    with reading(context.engine) as session:
        still = {row.state for row in questions.open_notices(session, context.now())}
    assert still == {"noindexed", "unchanged"}
    see(context, "hides", [], 200, "gone")
    match(context)
    assert states(context)["hides"] == ("removed", 200, 80)


def test_a_correction_without_a_text_is_obeyed_only_by_a_note(context: Context) -> None:
    send(context, "1", WRONG, 0)
    send(context, "2", [], OPENED, status="corrected", notice="CORRECTION: the toll is wrong")
    for outlet in ("noted", "idle", "busy"):
        see(context, outlet, WRONG, 30)
    see(context, "noted", [*WRONG[:2], *WRONG[3:], NOTE], 150)
    see(context, "idle", [], 150, "not modified")
    see(context, "busy", WRONG[1:], 150)
    match(context)
    assert {outlet: state for outlet, (state, _, _) in states(context).items()} == {
        "noted": "changed with a note",
        "idle": "unchanged",
        "busy": "unchecked",
    }


def kill(context: Context) -> None:
    send(context, "1", WRONG, 0)
    send(context, "2", [], OPENED, status="killed", notice="KILL: there was no blast in Ulmen.")


def test_after_a_kill_every_copy_has_to_go(context: Context) -> None:
    kill(context)
    for outlet in ("noted", "emptied", "gone", "idle", "trimmed", "other"):
        see(context, outlet, WRONG[1:] if outlet == "idle" else WRONG, 30)
    see(context, "noted", ["Editor's note: AFP has withdrawn this story.", *story(65, 2)], 150, headline="No blast")
    see(context, "emptied", [*TEXT[:1], *story(66, 6)], 160)
    see(context, "gone", [], 170, "gone")
    see(context, "idle", [], 180, "not modified")
    see(context, "trimmed", WRONG[:7], 190)
    see(context, "other", story(67, 8), 200, headline="Cheese prices rise")
    match(context)
    assert states(context) == {
        "noted": ("changed with a note", 150, 30),
        "emptied": ("silently changed", 160, 40),
        "gone": ("removed", 170, 50),
        "idle": ("unchanged", OPENED, None),
        "trimmed": ("unchanged", OPENED, None),
        "other": ("replaced", 200, 80),
    }


def test_a_notice_closes_with_the_last_and_opens_again_with_a_new_copy(context: Context) -> None:
    kill(context)
    see(context, "one", WRONG, 30)
    see(context, "two", WRONG, 40)
    see(context, "one", [], 150, "gone")
    match(context)
    assert notice(context).closed_at is None
    see(context, "two", [], 180, "gone")
    assert due.match(context)
    match(context)
    assert notice(context).closed_at == at(180)
    assert not due.match(context)
    see(context, "three", WRONG, 300)
    match(context)
    assert notice(context).closed_at is None
    see(context, "two", WRONG, 310)
    match(context)
    assert states(context)["two"][0] == "unchanged", "the page came back"


def test_a_rejected_link_is_not_held_against_anybody(context: Context) -> None:
    kill(context)
    see(context, "one", WRONG, 30)
    match(context)
    with writing(context.engine) as session:
        article, said = url_of("one"), "reject"
        verdicts.judge(session, article=article, story="AFP:blast", judgement=said, judged_by="x", now=START)  # type: ignore[arg-type]  # a plain word
    see(context, "one", [], 150, "not modified")
    match(context)
    assert states(context) == {}


def test_pages_are_asked_for_at_once_and_often(context: Context) -> None:
    now = context.now()
    minutes = (now - START) / timedelta(minutes=1)
    send(context, "1", WRONG, 0)
    for outlet in ("waits", "looked", "obeyed"):
        see(context, outlet, WRONG, 30)
    match(context)
    send(context, "2", [], minutes - 10, status="killed", notice="KILL: there was no blast.")
    see(context, "looked", [], minutes - 5, "not modified")
    see(context, "obeyed", [], minutes - 5, "gone")
    assert due.match(context), "a notice without a text must be seen too"
    match(context)
    with reading(context.engine) as session:
        due_at = {row.host: row.due_at for row in session.scalars(select(PageRow))}
    assert due_at["waits.example"] == now
    assert due_at["looked.example"] == at(minutes - 5) + timedelta(minutes=15)
    assert due_at["obeyed.example"] == at(50_000), "left to its usual course"
    assert not due.match(context)


@pytest.mark.parametrize(
    ("published", "seen", "state"),
    [
        (exactly(60), 90, ("broken", 60, 60)),
        (Moment(None, at(-700), at(900), "visible text", "unknown"), 400, ("not affected", 400, None)),
        (Moment(None, at(-700), at(100), "visible text", "unknown"), 400, ("broken", 100, 20)),
        (Moment(), 90, ("broken", 90, 30)),
        (Moment(), 400, ("not affected", 400, None)),
        (exactly(130), 140, ("not affected", 140, None)),
    ],
    ids=["stated", "zone unknown", "bounds suffice", "seen before", "undated", "after"],
)
def test_an_embargo_is_broken_only_by_the_latest_moment(
    context: Context, published: Moment, seen: float, state: tuple[str, float, float | None]
) -> None:
    send(context, "1", WRONG, 0, status="embargoed", notice="EMBARGO", embargo_until=at(OPENED))
    see(context, "one", WRONG, seen, published=published)
    match(context)
    assert states(context) == {"one": state}
    assert (notice(context).closed_at is None) == (state[0] == "broken")


def test_judging_again_changes_nothing(context: Context) -> None:
    correct(context)
    see(context, "one", WRONG, 30)
    see(context, "one", [NOTE, *RIGHT], 200)
    match(context)
    before = states(context)
    assert noticing.look_after(context) == 0
    assert states(context) == before
    with reading(context.engine) as session:
        assert session.scalars(select(NoticeStateRow.evidence)).one() == NOTE
        assert len(session.scalars(select(ArticleVersionRow.id)).all()) == 2


@pytest.mark.parametrize(
    "paragraph",
    [
        NOTE,
        "Editor's note: This story has been updated to correct the spelling of Ulmen.",
        "(This story was corrected to fix the date.)",
        "An earlier version of this story misstated the toll.",
        "RECTIFICATIF - Le bilan est de quatre morts et non de quatorze.",
        "Cet article a été corrigé : le bilan est de quatre morts.",
        "Note de la rédaction : une dépêche annulée par l'AFP.",
        "Korrektur: In einer früheren Version stand eine falsche Zahl.",
        "In einer früheren Fassung dieses Artikels hieß es, 14 Menschen seien gestorben.",
        "Anmerkung der Redaktion: Die Meldung wurde zurückgezogen.",
        "Fe de erratas: los muertos son cuatro.",
        "Una versión anterior de esta noticia daba otra cifra.",
        "Correção: o número de mortos é quatro.",
        "Uma versão anterior deste texto dizia outra coisa.",
        "تصحيح: عدد القتلى أربعة",
        "ملاحظة المحرر: سحبت الوكالة هذا الخبر",
    ],
)
def test_notes_are_known(paragraph: str) -> None:
    assert is_note(paragraph)


@pytest.mark.parametrize(
    "paragraph",
    [
        "The ministry corrected its figures on Tuesday.",
        "Corrections officers in Ulmen went on strike.",
        "Correction of the river bed will take three years.",
        "Die Korrektur der Zahlen überraschte die Märkte.",
        "La correction des copies commence lundi.",
        "Der Minister hat den Artikel gelesen.",
        NOTE + " x" * 500,
        "",
    ],
)
def test_news_about_corrections_is_no_note(paragraph: str) -> None:
    assert not is_note(paragraph)
