"""How long a test waits for what must happen: until it happens. A hang is a fault, a busy machine is not."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

PATIENCE_SECONDS: Final = 600.0
"""Only what hangs is waited for so long."""


def wait_for(what: Callable[[], bool]) -> bool:
    """Whether it came to pass."""
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        if what():
            return True
        time.sleep(0.1)
    return False
