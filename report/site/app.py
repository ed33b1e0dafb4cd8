"""The pages as one Starlette application: addresses, views, and what is said when something cannot be answered.

    request ─> Guard: host or token ─> asking: parameters ─> a view, in one snapshot of the database ─> template or file

Read-only: every address answers GET alone, every session is a reading one. With `judging` one address takes a form:
the verdict on a link (report.site.verdict_form).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Final
from urllib.parse import quote

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.convertors import Convertor, register_url_convertor
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from news.errors import BadParameterError, ForbiddenError, StorageError, UnknownObjectError
from report.site import front, objects, query
from report.site.aligned import ReadWords
from report.site.guard import LOCAL, Access, Guard, user_of
from report.site.rendering import Here, Page, Site, View, html, respond
from report.site.site_lists import LISTINGS, show
from report.site.table_cells import pickup_path
from report.site.verdict_form import LARGEST_BODY, Judging, keep, read
from storage.engine import explain, is_away, reading

_STYLE: Final = Path(__file__).parent / "style.css"
_LARGEST_NUMBER: Final = 2**31 - 1


class _AnyName(Convertor[str]):
    """Any characters: names of stories hold slashes, and from a careless agency even line ends."""

    regex = r"[\s\S]+"

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


register_url_convertor("any", _AnyName())


def make_app(
    engine: Engine,
    now: Callable[[], datetime],
    *,
    read_words: ReadWords,
    access: Access = LOCAL,
    judging: Judging | None = None,
) -> Starlette:
    """The pages over a database. `read_words` is the matcher's reader of texts (matcher.text.read).

    `access` says who is answered; with `judging` readers may confirm and reject links.
    """
    site = Site(engine, now, read_words, judging)
    routes = [
        _route(site, "/", front.today, ()),
        _route(site, "/search", front.search, {"q", "in"}),
        _route(site, "/story/{key:any}", objects.story, ()),
        _route(site, "/pickup", objects.pickup, {"article", "story"}),
        _route(site, "/outlet/{id:any}", objects.outlet, ()),
        _route(site, "/notice/{number:int}", objects.notice, ()),
        _route(site, "/seen", objects.seen, {"address"}),
        *(_route(site, f"/{listing.name}", partial(show, listing), listing.known) for listing in LISTINGS),
        Route("/style.css", _style),
    ]
    if judging is not None:
        routes.append(Route("/verdict", _verdicts(site, judging), methods=["POST"]))
    handlers = {
        BadParameterError: partial(_refused, site, 400, "This address cannot be understood"),
        ForbiddenError: partial(_refused, site, 403, "Not taken"),
        UnknownObjectError: partial(_refused, site, 404, "Not found"),
        StorageError: partial(_refused, site, 503, "The database cannot be read"),
        DBAPIError: partial(_away, site),
        HTTPException: partial(_failed, site),
        500: _broken,
    }
    return Starlette(
        routes=routes,
        exception_handlers=handlers,  # type: ignore[arg-type]  # Starlette types every handler as one of Exception
        middleware=[Middleware(Guard, access=access)],
    )


def _route(site: Site, path: str, view: View, known: Collection[str]) -> Route:
    """A route whose view is called with the request understood, inside one reading transaction."""

    def endpoint(request: Request) -> Response:
        asked = query.read(_path(request), request.query_params.multi_items(), known)
        _check(request)
        with reading(site.engine) as session:
            here = Here(site, session, asked, request.path_params, site.now(), user_of(request.scope))
            return respond(view(here), here)

    return Route(path, endpoint, methods=["GET"])


def _verdicts(site: Site, judging: Judging) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > LARGEST_BODY:
                raise HTTPException(413, "The form is too long")
        said = read(request, bytes(body), judging, user_of(request.scope))
        await run_in_threadpool(keep, site.engine, said, site.now())
        return RedirectResponse(pickup_path(said.article, said.story) + "#why", 303)

    return endpoint


def _path(request: Request) -> str:
    return quote(request.scope["path"], safe="/:~")


def _check(request: Request) -> None:
    """Raises UnknownObjectError for a name no database could hold."""
    for name in request.path_params.values():
        if isinstance(name, int):
            if name > _LARGEST_NUMBER:
                raise UnknownObjectError(f"nothing has the number {name}")
        elif "\0" in name or len(name) > query.LONGEST:
            raise UnknownObjectError(f"nothing is called {name[:80]!r}")


def _style(_request: Request) -> Response:
    return Response(_STYLE.read_text(encoding="utf-8"), media_type="text/css", headers={"cache-control": "max-age=300"})


def _refused(site: Site, status: int, title: str, request: Request, error: Exception) -> Response:
    page = Page("error.html.j2", title, {"reason": str(error)})
    return html(page, None, site.now(), _path(request), status)


def _away(site: Site, request: Request, error: DBAPIError) -> Response:
    """The database went away in the middle of an answer; what is our own fault is passed on."""
    if not is_away(error):
        raise error
    return _refused(site, 503, "The database cannot be read", request, StorageError(explain(error)))


def _failed(site: Site, request: Request, error: HTTPException) -> Response:
    title = "Not found" if error.status_code == 404 else error.detail
    reason = f"There is no page {request.scope['path']}." if error.status_code == 404 else f"{error.detail}."
    page = Page("error.html.j2", title, {"reason": reason})
    response = html(page, None, site.now(), _path(request), error.status_code)
    response.headers.update(error.headers or {})
    return response


def _broken(_request: Request, _error: Exception) -> Response:
    """Our own fault: nothing of it is shown, all of it is in the log."""
    return PlainTextResponse("Something went wrong here; the log of this server says what.\n", 500)
