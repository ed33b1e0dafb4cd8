"""Follow redirects, and give each that leads nowhere its name.

Scrapy drops a redirect to itself as a duplicate: neither callback nor errback is called, and a consent wall looks
like success with nothing. A page that moves to another site is not followed there: that host may be in another batch.
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urldefrag, urljoin, urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response

from crawler.outcomes import Refusal
from news.addresses import LONGEST_ADDRESS, covers, host_of, same_site, split
from news.articles import Outlet
from news.catalogue import Catalogue
from news.visits import VisitOutcome

_STATUSES = frozenset((301, 302, 303, 307, 308))


class TooManyRedirects(Refusal):
    """Raised when a chain is longer than allowed; RFC 9309 treats a robots.txt behind one as missing."""


class Redirects:
    """Downloader middleware. `request.meta["stay_on"]` (hosts) forbids leaving them and the first address's site.

    What is asked for one outlet (`request.meta["outlet"]`) never ends on another's host: it is asked without the lease
    and the pace of that host, and what lies there would be taken for the first one's.
    """

    def __init__(self, longest_chain: int, outlet_of: Callable[[str], Outlet | None] = lambda _: None) -> None:
        self.longest_chain = longest_chain
        self.outlet_of = outlet_of

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Redirects:
        """Scrapy's constructor; the spider brings the catalogue."""
        return cls(crawler.settings.getint("REDIRECT_MAX_TIMES"), lambda url: _owner(crawler, url))

    def process_response(self, request: Request, response: Response) -> Response | Request:
        """The next hop, or the response as it is. Raises Refusal for loops, long chains and other sites."""
        location = response.headers.get("Location")
        if response.status not in _STATUSES or not location:
            return response
        target = _target(request.url, location)
        passed = [*request.meta.get("redirect_urls", ()), request.url]
        self._judge(request, target, passed)
        following = request.replace(url=target, dont_filter=True, priority=request.priority + 2)
        following.meta["redirect_urls"] = passed
        return following

    def _judge(self, request: Request, target: str, passed: list[str]) -> None:
        if not target:
            raise Refusal("failed", "redirects to something that is no http or https address")
        if "@" in urlsplit(target).netloc:
            raise Refusal("failed", "redirects to an address with a user name or a password in it")
        if target == urldefrag(request.url).url:
            raise Refusal("failed", "redirects to itself, as a cookie or consent wall does")
        if target in {urldefrag(url).url for url in passed}:
            raise Refusal("failed", "redirects in a loop")
        if len(passed) > request.meta.get("longest_chain", self.longest_chain):
            raise TooManyRedirects("failed", f"more than {len(passed) - 1} redirects")
        stay_on = request.meta.get("stay_on")
        if stay_on is not None and not (same_site(passed[0], target) or covers(stay_on, target)):
            raise Refusal("redirected", f"redirects to another site, {host_of(target)}")
        outlet, owner = request.meta.get("outlet"), self.outlet_of(target)
        if outlet is not None and owner is not None and owner.id != outlet.id:
            # Of a page this is where it went; of a listing it is a failure, and counted as one.
            outcome: VisitOutcome = "refused" if stay_on is None else "redirected"
            raise Refusal(outcome, f"redirects to another outlet, {owner.id}")


def _owner(crawler: Crawler, url: str) -> Outlet | None:
    catalogue = getattr(crawler.spider, "catalogue", None)
    return catalogue.outlet_of(url) if isinstance(catalogue, Catalogue) else None


def _target(base: str, location: bytes) -> str:
    """The address a Location header leads to, without fragment; "" when it is none of ours."""
    try:
        text = location.decode("utf-8")
    except UnicodeDecodeError:
        text = location.decode("latin-1")
    try:
        target = urldefrag(urljoin(base, text.strip())).url
    except ValueError:
        return ""
    if len(target) > LONGEST_ADDRESS or split(target) is None:
        return ""
    request = Request(target)  # escapes what must be escaped, as the request itself will
    return request.url
