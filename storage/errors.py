"""What storage refuses, as a tree: catch StorageError for all of it."""

from __future__ import annotations


class StorageError(Exception):
    """Root of storage's errors. Raised only through its children."""


class SchemaMismatchError(StorageError):
    """The database has another schema version than this program. Raised by migrate.require_current."""


class DatabaseUnreachableError(StorageError):
    """The database cannot be opened: wrong address, no permission, server down. Raised by migrate and connect."""


class BackupError(StorageError):
    """A backup could not be made, or is not sound. Raised by backup.back_up."""


class UnknownObjectError(StorageError):
    """A command named an article, story or outlet that is not stored. Raised by the question queries."""
