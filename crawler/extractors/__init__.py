"""Reads articles out of pages: `extract(html, url) -> Article`, and `explain` to see why."""

from __future__ import annotations

from crawler.extractors.explaining import Finding
from crawler.extractors.read import explain, extract

__all__ = ["Finding", "explain", "extract"]
