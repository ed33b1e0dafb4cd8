"""The agency's side by its commands: files, the list of what was refused, the interface, licences."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.jobs.afp_server import CLIENT, PASSWORD, SECRET, USER, AfpServer
from tests.jobs.test_polling import document
from tests.whole.program import Program
from tests.wire.catalogue import DATA


@pytest.fixture
def program(sqlite_database: str, tmp_path: Path) -> Program:
    return Program(tmp_path, sqlite_database)


def test_a_refused_file_is_listed_by_a_command(program: Program) -> None:
    done = program.run("wire", str(DATA / "newsml_afp.xml"), str(DATA / "newsml_afp_photo.xml"))
    assert done.code == 0
    assert "1 filings (1 new takes), 1 refused" in done.err
    [row] = program.rows("refused")
    assert (row["kind"], row["reason"], row["format"]) == ("no story", "a photo item", "NewsML 1.2")
    assert program.rows("refused", "--unreadable") == []
    assert program.run("wire", str(DATA / "newsml_afp_photo.xml")).code == 1


def test_the_interface_is_polled_by_a_command_that_tells_no_secret(program: Program) -> None:
    with AfpServer() as server:
        account = {"ADDRESS": server.address, "CLIENT": CLIENT, "CLIENT_SECRET": SECRET, "USER": USER}
        settings = {f"WIRE__AFP__{name}": value for name, value in account.items()}
        settings |= {"WIRE__AFP__FIRST_HOURS": "100000"}
        server.documents = [document(1, 1), document(2, 2)]
        wrong = replace(program, settings=settings | {"WIRE__AFP__PASSWORD": "open-sesame"})
        failed = wrong.run("wire", "--poll")
        assert failed.code == 1
        assert "access is not granted" in failed.err
        assert "open-sesame" not in failed.err + failed.out + wrong.must("settings")
        right = replace(program, settings=settings | {"WIRE__AFP__PASSWORD": PASSWORD})
        done = right.run("wire", "--poll")
        assert (done.code, "2 filings (2 new takes)" in done.err) == (0, True), done.err
        assert SECRET not in done.err


def test_a_licence_of_the_file_is_listed_and_an_impossible_one_named(program: Program) -> None:
    file = program.home / "wiretrail.toml"
    file.write_text('[[licences]]\noutlet = "le-figaro"\nagency = "AFP"\nterms = "licensed"\nfrom = 2026-01-01\n')
    [row] = program.rows("licence", "list")
    assert (row["outlet"], row["said_in"], row["valid_from"]) == ("le-figaro", "configuration", "2026-01-01")
    file.write_text('[[licences]]\noutlet = "nobody"\nagency = "AFP"\nterms = "licensed"\n')
    refused = program.run("licence", "list")
    assert refused.code == 1
    assert "licences, entry 1: no outlet 'nobody' is stored" in refused.err
