"""The program as a person runs it: commands in a home folder of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cli import main
from tests import forked
from tests.forked import ROOT, Done

SHARED = ROOT.parent / "shared"


@dataclass(frozen=True)
class Program:
    """`wiretrail` with a home, a database and settings of one test."""

    home: Path
    database_url: str
    settings: dict[str, str] = field(default_factory=dict)

    def environment(self) -> dict[str, str]:
        """The variables of its processes: nothing of the person who runs the tests."""
        own = {name: value for name, value in os.environ.items() if not name.startswith("WIRETRAIL_")}
        own |= {"WIRETRAIL_HOME": str(self.home), "WIRETRAIL_DATABASE_URL": self.database_url}
        return own | {f"WIRETRAIL_{name}": value for name, value in self.settings.items()}

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """A command, running, as a shell would start it."""
        pipe = subprocess.PIPE
        command = [sys.executable, "-m", "cli", *arguments]
        return subprocess.Popen(command, env=self.environment(), cwd=ROOT, text=True, stdout=pipe, stderr=pipe)

    def run(self, *arguments: str) -> Done:
        """A command, to its end, in a forked process."""
        return forked.run(main, ("wiretrail", *arguments), self.environment())

    def must(self, *arguments: str) -> str:
        """What a command that must succeed prints."""
        done = self.run(*arguments)
        assert done.code == 0, done.err
        return done.out

    def rows(self, *arguments: str) -> list[dict[str, Any]]:
        """The rows a question answers."""
        return [json.loads(line) for line in self.must(*arguments, "--format", "jsonl").splitlines()]
