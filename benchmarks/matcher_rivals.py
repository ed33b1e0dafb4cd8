"""The matcher's peers behind one door: index stories, link an article to some of them with scores.

Used by benchmarks.matcher_peers, whose docstring gives the settings. `bytes_stored` is what a story takes when the
index is stored as the library stores it: pickled, in its file, or as its arrays.
"""

from __future__ import annotations

import math
import pickle
import re
import sqlite3
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.edits_adapter import Adapter
from matcher.fingerprint import fingerprint, to_bytes

_WORD = re.compile(r"\w+")
_TOP = 10
_RAREST = 40
_PERMUTATIONS = 128
_THRESHOLD = 0.3


def shingles(text: str, width: int = 5) -> set[str]:
    """Runs of words, joined."""
    words = _WORD.findall(text.lower())
    return {" ".join(words[at : at + width]) for at in range(max(1, len(words) - width + 1))}


class Rival:
    """What the benchmark asks of each. `names` are the story ids by number."""

    is_tuned = True

    def __init__(self) -> None:
        self.names: list[str] = []
        self.took: list[float] = []
        self.index_seconds = 0.0

    def index(self, story: str, text: str, language: str, published: float) -> None:
        """Store one story."""
        del language, published
        self.add(text)
        self.names.append(story)

    def add(self, text: str) -> None:
        """Store the text of the story that gets the next number."""
        raise NotImplementedError

    def finish(self) -> None:
        """Whatever is to be done once all are stored."""

    def link(self, text: str, language: str, published: float) -> list[tuple[str, float]]:
        """The stories an article may carry, with scores, at most ten."""
        del language, published
        found = sorted(self.ask(text), key=lambda hit: -hit[1])[:_TOP]
        return [(self.names[number], score) for number, score in found]

    def ask(self, text: str) -> list[tuple[int, float]]:
        """Stories by number, with scores."""
        raise NotImplementedError

    def bytes_stored(self) -> int:
        """What the index takes."""
        raise NotImplementedError


class Wiretrail(Rival):
    """Ours."""

    is_tuned = False

    def __init__(self) -> None:
        super().__init__()
        self._matcher = Adapter()

    def index(self, story: str, text: str, language: str, published: float) -> None:
        """Store one story."""
        self._matcher.index(story, text, language, published)

    def finish(self) -> None:
        """Read the last batch, and sort."""
        self._matcher.near("", "")

    def link(self, text: str, language: str, published: float) -> list[tuple[str, float]]:
        """The stories an article is decided to carry."""
        return self._matcher.link(text, language, published)

    def bytes_stored(self) -> int:
        """The fingerprint in the row, and the index file."""
        texts, segments = self._matcher.stored()
        blobs = sum(len(to_bytes(fingerprint(text))) for text in self._matcher.texts())
        return blobs + int(texts.nbytes) + sum(s.postings.nbytes + s.starts.nbytes for s in segments)


class MinHashLsh(Rival):
    """datasketch MinHashLSH: Jaccard similarity of shingles."""

    def __init__(self) -> None:
        super().__init__()
        from datasketch import MinHashLSH

        self._lsh = MinHashLSH(threshold=_THRESHOLD, num_perm=_PERMUTATIONS)
        self._hashes: list[Any] = []

    def minhash(self, text: str) -> Any:
        """The sketch of a text."""
        from datasketch import MinHash

        sketch = MinHash(num_perm=_PERMUTATIONS)
        sketch.update_batch([shingle.encode() for shingle in shingles(text)])
        return sketch

    def add(self, text: str) -> None:
        """Store a sketch."""
        sketch = self.minhash(text)
        self._lsh.insert(len(self._hashes), sketch, check_duplication=False)
        self._hashes.append(sketch)

    def ask(self, text: str) -> list[tuple[int, float]]:
        """Stories in a common band, by estimated Jaccard similarity."""
        sketch = self.minhash(text)
        return [(number, sketch.jaccard(self._hashes[number])) for number in self._lsh.query(sketch)]

    def bytes_stored(self) -> int:
        """The index and the sketches."""
        return len(pickle.dumps(self._lsh)) + sum(int(sketch.hashvalues.nbytes) for sketch in self._hashes)


class LshEnsemble(MinHashLsh):
    """datasketch LSHEnsemble: containment of the article in a story."""

    def __init__(self) -> None:
        super().__init__()
        from datasketch import MinHashLSHEnsemble

        self._ensemble = MinHashLSHEnsemble(threshold=_THRESHOLD, num_perm=_PERMUTATIONS, num_part=16)
        self._sizes: list[int] = []

    def add(self, text: str) -> None:
        """Keep a sketch; the index is built once."""
        self._hashes.append(self.minhash(text))
        self._sizes.append(len(shingles(text)))

    def finish(self) -> None:
        """Build the index."""
        self._ensemble.index([(n, self._hashes[n], size) for n, size in enumerate(self._sizes)])

    def ask(self, text: str) -> list[tuple[int, float]]:
        """Stories by estimated containment of the smaller set."""
        sketch, size = self.minhash(text), len(shingles(text))
        found = []
        for number in self._ensemble.query(sketch, size):
            jaccard, other = sketch.jaccard(self._hashes[number]), self._sizes[number]
            found.append((number, min(1.0, jaccard * (size + other) / (1 + jaccard) / min(size, other))))
        return found

    def bytes_stored(self) -> int:
        """The index and the sketches."""
        return len(pickle.dumps(self._ensemble)) + sum(int(sketch.hashvalues.nbytes) for sketch in self._hashes)


class RensaLsh(Rival):
    """rensa RMinHashLSH: Jaccard similarity, in Rust."""

    def __init__(self) -> None:
        super().__init__()
        from rensa import RMinHashLSH

        self._lsh = RMinHashLSH(threshold=_THRESHOLD, num_perm=_PERMUTATIONS, num_bands=32)
        self._hashes: list[Any] = []

    def _minhash(self, text: str) -> Any:
        from rensa import RMinHash

        sketch = RMinHash(num_perm=_PERMUTATIONS, seed=42)
        sketch.update(list(shingles(text)))
        return sketch

    def add(self, text: str) -> None:
        """Store a sketch."""
        sketch = self._minhash(text)
        self._lsh.insert(len(self._hashes), sketch)
        self._hashes.append(sketch)

    def ask(self, text: str) -> list[tuple[int, float]]:
        """Stories in a common band, by estimated Jaccard similarity."""
        sketch = self._minhash(text)
        return [(number, sketch.jaccard(self._hashes[number])) for number in set(self._lsh.query(sketch))]

    def bytes_stored(self) -> int:
        """Sketches of 4-byte values, and a key of 8 bytes for each of 32 bands."""
        return len(self._hashes) * (4 * _PERMUTATIONS + 32 * 8)


class SimHash(Rival):
    """simhash: 64 bits a text, Hamming distance, all stories compared."""

    def __init__(self) -> None:
        super().__init__()
        self._values: list[int] = []
        self._array = np.zeros(0, np.uint64)

    def _hash(self, text: str) -> int:
        from simhash import Simhash

        return int(Simhash(list(shingles(text, 4))).value)

    def add(self, text: str) -> None:
        """Store 64 bits."""
        self._values.append(self._hash(text))

    def finish(self) -> None:
        """Make an array of them."""
        self._array = np.array(self._values, np.uint64)

    def ask(self, text: str) -> list[tuple[int, float]]:
        """The nearest stories, by the share of equal bits."""
        distances = np.bitwise_count(self._array ^ np.uint64(self._hash(text)))
        return [(int(n), 1 - int(distances[n]) / 64) for n in np.argsort(distances, kind="stable")[:5]]

    def bytes_stored(self) -> int:
        """Eight bytes a story."""
        return int(self._array.nbytes)


class TfIdf(Rival):
    """scikit-learn TF-IDF: cosine of word weights, all stories compared."""

    def __init__(self) -> None:
        super().__init__()
        self._texts: list[str] = []

    def add(self, text: str) -> None:
        """Keep the text until all are there."""
        self._texts.append(text)

    def finish(self) -> None:
        """Weigh the words."""
        from sklearn.feature_extraction.text import TfidfVectorizer

        self._vectors = TfidfVectorizer(sublinear_tf=True, min_df=2)
        self._matrix = self._vectors.fit_transform(self._texts).T.tocsr()

    def ask(self, text: str) -> list[tuple[int, float]]:
        """Stories by cosine."""
        scores = (self._vectors.transform([text]) @ self._matrix).toarray()[0]
        return [(int(n), float(scores[n])) for n in np.argpartition(-scores, _TOP)[:_TOP]]

    def bytes_stored(self) -> int:
        """The sparse matrix."""
        matrix = self._matrix
        return int(matrix.data.nbytes + matrix.indices.nbytes + matrix.indptr.nbytes)


class Bm25(Rival):
    """BM25 of a text's rarest words, as a share of about what the text itself would score."""

    def __init__(self) -> None:
        super().__init__()
        self._holders: Counter[str] = Counter()
        self.folder = tempfile.TemporaryDirectory()

    def add(self, text: str) -> None:
        """Store a text, and count in how many its words stand."""
        self.store(len(self.names), text)
        self._holders.update(self._words(text))

    def _words(self, text: str) -> set[str]:
        return {word for word in _WORD.findall(text.lower()) if len(word) > 2}

    def ask(self, text: str) -> list[tuple[int, float]]:
        """Stories by their share of the best score there can be."""
        known = [word for word in self._words(text) if self._holders[word]]
        rare = sorted(known, key=lambda word: (self._holders[word], word))[:_RAREST]
        if not rare:
            return []
        count = len(self.names)
        best = sum(
            1.6 * math.log((count - held + 0.5) / (held + 0.5) + 1) for held in map(self._holders.get, rare) if held
        )
        return [(number, score / best) for number, score in self.search(rare)]

    def store(self, number: int, text: str) -> None:
        """Put a text into the index."""
        raise NotImplementedError

    def search(self, words: list[str]) -> list[tuple[int, float]]:
        """The ten best stories for any of these words."""
        raise NotImplementedError

    def bytes_stored(self) -> int:
        """The files."""
        return sum(path.stat().st_size for path in Path(self.folder.name).rglob("*") if path.is_file())


class Fts5(Bm25):
    """SQLite FTS5, without a copy of the texts."""

    def __init__(self) -> None:
        super().__init__()
        self._database = sqlite3.connect(f"{self.folder.name}/fts5.db")
        self._database.execute("create virtual table story using fts5(text, content='', tokenize='unicode61')")

    def store(self, number: int, text: str) -> None:
        """Insert a row."""
        self._database.execute("insert into story(rowid, text) values (?, ?)", (number, text))

    def finish(self) -> None:
        """Write everything."""
        self._database.commit()

    def search(self, words: list[str]) -> list[tuple[int, float]]:
        """By bm25()."""
        asked = " OR ".join(f'"{word}"' for word in words)
        query = "select rowid, bm25(story) from story where story match ? order by bm25(story) limit 10"
        return [(number, -score) for number, score in self._database.execute(query, (asked,))]


class Tantivy(Bm25):
    """tantivy, without a copy of the texts."""

    def __init__(self) -> None:
        super().__init__()
        import tantivy

        schema = tantivy.SchemaBuilder()
        schema.add_text_field("text", stored=False)
        schema.add_integer_field("number", stored=True)
        self._index = tantivy.Index(schema.build(), path=self.folder.name)
        self._writer = self._index.writer(100_000_000, 1)

    def store(self, number: int, text: str) -> None:
        """Add a document."""
        import tantivy

        self._writer.add_document(tantivy.Document(text=text, number=number))

    def finish(self) -> None:
        """Commit, merge, open for reading."""
        self._writer.commit()
        self._writer.wait_merging_threads()
        self._index.reload()
        self._searcher = self._index.searcher()

    def search(self, words: list[str]) -> list[tuple[int, float]]:
        """By BM25."""
        query = self._index.parse_query(" ".join(words), ["text"])
        hits = self._searcher.search(query, _TOP).hits
        return [(self._searcher.doc(address)["number"][0], score) for score, address in hits]


RIVALS: dict[str, type[Rival]] = {
    "wiretrail": Wiretrail,
    "datasketch LSH": MinHashLsh,
    "LSHEnsemble": LshEnsemble,
    "rensa": RensaLsh,
    "simhash": SimHash,
    "SQLite FTS5": Fts5,
    "tantivy": Tantivy,
    "TF-IDF": TfIdf,
}
