"""`./run.sh bench [NAME [ARGUMENTS]]`: a module here with a `main` is a benchmark; its docstring says of what."""

from __future__ import annotations

import ast
import runpy
import sys
from pathlib import Path

FOLDER = Path(__file__).parent


def benchmarks() -> dict[str, str]:
    """Name -> first line of the docstring, of the modules that can be run."""
    found = {}
    for path in sorted(FOLDER.glob("[a-z]*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if any(isinstance(node, ast.FunctionDef) and node.name == "main" for node in tree.body):
            found[path.stem] = (ast.get_docstring(tree) or "").splitlines()[0]
    return found


def run() -> None:
    """List the benchmarks, or run the one named."""
    known = benchmarks()
    if len(sys.argv) < 2 or sys.argv[1] not in known:
        for name, what in known.items():
            print(f"{name:18} {what}")
        sys.exit(len(sys.argv) > 1)
    del sys.argv[0]
    runpy.run_module(f"benchmarks.{sys.argv[0]}", run_name="__main__", alter_sys=True)


run()
