"""Invented agencies, outlets, articles and filings for the storage tests."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from news.articles import Agency, Article, Credit, Feed, Filing, Moment, Outlet

NOON = datetime(2026, 3, 9, 12, 0, tzinfo=UTC)
ZED = Agency("ZED", "Zed Wire", "XX", ("Zed Wire", "ZED"))


def later(minutes: float) -> datetime:
    """So many minutes after noon of the day on which all tests play."""
    return NOON + timedelta(minutes=minutes)


def stated(minutes: float) -> Moment:
    """A time as the page's own data state it, with its zone."""
    return Moment(later(minutes), later(minutes), later(minutes), "json-ld", "stated")


def outlet(name: str, *feeds: Feed, hosts: tuple[str, ...] = (), agency: str = "") -> Outlet:
    """An outlet at <name>.example."""
    return Outlet(name, name.title(), hosts or (f"{name}.example",), "XX", "Europe/Paris", "en", feeds, agency)


def feed(url: str) -> Feed:
    """An RSS feed."""
    return Feed(url, "feed")


CREDIT = Credit("ZED", "text", "dateline", "PORTVALE (Zed Wire)")


def article(url: str = "https://daily.example/bridge", *paragraphs: str, **changes: Any) -> Article:
    """An article about the bridge of Portvale, which exists only here."""
    text = paragraphs or ("The old bridge of Portvale opened again on Monday.", "Trams cross it from today.")
    return replace(Article(url, url, "Portvale bridge opens again", text, credits=(CREDIT,)), **changes)


def filing(
    take_id: str = "1", story_id: str = "bridge", minutes: float = 0, *paragraphs: str, **changes: Any
) -> Filing:
    """An item of Zed Wire about the bridge, filed so many minutes after noon."""
    text = paragraphs or ("The old bridge of Portvale opened again on Monday.", f"This is item {take_id}.")
    filed = Moment(later(minutes), later(minutes), later(minutes), "filing", "stated")
    made = Filing("ZED", story_id, take_id, f"Portvale bridge opens, item {take_id}", text, filed, f"{take_id}.xml")
    return replace(made, **changes)
