"""docs/schema.md says what the database is, and its SQL answers on both databases."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from storage import schema_doc
from storage.asking.worked_answers import ANSWERS
from storage.columns import Base
from storage.engine import reading, writing
from storage.views.definitions import VIEWS
from tests.storage.world import fill

SCHEMA = Path(__file__).resolve().parents[2] / "docs" / "schema.md"


def test_the_document_is_what_the_models_say() -> None:
    assert SCHEMA.read_text(encoding="utf-8") == schema_doc.document(), "run python -m storage.schema_doc"


def test_every_table_and_view_and_column_is_in_it() -> None:
    written = SCHEMA.read_text(encoding="utf-8")
    for table in Base.metadata.tables.values():
        section = written.split(f"\n### {table.name}\n")[1].split("\n### ")[0]
        assert all(f"| `{column.name}` |" in section for column in table.columns)
    for view in VIEWS:
        assert f"\n### {view.name}\n" in written


@pytest.mark.parametrize(("question", "sql"), ANSWERS, ids=[question for question, _ in ANSWERS])
def test_every_worked_answer_runs(engine: Engine, question: str, sql: str) -> None:
    with writing(engine) as session:
        fill(session)
    with reading(engine) as session:
        rows = session.execute(text(sql)).all()
        assert isinstance(rows, list)
    assert sql in SCHEMA.read_text(encoding="utf-8")


def test_worked_answers_agree_with_the_world(engine: Engine) -> None:
    with writing(engine) as session:
        fill(session)
    found = {}
    with reading(engine) as session:
        for question, sql in ANSWERS:
            found[question] = [
                tuple(row) for row in session.execute(text(sql.replace("AFP:20150511T160301", "ZED:bridge")))
            ]
    assert [row[0] for row in found[ANSWERS[0][0]]] == ["Courier", "The Gazette", "Daily"]
    assert found[ANSWERS[1][0]] == [("daily", "ZED", 1, 9)]
    assert [row[:4] for row in found[ANSWERS[2][0]]] == [
        ("Daily", "ZED", "none", 2),
        ("The Gazette", "ZED", "unknown", 1),
    ]
    assert [row[0] for row in found[ANSWERS[3][0]]] == ["ZED:snow"]
    assert [row[:3] for row in found[ANSWERS[4][0]]][:2] == [("Courier", 2, 37.5), ("Daily", 2, 40.0)]
    assert [row[2] for row in found[ANSWERS[6][0]]] == ["courier", "daily"]
    assert len(found[ANSWERS[7][0]]) == 3
    assert [row[0] for row in found[ANSWERS[9][0]]] == ["Courier", "Daily", "The Gazette", "Zedwire"]
