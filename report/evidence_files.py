"""The evidence of one pickup as files: a page that needs nothing beside it, the same as data, and their hashes.

    both texts, facts, requests ─> evidence.html, evidence.json ─> manifest.json ─> SHA256SUMS

Pure and the same every time for the same facts, time and version. Only passages both texts share are quoted whole,
with what was changed in them; of the rest only how long it is. The wording says what a comparison found, never who
did what.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from news.errors import EvidenceFolderError
from report import wording
from report.clean import html_templates, iso
from report.site.aligned import Credit, Paragraph, ReadWords, Row, align
from storage.answers import SideBySide, record
from storage.asking.evidence_rows import Fetch
from storage.asking.object_rows import PickupFacts

_TEMPLATES: Final = Path(__file__).parent / "templates"


@dataclass(frozen=True, slots=True)
class Passage:
    """A row of the comparison. Where one side stands alone it is empty, and `left_out` says of how many words."""

    story: tuple[Paragraph, ...]
    article: tuple[Paragraph, ...]
    kind: str
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Case:
    """Everything that is known of a pickup, when it was put together (UTC), and by which version of this program."""

    both: SideBySide
    facts: PickupFacts
    fetches: Sequence[Fetch]
    made_at: datetime
    software: str


def files_of(case: Case, read_words: ReadWords) -> dict[str, bytes]:
    """The files by name, in the order in which they are to be written."""
    page = html_templates(_TEMPLATES).get_template("evidence.html.j2").render(_values(case, read_words))
    data = json.dumps(_data(case), ensure_ascii=True, indent=1, sort_keys=True) + "\n"
    files = {"evidence.html": page.encode(), "evidence.json": data.encode()}
    listed = [{"name": name, "bytes": len(body), "sha256": _sha256(body)} for name, body in files.items()]
    manifest = {"made_at": iso(case.made_at), "software": case.software, "files": listed}
    files["manifest.json"] = (json.dumps(manifest, indent=1, sort_keys=True) + "\n").encode()
    # As `sha256sum --check` reads it.
    sums = "".join(f"{_sha256(body)}  {name}\n" for name, body in files.items())
    return files | {"SHA256SUMS": sums.encode()}


def write(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write the files into a new or empty folder. Raises EvidenceFolderError: evidence is never written over."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise EvidenceFolderError(f"{folder} is not empty: evidence is not written over; name another folder")
        for name, body in files.items():
            with (folder / name).open("xb") as file:
                file.write(body)
    except OSError as error:
        raise EvidenceFolderError(f"{folder} cannot be written: {error.strerror}") from error


def _values(case: Case, read_words: ReadWords) -> dict[str, Any]:
    both, facts = case.both, case.facts
    edits = [dict(edit) for edit in both.edits]
    return {
        "case": case,
        "pickup": both.pickup,
        "both": both,
        "facts": facts,
        "expired": facts.text_expired_at or facts.story_expired_at,
        "passages": list(_passages(both, read_words)),
        "edits": edits,
        "fetches": case.fetches,
        "say": wording,
    }


def _passages(both: SideBySide, read_words: ReadWords) -> Iterator[Passage]:
    if not both.story_paragraphs or not both.article_paragraphs:
        return
    story, article = read_words(both.story_paragraphs), read_words(both.article_paragraphs)
    credits_ = [Credit(place, text) for _, _, place, text in both.credits]
    for row in align(story, article, both.spans, both.edits, credits_):
        if row.story and row.article:
            yield Passage(row.story, row.article, row.kind)
        else:
            yield Passage((), (), row.kind, _words(row, read_words))


def _words(row: Row, read_words: ReadWords) -> int:
    texts = ["".join(piece.text for piece in paragraph) for paragraph in (*row.story, *row.article)]
    return len(read_words(texts).starts)


def _data(case: Case) -> dict[str, Any]:
    """As data: findings, edits, credits, moments, hashes and requests; not the texts themselves."""
    found = record(case.both.pickup)
    return {
        "made_at": iso(case.made_at),
        "software": case.software,
        "pickup": found,
        "facts": _plain(asdict(case.facts)),
        "edits": list(case.both.edits),
        "spans": list(case.both.spans),
        "credits": [dict(zip(("agency", "kind", "place", "text"), row, strict=True)) for row in case.both.credits],
        "requests": [_plain(asdict(fetch)) for fetch in case.fetches],
    }


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value


def _sha256(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()
