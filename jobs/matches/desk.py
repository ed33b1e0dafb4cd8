"""The texts one part of a match run has read, and the library it looks them up in."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from jobs.context import Context
from jobs.matches.judging import member_of
from jobs.matches.library import Library
from matcher.families import Member
from matcher.fingerprint import fingerprint, from_bytes
from matcher.text import Hashes, Text, read_many
from storage.matches import matching, prints
from storage.matches.matching import VersionFacts


@dataclass(slots=True)
class Desk:
    """One part of a run: its context, the library, and the texts read for it."""

    context: Context
    library: Library
    versions: dict[int, VersionFacts] = field(default_factory=dict)
    texts: dict[int, Text] = field(default_factory=dict)
    prints: dict[int, Hashes] = field(default_factory=dict)
    furniture: dict[str, Hashes] = field(default_factory=dict)  # by outlet, of all outlets of the versions read

    @property
    def engine(self) -> Engine:
        """The database."""
        return self.context.engine

    def know(self, session: Session, version_ids: Collection[int]) -> None:
        """Read the texts of versions not read yet; what is gone by now stays unknown."""
        new = matching.versions(session, set(version_ids) - self.texts.keys())
        self.furnish(session, {found.outlet for found in new} - self.furniture.keys())
        for found, text in zip(new, read_many([(f.paragraphs, f.language) for f in new]), strict=True):
            self.versions[found.id], self.texts[found.id] = found, text
            self.prints[found.id] = fingerprint(text)

    def furnish(self, session: Session, outlets: Collection[str]) -> None:
        """Read what these outlets are known to repeat."""
        learned = prints.boilerplate(session, outlets)
        self.furniture |= {outlet: from_bytes(learned.get(outlet, b"")) for outlet in outlets}

    def member(self, version_id: int) -> Member:
        """A version that was read, as a member of families."""
        facts = self.versions[version_id]
        furniture = self.furniture[facts.outlet]
        return member_of(facts, self.texts[version_id], self.prints[version_id], furniture)
