"""The house rules that a reader relies on: who may import whom, and how long anything may get.

The table is ARCHITECTURE in docs/architecture.md; keep both in step.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
OURS = {"news", "crawler", "matcher", "storage", "report", "demo", "config", "jobs", "scheduler", "cli"}

# module (longest prefix counts): modules of ours it may import, and what it must never touch.
MAY_IMPORT: dict[str, tuple[set[str], set[str]]] = {
    "news": ({"news"}, {"scrapy", "sqlalchemy", "lxml"}),
    "matcher": ({"matcher", "news"}, {"sqlalchemy", "scrapy"}),
    "config": ({"news.errors", "news.written"}, {"sqlalchemy", "scrapy"}),
    "storage": ({"storage", "news"}, {"scrapy"}),
    "crawler.extractors": ({"crawler.extractors", "crawler.limits", "news"}, {"scrapy", "sqlalchemy"}),
    "crawler.wire": ({"crawler.wire", "crawler.limits", "news"}, {"scrapy", "sqlalchemy"}),
    "crawler.limits": ({"news"}, {"scrapy", "sqlalchemy", "lxml"}),
    "crawler": ({"crawler", "news"}, {"sqlalchemy"}),
    "report": ({"report", "storage", "news"}, {"scrapy"}),
    "demo": ({"demo", "news.articles"}, {"scrapy", "sqlalchemy"}),
    "jobs": ({"jobs", "crawler", "matcher", "storage", "report", "news", "config"}, set()),
    "scheduler": ({"jobs", "news", "config"}, {"scrapy"}),
    "cli": ({"cli", "jobs", "scheduler", "storage", "report", "config", "demo", "news"}, {"scrapy"}),
}


def modules() -> Iterator[tuple[str, Path]]:
    """Every module of the program with its dotted name."""
    for name in sorted(OURS):
        root = ROOT / name
        paths = sorted(root.rglob("*.py")) if root.is_dir() else [ROOT / f"{name}.py"]
        for path in paths:
            parts = path.relative_to(ROOT).with_suffix("").parts
            yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path


def imports(path: Path) -> Iterator[str]:
    """Every module a file imports, anywhere in it; `from a import b` counts as `a.b`."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def under(name: str, roots: set[str]) -> bool:
    return any(name == root or name.startswith(root + ".") for root in roots)


def rule_of(module: str) -> tuple[set[str], set[str]]:
    parts = module.split(".")
    for length in range(len(parts), 0, -1):
        if (prefix := ".".join(parts[:length])) in MAY_IMPORT:
            return MAY_IMPORT[prefix]
    raise AssertionError(f"{module} has no row in the import table")


MODULES = list(modules())


def test_there_are_modules() -> None:
    assert {name.split(".")[0] for name, _ in MODULES} == OURS


@pytest.mark.parametrize(("module", "path"), MODULES, ids=[name for name, _ in MODULES])
def test_imports_obey_the_table(module: str, path: Path) -> None:
    allowed, never = rule_of(module)
    for name in imports(path):
        assert not under(name, never), f"{module} imports {name}"
        if under(name, OURS):
            assert under(name, allowed), f"{module} imports {name}"


def test_the_matcher_has_no_clock_and_no_files() -> None:
    for module, path in MODULES:
        if not module.startswith("matcher"):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                called = ast.unparse(node.func)
                assert called not in {"open", "datetime.now", "time.time", "print"}, f"{module} calls {called}"


def test_alembic_is_no_package() -> None:
    assert not (ROOT / "alembic" / "__init__.py").exists(), "it would shadow the library"


def nesting(node: ast.AST, depth: int = 0) -> int:
    inner = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.Try, ast.Match)
    nested = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    children = (c for c in ast.iter_child_nodes(node) if not isinstance(c, nested))
    return max([depth, *(nesting(c, depth + isinstance(c, inner)) for c in children)])


@pytest.mark.parametrize(("module", "path"), MODULES, ids=[name for name, _ in MODULES])
def test_nothing_grows_out_of_hand(module: str, path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= 420, f"{module} has {text.count(chr(10))} lines: split it by job"
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        docstring = ast.get_docstring(node, clean=False)
        lines = (node.end_lineno or node.lineno) - node.lineno + 1 - (docstring.count("\n") + 1 if docstring else 0)
        assert lines <= 52, f"{module}.{node.name} has {lines} lines"
        assert nesting(node) < 4, f"{module}.{node.name} is nested {nesting(node)} deep"
