"""Export and import: JSON Lines, lossless, readable by anything."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from .embedding import Embedded, Embedder, embed_texts
from .errors import BadInput, StoreUnwritable
from .exports import remember, writing
from .records import (
    COLUMNS,
    FORMAT,
    WRONG,
    assertions,
    header,
    kept_vectors,
    place,
    record,
    said,
    same_vectors,
)
from .rules import FactExtractor
from .scope import Scope
from .store import Store

__all__ = ["export_turns", "import_turns"]

_BATCH = 256


def export_turns(store: Store, path: Path, user: str | None) -> int:
    """Write every turn, or one user's, with its place, facts and vectors; returns how many. The
    file appears whole or not at all, with mode 0600. The store remembers its name, for ``verify``
    and for erasures.

    Raises ``StoreUnwritable`` and ``EmbedderMismatch``.
    """
    path = path.resolve()  # where a link points, which is what the store remembers
    count = 0
    try:
        with writing(path) as file:
            with store.transaction():  # first: what is left after a kill is known of as well
                remember(store, path)
            file.write(header(store.meta("embedder"), store.dimension))
            for line in _lines(store, user):
                file.write(line)
                count += 1
    except OSError as error:
        raise StoreUnwritable(
            f"cannot write the export {path} ({error.strerror}); choose another place"
        ) from None
    return count


def _lines(store: Store, user: str | None) -> Iterator[str]:
    last = 0
    mine, values = ("", ()) if user is None else ("user = ? AND", Scope(user).values)
    while rows := store.rows(
        f"SELECT {COLUMNS}, id FROM turns WHERE {mine} id > ? ORDER BY id LIMIT {_BATCH}",
        (*values, last),
    ):
        store.check_embedder()  # or the vectors would not be those that the first line tells
        for row in rows:
            last = row[-1]
            facts = store.rows(
                "SELECT attribute, value, over, text FROM facts WHERE turn = ? ORDER BY id", (last,)
            )
            vectors = store.rows("SELECT vector FROM chunks WHERE turn = ? ORDER BY id", (last,))
            yield record(row, facts, (vector for (vector,) in vectors))


def import_turns(
    store: Store, path: Path, embedder: Embedder, extractor: FactExtractor | None
) -> tuple[int, list[Scope]]:
    """Read an export; returns how many turns, and the conversations they are of. All of them are
    added, or, when a line is wrong, none. Each keeps its place in its conversation as long as
    nothing stands there, else it comes last. Vectors of another embedder are made anew. The store
    remembers the file's name as that of an export.

    Raises ``BadInput`` naming the line.
    """
    lines = _read(path)
    first = next(lines, (1, {}))[1]
    if first.get("format") != FORMAT:
        raise BadInput(f"{path} is no export of ours: its first line should name {FORMAT!r}")
    same = same_vectors(first, embedder.name, embedder.dimension)
    count, scopes = 0, dict[Scope, None]()
    with store.transaction():
        for number, line in lines:
            try:
                scopes[_add(store, line, embedder, extractor, reuse=same)] = None
            except WRONG as error:
                raise BadInput(
                    f"{path}, line {number}: not a turn ({type(error).__name__}); nothing was read"
                ) from None
            count += 1
        remember(store, path)
    return count, list(scopes)


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
    line: dict[str, Any],
    embedder: Embedder,
    extractor: FactExtractor | None,
    *,
    reuse: bool,
) -> Scope:
    scope = Scope(line["user"], line["conversation"])
    recalled = line.get("recalled")  # not in the exports of older releases
    store.insert(
        scope,
        said(line),
        _embedded(line, embedder, reuse=reuse),
        assertions(line, extractor),
        recalls=int(line["recalls"]),
        recalled=None if recalled is None else int(recalled),
        ordinal=place(line),
    )
    return scope


def _embedded(line: dict[str, Any], embedder: Embedder, *, reuse: bool) -> Embedded:
    text = line["text"]
    if not line["vectors"]:  # pruned: kept in the history, not recalled
        return Embedded(text, (), np.zeros((0, embedder.dimension), np.float32))
    kept = kept_vectors(line, embedder.dimension)
    return kept if reuse and kept is not None else embed_texts([text], embedder)[0]
