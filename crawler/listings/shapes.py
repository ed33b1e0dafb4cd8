"""The shape every reader of listings gives, and how a listed address, headline and time become a FoundLink."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urljoin

from crawler.addresses import host_of, normalise
from crawler.articles import Moment, MomentSource, Outlet
from crawler.extractors.dates import parse
from crawler.extractors.moments import Clock
from crawler.visits import FoundLink

LONGEST_HEADLINE = 500
MOST_LINKS = 10_000

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
        clock = Clock.of(self.outlet, "", self.polled)
        return (clock.moment(wall, source) if wall is not None else None) or Moment()

    def link(self, address: str, headline: str, listed: Moment) -> FoundLink | None:
        """A listed page, or None when its address is none of ours to fetch."""
        try:
            url = normalise(urljoin(self.url, address.strip()))
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
