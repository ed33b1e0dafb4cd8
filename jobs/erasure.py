"""What a person has taken out for good: an article or a name, from tables, kept pages and the matcher's index."""

from __future__ import annotations

import shutil
from collections.abc import Callable

from sqlalchemy.orm import Session

from crawler import kept_warc
from jobs.context import Context, log
from jobs.keeping import stored_name
from jobs.matches.fingerprint_index import folder_of
from news.errors import JobError
from storage import erasing
from storage.articles import retention
from storage.engine import reading, writing
from storage.erasing import Erased, Erasure, Order
from storage.turns import Turn, take_turn


def erase_article(context: Context, article: str, by: str, reason: str) -> dict[str, int]:
    """Erase an article by address or id; returns how much went.

    Raises UnknownObjectError when it is not stored, HeldArticleError when it is held.
    """
    return _erase(context, by, reason, lambda s, order: erasing.erase_article(s, stored_name(article), order))


def erase_person(context: Context, name: str, by: str, reason: str) -> dict[str, int]:
    """Erase a person's name; returns how many rows had it. Raises JobError for what is no name, HeldArticleError."""
    if sum(letter.isalpha() for letter in name) < 4:
        raise JobError(f"{name!r} is too short for a person's name: it would be taken out of other words' texts")
    return _erase(context, by, reason, lambda s, order: erasing.erase_person(s, " ".join(name.split()), order))


def lift(context: Context, name: str, by: str) -> None:
    """Let what was erased come in again. Raises JobError when nothing of this name is kept out."""
    with writing(context.engine) as session:
        lifted = [
            erasing.lift(session, one, by=by, now=context.now())
            for one in {stored_name(name), name, " ".join(name.split())}
        ]
    if not any(lifted):
        raise JobError(f"{name!r} is not kept out; wiretrail erase --list says what was erased")


def listed(context: Context) -> list[Erasure]:
    """The record of what was erased, the latest first."""
    with reading(context.engine) as session:
        return erasing.erasures(session)


def _erase(context: Context, by: str, reason: str, work: Callable[[Session, Order], Erased]) -> dict[str, int]:
    """In one transaction; then the kept pages, and the index, which the next match makes anew."""
    with writing(context.engine) as session:
        take_turn(session, Turn.MATCH)
        retention.erase_on_delete(session)
        erased = work(session, Order(by, context.now(), reason))
    for file, offset in erased.kept:
        if not kept_warc.erase(context.config.pages_folder, kept_warc.Place(file, offset)):
            log.warning("erase.page_not_found", file=file, offset=offset)
    shutil.rmtree(folder_of(context), ignore_errors=True)
    retention.overwrite_freed(context.engine)
    return erased.counts
