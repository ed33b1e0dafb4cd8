"""Dates as newspapers write them; what is missing stays missing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.extractors.dates import Wall, parse


@pytest.mark.parametrize(
    ("text", "wall"),
    [
        ("2015-5-12 0:03:01", Wall(2015, 5, 12, 0, 3, 1)),
        ("2026-05-11T18:11:01+02:00", Wall(2026, 5, 11, 18, 11, 1, 120)),
        ("2024-05-03T15:47:42.389Z", Wall(2024, 5, 3, 15, 47, 42, 0, 389000)),
        ("20260511", Wall(2026, 5, 11)),
        ("November 18, 2019 11:03 PM", Wall(2019, 11, 18, 23, 3)),
        ("Published 11:11 PM EST Nov 19, 2019", Wall(2019, 11, 19, 23, 11, 0, -300)),
        ("publié le 26/12/2020 à 21:00 , mis à jour à 21:00", Wall(2020, 12, 26, 21, 0)),
        ("28.04.2023 | 17:52 Uhr", Wall(2023, 4, 28, 17, 52)),
        ("11 décembre 2019 à 21h11", Wall(2019, 12, 11, 21, 11)),
        ("Le 14 septembre 2022", Wall(2022, 9, 14)),
        ("09 de julio de 2020", Wall(2020, 7, 9)),
        ("2020年2月19日 20:29", Wall(2020, 2, 19, 20, 29)),
        ("Tuesday, 11 August 2015 - 13:07 pm", Wall(2015, 8, 11, 13, 7)),
        ("12 أغسطس 2015", Wall(2015, 8, 12)),
        ("Mon, 20 Jul 2015 09:15:00 +0300", Wall(2015, 7, 20, 9, 15, 0, 180)),
        ("1438161300", Wall(2015, 7, 29, 9, 15, 0, 0)),
        ("2026-02-30", None),
        ("Last Updated : GMT 09:03:51", None),
        ("3 months ago", None),
        ("", None),
    ],
)
def test_a_date_is_read_as_written(text: str, wall: Wall | None) -> None:
    assert parse(text) == wall


def test_the_order_of_day_and_month_is_the_callers() -> None:
    assert parse("05/06/2024") == Wall(2024, 6, 5)
    assert parse("05/06/2024", month_first=True) == Wall(2024, 5, 6)
    assert parse("25/06/2024", month_first=True) == Wall(2024, 6, 25)
    assert parse("05.06.2024", month_first=True) == Wall(2024, 6, 5)


FIRST, LAST = datetime.fromisoformat("1990-01-02"), datetime.fromisoformat("2100-01-01")


@given(
    st.datetimes(min_value=FIRST, max_value=LAST),
    st.integers(min_value=-12 * 60, max_value=14 * 60),
)
def test_an_iso_instant_survives_whatever_its_offset(local: datetime, offset_minutes: int) -> None:
    sign = "-" if offset_minutes < 0 else "+"
    hours, minutes = divmod(abs(offset_minutes), 60)
    wall = parse(f"{local.isoformat()}{sign}{hours:02}:{minutes:02}")
    assert wall is not None
    assert wall.instant() == local.replace(tzinfo=UTC) - timedelta(minutes=offset_minutes)


@given(st.text(max_size=400))
def test_any_text_is_read_or_left(text: str) -> None:
    wall = parse(text)
    assert wall is None or 1990 <= wall.year <= 2100
