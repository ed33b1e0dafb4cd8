"""Names that are looked up: how long they may be, and how an agency's ids become public names of stories and takes.

PostgreSQL refuses an indexed row over 2,704 bytes, SQLite none: a bound of our own makes both keep the same. A name
over its bound is kept as its beginning and a digest of the whole, on the way in and in every question alike
(columns.Indexed), so that two different names stay two, and whoever types the long one finds what it names.
"""

from __future__ import annotations

import re
from dataclasses import replace
from hashlib import sha256
from typing import Final

from news.articles import Filing

LONGEST_NAME_BYTES: Final = 2_000
"""Of an address and of any name that is indexed alone."""
LONGEST_KEY_BYTES: Final = 600
"""Of a story's or take's public name: verdicts index it beside an address."""
LONGEST_HOST_BYTES: Final = 300
LONGEST_AGENCY_BYTES: Final = 80
LONGEST_SLUGLINE_BYTES: Final = 1_200
_LONGEST_ID_BYTES: Final = LONGEST_KEY_BYTES - 3 * LONGEST_AGENCY_BYTES - 1

_BLANK_CONTROLS = re.compile("[\x0b\x0c\x1c-\x1f]")
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_IN_NAMES = re.compile("[\x00-\x1f\x7f-\x9f]+")


def clean(text: str) -> str:
    """Text both databases and any terminal take: no lone surrogates, which nothing encodes, and of the control
    characters, of which PostgreSQL refuses NUL, only tabs and line ends."""
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            text = text.encode("utf-8", "replace").decode("utf-8")
    if _CONTROLS.search(text) is None:
        return text
    return _CONTROLS.sub("", _BLANK_CONTROLS.sub(" ", text))


def bounded(text: str, most_bytes: int) -> str:
    """A name as it is stored: on one line, and, where it is longer, its beginning and the digest of all of it."""
    text = _IN_NAMES.sub(" ", clean(text))
    if len(text) * 4 <= most_bytes:
        return text
    encoded = text.encode()
    if len(encoded) <= most_bytes:
        return text
    digest = f"…{sha256(encoded).hexdigest()[:32]}"
    return encoded[: most_bytes - len(digest.encode())].decode("utf-8", "ignore") + digest


def within_bounds(filing: Filing) -> Filing:
    """The filing with names that can be stored: what compares them need not know of bounds."""
    return replace(
        filing,
        agency=bounded(filing.agency, LONGEST_AGENCY_BYTES),
        story_id=bounded(filing.story_id, _LONGEST_ID_BYTES),
        take_id=bounded(filing.take_id, _LONGEST_ID_BYTES),
        supersedes=bounded(filing.supersedes, _LONGEST_ID_BYTES),
        slugline=bounded(filing.slugline, LONGEST_SLUGLINE_BYTES),
    )


def key_of(agency: str, id_: str) -> str:
    """The public name of an agency's story or item: `AFP:<id>`. A colon in the agency's own name is escaped, so that no
    other agency and id make the same."""
    return f"{_prefix(agency)}{bounded(id_, _LONGEST_ID_BYTES)}"


def bare_id(agency: str, key: str) -> str:
    """The id as the agency or the import file wrote it, out of its public name."""
    return key.removeprefix(_prefix(agency))


def _prefix(agency: str) -> str:
    return escaped(bounded(agency, LONGEST_AGENCY_BYTES)) + ":"


def escaped(agency: str) -> str:
    """An agency's code as it opens a story's public name."""
    return agency.replace("%", "%25").replace(":", "%3A")
