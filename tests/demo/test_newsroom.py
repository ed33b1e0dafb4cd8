"""The newsroom says the same every time, plants every habit it promises, and its unrelated texts share nothing."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from demo.newsroom import build
from demo.shapes import Newsroom, Page
from demo.stories import load_stories

from .conftest import START

# The one planted sharing between texts that have nothing to do with each other: a minister's statement.
QUOTE_SHARERS = {"talks", "/news/world/valdoria-ostrany-frontier-analysis"}


def page(newsroom: Newsroom, path: str) -> Page:
    return next(page for page in newsroom.pages if page.path == path)


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


def runs(text: str, length: int = 8) -> set[tuple[str, ...]]:
    found = words(text)
    return {tuple(found[at : at + length]) for at in range(len(found) - length + 1)}


def test_same_start_and_seed_give_the_same_bytes(newsroom: Newsroom) -> None:
    assert build(START) == newsroom


def test_another_seed_moves_publications(newsroom: Newsroom) -> None:
    other = build(START, seed=8)
    assert {p.path for p in other.pages} == {p.path for p in newsroom.pages}
    assert [p.published for p in other.pages] != [p.published for p in newsroom.pages]


def test_another_start_keeps_every_delay(newsroom: Newsroom) -> None:
    later = build(START + timedelta(days=200, hours=5))
    delays = Counter((c.story, c.site, c.take, c.delay_minutes) for c in newsroom.truth.copies)
    assert Counter((c.story, c.site, c.take, c.delay_minutes) for c in later.truth.copies) == delays


def test_a_naive_start_is_refused() -> None:
    with pytest.raises(ValueError, match="naive"):
        build(datetime(2026, 11, 18, 5))  # noqa: DTZ001  -- a naive moment is the case


def test_size(newsroom: Newsroom) -> None:
    outlets = [site for site in newsroom.sites if not site.agency]
    pages = [p for p in newsroom.pages if p.site != "afp"]
    filed = {c.story for c in newsroom.truth.copies if c.take} | newsroom.truth.unused_stories
    assert len(outlets) == 13
    assert 60 <= len(pages) <= 90
    assert 12 <= len(filed) <= 24
    assert {p.site for p in newsroom.pages} == {site.id for site in newsroom.sites}


@pytest.mark.parametrize("zone", ["UTC", "Europe/Paris", "America/New_York", "Asia/Tokyo"])
def test_two_mornings_pass(newsroom: Newsroom, zone: str) -> None:
    clock = newsroom.start.astimezone(ZoneInfo(zone))
    first = clock.replace(hour=7, minute=0)
    mornings = [first + timedelta(days=day) for day in range(5)]
    assert sum(newsroom.start < morning.astimezone(UTC) <= newsroom.end for morning in mornings) >= 2


def test_every_page_states_whole_minutes(newsroom: Newsroom) -> None:
    moments = [version.visible_from for p in newsroom.pages for version in p.versions]
    assert all(moment.second == 0 and moment.tzinfo is UTC for moment in moments)


def test_delays_are_the_moments_difference(newsroom: Newsroom) -> None:
    stories = {story.id: story for story in load_stories(newsroom.start).values()}
    for copy in newsroom.truth.copies:
        if copy.timing == "shown" and copy.take:
            filed = stories[copy.story].takes[copy.take - 1].filed
            since = page(newsroom, copy.path).published - filed
            assert since == timedelta(minutes=copy.delay_minutes or 0), copy


HABITS = {
    "cut": lambda n: any(c.use == "cut" for c in n.truth.copies),
    "verbatim": lambda n: any(c.use == "verbatim" for c in n.truth.copies),
    "new headline": lambda n: "Old foes return" in " ".join(p.headline for p in n.pages),
    "respelling": lambda n: "defense ministry" in text_of(n, "lakeside-courier", "norland"),
    "political edit": lambda n: any("elected governor" in edit.new for edit in n.truth.edits),
    "added phrase": lambda n: any(not edit.old for edit in n.truth.edits),
    "changed number": lambda n: any("113 million" in edit.new for edit in n.truth.edits),
    "two agencies woven together": lambda n: (
        {"AFP", "Reuters"} == {c.agency for c in n.truth.copies if c.use == "merged"}
    ),
    "uncredited copy": lambda n: any(c.credit == "none" for c in n.truth.copies),
    "only a quoted source": lambda n: any(c.credit == "quoted" for c in n.truth.copies),
    "photo credit over a copy": lambda n: any(c.credit == "photo" for c in n.truth.copies),
    "photo credit over own text": lambda n: "photo only" in n.truth.traps.values(),
    "told AFP": lambda n: "told AFP" in n.truth.traps.values(),
    "Armed Forces": lambda n: "armed forces" in n.truth.traps.values(),
    "same event": lambda n: "same event" in n.truth.traps.values(),
    "late original": lambda n: bool(n.truth.late_stories),
    "page clock": lambda n: any("@clock@" in v.html for p in n.pages for v in p.versions),
    "no article time": lambda n: any(c.timing == "hidden" for c in n.truth.copies),
    "no zone": lambda n: "Published: 2026-11-1" in html_of(n, "pacific-mirror"),
    "correction applied": lambda n: any(c.complied for c in n.truth.corrections),
    "correction ignored": lambda n: any(len(c.unchanged) >= 2 for c in n.truth.corrections),
    "silent update": lambda n: bool(n.truth.silent_updates),
    "news in brief": lambda n: any(c.use == "brief" for c in n.truth.copies),
    "two takes": lambda n: len({c.take for c in n.truth.copies if c.story == "TX-PAR-QK201"}) == 2,
    "text without an agency": lambda n: bool(n.truth.shared_without_agency),
    "story nobody takes": lambda n: bool(n.truth.unused_stories),
    "AMP twin": lambda n: any(path.endswith("/amp") for path in n.truth.twins),
    "print twin": lambda n: any(path.endswith("?print=1") for path in n.truth.twins),
    "disallowed page": lambda n: bool(n.truth.disallowed),
    "no robots.txt": lambda n: any(not site.robots for site in n.sites),
    "crawl delay": lambda n: any("Crawl-delay: 0.1" in site.robots for site in n.sites),
    "four languages": lambda n: {"en", "fr", "de", "ar"} == {p.language for p in n.pages},
    "right to left": lambda n: 'dir="rtl"' in html_of(n, "al-sahil"),
    "every kind of listing": lambda n: (
        {"rss", "atom", "sitemap", "index", "section"} == {f.style for s in n.sites for f in s.feeds}
    ),
    "joint credit": lambda n: any(c.credit == "joint" for c in n.truth.copies),
}


def html_of(newsroom: Newsroom, site: str) -> str:
    return "\n".join(version.html for p in newsroom.pages if p.site == site for version in p.versions)


def text_of(newsroom: Newsroom, site: str, part: str) -> str:
    return "\n".join(" ".join(p.paragraphs) for p in newsroom.pages if p.site == site and part in p.path)


@pytest.mark.parametrize("habit", HABITS)
def test_habit_is_planted(newsroom: Newsroom, habit: str) -> None:
    assert HABITS[habit](newsroom)


def test_each_outlet_has_its_own_layout_and_its_own_news(newsroom: Newsroom) -> None:
    copied = {copy.path for copy in newsroom.truth.copies}
    for site in newsroom.sites:
        pages = [p for p in newsroom.pages if p.site == site.id]
        if not site.agency:
            assert any(p.path in copied for p in pages), site.id
            assert any(p.path not in copied and p.story is None for p in pages), site.id


def test_unrelated_texts_share_no_run_of_eight_words(newsroom: Newsroom) -> None:
    texts = {story.name: " ".join(story.takes[0].paragraphs) for story in load_stories(newsroom.start).values()}
    texts |= {p.path: " ".join(p.paragraphs) for p in newsroom.pages if p.story is None}
    owners: dict[tuple[str, ...], str] = {}
    for name, text in sorted(texts.items()):
        for run in runs(text):
            first = owners.setdefault(run, name)
            assert first == name or {first, name} == QUOTE_SHARERS, (first, name, run)


def test_the_independent_report_shares_the_official_quote(newsroom: Newsroom) -> None:
    """Otherwise the trap is none."""
    story = load_stories(newsroom.start)["talks"]
    independent = page(newsroom, "/news/world/valdoria-ostrany-frontier-analysis")
    shared = runs(" ".join(story.takes[0].paragraphs)) & runs(" ".join(independent.paragraphs))
    assert len(shared) >= 20
    assert independent.path in newsroom.truth.never_linked


def test_planted_edits_stand_in_the_page_and_the_old_words_do_not(newsroom: Newsroom) -> None:
    for edit in newsroom.truth.edits:
        html = page(newsroom, edit.path).versions[-1].html
        assert edit.new in html, edit
        assert not edit.old or edit.old not in html, edit


def test_uncredited_copies_name_no_agency_outside_captions_quotes_and_furniture(newsroom: Newsroom) -> None:
    for copy in newsroom.truth.copies:
        if copy.credit in ("none", "photo"):
            assert "AFP" not in " ".join(page(newsroom, copy.path).paragraphs), copy.path
        if copy.credit == "quoted":
            assert "told AFP" in " ".join(page(newsroom, copy.path).paragraphs), copy.path


def test_the_late_original_is_printed_before_it_arrives(newsroom: Newsroom) -> None:
    for story in newsroom.truth.late_stories:
        arrival = next(file.moment for file in newsroom.wire_files if story in file.name)
        copies = [copy for copy in newsroom.truth.copies if copy.story == story]
        assert len(copies) >= 3
        assert all(page(newsroom, copy.path).published < arrival for copy in copies)
        assert all((copy.actual_minutes or 0) > 0 for copy in copies)


def test_the_correction_changes_the_complying_page_only(newsroom: Newsroom) -> None:
    (correction,) = newsroom.truth.corrections
    assert any("Correction:" in page(newsroom, path).versions[-1].html for path in correction.complied)
    for path, moment in correction.complied.items():
        versions = page(newsroom, path).versions
        assert moment > correction.filed
        assert "killing four workers" in versions[-1].html
        assert "killing 14 workers" in versions[0].html
    unchanged = {r.path for r in newsroom.truth.reactions if (r.kind, r.state) == ("correction", "unchanged")}
    assert unchanged < correction.unchanged, "one corrected its text and left the headline"
    for path in unchanged:
        assert len(page(newsroom, path).versions) == 1
        assert "killing 14 workers" in page(newsroom, path).versions[0].html


def test_a_page_left_out_of_search_engines_shows_what_it_showed(newsroom: Newsroom) -> None:
    (path,) = [r.path for r in newsroom.truth.reactions if r.state == "noindexed"]
    before, after = page(newsroom, path).versions
    assert after.html.replace('<meta name="robots" content="noindex">', "") == before.html != after.html


def test_a_silent_update_shows_no_new_time(newsroom: Newsroom) -> None:
    for path, moment in newsroom.truth.silent_updates.items():
        before, after = page(newsroom, path).versions
        assert after.visible_from == moment
        assert before.html != after.html
        assert re.findall(r"Updated: [^<]+", before.html) == re.findall(r"Updated: [^<]+", after.html)


def test_furniture_never_shows_the_future(newsroom: Newsroom) -> None:
    for p in newsroom.pages:
        future = [other for other in newsroom.pages if other.site == p.site and other.published > p.published]
        shown = p.versions[0].html
        assert not [other.path for other in future if f'"{other.path}"' in shown], p.path


def test_no_template_word_is_left_over(newsroom: Newsroom) -> None:
    for p in newsroom.pages:
        for version in p.versions:
            assert not re.search(r"\{(?:today|tomorrow|yesterday|place|PLACE|Place|Country|ymd)\}", version.html), (
                p.path
            )


def test_truth_and_pages_agree(newsroom: Newsroom) -> None:
    truth = newsroom.truth
    copied = {copy.path for copy in truth.copies}
    assert not copied & truth.never_linked
    assert copied | truth.never_linked == {p.path for p in newsroom.pages} == set(truth.paths)
    assert truth.disallowed <= truth.never_linked
    assert truth.uncredited < copied
    assert set(truth.twins.values()) <= set(truth.paths)
    rewritten = ("changed with a note", "silently changed")
    withdrawn = {r.path for r in truth.reactions if r.kind == "kill" and r.state in rewritten}
    final = {path for path in copied if any(copy.final for copy in truth.copies if copy.path == path)}
    assert final == copied - withdrawn
    assert len(withdrawn) == 2


def test_every_reaction_to_a_notice_is_planted(newsroom: Newsroom) -> None:
    kills = [reaction for reaction in newsroom.truth.reactions if reaction.kind == "kill"]
    assert {reaction.state for reaction in kills} == {
        "changed with a note",
        "silently changed",
        "removed",
        "unreachable",
        "unchanged",
        "noindexed",
    }
    corrections = {reaction.state for reaction in newsroom.truth.reactions if reaction.kind == "correction"}
    assert corrections == {"changed with a note", "silently changed", "unchanged", "headline still wrong"}
    (breach,) = [reaction for reaction in newsroom.truth.reactions if reaction.kind == "embargo"]
    carriers = {copy.path for copy in newsroom.truth.copies if copy.story == breach.story}
    assert len(carriers) == 3, "one breach, one after the end, one that only looks like a breach"
