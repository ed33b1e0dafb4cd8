"""What becomes of every file of the shared wire samples: the table in docs/wire-formats.md and the golden data.

    .venv/bin/python -m benchmarks.wire_outcomes            rewrites tests/wire/golden.json and the table
    .venv/bin/python -m benchmarks.wire_outcomes --check    exits 1 when either would change

Third-party text stays where it is: only identifiers, moments, counts and hashes are written.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from crawler.wire import parse
from crawler.wire.formats import format_of
from news.articles import Filing
from news.catalogue import default_catalogue
from news.errors import WireError

ROOT = Path(__file__).resolve().parents[1]
SAMPLES = ROOT.parent / "shared" / "data" / "wire"
GOLDEN = ROOT / "tests" / "wire" / "golden.json"
TABLE = ROOT / "docs" / "wire-formats.md"
RECEIVED = datetime(2026, 1, 1, tzinfo=UTC)
_MARK = "<!-- table: .venv/bin/python -m benchmarks.wire_outcomes -->"


def outcomes(folder: Path) -> dict[str, object]:
    """By file name: {"filings": [...]} or {"refused": kind, "reason": text}, with its format."""
    agencies = default_catalogue().agencies
    found: dict[str, object] = {}
    for path in sorted(folder.iterdir()):
        data = path.read_bytes()
        row: dict[str, object] = {"format": format_of(data)}
        try:
            filings = parse(data, path.name, received=RECEIVED, agencies=agencies)
            row["filings"] = [summary(filing) for filing in filings]
        except WireError as error:
            row |= {"refused": type(error).__name__, "reason": error.reason}
        found[path.name] = row
    return found


def summary(filing: Filing) -> dict[str, object]:
    """A filing without a word of its text."""
    moment = filing.filed
    return {
        "agency": filing.agency,
        "story": filing.story_id,
        "take": filing.take_id,
        "revision": filing.revision,
        "supersedes": filing.supersedes,
        "status": filing.status,
        "language": filing.language,
        "urgency": filing.urgency,
        "at": moment.at.isoformat() if moment.at else None,
        "earliest": moment.earliest.isoformat() if moment.earliest else None,
        "latest": moment.latest.isoformat() if moment.latest else None,
        "zone": moment.zone,
        "embargo_until": filing.embargo_until.isoformat() if filing.embargo_until else None,
        "paragraphs": len(filing.paragraphs),
        "words": sum(len(paragraph.split()) for paragraph in filing.paragraphs),
        "headline": digest(filing.headline),
        "text": digest("\n".join(filing.paragraphs)),
        "dateline": digest(filing.dateline),
        "byline": digest(filing.byline),
        "slugline": digest(filing.slugline),
        "notice": digest(filing.notice),
    }


def digest(text: str) -> str:
    """Twelve hex digits, "" for no text."""
    return sha256(text.encode()).hexdigest()[:12] if text else ""


def table(rows: Mapping[str, object]) -> str:
    """The outcomes as a Markdown table."""
    lines = ["| file | format | agency | outcome |", "|---|---|---|---|"]
    for name, row in rows.items():
        assert isinstance(row, dict)
        filings = row.get("filings", [])
        agency = ", ".join(dict.fromkeys(one["agency"] for one in filings))
        lines.append(f"| {name} | {row['format']} | {agency} | {_outcome(row, filings)} |")
    return "\n".join(lines) + "\n"


def _outcome(row: Mapping[str, object], filings: list[dict[str, object]]) -> str:
    if not filings:
        return f"refused: {row['reason']}"
    said = []
    for one in filings:
        when = str(one["at"] or f"{one['earliest']} to {one['latest']}").replace("+00:00", "Z")
        status = "" if one["status"] == "usable" else f", {one['status']}"
        said.append(f"`{one['take']}`{status}, {when}, {one['paragraphs']} paragraphs, {one['words']} words")
    return "; ".join(said)


def main() -> int:
    """Write or check both files."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--check", action="store_true")
    checking = arguments.parse_args().check
    rows = outcomes(SAMPLES)
    head = TABLE.read_text(encoding="utf-8").partition(_MARK)[0]
    written = {
        GOLDEN: json.dumps(rows, indent=1, ensure_ascii=False, sort_keys=True) + "\n",
        TABLE: f"{head}{_MARK}\n\n{table(rows)}",
    }
    changed = [path for path, text in written.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    for path in changed:
        print(f"{'would change' if checking else 'written'}: {path.relative_to(ROOT)}")
        if not checking:
            path.write_text(written[path], encoding="utf-8")
    return int(checking and bool(changed))


if __name__ == "__main__":
    sys.exit(main())
