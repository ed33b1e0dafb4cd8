"""The job of `wiretrail db copy`: an installation from one database into another, checked.

source: of this program's schema ─> target: made or upgraded ─> storage.moving.installation ─> counts and hashes
"""

from __future__ import annotations

from collections.abc import Callable

from news.errors import MoveError
from storage.engine import display_name, open_engine
from storage.migrate import require_current, upgrade
from storage.moving.installation import AT_ONCE, Moved, move_all


def move(
    source_url: str,
    target_url: str,
    *,
    progress: Callable[[str, int], None] = lambda *_: None,
    at_once: int = AT_ONCE,
) -> list[Moved]:
    """Copy everything; killed at any point, the same call goes on. Raises StorageError's children."""
    source = open_engine(source_url, named="SOURCE")
    # All keys are checked at the end: on the way rows may come before those they name.
    target = open_engine(target_url, foreign_keys=False, named="TARGET")
    try:
        if source.url == target.url:
            raise MoveError(f"{display_name(source)} cannot be copied into itself")
        require_current(source)
        upgrade(target_url, named="TARGET")
        return move_all(source, target, progress=progress, at_once=at_once)
    finally:
        source.dispose()
        target.dispose()
