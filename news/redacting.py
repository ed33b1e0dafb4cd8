"""People's names taken out of texts, the same way out of what is stored and out of what comes in."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any, Final, TypeVar

from news.articles import Article, Filing

MARK: Final = "[erased]"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Redactor:
    """Names that stand in no text any more: as whole words, in any case, whatever space is between their parts."""

    names: tuple[str, ...]

    def value(self, value: T) -> T:
        """A text, or a list or dict with texts in it, without the names."""
        pattern = self._pattern()
        return value if pattern is None else _without(pattern, value)

    def article(self, article: Article) -> Article:
        """The article without the names."""
        pattern = self._pattern()
        if pattern is None:
            return article
        credits_ = tuple(replace(credit, text=_without(pattern, credit.text)) for credit in article.credits)
        return replace(article, credits=credits_, **_texts(pattern, article, _ARTICLE))

    def filing(self, filing: Filing) -> Filing:
        """The filing without the names."""
        pattern = self._pattern()
        return filing if pattern is None else replace(filing, **_texts(pattern, filing, _FILING))

    def _pattern(self) -> re.Pattern[str] | None:
        written = [r"[\s.\-\u2010\u2011]+".join(map(re.escape, name.split())) for name in self.names if name.split()]
        return re.compile(rf"(?<!\w)(?:{'|'.join(written)})(?!\w)", re.IGNORECASE) if written else None


_ARTICLE: Final = ("headline", "paragraphs", "byline", "authors", "dateline")
_FILING: Final = ("headline", "paragraphs", "byline", "dateline", "notice")


def _texts(pattern: re.Pattern[str], of: Article | Filing, fields: Collection[str]) -> dict[str, Any]:
    return {name: _without(pattern, getattr(of, name)) for name in fields}


def _without(pattern: re.Pattern[str], value: Any) -> Any:
    if isinstance(value, str):
        return pattern.sub(MARK, value)
    if isinstance(value, list | tuple):
        return type(value)(_without(pattern, one) for one in value)
    if isinstance(value, dict):
        return {key: _without(pattern, one) for key, one in value.items()}
    return value
