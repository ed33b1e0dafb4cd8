"""JSON fields as agencies fill them: one value or a list of them, a string or an object with a name."""

from __future__ import annotations

from collections.abc import Mapping

from crawler.wire.agency_text import tidy

Json = Mapping[str, object]


def as_object(value: object) -> Json:
    """The value if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def as_list(value: object) -> list[object]:
    """A list as it is, nothing as [], anything else as a list of one."""
    if isinstance(value, list):
        return value
    return [] if value is None else [value]


def as_text(value: object) -> str:
    """A value on one line: the first filled one of a list, the `name` or `value` of an object, a number as digits."""
    for one in as_list(value):
        text = _scalar(one)
        if text:
            return text
    return ""


def _scalar(value: object) -> str:
    if isinstance(value, dict):
        value = next(
            (value[key] for key in ("name", "value", "literal", "title") if isinstance(value.get(key), str)), ""
        )
    whole = isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**15
    return str(value) if whole else tidy(value)


def as_number(value: object) -> int | None:
    """A whole number, given as such or as digits; None otherwise."""
    text = as_text(value)
    digits = text.lstrip("-")
    return int(text) if digits.isdecimal() and digits.isascii() and 0 < len(digits) < 16 else None


def pick(item: Json, *names: str) -> object:
    """The first filled field of several names, case ignored: ninjs 3 made `versioncreated` `versionCreated`."""
    folded = {key.lower(): value for key, value in item.items()}
    return next((folded[name.lower()] for name in names if folded.get(name.lower()) not in (None, "", [], {})), None)
