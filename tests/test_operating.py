"""What operators are told: the events and metrics of the program, a unit and a compose file that are sound."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

import config
from jobs.daemon.measuring import Watch, own, standing_families
from jobs.settings_rows import settings
from storage.figures import Standing

ROOT = Path(__file__).parent.parent
OPERATING = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
PACKAGES = ("cli", "crawler", "jobs", "report", "storage")
LEVELS = {"info", "warning", "error", "exception"}


def events() -> Iterator[tuple[str, Path]]:
    """The first word of every call of `log.info(…)` and its like."""
    paths = [ROOT / "scheduler.py", *(path for name in PACKAGES for path in (ROOT / name).rglob("*.py"))]
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and _is_event(node.func):
                name = node.args[0]
                assert isinstance(name, ast.Constant), f"{path}: an event is named by a constant"
                yield str(name.value).partition(":")[0], path


def _is_event(called: ast.expr) -> bool:
    if not isinstance(called, ast.Attribute) or called.attr not in LEVELS:
        return False
    return isinstance(called.value, ast.Name) and called.value.id == "log"


def test_every_event_is_a_name_and_documented_and_nothing_else_is() -> None:
    table = OPERATING.partition("## Events")[2].partition("\n## ")[0]
    documented = {
        name for row in re.findall(r"^\| (`.+?`) \|", table, re.M) for name in re.findall(r"`([a-z._]+)`", row)
    }
    used = {"library.said"}
    for event, path in events():
        assert re.fullmatch(r"[a-z]+\.[a-z_]+", event), f"{path}: {event!r}"
        used.add(event)
    assert used == documented


def test_every_metric_is_documented_with_its_labels() -> None:
    standing = Standing({"feed": 1}, 0, 0, 0, {}, {})
    watch = Watch(intervals={"crawl": 1.0})
    families = [*own(watch), *standing_families(standing)]
    for family in families:
        name = family.name + ("_total" if family.type == "counter" else "")
        labels = "{" + ",".join(family._labelnames) + "}" if family._labelnames else ""
        assert f"| `{name}{labels}` | {family.type} |" in OPERATING, name


def test_the_unit_is_accepted(tmp_path: Path) -> None:
    """systemd's own judgement, with a program where the unit expects one."""
    verify = shutil.which("systemd-analyze")
    if verify is None:
        pytest.skip("no systemd-analyze here")
    unit = (ROOT / "docs" / "wiretrail.service").read_text(encoding="utf-8")
    program = tmp_path / "wiretrail"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    copy = tmp_path / "wiretrail.service"
    copy.write_text(unit.replace("/opt/wiretrail/bin/wiretrail", str(program)), encoding="utf-8")
    done = subprocess.run([verify, "verify", "--man=no", str(copy)], text=True, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_compose_file_names_what_there_is() -> None:
    yaml = pytest.importorskip("yaml", reason="no reader of YAML here")
    file = ROOT / "docs" / "compose.yaml"
    found = yaml.safe_load(file.read_text(encoding="utf-8"))
    assert set(found) == {"services", "volumes"}
    service = found["services"]["wiretrail"]
    assert (file.parent / service["build"]["context"] / service["build"]["dockerfile"]).is_file()
    used = {volume.partition(":")[0] for each in found["services"].values() for volume in each["volumes"]}
    assert used == set(found["volumes"])
    assert set(service["depends_on"]) <= set(found["services"])
    known = {setting.setting.upper().replace(".", "__") for setting in settings(config.Config())}
    for name in service["environment"]:
        assert name.removeprefix("WIRETRAIL_") in known, name
    port = service["environment"]["WIRETRAIL_METRICS__PORT"]
    assert f":{port}/healthy" in " ".join(service["healthcheck"]["test"])


def test_the_image_installs_what_is_locked() -> None:
    text = (ROOT / "docs" / "Dockerfile").read_text(encoding="utf-8")
    assert "--require-hashes -r /src/requirements.lock" in text
    assert (ROOT / "requirements.lock").is_file()
    assert "USER wiretrail" in text
