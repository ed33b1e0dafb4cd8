"""Datelines as agencies set them, split as displayed; and openings that are no dateline."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.wire.datelines import agency_in, date_in, split_dateline, spoken_forms, usable_dateline

NAMES = spoken_forms(
    ("AFP", "Reuters", "AP", "dpa", "ANSA", "TASS", "Kyodo", "AAP", "EFE", "Ritzau", "APA", "أ ف ب", "BELGA", "MAP")
)


@pytest.mark.parametrize(
    "dateline",
    [
        "HARBOURTON, March 12, 2024 (AFP) -",
        "Harbourton, 12 mars 2024 (AFP) -",
        "Hong Kong (AFP) –",
        "KYIV, Ukraine (AFP) —",
        "(AFP) —",
        "BEIRUT (Reuters) -",
        "Jan 30 (Reuters) -",
        "LOS ANGELES (Variety.com) -",
        "FORT WASHINGTON, Pa. (AP) _",
        "GROSSETO, Italy (AP) --",
        "Berlin (dpa) -",
        "San Diego (tca/dpa) -",
        "Wien/Graz (APA/dpa) -",
        "(ANSA) - ROMA, 1 LUG -",
        "Madrid, 30 ene (EFE).-",
        "København /ritzau/:",
        "MOSCOW, January 30. /TASS/.",
        "SEOUL, Nov 26 AFP -",
        "SAITAMA, Japan, Dec. 9 Kyodo -",
        "MELBOURNE, March 3 AAP -",
        "WINNIPEG, Manitoba, Dec. 03, 2019 (GLOBE NEWSWIRE) --",
        "BRUSSEL (BELGA) =",
        "موسكو (أ ف ب) -",
    ],
)
def test_a_dateline_is_split_as_displayed(dateline: str) -> None:
    assert split_dateline(f"{dateline} Train drivers walked out.", NAMES) == (dateline, "Train drivers walked out.")


@pytest.mark.parametrize(
    "paragraph",
    [
        "Microsoft (MSFT) - the maker of Windows - rose.",
        "Train drivers told AFP - the agency - that they walked out.",
        "The union (which called the strike) - said no more.",
        "A report (see below): more strikes to come.",
        "Ada Brekke (AP photo) smiled.",
        "Nordby (map) - where the trains stand - was quiet.",
        "Nordby (AP) shows how.",
        "* Drivers want shorter shifts",
        "",
    ],
)
def test_an_ordinary_opening_stays_whole(paragraph: str) -> None:
    assert split_dateline(paragraph, NAMES) == ("", paragraph)


def test_a_line_that_is_only_a_dateline_leaves_nothing() -> None:
    assert split_dateline("SINGAPORE, Feb. 2, 2017 /PRNewswire-AsiaNet/ --", NAMES) == (
        "SINGAPORE, Feb. 2, 2017 /PRNewswire-AsiaNet/ --",
        "",
    )


@given(st.text(max_size=300))
def test_splitting_loses_no_letter(paragraph: str) -> None:
    dateline, rest = split_dateline(paragraph, NAMES)
    assert "".join((dateline + rest).split()) == "".join(paragraph.split())


@pytest.mark.parametrize(
    ("field", "kept"),
    [
        ("STOCKHOLM, Aug 29, 2014 (AFP) -", True),
        ("Helsinki", True),
        ("2014-07-16 13:00:03 GMT+00:00", False),
        ("4/4/2018", False),
        ("2.4.2019 16:02:09 CEST", False),
        ("20200616", False),
        ("MARCH 04, 2013", False),
        ("", False),
    ],
)
def test_a_time_stamp_in_the_dateline_field_is_no_dateline(field: str, kept: bool) -> None:
    assert usable_dateline(field) == (field if kept else "")


def test_agency_and_date_in_a_dateline() -> None:
    assert agency_in("Wien (APA/dpa) -") == "APA"
    assert agency_in("Helsinki") == ""
    assert date_in("SINGAPORE, Feb. 2, 2017 /PRNewswire-AsiaNet/ --") == (2017, 2, 2)
    assert date_in("Paris, 29 août 2014 (AFP) -") == (2014, 8, 29)
    assert date_in("SEOUL, Nov 26 AFP -") is None
