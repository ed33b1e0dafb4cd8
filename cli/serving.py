"""`wiretrail serve`: the questions as pages, for a browser on this machine."""

from __future__ import annotations

import getpass
import secrets
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from jobs.context import open_context
from news.errors import JobError
from report.tables import note


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command()(serve)


def serve(
    host: Annotated[
        str, typer.Option(help="address to listen on; any but loopback needs a token or proxy")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="port to listen on", min=1, max=65535)] = 8765,
    token_file: Annotated[Path | None, typer.Option(help="file with the token every request must bring")] = None,
    name: Annotated[
        list[str] | None, typer.Option(help="host name under which it is reached, beside serve.address (repeatable)")
    ] = None,
    user_header: Annotated[str, typer.Option(help="header in which a proxy names who asks; needed of all")] = "",
    proxy: Annotated[
        list[str] | None,
        typer.Option(help="address of the proxy, whose X-Forwarded headers are believed; with --user-header: loopback"),
    ] = None,
    write: Annotated[bool, typer.Option(help="let readers confirm and reject links")] = False,
) -> None:
    """Serve the pages: today, stories, pickups side by side, outlets, notices, search. Read-only without --write."""
    from jobs.matches.pairing import words_of
    from report.site.app import make_app
    from report.site.guard import Access
    from report.site.listening import listen
    from report.site.listening import serve as answer
    from report.site.verdict_form import Judging

    token = _token(token_file)
    if not token and not user_header and not _is_loopback(host):
        raise JobError(
            f"{host} is reachable from other machines: give --token-file, or --user-header behind a proxy that knows "
            "its users, or listen on 127.0.0.1"
        )
    context = open_context()
    settings = context.config.serve
    hosts = (*filter(None, [urlsplit(settings.address).hostname]), *(name or ()))
    access = Access(token, hosts, user_header, tuple(proxy or settings.proxies))
    judging = Judging(secrets.token_bytes(32), "" if user_header else getpass.getuser()) if write else None
    app = make_app(context.engine, context.now, read_words=words_of, access=access, judging=judging)
    listening = listen(host, port)
    needed = " (token needed)" if token else f" ({user_header} needed)" if user_header else ""
    note(f"serving on http://{host}:{port}/{needed}{', links can be confirmed and rejected' if write else ''}")
    answer(app, listening)


def _token(path: Path | None) -> str:
    if path is None:
        return ""
    try:
        token = path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise JobError(f"token file {path} cannot be read: {error.strerror}") from error
    if len(token) < 16:
        raise JobError(f"token file {path} holds fewer than 16 characters")
    return token


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
