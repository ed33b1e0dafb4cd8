"""Agencies and outlets as data: the packaged TOML files, and whatever the user's own file adds or overrides.

An outlet is one row, an agency is one row, and a row that is wrong must say which and why: a bad zone name that
only shows itself when the page is read has stopped a scheduler elsewhere (changedetection.io issue 4350).
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, get_args
from zoneinfo import ZoneInfo

from news.addresses import DEFAULT_PORTS, covering_hosts, host_of, split
from news.articles import Agency, Feed, FeedKind, Outlet
from news.errors import CatalogueError

PACKAGED = Path(__file__).parent / "catalogue"
_TABLES = {"agency": "code", "outlet": "id"}
_TOP = ("agency", "outlet", "remove", "only")
_TEXTS = {"agency": ("code", "name", "country"), "outlet": ("id", "name", "country", "zone", "language")}
_LISTS = {"agency": ("names", "hosts", "vetoes"), "outlet": ("hosts",)}
_FIELDS = {
    "agency": ("code", "name", "country", "names", "hosts", "vetoes"),
    "outlet": ("id", "name", "hosts", "country", "zone", "language", "agency", "feeds"),
}


@dataclass(frozen=True)
class Catalogue:
    """Agencies by code, outlets by id."""

    agencies: Mapping[str, Agency]
    outlets: Mapping[str, Outlet]
    _by_host: Mapping[str, Outlet] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        by_host = {host: outlet for outlet in self.outlets.values() for host in outlet.hosts}
        object.__setattr__(self, "_by_host", MappingProxyType(by_host))

    def outlet_of(self, url: str) -> Outlet | None:
        """The outlet whose host is the longest that covers this address; one with the address's port goes first."""
        for host in covering_hosts(url):
            found = self._by_host.get(host)
            if found is not None:
                return found
        return None


def load_catalogue(extra: Path | None = None) -> Catalogue:
    """The packaged catalogue, changed by the user's file.

    A row of `extra` with a known id or code replaces the fields it gives; with a new one it is added. At its top,
    `remove = ["id", ...]` drops packaged outlets and `only = true` drops all of them. Raises CatalogueError.
    """
    rows = _Rows()
    rows.add(PACKAGED / "agencies.toml")
    rows.add(PACKAGED / "outlets.toml")
    if extra is not None:
        rows.add(extra)
    return rows.build()


@cache
def default_catalogue() -> Catalogue:
    """The packaged catalogue alone, read once."""
    return load_catalogue()


@dataclass(frozen=True)
class _Row:
    """One table of a file: what it says, and how to name it in an error."""

    kind: str
    file: Path
    number: int
    values: dict[str, Any]

    @property
    def key(self) -> str:
        return str(self.values[_TABLES[self.kind]])

    def error(self, column: str, problem: str) -> CatalogueError:
        name = self.values.get(_TABLES[self.kind])
        label = f"{self.kind} {name!r}" if isinstance(name, str) and name else f"{self.kind} number {self.number}"
        return CatalogueError(str(self.file), label, column, problem)


class _Rows:
    """Rows by kind and key while files are laid over each other."""

    def __init__(self) -> None:
        self._rows: dict[str, dict[str, _Row]] = {kind: {} for kind in _TABLES}

    def add(self, file: Path) -> None:
        """Lay a file over what is there: its removals first, then its rows."""
        content = _read(file)
        if content["only"]:
            self._rows["outlet"].clear()
        for outlet_id in content["remove"]:
            if self._rows["outlet"].pop(outlet_id, None) is None:
                known = "it is not in the catalogue; `wiretrail outlets` lists the ids"
                raise CatalogueError(str(file), f"outlet {outlet_id!r}", "remove", known)
        for kind in _TABLES:
            self._add_rows(kind, file, content[kind])

    def _add_rows(self, kind: str, file: Path, tables: list[dict[str, Any]]) -> None:
        seen: set[str] = set()
        for number, values in enumerate(tables, start=1):
            row = _Row(kind, file, number, values)
            _check_shape(row)
            if row.key in seen:
                raise row.error(_TABLES[kind], "is given twice in this file; give each row its own")
            seen.add(row.key)
            before = self._rows[kind].get(row.key)
            merged = {**before.values, **values} if before else values
            self._rows[kind][row.key] = _Row(kind, file, number, merged)

    def build(self) -> Catalogue:
        agencies = {row.key: _agency(row) for row in self._rows["agency"].values()}
        outlets: dict[str, Outlet] = {}
        hosts: dict[str, str] = {}
        feeds: dict[str, str] = {}
        for row in self._rows["outlet"].values():
            outlet = _outlet(row, agencies)
            for host in outlet.hosts:
                _claim(row, "hosts", host, hosts)
            for feed in outlet.feeds:
                _claim(row, "feeds", feed.url, feeds)
            outlets[outlet.id] = outlet
        return Catalogue(MappingProxyType(agencies), MappingProxyType(outlets))


def _claim(row: _Row, column: str, value: str, owners: dict[str, str]) -> None:
    owner = owners.setdefault(value, row.key)
    if owner != row.key:
        way_out = f"{value!r} belongs to outlet {owner!r} already; change that one by its id, or put it in `remove`"
        raise row.error(column, way_out)


def _read(file: Path) -> dict[str, Any]:
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise CatalogueError(str(file), "", "", f"cannot be read: {error.strerror or error}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CatalogueError(str(file), "", "", f"is not valid TOML: {error}") from error
    for name in content:
        if name not in _TOP:
            raise CatalogueError(str(file), "top", name, "is unknown; known are [[outlet]], [[agency]], remove, only")
    content = {"only": False, "remove": [], "agency": [], "outlet": [], **content}
    if not isinstance(content["only"], bool):
        raise CatalogueError(str(file), "top", "only", "must be true or false")
    if not _is_texts(content["remove"]):
        raise CatalogueError(str(file), "top", "remove", "must be a list of outlet ids")
    for kind in _TABLES:
        if not isinstance(content[kind], list) or not all(isinstance(row, dict) for row in content[kind]):
            raise CatalogueError(str(file), kind, "", f"must be tables, each opened by [[{kind}]]")
    return content


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _check_shape(row: _Row) -> None:
    """Types of what is given; completeness is asked after the rows are merged."""
    for column in row.values:
        if column not in _FIELDS[row.kind]:
            raise row.error(column, f"is unknown; known are {', '.join(_FIELDS[row.kind])}")
    key = row.values.get(_TABLES[row.kind])
    if not isinstance(key, str) or not key.strip() or len(key) > 120:
        raise row.error(_TABLES[row.kind], "is missing; give a short text that names the row")
    for column in (*_TEXTS[row.kind], "agency"):
        if not isinstance(row.values.get(column, ""), str):
            raise row.error(column, "must be a text in quotes")
    for column in _LISTS[row.kind]:
        if not _is_texts(row.values.get(column, [])):
            raise row.error(column, 'must be a list of texts, such as ["example.com"]')
    if not isinstance(row.values.get("feeds", []), list):
        raise row.error("feeds", 'must be a list such as [{ kind = "feed", url = "https://example.com/rss" }]')


def _agency(row: _Row) -> Agency:
    _require(row, ("name", "country", "names"))
    _check_country(row)
    names = tuple(row.values["names"])
    if not names or not all(name.strip() for name in names):
        raise row.error("names", "must hold at least one form by which the agency is credited, and no empty one")
    return Agency(
        code=row.key,
        name=row.values["name"],
        country=row.values["country"],
        names=names,
        hosts=_hosts(row),
        vetoes=tuple(row.values.get("vetoes", ())),
    )


def _outlet(row: _Row, agencies: Mapping[str, Agency]) -> Outlet:
    _require(row, ("name", "hosts", "country", "zone", "language"))
    _check_country(row)
    _check_zone(row)
    agency = row.values.get("agency", "")
    if agency and agency not in agencies:
        raise row.error("agency", f"{agency!r} is not an agency of the catalogue; add an [[agency]] with that code")
    hosts = _hosts(row)
    if not hosts:
        raise row.error("hosts", 'is empty; give the host names of the site, such as ["example.com"]')
    return Outlet(
        id=row.key,
        name=row.values["name"],
        hosts=hosts,
        country=row.values["country"],
        zone=row.values["zone"],
        language=row.values["language"],
        feeds=tuple(_feed(row, entry) for entry in row.values.get("feeds", ())),
        agency=agency,
    )


def _require(row: _Row, columns: tuple[str, ...]) -> None:
    for column in columns:
        if column not in row.values:
            raise row.error(column, "is missing")


def _check_country(row: _Row) -> None:
    country = row.values["country"]
    if country and not (len(country) == 2 and country.isascii() and country.isalpha() and country.isupper()):
        raise row.error("country", f"{country!r} is not an ISO 3166 code of two capitals, such as FR")


def _check_zone(row: _Row) -> None:
    zone = row.values["zone"]
    try:
        if zone:
            ZoneInfo(zone)
    except (ValueError, OSError) as error:  # ZoneInfoNotFoundError is a KeyError, caught below
        raise row.error("zone", f"{zone!r} is not an IANA zone such as Europe/Paris") from error
    except KeyError as error:
        raise row.error("zone", f"{zone!r} is not an IANA zone such as Europe/Paris") from error


def _hosts(row: _Row) -> tuple[str, ...]:
    """Hosts as `host_of` writes them, so that look-ups are plain equality."""
    hosts = []
    for given in row.values.get("hosts", ()):
        host = host_of(f"http://{given}/")
        plain = given.strip() == given and not any(char in given for char in "/@?#")
        if not host or not plain:
            raise row.error("hosts", f"{given!r} is not a host name such as example.com or localhost:8000")
        if given.endswith(f":{DEFAULT_PORTS['http']}") or given.endswith(f":{DEFAULT_PORTS['https']}"):
            raise row.error("hosts", f"{given!r} names the default port; leave it out")
        hosts.append(host)
    return tuple(dict.fromkeys(hosts))


def _feed(row: _Row, entry: object) -> Feed:
    if not isinstance(entry, dict) or set(entry) != {"kind", "url"}:
        raise row.error("feeds", f"{entry!r} must have exactly kind and url")
    kind, url = entry["kind"], entry["url"]
    if kind not in get_args(FeedKind):
        raise row.error("feeds", f"kind {kind!r} is not one of {', '.join(get_args(FeedKind))}")
    if not isinstance(url, str) or split(url) is None or any(char.isspace() for char in url):
        raise row.error("feeds", f"{url!r} is not a full http or https address")
    return Feed(url=url, kind=kind)
