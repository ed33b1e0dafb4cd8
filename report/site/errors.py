"""What the pages refuse."""

from __future__ import annotations

from report.errors import ReportError


class BadParameterError(ReportError):
    """A part of the address that cannot be understood. Raised by asking.read; `name` is the parameter at fault."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{name}: {reason}")
        self.name = name
        self.reason = reason
