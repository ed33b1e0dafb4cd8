"""Text from pages and feeds made harmless for a line of email, a cell of a spreadsheet, a terminal, a link.

Everything shown passes through here. HTML is escaped by the templates, always: `html_templates` is the one way to them.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

# Overrides and isolates can make a headline show another text than it holds; tag characters show nothing at all.
_HIDDEN = re.compile("[\u202a-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_SURROGATE = re.compile("[\ud800-\udfff]")
# No-break spaces stay: they hold a French number together, and the quotation marks of a French headline.
_SPACES = re.compile(r"[^\S\u00a0\u202f]+")
_FORMULA = re.compile(r"^[\s'\u00a0]*[=+\-@\uff1d\uff0b\uff0d\uff20|%]")
_NUMBER = re.compile(r"^-?\d{1,20}(\.\d{1,20})?$")
_URL_CHARACTERS = 600


def one_line(text: str, limit: int | None = None) -> str:
    """The text on one line: no control characters, no bidirectional overrides, spaces joined, at most `limit` long."""
    text = _SURROGATE.sub("\ufffd", _HIDDEN.sub("", _CONTROL.sub(" ", text)))
    text = _SPACES.sub(" ", text).strip()
    if limit is None or len(text) <= limit:
        return text
    cut = text[: limit - 1]
    # A combining mark cut from its letter would join the ellipsis instead.
    while cut and unicodedata.combining(text[len(cut)]):
        cut = cut[:-1]
    return cut.rstrip() + "…"


def terminal(text: str) -> str:
    """As `one_line`, with line ends kept: no escape sequence of a page ever reaches the terminal."""
    return "\n".join(one_line(line) for line in text.splitlines())


def csv_text(text: str) -> str:
    """A cell no spreadsheet takes for a formula: one that begins like one gets a quote before it."""
    text = one_line(text)
    if _FORMULA.match(text) and not _NUMBER.match(text):
        return "'" + text
    return text


def web_address(url: str) -> str:
    """The address when it may stand in a link: http or https, a host, printable, of sane length. Else empty."""
    if len(url) > _URL_CHARACTERS or one_line(url) != url or " " in url:
        return ""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return ""
    return url if parts.scheme in ("http", "https") and host else ""


def html_templates(folder: Path) -> Environment:
    """The templates of a folder, every value cleaned of control and direction characters and escaped, always."""
    environment = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_cleaned,
    )
    environment.filters.update(web=web_address, short=one_line, iso=iso)
    return environment


def _cleaned(value: object) -> object:
    """Markup is our own template's; every other string is somebody else's."""
    return one_line(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def iso(when: datetime) -> str:
    """An aware UTC instant to the second."""
    return when.isoformat(timespec="seconds").replace("+00:00", "Z")
