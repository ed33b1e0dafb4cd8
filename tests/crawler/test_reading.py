"""Readers beside the crawl: a page that never ends or kills its process costs that page and nothing else."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from crawler.reader_pool import Readers, known_agencies
from news.articles import Agency
from news.errors import NotAnArticle, ReadingError
from tests.patience import PATIENCE_SECONDS, wait_for

VPA = Agency("VPA", "Varnholm Press Agency", "SE", ("VPA",))


def doubled(number: int) -> int:
    return number * 2


def never_ending(number: int) -> int:
    """A regular expression that holds the interpreter's lock all the time."""
    re.match(r"(a+)+$", "a" * 60 + "b")
    return number


def dying(number: int) -> int:
    os._exit(number)


def swelling(number: int) -> int:
    """Takes ever more memory, as a page of a million nodes does, and never gets there."""
    held = [bytes(1_000_000) for _ in range(number)]
    while True:
        held.append(bytes(bytearray(b"x") * 5_000_000))
        time.sleep(0.01)


def giant(number: int) -> int:
    return len(bytearray(number) * 2)


def complaining(url: str) -> int:
    raise NotAnArticle(url, "no text")


def codes(_: int) -> tuple[str, ...]:
    return tuple(agency.code for agency in known_agencies())


def test_without_workers_it_runs_in_place() -> None:
    readers = Readers([VPA])
    assert asyncio.run(readers.run(doubled, 21)) == 42
    assert asyncio.run(readers.run(codes, 0)) == ("VPA",)
    readers.close()


def test_a_bad_page_costs_only_itself() -> None:
    async def all_of_them() -> list[object]:
        readers = Readers([VPA], workers=2, seconds=1.5)
        try:
            jobs = [readers.run(doubled, n) for n in range(4)]
            jobs += [readers.run(never_ending, 0), readers.run(dying, 3)]
            jobs += [readers.run(doubled, n) for n in range(4, 8)]
            found = list(await asyncio.gather(*jobs, return_exceptions=True))
            return [*found, await readers.run(codes, 0)]
        finally:
            readers.close()

    found = asyncio.run(all_of_them())
    assert found[:4] == [0, 2, 4, 6]
    assert isinstance(found[4], ReadingError)
    assert isinstance(found[5], ReadingError)
    assert found[6:10] == [8, 10, 12, 14]
    assert found[10] == ("VPA",)


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is read from /proc")
@pytest.mark.parametrize("workers", [1, 2])
def test_a_page_that_takes_too_much_memory_costs_only_itself(workers: int) -> None:
    async def all_of_them() -> list[object]:
        readers = Readers([VPA], workers=workers, seconds=60, memory_mb=150)
        try:
            jobs = [readers.run(doubled, 1), readers.run(swelling, 1), readers.run(giant, 3_000_000_000)]
            jobs += [readers.run(doubled, n) for n in range(2, 5)]
            return list(await asyncio.gather(*jobs, return_exceptions=True))
        finally:
            readers.close()

    found = asyncio.run(all_of_them())
    assert [found[0], *found[3:]] == [2, 4, 6, 8]
    assert isinstance(found[1], ReadingError)
    assert str(found[1]) == "reading it took over 150 MB of memory"
    assert isinstance(found[2], MemoryError), "more than there may be, at once"


def test_a_reader_has_its_unit_in_hand_while_it_reads_and_not_while_it_waits() -> None:
    had: list[str] = []

    @contextmanager
    def within(name: str) -> Iterator[None]:
        had.append(f"begin {name}")
        yield
        had.append(f"end {name}")

    async def all_of_them() -> None:
        readers = Readers([VPA], workers=1)
        try:
            await asyncio.gather(*(readers.run(doubled, 1, within=within(name)) for name in "abc"))
        finally:
            readers.close()

    asyncio.run(all_of_them())
    assert had == [f"{what} {name}" for name in "abc" for what in ("begin", "end")]


def test_errors_of_the_reader_arrive_whole() -> None:
    async def once() -> None:
        readers = Readers([VPA], workers=1)
        try:
            await readers.run(complaining, "https://varnholm.example/a")
        finally:
            readers.close()

    with pytest.raises(NotAnArticle) as caught:
        asyncio.run(once())
    assert (caught.value.url, caught.value.reason) == ("https://varnholm.example/a", "no text")


def read_on(folder: str) -> None:
    """Stands in for a crawl: starts a worker, notes its process and waits to be killed."""

    async def forever() -> None:
        readers = Readers([VPA], workers=1)
        Path(folder, "worker").write_text(str(await readers.run(os.getpid)), encoding="utf-8")
        await asyncio.sleep(PATIENCE_SECONDS)

    asyncio.run(forever())


def test_workers_end_with_a_crawl_that_was_killed(tmp_path: Path) -> None:
    crawl = multiprocessing.get_context("spawn").Process(target=read_on, args=(str(tmp_path),))
    crawl.start()
    noted = tmp_path / "worker"
    assert wait_for(lambda: noted.exists() and noted.read_text(encoding="utf-8") != "")
    worker = int(noted.read_text(encoding="utf-8"))
    assert is_running(worker)
    crawl.kill()
    crawl.join()
    assert wait_for(lambda: not is_running(worker))


def is_running(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"
