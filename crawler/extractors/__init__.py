"""Reads articles out of pages: `extract(html, url) -> Article`, and `explain` to see why."""

from __future__ import annotations

from crawler.extractors.read import Finding, explain, extract

__all__ = ["Finding", "explain", "extract"]
