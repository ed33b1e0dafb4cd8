"""Columns of narrow tables, packed: what questions about everything read instead of a million rows.

    carried, articles, stories ─ triggers ─> packed_stale: the blocks of 4096 rows that have changed
    refresh (the match job) ─> packed: each column of a block in one value, texts as codes of packed_names
    Reader.read ─> numpy arrays: from packed, and from the rows themselves where a block is stale

So an answer never depends on when a refresh ran, only its time does. A trigger only notes a block, in a row of its own:
two writers never wait for each other. A migration that writes to one of the three tables empties packed and
packed_stale: everything is packed anew after it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Engine, delete, insert, select, text
from sqlalchemy.orm import Session

from storage.dialects import for_dialect
from storage.engine import reading, writing
from storage.models.quick_tables import PackedNameRow, PackedRow, PackedStaleRow
from storage.totals.staleness import BLOCK
from storage.turns import Turn, take_turn

Array = NDArray[Any]
Kind = Literal["name", "i1", "i4", "i8", "f8"]
NEVER: Final = -(1 << 62)
"""Stands for no instant among instants, which are microseconds since 1970."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_AT_ONCE: Final = 32
_CODES: Final = ((1 << 8, "u1"), (1 << 16, "u2"), (1 << 31, "i4"))


@dataclass(frozen=True, slots=True)
class Source:
    """Rows that are packed, of the table `name`, by the number `key`.

    `rows` selects those numbered :first to before :last; `fields` are (kind, SQL) by name.
    """

    name: str
    key: str
    rows: str
    fields: Mapping[str, tuple[Kind, str]]


_TEXTS: Final = ("outlet", "agency", "country", "language", "desk", "certainty", "class", "credited", "gap", "licence")
CARRIED: Final = Source(
    "carried",
    "pickup_id",
    "select * from carried where pickup_id >= :first and pickup_id < :last",
    {
        **{name: ("i4", name) for name in ("pickup_id", "article_id", "story_id", "covered_words", "words")},
        **{name: ("name", name) for name in _TEXTS},
        "delay_minutes": ("f8", "delay_minutes"),
        "undated": ("i1", "case when undated then 1 else 0 end"),
        "placed_at": ("i8", "micros(placed_at)"),
        "used_at": ("i8", f"coalesce(micros(used_at), {NEVER})"),
        "sighted_at": ("i8", "micros(sighted_at)"),
    },
)
ARTICLES: Final = Source(
    "articles",
    "id",
    """
    select a.outlet_id, v.words, a.first_seen_at,
        coalesce(v.published_at, v.published_earliest, v.published_latest, a.first_seen_at) as placed_at
    from articles a join article_versions v on v.article_id = a.id
    where v.current and a.id >= :first and a.id < :last
    """,
    {"outlet": ("name", "outlet_id"), "words": ("i4", "words"), "placed_at": ("i8", "micros(placed_at)")},
)
STORIES: Final = Source(
    "stories",
    "id",
    """
    select id, agency, language, coalesce(filed_at, seen_at) as known_at from stories
    where id >= :first and id < :last
    """,
    {
        "story_id": ("i4", "id"),
        "agency": ("name", "agency"),
        "language": ("name", "language"),
        "known_at": ("i8", "micros(known_at)"),
    },
)
SOURCES: Final = {source.name: source for source in (CARRIED, ARTICLES, STORIES)}


class Reader:
    """Columns as one session sees them. Codes of a field mean the same in every source."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._names = _Names(session)
        stale = session.execute(select(PackedStaleRow.source, PackedStaleRow.block).distinct())
        self._stale: dict[str, set[int]] = {}
        for source, block in stale:
            self._stale.setdefault(source, set()).add(block)

    def read(self, source: Source, fields: Collection[str]) -> dict[str, Array]:
        """These columns, the rows in the same order in each."""
        stale = self._stale.get(source.name, set())
        self._names.know(field for field in fields if source.fields[field][0] == "name")
        found: dict[str, list[Array]] = {field: [] for field in fields}
        for field, block, kind, data in _stored(self.session, source, fields):
            if block not in stale:
                found[field].append(np.frombuffer(data, "<" + kind))
        for first, last in _runs(stale):
            for field, values in _columns(self.session, source, fields, first, last, self._names).items():
                found[field].append(values)
        return {field: _joined(parts) for field, parts in found.items()}

    def names(self, field: str) -> Sequence[str]:
        """What the codes of a field that was read stand for."""
        return self._names.of(field)


def _stored(session: Session, source: Source, fields: Collection[str]) -> Iterator[Any]:
    """What is packed of these fields: field, block, kind and data, by field and block."""
    query = (
        select(PackedRow.field, PackedRow.block, PackedRow.kind, PackedRow.data)
        .where(PackedRow.source == source.name, PackedRow.field.in_(fields))
        .order_by(PackedRow.field, PackedRow.block)
    )
    if session.get_bind().dialect.name == "sqlite":
        yield from session.execute(query)
        return
    # As bytes: by itself the driver asks for each byte as two letters, and half the time goes into them.
    said = query.compile(session.get_bind(), compile_kwargs={"literal_binds": True})
    raw: Any = session.connection().connection.dbapi_connection
    with raw.cursor(binary=True) as cursor:
        yield from cursor.execute(str(said))


def instant(micros: Any) -> datetime:
    """An instant as it is packed, as a datetime."""
    return _EPOCH + timedelta(microseconds=int(micros))


def micros(when: datetime) -> int:
    """A datetime as it is packed."""
    return (when - _EPOCH) // timedelta(microseconds=1)


def refresh(engine: Engine) -> int:
    """Pack what is stale, some blocks at a time. Returns how many."""
    done = 0
    with reading(engine) as session:
        if session.execute(select(PackedStaleRow.id).limit(1)).first() is None:
            return 0
    while True:
        with writing(engine) as session:
            packed = pack(session, at_most=_AT_ONCE)
        done += packed
        if packed < _AT_ONCE:
            return done


def fill(connection: Connection) -> None:
    """Pack everything, in a database where nothing is packed and nothing stale."""
    if any(connection.execute(select(table).limit(1)).first() for table in (PackedRow, PackedStaleRow)):
        return
    for source in SOURCES.values():
        blocks = f"select distinct '{source.name}', {source.key} / {BLOCK} from {source.name}"  # noqa: S608  -- our own names
        connection.exec_driver_sql(f"insert into packed_stale (source, block) {blocks}")
    with Session(connection) as session:
        pack(session)


def pack(session: Session, at_most: int | None = None) -> int:
    """Pack so many stale blocks in this transaction. Returns how many."""
    take_turn(session, Turn.PACK)
    blocks = select(PackedStaleRow.source, PackedStaleRow.block).distinct().limit(at_most)
    found = [(SOURCES[name], block) for name, block in session.execute(blocks)]
    for source, block in found:
        # First: what is noted as stale from here on stays noted.
        noted = PackedStaleRow.source == source.name, PackedStaleRow.block == block
        session.execute(delete(PackedStaleRow).where(*noted))
    names = _Names(session)
    for source, block in found:
        _pack_block(session, source, block, names)
    names.save()
    return len(found)


def _pack_block(session: Session, source: Source, block: int, names: _Names) -> None:
    names.know(field for field, (kind, _) in source.fields.items() if kind == "name")
    columns = _columns(session, source, list(source.fields), block, block + 1, names)
    session.execute(delete(PackedRow).where(PackedRow.source == source.name, PackedRow.block == block))
    rows = [
        {"source": source.name, "field": field, "block": block}
        | {"kind": values.dtype.str[1:], "data": values.tobytes()}
        for field, values in columns.items()
        if len(values)
    ]
    if rows:
        session.execute(insert(PackedRow), rows)


class _Names:
    """What codes stand for, by field; a name not seen before gets the next code."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._codes: dict[str, dict[str, int]] = {}
        self._known: dict[str, int] = {}

    def know(self, fields: Iterator[str] | Collection[str]) -> None:
        new = [field for field in fields if field not in self._codes]
        self._codes |= {field: {} for field in new}
        query = select(PackedNameRow.field, PackedNameRow.name).where(PackedNameRow.field.in_(new))
        for field, name in self._session.execute(query.order_by(PackedNameRow.field, PackedNameRow.code)):
            self._codes[field][name] = len(self._codes[field])
        self._known |= {field: len(self._codes[field]) for field in new}

    def of(self, field: str) -> list[str]:
        return list(self._codes[field])

    def codes(self, field: str, names: Sequence[str]) -> Array:
        codes = self._codes[field]
        found = [codes.setdefault(name, len(codes)) for name in names]
        highest = max(found, default=0)
        return np.array(found, next(kind for most, kind in _CODES if highest < most))

    def save(self) -> None:
        rows = [
            {"field": field, "code": code, "name": name}
            for field, codes in self._codes.items()
            for name, code in codes.items()
            if code >= self._known[field]
        ]
        if rows:
            self._session.execute(insert(PackedNameRow), rows)


def _columns(
    session: Session, source: Source, fields: Collection[str], first: int, last: int, names: _Names
) -> dict[str, Array]:
    """The columns of the blocks `first` to before `last`, from the rows themselves."""
    said = ", ".join(source.fields[field][1] for field in fields)
    sql = for_dialect(f"select {said} from ({source.rows}) rows_of_block", session.get_bind().dialect.name)  # noqa: S608  -- our own names
    rows = session.execute(text(sql), {"first": first * BLOCK, "last": last * BLOCK}).all()
    columns = list(zip(*rows, strict=True)) or [()] * len(fields)
    return {
        field: names.codes(field, values) if kind == "name" else np.array(values, "<" + kind)
        for field, values, kind in zip(fields, columns, (source.fields[field][0] for field in fields), strict=True)
    }


def _joined(parts: Sequence[Array]) -> Array:
    return np.concatenate(parts) if parts else np.zeros(0, "i8")


def _runs(blocks: Collection[int]) -> Iterator[tuple[int, int]]:
    """Blocks as stretches from the first to before the last."""
    ordered = sorted(blocks)
    starts = [block for at, block in enumerate(ordered) if at == 0 or ordered[at - 1] != block - 1]
    ends = [block + 1 for at, block in enumerate(ordered) if ordered[at + 1 : at + 2] != [block + 1]]
    yield from zip(starts, ends, strict=True)
