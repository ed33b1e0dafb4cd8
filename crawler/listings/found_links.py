"""The shape every reader of listings gives, and how a listed address, headline and time become a FoundLink."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urljoin
from zoneinfo import ZoneInfo

from crawler.extractors.dates import Wall, parse
from news.addresses import host_of, normalise
from news.articles import Moment, MomentSource, Outlet
from news.visits import FoundLink

LONGEST_HEADLINE = 500
MOST_LINKS = 10_000

_FIRST_FEEDS = datetime(1999, 1, 1, tzinfo=UTC)
_EASTERNMOST, _WESTERNMOST = timedelta(hours=14), timedelta(hours=12)

_TAG = re.compile(r"<[^<>]{0,1000}>")
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Source:
    """What a reader knows of the listing: its address, whose it is, and the time of the poll (aware)."""

    url: str
    outlet: Outlet | None
    polled: datetime

    def moment(self, text: str, source: MomentSource) -> Moment:
        """A listed time as a Moment; an empty one for no time, a wrong one, or one ahead of the poll by over a day."""
        wall = parse(text) if text else None
        if wall is None:
            return Moment()
        moment = _moment(wall, self.outlet.zone if self.outlet else "", source)
        first = moment.at or moment.earliest
        return moment if first is not None and _FIRST_FEEDS < first <= self.polled + timedelta(days=1) else Moment()

    def link(self, address: str, headline: str, listed: Moment) -> FoundLink | None:
        """A listed page, or None when its address is none of ours to fetch."""
        try:
            url = normalise(urljoin(self.url, address.strip())) if address.strip() else ""
        except ValueError:
            return None
        return FoundLink(url, host_of(url), plain(headline), listed) if url else None


@dataclass(frozen=True, slots=True)
class Listing:
    """What a listing held. `window` counts its items, `further` are listings it names, `problem` why it is none."""

    links: tuple[FoundLink, ...] = ()
    further: tuple[str, ...] = ()
    window: int = 0
    problem: str = ""


def _moment(wall: Wall, zone: str, source: MomentSource) -> Moment:
    """A stated offset gives the instant; else the outlet's zone does; without either there are only bounds."""
    stated = wall.instant()
    if stated is not None:
        return Moment(stated, stated, stated, source, "stated")
    span = timedelta(0) if wall.timed else timedelta(days=1, microseconds=-1)
    if zone:
        start = wall.naive().replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
        return Moment(start if wall.timed else None, start, start + span, source, "outlet")
    utc = wall.naive().replace(tzinfo=UTC)
    return Moment(None, utc - _EASTERNMOST, utc + span + _WESTERNMOST, source, "unknown")


def plain(text: str) -> str:
    """A headline as text: feeds put markup, entities and line breaks into it."""
    text = text[: LONGEST_HEADLINE * 4]
    if "<" in text:
        text = _TAG.sub("", text)
    return _SPACE.sub(" ", html.unescape(text)).strip()[:LONGEST_HEADLINE]


def distinct(links: list[FoundLink]) -> tuple[FoundLink, ...]:
    """The first of each address, in order, at most 10,000."""
    first: dict[str, FoundLink] = {}
    for link in links:
        first.setdefault(link.url, link)
        if len(first) >= MOST_LINKS:
            break
    return tuple(first.values())
