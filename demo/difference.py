"""A difference between what was planted and what was found, and the name a page goes by in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Finding:
    """A difference between truth and rows. `error` fails the demo; `warning` is a doubt a person is asked about."""

    severity: Literal["error", "warning"]
    what: str
    where: str


def path_of(url: str) -> str:
    """The path with its query."""
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path
