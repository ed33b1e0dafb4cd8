"""The texts one part of a match run has read, and the library it looks them up in."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from jobs.context import Context
from jobs.leasing import Lease
from jobs.matches.fingerprint_index import Library, owner
from jobs.matches.members import member_of
from matcher.families import Member
from matcher.fingerprint import fingerprint, from_bytes
from matcher.text import Hashes, Text, read_many
from storage.matches import match_facts, prints
from storage.matches.match_facts import VersionFacts


@dataclass(slots=True)
class Desk:
    """One part of a run: its context, the library, and the texts read for it."""

    context: Context
    library: Library
    lease: Lease | None = None  # none where nobody else can be at work
    versions: dict[int, VersionFacts] = field(default_factory=dict)
    texts: dict[int, Text] = field(default_factory=dict)
    prints: dict[int, Hashes] = field(default_factory=dict)
    furniture: dict[str, Hashes] = field(default_factory=dict)  # by outlet, of all outlets of the versions read
    agencies_own: set[int] = field(default_factory=set)  # versions read that stand on an agency's own site
    former: dict[int, Hashes] = field(default_factory=dict)  # by version, what was stored of a text that is another now
    _members: dict[int, Member] = field(default_factory=dict)
    _met: dict[int, set[int]] = field(default_factory=dict)

    @property
    def engine(self) -> Engine:
        """The database."""
        return self.context.engine

    def cleared(self, former: Mapping[int, Hashes] | None = None) -> Desk:
        """A desk of the same run with no texts on it, for the next part; or for the same one again, with `former`."""
        return Desk(self.context, self.library, self.lease, former=dict(former or {}))

    def know(self, session: Session, version_ids: Collection[int]) -> None:
        """Read the texts of versions not read yet; what is gone by now stays unknown."""
        new = match_facts.versions(session, set(version_ids) - self.texts.keys())
        self.furnish(session, {found.outlet for found in new} - self.furniture.keys())
        for found, text in zip(new, read_many([(f.paragraphs, f.language) for f in new]), strict=True):
            self.versions[found.id], self.texts[found.id] = found, text
            self.prints[found.id] = fingerprint(text)
        self.agencies_own |= {found.id for found in new if found.outlet_agency}

    def furnish(self, session: Session, outlets: Collection[str]) -> None:
        """Read what these outlets are known to repeat."""
        learned = prints.boilerplate(session, outlets)
        self.furniture |= {outlet: from_bytes(learned.get(outlet, b"")) for outlet in outlets}

    def member(self, version_id: int) -> Member:
        """A version that was read, as a member of families."""
        if version_id not in self._members:
            facts = self.versions[version_id]
            furniture = self.furniture[facts.outlet]
            self._members[version_id] = member_of(facts, self.texts[version_id], self.prints[version_id], furniture)
        return self._members[version_id]

    def meeting(self, version_id: int) -> set[int]:
        """The versions that share more than chance with one that was read, whichever of the two asks.

        What its outlet is known to repeat says nothing to others of this outlet; to those of another it may.
        """
        if version_id not in self._met:
            outlet = self.versions[version_id].outlet
            found = self.library.versions.meeting(self.prints[version_id], self.furniture[outlet])
            for each in (self.prints[version_id], self.former.get(version_id)):
                if each is not None and (len(self.furniture[outlet]) or version_id in self.former):
                    found |= self.library.versions.meeting(each, but=owner(outlet))
            self._met[version_id] = found - {version_id}
        return self._met[version_id]
