"""Wrapped lines, lists and sign-offs: what is the text an outlet would print."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crawler.wire import parse
from crawler.wire.agency_text import decode, tidy, unwrap
from crawler.wire.finish import keyword
from crawler.wire.not_prose import listing_reason
from news.articles import Filing
from news.errors import NotAStory
from tests.wire.catalogue import AGENCIES, RECEIVED


def filed(*paragraphs: str, agency: str = "AFP", headline: str = "Rail strike") -> Filing:
    """One of our own lines, read."""
    import json

    row = {"agency": agency, "id": "1", "headline": headline, "paragraphs": list(paragraphs)}
    return parse(json.dumps(row).encode(), "x", received=RECEIVED, agencies=AGENCIES)[0]


def test_flush_lines_join_and_indents_open_paragraphs() -> None:
    assert unwrap("  First line\nof one.\n    Second paragraph\nends.\n\nThird.") == [
        "First line of one.",
        "Second paragraph ends.",
        "Third.",
    ]


def test_a_pretty_printers_indents_open_none() -> None:
    assert unwrap("\n      With more combos than\n      ever – enough for\n        a year.\n    ") == [
        "With more combos than ever – enough for a year."
    ]


def test_bullets_stand_alone_but_a_dash_in_wrapped_prose_does_not() -> None:
    assert unwrap("* one\n* two\nmore") == ["* one", "* two more"]
    assert unwrap("more than\n– far more than\n– we knew") == ["more than – far more than – we knew"]


@pytest.mark.parametrize(
    "sign_off",
    [
        "abc/def/gh",
        "bur-xx/yy",
        "hh/ph/ts/hd",
        "dpa hm bs wjh",
        "AFP sn",
        "==AFP",
        "/ritzau/",
        "(END)",
        "AFP",
        "51 77 CRO01 GEST03",
        "© AFP, all rights reserved",
    ],
)
def test_sign_offs_are_taken_off_the_end(sign_off: str) -> None:
    assert filed("Drivers walked out.", "No talks are planned.", sign_off).paragraphs == (
        "Drivers walked out.",
        "No talks are planned.",
    )


@pytest.mark.parametrize("last", ["Yes and/or no.", "NORDBY LOSES", "He left.", "Source: the union", "12 45 67"])
def test_an_ordinary_last_line_stays(last: str) -> None:
    assert filed("Drivers walked out.", last).paragraphs[-1] == last or last == "12 45 67"


def test_the_agency_at_the_end_of_the_last_sentence_goes() -> None:
    assert filed("Drivers walked out. (ANSA).", agency="ANSA").paragraphs == ("Drivers walked out.",)
    assert filed("Drivers walked out. -- AFP").paragraphs == ("Drivers walked out.",)
    assert filed("They told AFP").paragraphs == ("They told AFP",)


def test_a_byline_line_moves_to_the_byline_and_a_subheadline_stays() -> None:
    assert filed("By Ada Lund and Jo Lind", "Drivers walked out.").byline == "Ada Lund and Jo Lind"
    assert filed("Von der Leyen trifft Macron", "Die Fahrer streiken.").paragraphs[0] == "Von der Leyen trifft Macron"


@pytest.mark.parametrize(
    ("slugline", "stable"),
    [
        ("BC-EU--Norland-Rail Strike, 2nd Ld-Writethru,120<", "BC-EU--Norland-Rail Strike"),
        ("NORLAND-RAIL/STRIKE (UPDATE 1)", "NORLAND-RAIL/STRIKE"),
        ("Norland-Sudmark-rail-strike", "Norland-Sudmark-rail-strike"),
        ("BC-US--Rail, Correction", "BC-US--Rail"),
        ("WRAPUP 1", "WRAPUP 1"),
    ],
)
def test_a_slugline_repeats_over_the_takes(slugline: str, stable: str) -> None:
    assert keyword(slugline) == stable


def test_prose_of_any_script_is_no_list() -> None:
    german = (
        "Die Lokführer der Norlandbahn haben am Dienstag die Arbeit niedergelegt und fordern kürzere Schichten. " * 4
    )
    arabic = (
        "أضرب سائقو القطارات في نورلاند يوم الثلاثاء مطالبين بنوبات عمل أقصر وقالت النقابة إن المحادثات متوقفة " * 3
    )
    shouted = (
        "TRAIN DRIVERS IN NORLAND WALKED OUT ON TUESDAY AND STOPPED EVERY SERVICE OVER THE BORDER SAYS THE UNION " * 3
    )
    assert [listing_reason("", [text]) for text in (german, arabic, shouted)] == ["", "", ""]


def test_lists_are_named_by_what_they_are() -> None:
    standings = [f"Club{n} Town {30 - n} {n} {90 - n}" for n in range(20)]
    odds = [f"Race {n}: {n}.50 Fast Horse, {n}.80 Slow Horse. Betting odds {n}-1" for n in range(8)]
    assert listing_reason("Rail League standings", standings) == "a sports table or listing"
    assert listing_reason("Latest betting", odds) == "a betting table"
    assert listing_reason("Lineups", ["Nordby: Holm, Lund, Lind, Berg, Dahl, Moe, Lie, Vik, Aas, Roe, Bye"] * 4)


def test_a_story_with_a_table_keeps_its_prose_and_a_table_alone_is_refused() -> None:
    rows = "<tr><td>Nordby</td><td>40</td></tr>" * 30
    story = '{"guid":"urn:a:1","type":"text","source":"AP","headline":"h","body_html":"%s"}'
    prose = "<p>%s</p>" % ("Train drivers in Norland walked out on Tuesday and no talks are planned. " * 6)
    read = parse((story % (prose + f"<table>{rows}</table>")).encode(), "x", received=RECEIVED, agencies=AGENCIES)
    assert "Nordby" not in read[0].paragraphs[0]
    with pytest.raises(NotAStory, match="table"):
        parse((story % f"<table>{rows}</table>").encode(), "x", received=RECEIVED, agencies=AGENCIES)


def test_charsets_and_wounds() -> None:
    assert decode("grève".encode("iso-8859-1"), "ISO-8859-1") == "grève"
    assert decode(b"UGL\x92s") == "UGL’s"
    assert decode("\ufeffgrève".encode("utf-16")) == "grève" or decode("grève".encode("utf-16")) == "grève"
    assert tidy("Â£4 million, Dellâ€™s, grÃ¨ve") == "£4 million, Dell’s, grève"
    assert tidy("SÃO PAULO, AMANHÃ") == "SÃO PAULO, AMANHÃ"
    assert tidy("800<endash>-</endash>1\u00a0000 &amp;apos;x") == "800-1 000 &apos;x"
    assert tidy("a\ud800\x00b\u2028c") == "ab c"


def test_an_item_with_no_identifier_is_named_by_its_text() -> None:
    text = b"ZCZC AAP\r^RAIL: Drivers walk out\r*X\rDrivers in Norland walked out.\rNNNN"
    again = parse(text, "b", received=datetime(2026, 2, 1, tzinfo=UTC), agencies=AGENCIES)[0]
    assert parse(text, "a", received=RECEIVED, agencies=AGENCIES)[0].take_id == again.take_id
