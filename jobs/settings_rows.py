"""Every setting as a row, for `wiretrail settings` and docs/configuration.md."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from config import Config
from news.hiding import hidden
from storage.engine import shown as address_shown


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting, for `wiretrail settings` and docs/configuration.md."""

    setting: str
    default: str
    value: str
    meaning: str


def settings(config: Config) -> list[Setting]:
    """Every setting with its default and its present value, secrets hidden."""
    return list(_listed(config, ""))


def _listed(section: BaseModel, prefix: str) -> Iterator[Setting]:
    for name, info in type(section).model_fields.items():
        value = getattr(section, name)
        if isinstance(value, BaseModel):
            yield from _listed(value, f"{prefix}{name}.")
        else:
            yield _setting(prefix + name, info, value)


def _setting(name: str, info: FieldInfo, value: object) -> Setting:
    default = "" if info.default_factory is not None else _shown(info.default)
    present = address_shown(str(value)) if name == "database_url" else hidden(_shown(value))
    return Setting(name, default, present, info.description or "")


def _shown(value: object) -> str:
    """A value as it would be written in TOML, more or less; nothing set is empty."""
    if isinstance(value, SecretStr):
        return "(hidden)" if value.get_secret_value() else ""
    if isinstance(value, tuple):
        return ", ".join(" ".join(str(part) for part in _parts(item)) for item in value)
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


def _parts(item: object) -> list[object]:
    """What to show of a list's item: of a section what is set in it."""
    return [value for _, value in item if value is not None] if isinstance(item, BaseModel) else [item]
