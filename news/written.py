"""What people write into the configuration, looked at: each check gives the value back or says what is wrong with it.

Raises ValueError; where a secret may stand in the value it is not repeated.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from news.hiding import hidden


def known_zone(name: str) -> str:
    """The name itself, when the time zone database has it. A bad one must not surface as a crash at 7 o'clock."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError(f"{name!r} is no IANA time zone such as Europe/Paris") from error
    return name


def safe_address(address: str) -> str:
    """A password goes there: in the clear at most to this machine."""
    parts = urlsplit(address)
    here = parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost", "::1")
    if not parts.hostname or parts.query or parts.fragment or parts.username or not (parts.scheme == "https" or here):
        raise ValueError(f"{hidden(address)!r} is no plain https address")
    return address


def plain_address(address: str) -> str:
    """One mailbox, with nothing around it."""
    if "@" not in address or any(c in address for c in "\r\n<>,; "):
        raise ValueError(f"{address!r} is no email address")
    return address


def country(code: str) -> str:
    """In capitals."""
    if not (len(code) == 2 and code.isascii() and code.isalpha()):
        raise ValueError(f"{code!r} is no ISO 3166 country such as FR")
    return code.upper()


def host_name(host: str) -> str:
    """A password may have been written into it: it is not repeated."""
    if not re.fullmatch(r"[\w.-]{1,253}|[0-9A-Fa-f:.]+", host):
        raise ValueError("is no host name such as mail.example.org; port, user and password have their own settings")
    return host


def web_address(address: str) -> str:
    """Of pages, without a user; or nothing."""
    parts = urlsplit(address)
    if address and not (parts.scheme in ("http", "https") and parts.hostname and not parts.username):
        raise ValueError("is no web address such as https://pages.example.org")
    return address
