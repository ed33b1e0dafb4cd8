"""Triggers as data, written out for SQLite and PostgreSQL.

Few things are kept by triggers, and only what can be told from the rows themselves at any time: then whoever writes,
a job, a test or a person in psql, cannot make two numbers differ. Like views they are code and not history: dropped
before every migration (SQLite would lose them where it rebuilds a table) and made anew after.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection


@dataclass(frozen=True, slots=True)
class Trigger:
    """After `event` ("insert", "delete", "update of a, b") on a row of `table`, when `when` holds, do `statements`.

    All are SQL that both databases read alike; the row is called old and new.
    """

    name: str
    table: str
    event: str
    statements: tuple[str, ...]
    when: str = ""


def create(connection: Connection, triggers: Iterable[Trigger]) -> None:
    """Make the triggers."""
    for trigger in triggers:
        for statement in _written(trigger, connection.dialect.name):
            connection.exec_driver_sql(statement)


def drop(connection: Connection, triggers: Iterable[Trigger]) -> None:
    """Drop those that exist."""
    for trigger in triggers:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql(f"drop trigger if exists {trigger.name}")
        else:
            connection.exec_driver_sql(f"drop function if exists {trigger.name}() cascade")


def _written(trigger: Trigger, dialect: str) -> list[str]:
    body = "\n".join(f"{statement.strip()};" for statement in trigger.statements)
    head = f"create trigger {trigger.name} after {trigger.event} on {trigger.table} for each row"
    when = f" when ({trigger.when})" if trigger.when else ""
    if dialect == "sqlite":
        return [f"{head}{when} begin\n{body}\nend"]
    function = (
        f"create function {trigger.name}() returns trigger language plpgsql as $$ begin\n{body}\nreturn null; end $$"
    )
    return [function, f"{head}{when} execute function {trigger.name}()"]
