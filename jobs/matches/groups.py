"""What belongs together, by union of pairs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection


class Groups:
    """Numbers that belong together, of stories or of versions."""

    def __init__(self) -> None:
        self._root: dict[int, int] = {}

    def find(self, number: int) -> int:
        """The number that stands for a number's group."""
        while self._root.get(number, number) != number:
            number = self._root[number]
        return number

    def unite(self, one: int, other: int) -> None:
        """These two are one."""
        low, high = sorted((self.find(one), self.find(other)))
        self._root[high] = low
        self._root.setdefault(low, low)

    def unite_all(self, numbers: Collection[int]) -> None:
        """All of these are one."""
        first = min(numbers, default=0)
        for number in numbers:
            self.unite(first, number)

    def all(self) -> list[list[int]]:
        """Every group of two and more."""
        found: dict[int, list[int]] = defaultdict(list)
        for number in sorted(self._root):
            found[self.find(number)].append(number)
        return [group for group in found.values() if len(group) > 1]
