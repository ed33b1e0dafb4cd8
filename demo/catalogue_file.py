"""The newsroom as a user's catalogue file: the agency's site and the outlets, and nothing else to crawl."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from demo.shapes import Newsroom, Site


def catalogue_toml(newsroom: Newsroom, base_urls: Mapping[str, str]) -> str:
    """TOML as news.catalogue reads it. `base_urls` by site id. Raises KeyError for a site without an address.

    `only = true` drops the packaged outlets: a demo polls nobody's real site. Agencies stay.
    """
    return "\n".join(["only = true", "", *(_outlet(site, base_urls[site.id]) for site in newsroom.sites)])


def _outlet(site: Site, base: str) -> str:
    feeds = [f"  {{ url = {_text(base + feed.path)}, kind = {_text(feed.kind)} }}," for feed in site.feeds]
    return "\n".join(
        [
            "[[outlet]]",
            f"id = {_text(site.id)}",
            f"name = {_text(site.name)}",
            f"hosts = [{_text(urlsplit(base).netloc)}]",
            f"country = {_text(site.country)}",
            f"zone = {_text(site.zone if site.zone_known else '')}",
            f"language = {_text(site.language)}",
            f"agency = {_text(site.agency)}",
            "feeds = [",
            *feeds,
            "]",
            "",
        ]
    )


def _text(value: str) -> str:
    """A TOML basic string."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
