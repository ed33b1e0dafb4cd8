"""Everything that wiretrail raises on purpose, as one tree: whoever runs a job catches WiretrailError.

    WiretrailError
    ├── ConfigError, CatalogueError        what the user wrote
    ├── JobError                           what the user asked
    ├── ExtractionError ── NotAnArticle    a page
    ├── ReadingError, CrawlError           a crawl
    ├── UnpackingError, TooMuchError       an answer's bytes, packed or made to cost
    ├── ArchiveError                       a WARC file
    ├── WireError ── NotAStory, UnreadableFiling    a file from an agency
    ├── ApiError                           an agency's interface
    ├── StorageError ── SchemaMismatchError, DatabaseUnreachableError, BackupError, MoveError, UnknownObjectError,
    │                   HeldArticleError, ArchiveBusyError
    └── ReportError ── DigestLanguageError, MailAddressError, EvidenceFolderError, BadParameterError, ForbiddenError,
                       ListeningError, MailError ── MailRefused, MailUncertain

Each docstring says who raises it and when; the object at fault is an attribute and part of the message.
"""

from __future__ import annotations


class WiretrailError(Exception):
    """The root: reported in one line, and whoever works through many objects goes on with the next."""


class ConfigError(WiretrailError):
    """The configuration cannot be used. Raised by config.read; the message names the file or variable and the field."""


class JobError(WiretrailError):
    """A job cannot be done as asked. Raised by the jobs; the message names the object and the way out."""


class CatalogueError(WiretrailError):
    """Raised by news.catalogue for a row that cannot be used: names file, row and field, and says the way out."""

    def __init__(self, file: str, row: str, column: str, problem: str) -> None:
        super().__init__(": ".join(part for part in (file, row, column) if part) + f": {problem}")
        self.file = file
        self.row = row
        self.column = column
        self.problem = problem


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


class ReadingError(WiretrailError):
    """Raised by crawler.reader_pool when a page could not be read to its end: too slow, or its process died."""


class UnpackingError(WiretrailError):
    """Raised by crawler.unpacking for bytes damaged, cut off, or holding more than they may: `reason` says which."""

    def __init__(self, reason: str, *, too_large: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.too_large = too_large


class TooMuchError(WiretrailError):
    """Raised by crawler.limits for a page, listing or agency file of more parts than are read. `reason` names them."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class CrawlError(WiretrailError):
    """Raised by crawler.run when a batch could not be crawled at all, or its results could not be stored."""


class ArchiveError(WiretrailError):
    """Raised by crawler.warc_reading and crawler.kept_warc for a WARC file that cannot be opened, or no fastwarc."""


class WireError(WiretrailError):
    """Raised by crawler.wire for a file that gives no filing: `origin` names it, `reason` says why."""

    def __init__(self, origin: str, reason: str) -> None:
        super().__init__(f"{origin}: {reason}")
        self.origin = origin
        self.reason = reason

    def __reduce__(self) -> tuple[type[WireError], tuple[str, str]]:
        """Readers may run in a pool: the error is rebuilt from both arguments."""
        return type(self), (self.origin, self.reason)


class NotAStory(WireError):  # noqa: N818  -- says what the file is, nothing went wrong
    """Raised for a picture, video, event, listing, calendar, betting table, e-mail and the like.

    Read and understood, but it holds no story: it belongs in the list of refused files.
    """


class UnreadableFiling(WireError):  # noqa: N818  -- says what the file is
    """Raised by parse() for unknown, damaged, truncated or oversized input, and for an item without an identity.

    Somebody has to look.
    """


class ApiError(WiretrailError):
    """Raised by CoreApi when it gives no documents. `retry_after_seconds` is what the server asked for, if it did."""

    def __init__(self, address: str, reason: str, *, status: int = 0, retry_after_seconds: float | None = None) -> None:
        super().__init__(f"{address}: {reason}")
        self.address = address
        self.reason = reason
        self.status = status
        self.retry_after_seconds = retry_after_seconds


class StorageError(WiretrailError):
    """What storage refuses. Raised only through its children."""


class SchemaMismatchError(StorageError):
    """The database has another schema version than this program. Raised by migrate.require_current."""


class DatabaseUnreachableError(StorageError):
    """The database cannot be opened: wrong address, no permission, server down. Raised by migrate and connect."""


class BackupError(StorageError):
    """A backup could not be made, or is not sound. Raised by backup.back_up."""


class MoveError(StorageError):
    """A database could not be moved: the target holds something else, or the source was changed meanwhile."""


class UnknownObjectError(StorageError):
    """A command named an article, story or outlet that is not stored. Raised by the question queries."""


class HeldArticleError(StorageError):
    """An article to be erased is held as evidence. Raised by storage.erasing; `article` names it."""

    def __init__(self, article: str, held_by: str) -> None:
        super().__init__(f"article {article} is held by {held_by or 'somebody'}: wiretrail release it first")
        self.article = article


class ArchiveBusyError(StorageError):
    """Another process reads the same archive and has come further. Raised by archives.move_on."""


class ReportError(WiretrailError):
    """What the emails and pages refuse. Raised only through its children."""


class DigestLanguageError(ReportError):
    """A reader asked for a language the digest is not written in. Raised by digest.compose."""


class EvidenceFolderError(ReportError):
    """The folder for evidence cannot be used: it holds files already, or cannot be made. Raised by evidence.write."""


class BadParameterError(ReportError):
    """A part of the address that cannot be understood. Raised by asking.read; `name` is the parameter at fault."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{name}: {reason}")
        self.name = name
        self.reason = reason


class ForbiddenError(ReportError):
    """A form that no page of ours sent. Raised by judging.read."""


class ListeningError(ReportError):
    """The pages' address or port cannot be had. Raised by listening.listen; the message says the way out."""


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
    """The server has not taken the message, for certain: sending again is safe. Raised by mail.send.

    `greeted`: it came as far as this one message, so that another may fare better. `permanent`: it said 5xx.
    """

    def __init__(self, host: str, port: int, reason: str, *, greeted: bool = False, permanent: bool = False) -> None:
        super().__init__(host, port, reason)
        self.greeted = greeted
        self.permanent = permanent


class MailUncertain(MailError):  # noqa: N818  -- a state, not a fault
    """The server may have taken the message: its text went out, the answer never came. Raised by mail.send.

    Never retried by itself: a digest mailed twice after a read timeout is huginn's issue 3295.
    """
