"""Which part of the unmatched versions a match run takes, when several are at work beside each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from news.errors import JobError

MOST: Final = 64


@dataclass(frozen=True, slots=True)
class Share:
    """Which of the unmatched versions a run takes: of `of` runs beside each other, those that fall to `number`.

    Versions come in blocks by row number, because what came in together is often of one story. The first share also
    does what only one may do at a time: takes, and which of them are one story.
    """

    number: int = 1
    of: int = 1

    @classmethod
    def read(cls, written: str) -> Share:
        """A share as a person types it, such as 2/4. Raises JobError."""
        number, _, of = written.partition("/")
        if number.isdecimal() and of.isdecimal() and 1 <= int(number) <= int(of) <= MOST:
            return cls(int(number), int(of))
        raise JobError(f"share {written!r} is not one such as 2/4, of at most {MOST}")

    @property
    def lease(self) -> str:
        """The name under which one process at a time has it. The first share goes by that of a whole match."""
        return "match" if self.number == 1 else f"match {self.number}"

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"


WHOLE: Final = Share()
