"""Export and import: JSON Lines, lossless, readable by anything."""

from __future__ import annotations

import base64
import json
import os
import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from .embedding import Embedded, Embedder, embed_texts, windows
from .errors import BadInput, StoreUnwritable
from .store import Scope, Store
from .turns import NewTurn

__all__ = ["export_turns", "import_turns"]

_FORMAT = "guardrail-memory turns 1"
_BATCH = 256


def export_turns(store: Store, path: Path, user: str | None) -> int:
    """Write every turn, or one user's, with its vectors; returns how many. The file appears whole
    or not at all, with mode 0600.

    Raises ``StoreUnwritable``.
    """
    header = {"format": _FORMAT, "embedder": store.meta("embedder"), "dimension": store.dimension}
    count = 0
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(json.dumps(header) + "\n")
                for record in _records(store, user):
                    file.write(json.dumps(record, ensure_ascii=False) + "\n")
                    count += 1
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise StoreUnwritable(f"cannot write the export {path}: {error.strerror}") from None
    return count


def _records(store: Store, user: str | None) -> Iterator[dict[str, Any]]:
    condition, values = ("", ()) if user is None else ("WHERE user = ?", (user,))
    last = 0
    columns = "id, user, conversation, role, speaker, text, time"
    joined = f"{condition} {'AND' if condition else 'WHERE'} id > ?"
    while True:
        rows = store.rows(
            f"SELECT {columns} FROM turns {joined} ORDER BY id LIMIT {_BATCH}",
            (*values, last),
        )
        if not rows:
            return
        for row in rows:
            last = row[0]
            vectors = store.rows("SELECT vector FROM chunks WHERE turn = ? ORDER BY id", (last,))
            yield {
                **dict(zip(columns.split(", ")[1:], row[1:], strict=True)),
                "vectors": [base64.b64encode(vector).decode() for (vector,) in vectors],
            }


def import_turns(store: Store, path: Path, embedder: Embedder) -> int:
    """Read an export; returns how many turns. All of them are added, or, when a line is wrong,
    none. Vectors of another embedder are made anew.

    Raises ``BadInput`` naming the line.
    """
    records = _read(path)
    header = next(records, (1, {}))[1]
    if header.get("format") != _FORMAT:
        raise BadInput(f"{path} is no export of ours: its first line should name {_FORMAT!r}")
    same = (header.get("embedder"), header.get("dimension")) == (embedder.name, embedder.dimension)
    count = 0
    with store.transaction():
        for line, record in records:
            try:
                _add(store, record, embedder, reuse=same)
            except (KeyError, TypeError, ValueError, OverflowError, OSError) as error:
                raise BadInput(
                    f"{path}, line {line}: not a turn ({type(error).__name__}); nothing was read"
                ) from None
            count += 1
    return count


def _read(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        with path.open(encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                record = json.loads(line)
                if not isinstance(record, dict):
                    raise BadInput(f"{path}, line {number}: not a JSON object; nothing was read")
                yield number, record
    except OSError as error:
        raise BadInput(f"cannot read {path}: {error.strerror}") from None
    except (UnicodeDecodeError, json.JSONDecodeError):
        raise BadInput(f"{path} is not JSON Lines in UTF-8; nothing was read") from None


def _add(store: Store, record: dict[str, Any], embedder: Embedder, *, reuse: bool) -> None:
    scope = Scope(record["user"], record["conversation"])
    text = record["text"]
    turn = NewTurn(
        role=record["role"],
        speaker=record["speaker"],
        text=text,
        time=datetime.fromtimestamp(record["time"]).astimezone(),
    )
    cut = windows(text)
    vectors = [np.frombuffer(base64.b64decode(v), "<f4") for v in record["vectors"]]
    if reuse and len(vectors) == len(cut) and all(len(v) == embedder.dimension for v in vectors):
        embedded = Embedded(text, tuple(cut), np.stack(vectors))
    else:
        embedded = embed_texts([text], embedder)[0]
    store.insert(scope, turn, embedded)
