"""Documents that cannot lie: commands, settings, files and links they name are those of the program."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

import config
from cli import app
from jobs.settings_rows import settings

ROOT = Path(__file__).parent.parent
DOCUMENTS = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]


def commands() -> dict[str, Any]:
    group: Any = get_command(app)
    found: dict[str, Any] = {}
    for name, command in group.commands.items():
        inner = getattr(command, "commands", None)
        found |= {f"{name} {sub}": each for sub, each in inner.items()} if inner else {name: command}
    return found


def test_every_command_says_what_it_does() -> None:
    for name, command in commands().items():
        assert command.help, name
        for parameter in command.params:
            if parameter.param_type_name == "option" and parameter.name != "help":
                assert parameter.help or parameter.name in ("why",), f"{name} --{parameter.name}"


def test_every_command_is_documented() -> None:
    text = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    for name in commands():
        assert f"`wiretrail {name}" in text, f"docs/commands.md does not name wiretrail {name}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_command_in_a_document_exists(document: Path) -> None:
    known = commands()
    groups = {name.split()[0] for name in known}
    # In prose and in blocks, a command is written between backticks or at the start of a line.
    for written in re.findall(r"(?:`|^)wiretrail ([a-z][a-z-]*)(?=[ `]\S)", document.read_text(encoding="utf-8"), re.M):
        assert written in groups or written in ("follows",), f"{document.name}: wiretrail {written}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_in_a_document_leads_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", document.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (document.parent / target).exists(), f"{document.name}: {target}"


def test_the_settings_are_those_of_the_program() -> None:
    text = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([a-z_.]+)` \| (.*?) \| (.*?) \|$", text, re.M)
    written = {name: (default.strip("`"), meaning) for name, default, meaning in rows}
    current = {s.setting: (s.default, s.meaning) for s in settings(config.Config())}
    assert written == current
    assert all(meaning for _, meaning in current.values())


def test_the_verbs_of_run_sh_are_those_of_the_documents() -> None:
    usage = subprocess.run(["./run.sh"], cwd=ROOT, text=True, capture_output=True, check=True).stdout
    verbs = set(re.findall(r"^  ([a-z]+) ", usage, re.M))
    assert verbs == {"demo", "test", "install", "check", "bench", "peers"}
    for document in DOCUMENTS:
        for verb in re.findall(r"\./run\.sh ([a-z]+)", document.read_text(encoding="utf-8")):
            assert verb in verbs, f"{document.name}: ./run.sh {verb}"


def test_nothing_of_the_workshop_is_committed() -> None:
    """No registry address, no path of a machine: a clone elsewhere must not depend on where it was made."""
    # Written in pieces, so that the test does not find itself.
    pattern = "|".join(
        ["--(extra-)?index" + "-url", "/simp" + "le/", "/ro" + "ot/", "/wo" + "rk/(main|shared)", "find-" + "links"]
    )
    grep = subprocess.run(
        ["git", "grep", "-nIE", "-e", pattern],
        cwd=ROOT,
        text=True,
        capture_output=True,
        check=False,
    )
    assert grep.stdout == ""
