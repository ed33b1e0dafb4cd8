"""Which agency story does this text carry? Pure functions: no I/O, no clock."""

from typing import Final

VERSION: Final = "1"
"""Raised whenever decisions change: what an older matcher decided is then matched again."""
