"""What report refuses, as a tree: catch ReportError for all of it."""

from __future__ import annotations


class ReportError(Exception):
    """Root of report's errors. Raised only through its children."""


class DigestLanguageError(ReportError):
    """A reader asked for a language the digest is not written in. Raised by digest.compose."""


class MailAddressError(ReportError):
    """An address that no header may carry. Raised by mail.build; `address` is the one at fault."""

    def __init__(self, address: str, reason: str) -> None:
        super().__init__(f"{address!r} cannot be mailed: {reason}")
        self.address = address


class MailError(ReportError):
    """A message did not go out for certain. Raised only through its children; `host` and `port` name the server."""

    def __init__(self, host: str, port: int, reason: str) -> None:
        super().__init__(f"mail server {host}:{port}: {reason}")
        self.host = host
        self.port = port
        self.reason = reason


class MailRefused(MailError):  # noqa: N818  -- reads as what the server did, beside MailUncertain
    """The server has not taken the message, for certain: sending again is safe. Raised by mail.send."""


class MailUncertain(MailError):  # noqa: N818  -- a state, not a fault
    """The server may have taken the message: its text went out, the answer never came. Raised by mail.send.

    Never retried by itself: a digest mailed twice after a read timeout is huginn's issue 3295.
    """
