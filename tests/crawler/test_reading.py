"""Readers beside the crawl: a page that never ends or kills its process costs that page and nothing else."""

from __future__ import annotations

import asyncio
import os
import re
import time

import pytest

from crawler.articles import Agency
from crawler.errors import NotAnArticle, ReadingError
from crawler.reading import Readers, known_agencies

VPA = Agency("VPA", "Varnholm Press Agency", "SE", ("VPA",))


def doubled(number: int) -> int:
    return number * 2


def never_ending(number: int) -> int:
    """A regular expression that holds the interpreter's lock all the time."""
    re.match(r"(a+)+$", "a" * 60 + "b")
    return number


def dying(number: int) -> int:
    os._exit(number)


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

    started = time.monotonic()
    found = asyncio.run(all_of_them())
    assert time.monotonic() - started < 60
    assert found[:4] == [0, 2, 4, 6]
    assert isinstance(found[4], ReadingError)
    assert isinstance(found[5], ReadingError)
    assert found[6:10] == [8, 10, 12, 14]
    assert found[10] == ("VPA",)


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
