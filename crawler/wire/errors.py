"""Why a file from an agency became no filing.

WiretrailError
└── WireError          the file as a whole; `origin` names it, `reason` says why
    ├── NotAStory      read and understood, but it holds no story: it belongs in the quarantine list
    └── UnreadableFiling   not understood, damaged or oversized: somebody has to look
"""

from __future__ import annotations

from crawler.errors import WiretrailError


class WireError(WiretrailError):
    """Raised by crawler.wire for a file that gives no filing."""

    def __init__(self, origin: str, reason: str) -> None:
        super().__init__(f"{origin}: {reason}")
        self.origin = origin
        self.reason = reason

    def __reduce__(self) -> tuple[type[WireError], tuple[str, str]]:
        """Readers may run in a pool: the error is rebuilt from both arguments."""
        return type(self), (self.origin, self.reason)


class NotAStory(WireError):  # noqa: N818  -- says what the file is, nothing went wrong
    """Raised for a picture, video, event, listing, calendar, betting table, e-mail and the like."""


class UnreadableFiling(WireError):  # noqa: N818  -- says what the file is
    """Raised by parse() for unknown, damaged, truncated or oversized input, and for an item without an identity."""
