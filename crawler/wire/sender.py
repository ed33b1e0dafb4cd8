"""Which agency a file is from: the names and addresses it states, looked up in the catalogue.

A feed names itself in many ways ("afp.com", "nprov:dpa", "Agence France Presse", "www.sda-ats.ch"). The first
name the catalogue knows wins; an agency it does not know keeps the name its file states.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from crawler.wire.agency_text import tidy
from crawler.wire.datelines import spoken_forms
from news.articles import Agency

_AUTHORITY = re.compile(r"(?:urn:newsml:|tag[:_]|https?://)(?:www\.)?([A-Za-z0-9.-]{3,80})[:,/_]?")
_FILLER = re.compile(r"[^\w]+")


@dataclass(frozen=True, slots=True)
class Directory:
    """Agencies by folded name and by host, made once per call of parse(); `spoken` are names as datelines have them."""

    by_name: Mapping[str, str]
    by_host: Mapping[str, str]
    spoken: frozenset[str]
    codes: frozenset[str]

    def code(self, stated: str) -> str:
        """The catalogue code of an agency as stated, by name or address; "" when unknown."""
        name = stated.rpartition("nprov:")[2]
        found = self.by_name.get(fold(name))
        if found:
            return found
        host = name.strip().lower()
        while "." in host:
            if host in self.by_host:
                return self.by_host[host]
            host = host.partition(".")[2]
        return ""

    def choose(self, stated: Iterable[str]) -> str:
        """The code of the first name known to the catalogue, else the first name stated at all, else ""."""
        names = [name for name in (tidy(one) for one in stated) if name]
        known = next((code for code in map(self.code, names) if code), "")
        # Of unknown ones a name says more than a host or an abbreviation ("STT" than stt.fi, BusinessDesk than "CL").
        spoken = next((name for name in names if "." not in name and ":" not in name and len(name) > 2), "")
        return known or spoken or (names[0] if names else "")

    def knows(self, agency: str) -> bool:
        """Whether this is a code of the catalogue."""
        return agency in self.codes


def directory(agencies: Mapping[str, Agency]) -> Directory:
    """Look-up tables over a catalogue."""
    by_name: dict[str, str] = {}
    by_host: dict[str, str] = {}
    for code, agency in agencies.items():
        for name in (code, agency.name, *agency.names):
            by_name.setdefault(fold(name), code)
        for host in agency.hosts:
            by_host.setdefault(host.lower(), code)
    spoken = spoken_forms(name for code, agency in agencies.items() for name in (code, *agency.names))
    return Directory(by_name, by_host, spoken, frozenset(agencies))


def fold(name: str) -> str:
    """A name without case, punctuation and spaces: "Agence France-Presse" and "AGENCE FRANCE PRESSE" are one."""
    return _FILLER.sub("", name).casefold()


def authority(identifier: str) -> str:
    """The naming authority of an identifier: `urn:newsml:afp.com:…` and `tag:ap.org,2011:…` give afp.com, ap.org."""
    found = _AUTHORITY.match(identifier)
    return found.group(1).lower().strip(".") if found else ""
