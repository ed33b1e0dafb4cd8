"""What does an outlet print on article after article? Learned from the index, as new versions come in.

A run of words on six articles of three different days is furniture, not news. Absolute counts: what once is
boilerplate stays so, whatever is crawled later, so that order does not matter; and versions of one article count
once, for a page that is changed six times repeats itself. Versions that hold something newly learned are matched again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from sqlalchemy.orm import Session

from jobs.matches.fingerprint_index import Library, owner
from matcher.fingerprint import from_bytes, to_bytes
from matcher.text import Hashes
from storage.matches import prints

ARTICLES: Final = 6
DAYS: Final = 3
_ASKED: Final = 20_000
"""Fingerprints looked up at once: bounds memory."""


def learn(session: Session, library: Library, fresh: Mapping[str, Sequence[Hashes]]) -> set[int]:
    """Learn from fresh versions' fingerprints by outlet; returns the versions that hold something newly learned."""
    known = {outlet: from_bytes(blob) for outlet, blob in prints.boilerplate(session, fresh.keys()).items()}
    learned: dict[str, bytes] = {}
    again: set[int] = set()
    for outlet, printed in sorted(fresh.items()):
        before = known.get(outlet, np.zeros(0, np.uint64))
        found = _repeated(session, library, outlet, np.setdiff1d(np.concatenate(printed), before))
        if found:
            learned[outlet] = to_bytes(np.union1d(before, np.array(sorted(found), np.uint64)))
            again.update(*found.values())
    prints.save_boilerplate(session, learned)
    return again


def _repeated(session: Session, library: Library, outlet: str, asked: Hashes) -> dict[int, list[int]]:
    """Those of the fingerprints that stand in enough of the outlet's articles, with the versions that hold them."""
    held: dict[int, list[int]] = {}
    for start in range(0, len(asked), _ASKED):
        held |= library.versions.holders(asked[start : start + _ASKED], owner(outlet), ARTICLES)
    when = prints.printed(session, set[int]().union(*held.values()))
    found = {}
    for value, versions in held.items():
        known = [when[version] for version in versions if version in when]
        if len({each.article_id for each in known}) >= ARTICLES and len({each.day for each in known}) >= DAYS:
            found[value] = versions
    return found
