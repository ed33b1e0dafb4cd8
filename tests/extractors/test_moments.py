"""A moment says no more than its evidence: days keep their bounds, and give back the day they were made from."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.extractors.dates import Wall
from crawler.extractors.zones import ZONE_OF_DOMAIN, Clock
from news.articles import Moment

ZONES = sorted({*ZONE_OF_DOMAIN.values(), "Pacific/Auckland", "Pacific/Honolulu", "America/New_York", "UTC"})
DAYS = st.dates(date(2000, 1, 1), date(2030, 12, 31))


def _read(wall: Wall, zone: str | None) -> Moment:
    moment = Clock(ZoneInfo(zone) if zone else None, False, None).moment(wall, "meta")
    assert moment is not None
    return moment


@given(DAYS, st.sampled_from(ZONES))
def test_a_day_on_the_outlets_clock_is_given_back(day: date, zone: str) -> None:
    moment = _read(Wall(day.year, day.month, day.day), zone)
    assert moment.at is None
    assert moment.day == day
    assert str(moment) == day.isoformat()
    assert moment.earliest is not None
    assert moment.latest is not None
    assert moment.earliest.astimezone(ZoneInfo(zone)).date() == day
    assert moment.latest.astimezone(ZoneInfo(zone)).date() == day
    assert (moment.latest + timedelta(microseconds=1)).astimezone(ZoneInfo(zone)).date() > day


@given(DAYS, st.none() | st.integers(0, 23))
def test_a_day_on_nobodys_clock_is_given_back(day: date, hour: int | None) -> None:
    moment = _read(Wall(day.year, day.month, day.day, hour, 30), None)
    assert moment.day == day


@given(DAYS, st.times(), st.sampled_from(ZONES))
def test_the_instant_lies_within_its_bounds(day: date, clock: time, zone: str) -> None:
    moment = _read(Wall(day.year, day.month, day.day, clock.hour, clock.minute, clock.second), zone)
    assert moment.at is not None
    assert moment.earliest is not None
    assert moment.latest is not None
    assert moment.earliest <= moment.at <= moment.latest
    assert moment.day is None


def test_an_hour_that_comes_twice_has_both_as_bounds() -> None:
    moment = _read(Wall(2026, 10, 25, 2, 30), "Europe/Berlin")
    assert moment.earliest == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert moment.latest == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "written"),
    [
        (Moment(), ""),
        (Moment(latest=datetime(2026, 5, 11, tzinfo=UTC)), ""),
        (Moment(at=datetime(2026, 5, 11, 8, 30, tzinfo=UTC)), "2026-05-11T08:30:00Z"),
    ],
)
def test_a_moment_is_written_as_iso_8601(moment: Moment, written: str) -> None:
    assert str(moment) == written
