"""Dates as newspapers write them; what is missing stays missing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.extractors.dates import Wall, find, parse


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
        ("25 مايو 2024 - 03:05 م", Wall(2024, 5, 25, 15, 5)),
        ("السبت 25 مايو 2024 03:05 مساءً", Wall(2024, 5, 25, 15, 5)),
        ("25 مايو 2024 - 12:05 ص", Wall(2024, 5, 25, 0, 5)),
        ("2024/05/25 下午 03:05", Wall(2024, 5, 25, 15, 5)),
        ("2024年5月25日 晚上8點05分", Wall(2024, 5, 25, 20, 5)),
        ("2024年5月25日 上午9时30分", Wall(2024, 5, 25, 9, 30)),
        ("2024년 5월 25일 오후 3:23", Wall(2024, 5, 25, 15, 23)),
        ("2004-05-25 오후 11:23:17", Wall(2004, 5, 25, 23, 23, 17)),
        ("2024년 5월 25일 오전 12:10", Wall(2024, 5, 25, 0, 10)),
        ("2024年5月25日 午後3時05分", Wall(2024, 5, 25, 15, 5)),
        ("2026年11月20日15時05分", Wall(2026, 11, 20, 15, 5)),
        ("25-05-2024 03:05 μμ", Wall(2024, 5, 25, 15, 5)),
        ("25-05-2024 11:05 π.μ.", Wall(2024, 5, 25, 11, 5)),
        ("20 novembre 2026 à 15 h 05", Wall(2026, 11, 20, 15, 5)),
        ("Fri, 20 Nov 26 15:05:00 GMT", Wall(2026, 11, 20, 15, 5, 0, 0)),
        ("Fri Nov 20 20:05:00 UTC 2026", Wall(2026, 11, 20, 20, 5, 0, 0)),
        ("Fri Nov 20 20:05:07 2026", Wall(2026, 11, 20, 20, 5, 7)),
        ("20 تشرين الثاني 2026، 17:30", Wall(2026, 11, 20, 17, 30)),
        ("3 كانون الثاني 2026", Wall(2026, 1, 3)),
        ("9 كانون الأول 2026", Wall(2026, 12, 9)),
        ("20 شتنبر 2026", Wall(2026, 9, 20)),
        ("20 غشت 2026 - 15:05", Wall(2026, 8, 20, 15, 5)),
        ("20 листопада 2026, 15:05", Wall(2026, 11, 20, 15, 5)),
        ("20. marraskuuta 2026 klo 15.05", Wall(2026, 11, 20, 15, 5)),
        ("2026. november 20. 15:05", Wall(2026, 11, 20, 15, 5)),
        ("2026. szeptember 3., csütörtök 9:05", Wall(2026, 9, 3, 9, 5)),
        ("20. listopadu 2026 15:05", Wall(2026, 11, 20, 15, 5)),
        ("20 พฤศจิกายน 2569 15:05 น.", Wall(2026, 11, 20, 15, 5)),
        ("20 พ.ย. 2569", Wall(2026, 11, 20)),
        ("Ngày 20 tháng 11 năm 2026", Wall(2026, 11, 20)),
        ("20/11/2026 03:05 CH", Wall(2026, 11, 20, 15, 5)),
        ("20 नवंबर 2026 15:05", Wall(2026, 11, 20, 15, 5)),
        ("२० नवंबर २०२६", Wall(2026, 11, 20)),
        ("۲۹ آبان ۱۴۰۵ - ۱۵:۰۵", Wall(2026, 11, 20, 15, 5)),
        ("۱ فروردین ۱۴۰۴", Wall(2025, 3, 21)),
        ("2026 m. lapkričio 20 d. 15:05", Wall(2026, 11, 20, 15, 5)),
        ("2026. gada 20. novembris", Wall(2026, 11, 20)),
        ("20 Νοεμβρίου 2026, 15:05", Wall(2026, 11, 20, 15, 5)),
        ("12 people in 2024", None),
        ("1438161300", Wall(2015, 7, 29, 9, 15, 0, 0)),
        ("2026-02-30", None),
        ("Last Updated : GMT 09:03:51", None),
        ("3 months ago", None),
        ("", None),
    ],
)
def test_a_date_is_read_as_written(text: str, wall: Wall | None) -> None:
    assert parse(text) == wall


def test_a_month_that_two_languages_share_is_read_in_the_pages_own() -> None:
    assert parse("20. listopada 2026.", language="hr") == Wall(2026, 10, 20)
    assert parse("20 listopada 2026", language="pl") == Wall(2026, 11, 20)
    assert parse("20. studenoga 2026. u 15:05", language="hr") == Wall(2026, 11, 20, 15, 5)


def test_every_date_of_a_line_has_its_own_clock() -> None:
    line = "Published 3 March 2026, 07:32 GMT | Updated 4 March 2026 at 9:15 pm"
    assert [one.wall for one in find(line)] == [Wall(2026, 3, 3, 7, 32, 0, 0), Wall(2026, 3, 4, 21, 15)]


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
