"""`wiretrail serve`: the questions as pages, for a browser on this machine."""

from __future__ import annotations

from ipaddress import ip_address
from pathlib import Path
from typing import Annotated

import typer

from jobs.context import JobError, open_context
from report.tables import note


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command()(serve)


def serve(
    host: Annotated[str, typer.Option(help="address to listen on; any but loopback needs a token")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="port to listen on", min=1, max=65535)] = 8765,
    token_file: Annotated[Path | None, typer.Option(help="file with the token every request must bring")] = None,
    name: Annotated[list[str] | None, typer.Option(help="host name under which it is reached (repeatable)")] = None,
) -> None:
    """Serve the pages, read-only: today, stories, pickups side by side, outlets, notices, search."""
    import uvicorn

    from jobs.pairing import words_of
    from report.site.app import make_app

    token = _token(token_file)
    if not token and not _is_loopback(host):
        raise JobError(f"{host} is reachable from other machines: give --token-file, or listen on 127.0.0.1")
    context = open_context()
    app = make_app(context.engine, context.now, read_words=words_of, token=token, hosts=name or ())
    note(f"serving on http://{host}:{port}/" + (" (token needed)" if token else ""))
    uvicorn.run(app, host=host, port=port, log_level="warning", server_header=False, date_header=False)


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
