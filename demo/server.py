"""Serve the newsroom over real HTTP: a standard library server per site, each on its own port of 127.0.0.1.

The clock is an argument, so days can pass in seconds; pages, versions and listings appear when it says so.
Nothing here knows who asks, or why.
"""

from __future__ import annotations

import gzip
import hashlib
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import MappingProxyType

from demo.listed_pages import addresses, listing
from demo.shapes import Newsroom, Page, Site, Version

Clock = Callable[[], datetime]
_HOST = "127.0.0.1"
_HTML = "text/html; charset=utf-8"
# Shorter answers are not worth compressing, and some servers leave them alone too.
_COMPRESS_FROM_BYTES = 600


@dataclass(frozen=True, slots=True)
class Answer:
    """What to send. Without `changed` there is nothing a client could ask conditionally for."""

    status: HTTPStatus
    content_type: str
    body: bytes
    changed: datetime | None = None

    @property
    def etag(self) -> str:
        """A strong validator over the uncompressed bytes."""
        return f'"{hashlib.sha256(self.body).hexdigest()[:20]}"' if self.changed else ""


class Visits:
    """Counts requests by site, path with query, and status: a demo can show that a disallowed page was left alone."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[tuple[str, str, int]] = Counter()

    def add(self, site: str, path: str, status: int) -> None:
        """One more request, from any thread."""
        with self._lock:
            self._counts[site, path, status] += 1

    def counts(self) -> dict[tuple[str, str, int], int]:
        """A copy of the counts so far."""
        with self._lock:
            return dict(self._counts)


@dataclass(frozen=True)
class Running:
    """The newsroom on the air: the address and port of each site, and the requests so far."""

    base_urls: Mapping[str, str]
    ports: Mapping[str, int]
    visits: Visits = field(default_factory=Visits)


class SiteContent:
    """What one site answers at a moment: robots.txt, listings, articles under all their addresses, or 404."""

    def __init__(self, site: Site, pages: Sequence[Page], base: str) -> None:
        self._site = site
        self._pages = pages
        self._base = base
        self._listings = addresses(site)
        self._articles: dict[str, tuple[Version, ...]] = {}
        self._ends: dict[str, Page] = {}
        for page in pages:
            self._articles[page.path] = page.versions
            for twin in page.twins:
                self._articles[twin.path] = twin.versions
            self._ends |= dict.fromkeys((page.path, *(twin.path for twin in page.twins)), page)

    def answer(self, target: str, now: datetime) -> Answer:
        """The answer to a GET of this path with query. An unknown query is ignored, as most systems do."""
        path = target.partition("?")[0]
        if path == "/robots.txt" and self._site.robots:
            return Answer(HTTPStatus.OK, "text/plain", self._robots().encode())
        if path in self._listings:
            found = listing(self._site, self._listings[path], self._pages, self._base, now)
            return Answer(HTTPStatus.OK, found.content_type, found.body, found.changed)
        for address in (target, _without_tracking(target), path):
            if address in self._articles:
                return _ended(self._ends[address], now) or self._article(self._articles[address], now)
        return _not_found()

    def _robots(self) -> str:
        return self._site.robots.replace("{base}", self._base) + "\n"

    def _article(self, versions: Sequence[Version], now: datetime) -> Answer:
        visible = [version for version in versions if version.visible_from <= now]
        if not visible:
            return _not_found()
        html = visible[-1].html.replace("@base@", self._base)
        if "@clock@" in html:
            # A page with a clock differs at every visit, so such systems send no validators.
            return Answer(HTTPStatus.OK, _HTML, html.replace("@clock@", f"{now:%H:%M:%S}").encode())
        return Answer(HTTPStatus.OK, _HTML, html.encode(), visible[-1].visible_from)


def _without_tracking(target: str) -> str:
    """The address without parameters that only say where a reader came from."""
    path, _, query = target.partition("?")
    kept = "&".join(part for part in query.split("&") if part and not part.startswith("utm_"))
    return f"{path}?{kept}" if kept else path


def _ended(page: Page, now: datetime) -> Answer | None:
    """The answer for a page its site has deleted or can no longer show."""
    if page.gone_from and page.gone_from <= now:
        return Answer(HTTPStatus.GONE, _HTML, b"<!DOCTYPE html><title>Gone</title><h1>This page was removed</h1>")
    if page.down_from and page.down_from <= now:
        return Answer(HTTPStatus.SERVICE_UNAVAILABLE, _HTML, b"<!DOCTYPE html><title>Error</title><h1>Error 503</h1>")
    return None


def _not_found() -> Answer:
    return Answer(HTTPStatus.NOT_FOUND, _HTML, b"<!DOCTYPE html><title>Not found</title><h1>Page not found</h1>")


class _Server(ThreadingHTTPServer):
    """Carries a site's content and the clock to its handlers."""

    daemon_threads = True
    # The crawler of a long demo reconnects often; a short queue would refuse it under load.
    request_queue_size = 64

    def __init__(self, port: int, site: Site, now: Clock) -> None:
        super().__init__((_HOST, port), _Handler)
        self.site = site
        self.now = now
        self.content: SiteContent | None = None
        self.visits = Visits()


class _Handler(BaseHTTPRequestHandler):
    """GET and HEAD; anything else is 501 by the base class."""

    server: _Server
    protocol_version = "HTTP/1.1"
    server_version = "newsroom"
    sys_version = ""
    timeout = 30

    def do_GET(self) -> None:
        """Answer with a body."""
        self._respond(with_body=True)

    def do_HEAD(self) -> None:
        """Answer with headers only."""
        self._respond(with_body=False)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  -- the base class names it
        """Stay quiet: the demo prints what matters itself."""

    def date_time_string(self, timestamp: float | None = None) -> str:
        """The simulated time, so that Date agrees with everything else the site says."""
        return _http_date(datetime.fromtimestamp(timestamp, UTC) if timestamp is not None else self.server.now())

    def _respond(self, *, with_body: bool) -> None:
        content = self.server.content
        answer = content.answer(self.path, self.server.now()) if content else _not_found()
        status = HTTPStatus.NOT_MODIFIED if self._unchanged(answer) else answer.status
        self.server.visits.add(self.server.site.id, self.path, status)
        body = b"" if status == HTTPStatus.NOT_MODIFIED else answer.body
        compress = "gzip" in self.headers.get("Accept-Encoding", "") and len(body) > _COMPRESS_FROM_BYTES
        compress = compress and answer.content_type != "application/gzip"
        body = gzip.compress(body, mtime=0) if compress else body
        self.send_response(status)
        self._send_validators(answer)
        self.send_header("Vary", "Accept-Encoding")
        if status != HTTPStatus.NOT_MODIFIED:
            self.send_header("Content-Type", answer.content_type)
            self.send_header("Content-Length", str(len(body)))
        if compress:
            self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        if with_body:
            self.wfile.write(body)

    def _send_validators(self, answer: Answer) -> None:
        if answer.changed:
            self.send_header("ETag", answer.etag)
            self.send_header("Last-Modified", _http_date(answer.changed))

    def _unchanged(self, answer: Answer) -> bool:
        """RFC 9110: If-None-Match decides when it is there, else If-Modified-Since."""
        if answer.status != HTTPStatus.OK or answer.changed is None:
            return False
        tags = self.headers.get("If-None-Match")
        if tags is not None:
            return answer.etag in [tag.strip().removeprefix("W/") for tag in tags.split(",")]
        since = _parsed_date(self.headers.get("If-Modified-Since", ""))
        return since is not None and answer.changed.replace(microsecond=0) <= since


def _http_date(moment: datetime) -> str:
    return format_datetime(moment.astimezone(UTC), usegmt=True)


def _parsed_date(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except ValueError:
        return None
    return found if found.tzinfo else None


@contextmanager
def serve(newsroom: Newsroom, now: Clock, ports: Mapping[str, int] | None = None) -> Iterator[Running]:
    """Every site on the air until the block ends. `ports` by site id, 0 or missing for any free one.

    Raises OSError, naming the port, when one is taken.
    """
    wanted = ports or {}
    visits = Visits()
    servers: list[_Server] = []
    threads: list[threading.Thread] = []
    try:
        for site in newsroom.sites:
            server = _open(site, wanted.get(site.id, 0), now)
            servers.append(server)
            server.visits = visits
            server.content = SiteContent(site, _pages_of(newsroom, site), _base(server))
            thread = threading.Thread(target=server.serve_forever, args=(0.05,), name=f"site-{site.id}", daemon=True)
            thread.start()
            threads.append(thread)
        bases = {server.site.id: _base(server) for server in servers}
        bound = {server.site.id: int(server.server_address[1]) for server in servers}
        yield Running(MappingProxyType(bases), MappingProxyType(bound), visits)
    finally:
        _close(servers, threads)


def _open(site: Site, port: int, now: Clock) -> _Server:
    try:
        return _Server(port, site, now)
    except OSError as error:
        raise OSError(error.errno, f"port {port} for {site.id}: {error.strerror}") from error


def _close(servers: Sequence[_Server], threads: Sequence[threading.Thread]) -> None:
    """Stop all loops at once: one after the other each would take its own polling interval to notice."""
    running = servers[: len(threads)]
    with ThreadPoolExecutor(max_workers=max(len(running), 1)) as pool:
        list(pool.map(_Server.shutdown, running))
    for server in servers:
        server.server_close()
    for thread in threads:
        thread.join()


def _pages_of(newsroom: Newsroom, site: Site) -> list[Page]:
    return [page for page in newsroom.pages if page.site == site.id]


def _base(server: _Server) -> str:
    return f"http://{_HOST}:{server.server_address[1]}"
