"""Matching everything anew, and saying what that changed: which pickups appeared, vanished, or say something else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from jobs.context import Context
from jobs.leasing import Lease
from jobs.matches import matching
from storage.engine import reading
from storage.matches import match_facts as stored
from storage.matches.match_facts import Carried


@dataclass(frozen=True, slots=True)
class PickupChange:
    """A pickup that appeared (`before` is None), vanished (`after` is None), or says something else."""

    before: Carried | None
    after: Carried | None

    @property
    def kind(self) -> str:
        """vanished, appeared or changed."""
        return "vanished" if self.after is None else "appeared" if self.before is None else "changed"

    def line(self) -> str:
        """The article, the story and take it carries, how certainly and how; and what was said before."""
        said = self.after or self.before
        if said is None:
            return ""
        now = f"{self.kind}: {said.article}: {said.story} take {said.take}, {said.certainty}, {said.use}"
        if self.before is None or self.after is None:
            return now
        differing = [
            f"{name} was {getattr(self.before, name)}"
            for name in ("story", "take", "certainty", "use")
            if getattr(self.before, name) != getattr(self.after, name)
        ]
        return f"{now} ({', '.join(differing)})"


def match_all(
    context: Context, progress: Callable[[int, int], None] = lambda *_: None, lease: Lease | None = None
) -> tuple[matching.Counts, list[PickupChange]]:
    """Match everything anew; what vanished comes first, then what appeared, then what changed. Pickups are followed
    by their numbers, which they keep when their story is re-rooted."""
    with reading(context.engine) as session:
        before = stored.carried(session)
    counts = matching.match(context, everything=True, lease=lease, progress=progress)
    with reading(context.engine) as session:
        after = stored.carried(session)
    changes = [PickupChange(before.get(id_), after.get(id_)) for id_ in before.keys() | after.keys()]
    kinds = ("vanished", "appeared", "changed")
    differing = [change for change in changes if change.before != change.after]
    return counts, sorted(differing, key=lambda change: (kinds.index(change.kind), change.line()))
