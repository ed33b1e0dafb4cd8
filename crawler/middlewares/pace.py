"""How soon after one request the next may go to the same outlet or the same machine, whatever hosts they are called.

Scrapy's slots keep a host's pace. An outlet may have thousands of hosts on one machine, and a machine many outlets:
between requests to different hosts of an outlet the usual delay passes too, to those of a machine a quarter of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from time import monotonic

SHARE_OF_MACHINE = 0.25
"""Of the delay, between different hosts of one machine: it may be a large network's, with many sites on an address."""


@dataclass(slots=True)
class Pace:
    """When the last request went to each outlet and machine, by key, and to which host of it."""

    delay_seconds: float
    seconds: Callable[[], float] = monotonic
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
    _last: dict[str, tuple[str, float]] = field(default_factory=dict)

    async def wait(self, host: str, outlet: str, machine: str) -> None:
        """Wait for the turn of a host of this outlet on this machine: requests go in the order they came."""
        now = self.seconds()
        gaps = ((f"outlet {outlet}", 1.0), (f"machine {machine}", SHARE_OF_MACHINE))
        at = max([now, *(self._earliest(key, host, share) for key, share in gaps)])
        for key, _ in gaps:
            self._last[key] = host, at
        if at > now:
            await self.sleep(at - now)

    def _earliest(self, key: str, host: str, share: float) -> float:
        before, at = self._last.get(key, (host, 0.0))
        return at if before == host else at + self.delay_seconds * share
