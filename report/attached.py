"""The files attached to the email, for spreadsheets. Their columns are the same in every language and for every reader.

Written by report.tables as every command's CSV is: no cell is a formula, every number has all its digits.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from typing import Any, Final

from report.tables import render
from storage.digest.digest_rows import ActItem, DigestFacts

PICKUPS: Final = "pickups.csv"
ACT_NOW: Final = "act-now.csv"
PICKUP_COLUMNS: Final[Mapping[str, str]] = {
    "story": "story",
    "origin": "origin",
    "agency": "agency",
    "take": "take",
    "article": "article_id",
    "outlet": "outlet_name",
    "url": "url",
    "headline": "headline",
    "class": "use",
    "share_of_article": "share_of_article",
    "share_of_story": "share_of_story",
    "credited": "credited",
    "credit_text": "credit_text",
    "licence": "licence",
    "published": "published",
    "known": "known_at",
    "delay_minutes": "delay_minutes",
    "delay_earliest_minutes": "",
    "delay_latest_minutes": "",
    "certainty": "certainty",
    "score": "score",
    "late": "",
    "update_minutes": "update_minutes",
    "covered_words": "covered_words",
}
"""Column to the field of Pickup it shows, "" for those worked out here; `needs_action` follows."""
ACT_COLUMNS: Final = tuple(field.name for field in fields(ActItem))


def attachments(facts: DigestFacts) -> dict[str, str]:
    """File name to contents: every copy of the window, and everything that needs action if anything does."""
    files = {PICKUPS: _csv(_pickups(facts), (*PICKUP_COLUMNS, "needs_action"))}
    if facts.act_now:
        files[ACT_NOW] = _csv(facts.act_now, ACT_COLUMNS)
    return files


def _pickups(facts: DigestFacts) -> Iterator[Mapping[str, Any]]:
    reasons = {(item.story, item.url): item.kinds for item in facts.act_now}
    for copy in facts.copies:
        least, largest = copy.delay_bounds or (None, None)
        yield {
            **{column: getattr(copy, field) for column, field in PICKUP_COLUMNS.items() if field},
            "delay_earliest_minutes": least,
            "delay_latest_minutes": largest,
            "late": facts.is_late(copy),
            "needs_action": reasons.get((copy.story, copy.url), ()),
        }


def _csv(rows: Sequence[Any] | Iterator[Any], columns: Sequence[str]) -> str:
    """With a byte order mark, without which Excel takes UTF-8 for another encoding."""
    out = io.StringIO()
    out.write("\ufeff")
    render(rows, columns, "csv", out)
    return out.getvalue()
