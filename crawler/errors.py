"""The error tree of the crawler: everything it raises on purpose derives from WiretrailError.

Each docstring says who raises it and when; the object at fault is an attribute and part of the message.
"""

from __future__ import annotations


class WiretrailError(Exception):
    """The root: whoever runs a job catches this, reports it and goes on with the next object."""


class ExtractionError(WiretrailError):
    """Raised by crawler.extractors when a page cannot be read. `url` names it, `reason` says why."""

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(f"{url}: {reason}")
        self.url = url
        self.reason = reason

    def __reduce__(self) -> tuple[type[ExtractionError], tuple[str, str]]:
        """Errors cross the process pool of the crawler, hence must be rebuilt from both arguments."""
        return type(self), (self.url, self.reason)


class NotAnArticle(ExtractionError):  # noqa: N818  -- a finding about a page rather than an error of ours
    """Raised by extract() for input that holds no article: empty, binary, oversized, or without body text."""


class CatalogueError(WiretrailError):
    """Raised by crawler.catalogue for a row that cannot be used: names file, row and field, and says the way out."""

    def __init__(self, file: str, row: str, column: str, problem: str) -> None:
        super().__init__(": ".join(part for part in (file, row, column) if part) + f": {problem}")
        self.file = file
        self.row = row
        self.column = column
        self.problem = problem


class ReadingError(WiretrailError):
    """Raised by crawler.reading when a page could not be read to its end: too slow, or its process died."""


class CrawlError(WiretrailError):
    """Raised by crawler.run when a batch could not be crawled at all, or its results could not be stored."""


class ArchiveError(WiretrailError):
    """Raised by crawler.archives and crawler.evidence for a WARC file that cannot be opened, or without fastwarc."""
