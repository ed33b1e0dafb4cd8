"""SQL that is written once for both databases: what they do not say alike is written out for each."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from news.terms import BROKEN, CERTAINTIES, COUNTED, CREDITED, NOT_COMPLIED
from storage.quantiles import quantile_sql

_UTC_DAY: Final = re.compile(r"utc_day\(([a-z_.]+)\)")
_UTC_HOUR: Final = re.compile(r"utc_hour\(([a-z_.]+)\)")
_DESK_OF: Final = re.compile(r"desk_of\(([a-z_.]+)\)")
_MICROS: Final = re.compile(r"micros\(([a-z_.]+)\)")
_SAID: Final = {
    "sqlite": (
        (_UTC_DAY, r"date(\1)"),
        (_UTC_HOUR, r"strftime('%H', \1)"),
        # Without the fraction: strftime rounds to milliseconds.
        (
            _MICROS,
            r"(cast(strftime('%s', substr(\1, 1, 19)) as integer) * 1000000 + cast(substr(\1, 21, 6) as integer))",
        ),
        (_DESK_OF, r"trim(substr(replace(\1, '/', '-') || '-', 1, instr(replace(\1, '/', '-') || '-', '-') - 1))"),
    ),
    "postgresql": (
        (_UTC_DAY, r"cast((\1 at time zone 'UTC') as date)"),
        (_UTC_HOUR, r"to_char(\1 at time zone 'UTC', 'HH24')"),
        (_MICROS, r"cast(extract(epoch from \1) * 1000000 as bigint)"),
        (_DESK_OF, r"trim(split_part(replace(\1, '/', '-'), '-', 1))"),
    ),
}


_TERMS: Final = {
    "counted": COUNTED,
    "listed": CERTAINTIES,
    "credited": CREDITED,
    "open": (*NOT_COMPLIED, BROKEN),
}
_IS: Final = re.compile(rf"is_({'|'.join(_TERMS)})\(([a-z_.]+)\)")
_QUANTILE: Final = re.compile(r"quantile\(([a-z_.]+), (0\.\d+)\)")


def for_dialect(sql: str, dialect: str) -> str:
    """SQL with what "sqlite" and "postgresql" do not say alike, and what we have our own words for, written out.

    utc_day(x), utc_hour(x) and micros(x) (since 1970) of an instant, desk_of(x) of a slugline: its first word;
    is_counted(x) and the like, whether a text is one of news.terms; quantile(x, share) of rows that have their `place`
    among `many` (storage.quantiles).
    """
    sql = _IS.sub(lambda found: f"{found[2]} in {_any_of(_TERMS[found[1]])}", sql)
    sql = _QUANTILE.sub(lambda found: quantile_sql(found[1], float(found[2])), sql)
    for name, said in _SAID[dialect]:
        sql = name.sub(said, sql)
    return sql


def _any_of(words: Sequence[str]) -> str:
    quoted = ", ".join(f"'{word}'" for word in words)
    return f"({quoted})"
