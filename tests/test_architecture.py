"""The house rules that a reader relies on: who may import whom, and how long anything may get.

The table is ARCHITECTURE in docs/architecture.md; keep both in step.
"""

from __future__ import annotations

import ast
import sys
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


def _graph() -> dict[str, set[str]]:
    """Who imports whom, by module, wherever in the file and for types alone too."""
    known = {name for name, _ in MODULES}
    found: dict[str, set[str]] = {}
    for module, path in MODULES:
        named = {name if name in known else name.rpartition(".")[0] for name in imports(path)}
        found[module] = (named & known) - {module}
    return found


def circles(graph: dict[str, set[str]]) -> list[list[str]]:
    """The groups in which everybody reaches everybody, each in order."""
    reached: dict[str, set[str]] = {}
    for start in graph:
        waiting, seen = [start], set[str]()
        while waiting:
            new = graph.get(waiting.pop(), set()) - seen
            seen |= new
            waiting.extend(new)
        reached[start] = seen
    groups = {tuple(sorted(b for b in reached[a] if a in reached.get(b, ()))) for a in graph}
    return [list(group) for group in sorted(groups) if group]


def test_a_circle_is_seen() -> None:
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"a", "d"}, "d": set()}) == [["a", "b", "c"]]
    assert circles({"a": {"b"}, "b": {"c"}, "c": set()}) == []


def test_no_module_imports_in_a_circle() -> None:
    assert circles(_graph()) == []


def test_no_room_imports_in_a_circle_or_upwards() -> None:
    """A room is a folder within a package; a module that stands beside the rooms is one for itself."""
    folders = {module: path.parent.relative_to(ROOT).parts for module, path in MODULES}
    room = {module: ".".join(folder) if len(folder) > 1 else module for module, folder in folders.items()}
    between: dict[str, set[str]] = {}
    for module, used in _graph().items():
        between.setdefault(room[module], set()).update({room[name] for name in used} - {room[module]})
    assert circles(between) == []


def is_shape(node: ast.AST) -> bool:
    """Whether a class holds fields and little else: a dataclass, named tuple, typed dict, pydantic model or table."""
    if not isinstance(node, ast.ClassDef):
        return False
    made = " ".join(ast.unparse(mark) for mark in node.decorator_list)
    bases = {ast.unparse(base).rpartition(".")[2] for base in node.bases}
    return "dataclass" in made or bool(bases & {"NamedTuple", "TypedDict", "BaseModel", "Base"})


if __name__ == "__main__":
    texts = [path.read_text(encoding="utf-8") for _, path in MODULES]
    shapes = sum(is_shape(node) for text in texts for node in ast.walk(ast.parse(text)))
    sys.stdout.write(f"{shapes} shapes, {sum(text.count(chr(10)) for text in texts):,} lines, {len(texts)} modules\n")
