"""Jobs under a clock that is far ahead for a while: nothing is let go, and afterwards all goes on."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

import config
from jobs import due, keeping
from jobs.agency import polling
from jobs.context import Context
from news.errors import JobError
from storage.engine import writing
from storage.models import InterfaceRow
from tests.jobs.afp_server import AfpServer
from tests.jobs.newsdesk import START, article, load, match, story
from tests.jobs.test_polling import context_for, document

YEAR = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine whose clock can be set."""

    home: Path
    database_url: str

    def at(self, after: timedelta) -> Context:
        """The installation, so long after the world's start by its clock."""
        clock = config.ClockConfig(start=START + after, epoch=datetime.now(UTC), rate=1e-9)
        return Context(config.Config(home=self.home, database_url=self.database_url, clock=clock))


@pytest.fixture
def machine(database_url: str, tmp_path: Path) -> Machine:
    return Machine(tmp_path, database_url)


def works(context: Context) -> None:
    """Any job at all."""
    with context.run("match"):
        match(context)


def stocked(machine: Machine) -> None:
    """A copy seen on the first day, and work on the nine days after it."""
    first = machine.at(timedelta())
    load(first, [article("one", story(1), minutes=0, credit="AFP", fetched=START.isoformat())])
    for day in range(10):
        works(machine.at(timedelta(days=day)))


@pytest.mark.parametrize("ahead", [timedelta(days=100), YEAR, 30 * YEAR])
def test_nothing_is_let_go_by_a_clock_that_went_ahead(machine: Machine, ahead: timedelta) -> None:
    stocked(machine)
    works(machine.at(ahead))
    with pytest.raises(JobError, match=r"no job ran since 2026-03-11 08:00 UTC.*--insist"):
        keeping.prune(machine.at(ahead))
    right = machine.at(timedelta(days=9, hours=1))
    works(right)
    assert keeping.prune(right).texts == 0
    assert due.prune(right)


def test_an_installation_that_slept_lets_go_on_its_second_day_or_when_told(machine: Machine) -> None:
    stocked(machine)
    works(machine.at(YEAR))
    with pytest.raises(JobError):
        keeping.prune(machine.at(YEAR))
    works(machine.at(YEAR + timedelta(hours=12)))
    assert keeping.prune(machine.at(YEAR + timedelta(hours=21))).texts == 1


@pytest.mark.parametrize("behind", [timedelta(days=12), YEAR, 11 * YEAR])
def test_a_clock_far_behind_does_nothing(machine: Machine, behind: timedelta) -> None:
    """What it saw would count as seen years ago, and expire the day after."""
    stocked(machine)
    with pytest.raises(JobError, match=r"a job began at 2026-03-11 08:00 UTC.*--insist"):
        works(machine.at(timedelta(days=9) - behind))
    works(machine.at(timedelta(days=9, hours=1)))
    works(machine.at(timedelta(days=9) - timedelta(hours=20)))


def test_an_installation_begun_by_a_clock_ahead_goes_on_when_a_person_says_so(machine: Machine) -> None:
    works(machine.at(YEAR))
    right = machine.at(timedelta())
    with pytest.raises(JobError):
        works(right)
    with right.run("prune", insist=True):
        pass
    works(machine.at(timedelta(hours=1)))


def test_a_person_may_insist(machine: Machine) -> None:
    stocked(machine)
    assert keeping.prune(machine.at(YEAR), insist=True).texts == 1


def test_a_prune_of_a_day_to_come_does_not_put_off_today_s(machine: Machine) -> None:
    stocked(machine)
    with machine.at(YEAR).run("prune"):
        pass
    assert due.prune(machine.at(timedelta(days=10)))


def test_a_file_that_came_while_the_clock_was_ahead_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    path.write_text("x")
    a_year_ago = time.time() - YEAR.total_seconds()
    assert due.waiting(tmp_path, 2, a_year_ago) == [path]


def test_an_interface_read_to_a_moment_to_come_is_read_from_a_day_ago(sqlite_database: str, tmp_path: Path) -> None:
    with AfpServer() as server:
        context = context_for(server, sqlite_database, tmp_path)
        server.documents = [document(1, 10)]
        assert polling.poll(context).new_takes == 1
        with writing(context.engine) as session:
            session.execute(update(InterfaceRow).values(read_to=START + YEAR, polled_at=START + YEAR))
        server.documents.append(document(2, 20))
        assert polling.poll(context).new_takes == 1, "and not from next year on"
