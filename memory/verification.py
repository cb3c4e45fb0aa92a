"""Looking whether texts are gone: in every row, vector and stored word, and in every byte."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from .embedding import Embedder, embed_texts
from .exports import known, told
from .store import Store
from .turns import Verification
from .wanted import folded
from .words import hashes, terms

__all__ = ["verify"]

_SAME = 0.995  # cosine of a vector that holds a text
_READ = 1 << 20
_PIECE = 64  # bytes: long values are spread over pages of the file, so they are sought in pieces
_PLACES = (
    ("turns", "text"),
    ("chunks", "text"),
    ("facts", "text"),
    ("facts", "value"),
    ("summaries", "text"),
)


def verify(store: Store, embedder: Embedder, texts: Sequence[str]) -> Verification:
    """Whether texts are gone from the tables, the stored terms, the vectors, the bytes of all
    files of the store, and the exports that it wrote or read and that are still there. O(size).
    Raises ``EmbedderMismatch``."""
    store.check_embedder()
    wanted = [text for text in texts if folded(text)]
    exports = known(store)
    files, scanned = _in_files([*store.files(), *exports], wanted)
    files += [name for name in _in_exports(exports, wanted) if name not in files]
    found = [*_in_rows(store, wanted), *_in_terms(store, wanted), *files]
    if wanted and _in_vectors(store, embedder, wanted):
        found.append("vectors")
    return Verification(clean=not found, found=tuple(found), bytes_scanned=scanned)


def _in_rows(store: Store, texts: Sequence[str]) -> Iterator[str]:
    wanted = [folded(text) for text in texts]
    for table, column in _PLACES:
        rows = store.rows(f"SELECT {column} FROM {table} WHERE {column} IS NOT NULL")
        if any(text in folded(value) for (value,) in rows for text in wanted):
            yield f"table {table}.{column}"


def _in_exports(files: Sequence[Path], texts: Sequence[str]) -> Iterator[str]:
    """As in rows: however a line spells a text, with other capitals or escapes."""
    wanted = [folded(text) for text in texts]
    for path in files:
        with contextlib.suppress(UnicodeDecodeError):  # no export of ours; its bytes were read
            if any(text in folded(value) for value in told(path) for text in wanted):
                yield f"file {path.name}"


def _in_terms(store: Store, texts: Sequence[str]) -> Iterator[str]:
    """The stored words of a chunk, in order, are a fingerprint of its text."""
    wanted = [hashes(terms(text)).astype("<u4").tobytes() for text in texts]
    long_enough = [blob for blob in wanted if len(blob) >= 12]  # fewer words are anybody's
    rows = store.rows("SELECT terms FROM chunks") if long_enough else []
    if any(blob in value for (value,) in rows for blob in long_enough):
        yield "full-text terms"


def _in_vectors(store: Store, embedder: Embedder, texts: Sequence[str]) -> bool:
    queries = np.concatenate([e.vectors for e in embed_texts(texts, embedder)])
    last = 0
    while rows := store.rows(
        "SELECT id, vector FROM chunks WHERE id > ? ORDER BY id LIMIT 4096", (last,)
    ):
        last = rows[-1][0]
        matrix = np.frombuffer(b"".join(row[1] for row in rows), "<f4")
        if float((matrix.reshape(len(rows), -1) @ queries.T).max()) >= _SAME:
            return True
    return False


def _in_files(files: Sequence[Path], texts: Sequence[str]) -> tuple[list[str], int]:
    pieces = {piece for text in texts for piece in _pieces(text)}
    found, scanned = [], 0
    for path in files:
        with path.open("rb") as file:
            seen, size = _scan(file, pieces)
        scanned += size
        if seen:
            found.append(f"file {path.name}")
    return found, scanned


def _scan(file: object, pieces: set[bytes]) -> tuple[bool, int]:
    seen, size, tail = False, 0, b""
    longest = max(map(len, pieces), default=1)
    while block := file.read(_READ):  # type: ignore[attr-defined]
        size += len(block)
        window = tail + block.lower()
        seen = seen or any(piece in window for piece in pieces)
        tail = window[-longest:]
    return seen, size


def _pieces(text: str) -> Iterator[bytes]:
    """What to look for: the bytes of a text, as SQLite and as JSON write them."""
    for form in {text.strip(), json.dumps(text.strip(), ensure_ascii=False)[1:-1]}:
        raw = form.encode().lower()
        for start in range(0, max(1, len(raw) - _PIECE // 2), _PIECE):
            end = start + _PIECE if len(raw) - start >= _PIECE * 3 // 2 else len(raw)
            yield raw[start:end]
