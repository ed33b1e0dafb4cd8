"""Written times: an offset makes an instant, its absence makes bounds, and nothing makes a guess."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.wire.times import first_moment, instant_or_earliest, moment, read_time

RECEIVED = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "instant"),
    [
        ("20140829T134951+0000", "2014-08-29T13:49:51+00:00"),
        ("20140829T135002Z", "2014-08-29T13:50:02+00:00"),
        ("20190603T174729+0200", "2019-06-03T15:47:29+00:00"),
        ("2018-01-22T02:02:02.000Z", "2018-01-22T02:02:02+00:00"),
        ("2022-10-11T11:14:42+02:00", "2022-10-11T09:14:42+00:00"),
        ("2022-10-11 11:14 GMT", "2022-10-11T11:14:00+00:00"),
        ("20131020T192751+1100", "2013-10-20T08:27:51+00:00"),
        ("Tue, 12 Mar 2024 11:30:00 +0100", "2024-03-12T10:30:00+00:00"),
    ],
)
def test_a_stated_zone_gives_an_instant(written: str, instant: str) -> None:
    found = moment(written, RECEIVED)
    assert found is not None
    assert found.at == datetime.fromisoformat(instant)
    assert (found.zone, found.source) == ("stated", "filing")
    assert found.earliest == found.latest == found.at


@pytest.mark.parametrize("written", ["2016-01-12 12:35:40", "20141126T152703", "2018-02-01T18:44:52.973"])
def test_no_zone_gives_bounds_and_no_instant(written: str) -> None:
    found = moment(written, RECEIVED)
    assert found is not None
    assert (found.at, found.zone) == (None, "unknown")
    assert found.earliest is not None
    assert found.latest is not None
    assert found.latest - found.earliest == timedelta(hours=26)


def test_a_date_alone_spans_its_day_in_every_zone() -> None:
    found = moment("20200616", RECEIVED)
    assert found is not None
    assert found.earliest == datetime(2020, 6, 15, 10, tzinfo=UTC)
    assert found.latest == datetime(2020, 6, 17, 12, tzinfo=UTC)


def test_bounds_end_when_we_received_the_file() -> None:
    found = moment("2026-01-01T03:00:00", RECEIVED)
    assert found is not None
    assert found.latest == RECEIVED


@pytest.mark.parametrize(
    "written",
    [
        "",
        "soon",
        "2014-13-40T00:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31",
        "T12",
        None,
        7,
        ["2014"],
        "9" * 400,
    ],
)
def test_what_is_no_time_gives_none(written: object) -> None:
    assert moment(written, RECEIVED) is None


def test_the_first_readable_time_counts_and_none_leaves_only_the_receipt() -> None:
    assert first_moment(["", "nonsense", "20140829T135002Z"], RECEIVED).at == datetime(
        2014, 8, 29, 13, 50, 2, tzinfo=UTC
    )
    nothing = first_moment(["", None], RECEIVED)
    assert (nothing.at, nothing.earliest, nothing.latest, nothing.zone) == (None, None, RECEIVED, "unknown")


def test_an_embargo_without_a_zone_counts_from_the_earliest_it_can_mean() -> None:
    assert instant_or_earliest("2024-03-13T06:00:00+01:00") == datetime(2024, 3, 13, 5, tzinfo=UTC)
    assert instant_or_earliest("2024-03-13T06:00:00") == datetime(2024, 3, 12, 16, tzinfo=UTC)


@given(
    st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2100, 1, 1)),  # noqa: DTZ001  -- hypothesis wants naive bounds
    st.integers(min_value=-12 * 60, max_value=14 * 60),
)
def test_every_zone_keeps_its_instant_and_lies_within_the_bounds_of_its_wall_clock(
    wall: datetime, minutes: int
) -> None:
    zoned = wall.replace(microsecond=0, tzinfo=timezone(timedelta(minutes=minutes)))
    with_zone, without = (
        moment(zoned.isoformat(), RECEIVED),
        moment(zoned.replace(tzinfo=None).isoformat(), zoned + timedelta(days=9)),
    )
    assert with_zone is not None
    assert without is not None
    assert with_zone.at == zoned
    assert without.earliest is not None
    assert without.latest is not None
    assert without.earliest <= zoned <= without.latest


@given(st.text(max_size=80))
def test_any_text_is_a_time_or_none(text: str) -> None:
    found = read_time(text)
    assert found is None or found.clock.tzinfo is not None
