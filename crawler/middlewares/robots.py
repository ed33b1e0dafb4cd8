"""robots.txt by RFC 9309: a server error means no, a missing file means yes, and a crawl-delay is kept.

Scrapy's own middleware takes a 5xx for permission (it parses the error page) and reads files of any size. Here 5xx
and unreachable refuse the host for this crawl, 4xx allows, 429 is taken as "not now", and 500 KiB are read at most.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Any, Protocol
from urllib.parse import urlsplit

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import StopDownload
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK

from crawler.exclusion import MOST_BYTES, RobotsFile
from crawler.middlewares.politeness import NotAskedError, Politeness
from crawler.middlewares.redirects import TooManyRedirects
from crawler.outcomes import LONGEST_REASON, Refusal, answered, failed
from crawler.rights import MOST_TDMREP_BYTES, TDMREP_PATH
from crawler.wallclock import clock_of
from news.addresses import host_of
from news.visits import Exchange

LONGEST_CHAIN = 5
Files = tuple[bytes, bytes | None]
"""A robots.txt, empty when there is none, and a tdmrep.json."""
LONGEST_DELAY_SECONDS = 60.0
_LICENCE = re.compile(r"^[ \t]*license[ \t]*:[ \t]*(\S{1,300})", re.I | re.M)


@dataclass(frozen=True)
class Rules:
    """What a host's robots.txt says. `refusal` is set when nothing may be fetched, `file` when there is one."""

    refusal: str = ""
    file: RobotsFile | None = None
    licences: tuple[str, ...] = ()
    tdmrep: bytes | None = None
    again_at: datetime | None = None
    """When a file that could not be read is tried again: until then nothing has been asked for in vain."""

    def why_nothing(self, agent: str) -> str:
        """Why this agent may fetch nothing at all, "" when it may."""
        return self.refusal or (self.file.refusal(agent) if self.file is not None else "")

    def allows(self, url: str, agent: str) -> bool:
        """Whether the rules let this agent fetch the address."""
        return self.file is None or self.file.allows(url, agent)

    def delay_seconds(self, agent: str) -> float:
        """The Crawl-delay for this agent, 0 without one."""
        return self.file.delay_seconds(agent) if self.file is not None else 0.0


def read_rules(body: bytes) -> Rules:
    """The rules of a file's first 500 KiB."""
    file = RobotsFile(body)
    return Rules(file=file, licences=tuple(found[1] for found in islice(_LICENCE.finditer(file.text), 5)))


class Shelf(Protocol):
    """Where files read within the last day are kept over crawls (RFC 9309, 2.4): the batch's store."""

    robots: dict[str, Files]
    robots_aside: dict[str, datetime]

    async def set_aside(self, kind: str, name: str, reason: str, now: datetime) -> None:
        """Note that a file could not be read."""

    async def keep_robots(self, origin: str, files: Files | None, asked: Sequence[Exchange], now: datetime) -> None:
        """Keep files just read, unless they could not be, and note what was asked for them."""


class Robots:
    """Downloader middleware. One file per scheme, host and port, fetched once in a crawl, and once a day over crawls.

    A file that could not be read is never kept: the next crawl asks again, and until then nothing is allowed.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._agent = product_token(crawler.settings["USER_AGENT"])
        self._rules: dict[str, asyncio.Future[Rules]] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Robots:
        """Scrapy's constructor; ROBOTSTXT_OBEY is always on in our settings, and there is no way around it here."""
        middleware = cls(crawler)
        crawler.signals.connect(middleware.limit_size, signal=signals.bytes_received)
        return middleware

    async def process_request(self, request: Request) -> None:
        """Raises Refusal for an address the rules do not allow."""
        if request.meta.get("is_robots"):
            return
        parts = urlsplit(request.url)
        origin = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
        rules = await self._rules_of(origin)
        host = host_of(request.url)
        refusal = rules.why_nothing(self._agent)
        if refusal:
            wait = (rules.again_at - clock_of(self._crawler)()).total_seconds() if rules.again_at else None
            raise Refusal("refused", f"robots.txt of {host} {refusal}, so nothing may be fetched", wait)
        with self._at_work(origin):
            allowed = rules.allows(request.url, self._agent)
        if not allowed:
            raise Refusal("refused", f"robots.txt of {host} does not allow this address")
        request.meta["licences"], request.meta["tdmrep"] = rules.licences, rules.tdmrep
        self._slow_down(host, rules.delay_seconds(self._agent))

    def limit_size(self, data: bytes, request: Request) -> None:
        """Signal handler: stop after 500 KiB and use what came."""
        if request.meta.get("is_robots"):
            request.meta["received"] = request.meta.get("received", 0) + len(data)
            if request.meta["received"] > MOST_BYTES:
                raise StopDownload(fail=False)

    async def _rules_of(self, origin: str) -> Rules:
        if origin not in self._rules:
            self._rules[origin] = asyncio.ensure_future(self._fetch(origin))
        return await asyncio.shield(self._rules[origin])

    async def _fetch(self, origin: str) -> Rules:
        shelf: Shelf | None = getattr(self._crawler.spider, "store", None)
        if shelf is not None and origin in shelf.robots_aside:
            again_at = shelf.robots_aside[origin]
            return Rules(f"is set aside until {again_at:%Y-%m-%d %H:%M} UTC", again_at=again_at)
        if shelf is not None and origin in shelf.robots:
            body, tdmrep = shelf.robots[origin]
            return replace(await self._understood(origin, body), tdmrep=tdmrep)
        asked: list[Exchange] = []
        rules, body = await self._read(origin, asked)
        if not rules.refusal and rules.allows(origin + TDMREP_PATH, self._agent):
            rules = replace(rules, tdmrep=await self._tdmrep(origin, asked))
        if shelf is not None:
            files = (body, rules.tdmrep) if not rules.refusal else None
            await shelf.keep_robots(origin, files, asked, clock_of(self._crawler)())
        return rules

    async def _read(self, origin: str, asked: list[Exchange]) -> tuple[Rules, bytes]:
        response, exchange = await self._ask(f"{origin}/robots.txt", {"longest_chain": LONGEST_CHAIN})
        asked.append(exchange)
        if response is None and exchange.outcome == "gone":
            return Rules(), b""
        if response is None:  # whatever it was, the file is unreachable: RFC 9309, 2.3.1.4
            return Rules(refusal=f"cannot be reached ({exchange.reason})"), b""
        if 200 <= response.status < 300:
            return await self._understood(origin, response.body), response.body[:MOST_BYTES]
        if 400 <= response.status < 500 and response.status != 429:
            return Rules(), b""
        return Rules(refusal=f"cannot be read ({exchange.reason})"), b""

    async def _understood(self, origin: str, body: bytes) -> Rules:
        """The rules of a file. One our reader fails at is set aside; one that ends this process is known."""
        try:
            with self._at_work(origin):
                rules = read_rules(body)
                rules.why_nothing(self._agent)
                return rules
        except Exception as error:
            reason = f"our reader failed: {type(error).__name__}: {error}"[:LONGEST_REASON]
            shelf: Shelf | None = getattr(self._crawler.spider, "store", None)
            if shelf is not None:
                await shelf.set_aside("robots", origin, reason, clock_of(self._crawler)())
            return Rules(refusal=f"cannot be read ({reason})")

    def _at_work(self, origin: str) -> AbstractContextManager[None]:
        at_work = getattr(self._crawler.spider, "at_work", None)
        return nullcontext() if at_work is None else at_work("robots", origin)

    async def _tdmrep(self, origin: str, asked: list[Exchange]) -> bytes | None:
        """The host's tdmrep.json; None when it has none, or none that came."""
        response, exchange = await self._ask(origin + TDMREP_PATH, {"longest_chain": 1, "stay_on": ()})
        asked.append(exchange)
        found = response is not None and response.status == 200
        return response.body[:MOST_TDMREP_BYTES] if response is not None and found else None

    async def _ask(self, url: str, limits: dict[str, Any]) -> tuple[Response | None, Exchange]:
        """One of the two files that rules are made of, asked for without rules; None when no answer came."""
        request = Request(
            url,
            callback=NO_CALLBACK,
            priority=1000,
            dont_filter=True,
            headers={"Accept-Encoding": "identity"},
            meta={"is_robots": True, "download_maxsize": 0, **limits},
        )
        now = clock_of(self._crawler)
        try:
            engine: Any = self._crawler.engine
            response: Response = await engine.download_async(request)
        except TooManyRedirects as error:  # RFC 9309, 2.3.1.2: as if there were none
            return None, replace(failed(error, url, now(), request), outcome="gone")
        except NotAskedError:
            raise
        except Exception as error:
            return None, failed(error, url, now(), request)
        return response, answered(response, url, now())

    def _slow_down(self, host: str, delay_seconds: float) -> None:
        """Slow the host's slot down, in this crawl and for slots made anew after a pause.

        A delay of minutes would hold up the whole batch: then one request is made, and the others wait in their rows.
        """
        politeness = self._crawler.get_downloader_middleware(Politeness)
        if delay_seconds > LONGEST_DELAY_SECONDS and politeness is not None:
            politeness.pause_after_each(host, delay_seconds)
            return
        engine: Any = self._crawler.engine
        downloader = engine.downloader
        usual = self._crawler.settings.getfloat("DOWNLOAD_DELAY")
        if delay_seconds <= usual:
            return
        downloader.per_slot_settings[host] = {"delay": delay_seconds, "jitter": 0.0, "concurrency": 1}
        slot = downloader.slots.get(host)
        if slot is not None and slot.delay < delay_seconds:
            slot.delay, slot.jitter, slot.concurrency = delay_seconds, 0.0, 1


def product_token(user_agent: str) -> str:
    """`wiretrail/0.1 (+https://…)` -> `wiretrail`: the name robots.txt files address."""
    match = re.match(r"[A-Za-z_-]+", user_agent or "")
    return match[0] if match else "wiretrail"
