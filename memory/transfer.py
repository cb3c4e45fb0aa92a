"""Export and import: JSON Lines, lossless, readable by anything."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import ValidationError

from .embedding import Embedded, Embedder, embed_texts, windows
from .errors import BadInput, StoreUnwritable
from .exports import FORMAT, remember, writing
from .rules import FactExtractor, stated
from .scope import Scope
from .store import Store
from .turns import NewTurn

__all__ = ["export_turns", "import_turns"]

_BATCH = 256
_COLUMNS = "user, conversation, role, speaker, text, time, pinned, recalls, recalled"


def export_turns(store: Store, path: Path, user: str | None) -> int:
    """Write every turn, or one user's, with its vectors; returns how many. The file appears whole
    or not at all, with mode 0600. The store remembers its name, for ``verify``.

    Raises ``StoreUnwritable``.
    """
    header = {"format": FORMAT, "embedder": store.meta("embedder"), "dimension": store.dimension}
    count = 0
    try:
        with writing(path) as file:
            file.write(json.dumps(header) + "\n")
            for record in _records(store, user):
                file.write(json.dumps(record, ensure_ascii=False) + "\n")
                count += 1
            remember(store, path)
    except OSError as error:
        raise StoreUnwritable(
            f"cannot write the export {path} ({error.strerror}); choose another place"
        ) from None
    return count


def _records(store: Store, user: str | None) -> Iterator[dict[str, Any]]:
    last = 0
    mine, values = ("", ()) if user is None else ("user = ? AND", Scope(user).values)
    while rows := store.rows(
        f"SELECT {_COLUMNS}, id FROM turns WHERE {mine} id > ? ORDER BY id LIMIT {_BATCH}",
        (*values, last),
    ):
        for row in rows:
            last = row[-1]
            vectors = store.rows("SELECT vector FROM chunks WHERE turn = ? ORDER BY id", (last,))
            yield {
                **dict(zip(_COLUMNS.split(", "), row, strict=False)),
                "vectors": [base64.b64encode(vector).decode() for (vector,) in vectors],
            }


def import_turns(
    store: Store, path: Path, embedder: Embedder, extractor: FactExtractor | None
) -> int:
    """Read an export; returns how many turns. All of them are added, or, when a line is wrong,
    none. Vectors of another embedder are made anew.

    Raises ``BadInput`` naming the line.
    """
    records = _read(path)
    header = next(records, (1, {}))[1]
    if header.get("format") != FORMAT:
        raise BadInput(f"{path} is no export of ours: its first line should name {FORMAT!r}")
    same = (header.get("embedder"), header.get("dimension")) == (embedder.name, embedder.dimension)
    count = 0
    with store.transaction():
        for line, record in records:
            try:
                _add(store, record, embedder, extractor, reuse=same)
            except (LookupError, TypeError, ValueError, OverflowError, ValidationError) as error:
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
        raise BadInput(f"cannot read {path}: {error.strerror}; check the name") from None
    except (UnicodeDecodeError, json.JSONDecodeError):
        raise BadInput(
            f"{path} is not JSON Lines in UTF-8 (a file cut short?); nothing was read"
        ) from None


def _add(
    store: Store,
    record: dict[str, Any],
    embedder: Embedder,
    extractor: FactExtractor | None,
    *,
    reuse: bool,
) -> None:
    turn = NewTurn(
        role=record["role"],
        speaker=record["speaker"],
        text=record["text"],
        time=datetime.fromtimestamp(record["time"], UTC),
        pinned=bool(record["pinned"]),
    )
    embedded = _embedded(record, embedder, reuse=reuse)
    scope = Scope(record["user"], record["conversation"])
    recalled = record.get("recalled")  # not in the exports of older releases
    store.insert(
        scope,
        turn,
        embedded,
        stated(turn, extractor),
        recalls=int(record["recalls"]),
        recalled=None if recalled is None else int(recalled),
    )


def _embedded(record: dict[str, Any], embedder: Embedder, *, reuse: bool) -> Embedded:
    text = record["text"]
    vectors = [np.frombuffer(base64.b64decode(v), "<f4") for v in record["vectors"]]
    if not vectors:  # pruned: kept in the history, not recalled
        return Embedded(text, (), np.zeros((0, embedder.dimension), np.float32))
    cut = windows(text)
    if reuse and len(vectors) == len(cut) and all(len(v) == embedder.dimension for v in vectors):
        return Embedded(text, tuple(cut), np.stack(vectors))
    return embed_texts([text], embedder)[0]
