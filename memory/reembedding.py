"""Giving a database the vectors of another embedder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from .embedding import Embedder
from .store import Store

__all__ = ["reembed"]

_BATCH = 256


def reembed(
    path: str | Path, embedder: Embedder, *, progress: Callable[[int, int], None] | None = None
) -> int:
    """Give every chunk of a database a vector of ``embedder``; returns how many chunks there are.

    Broken off, it goes on where it was when called again; until it is finished the database opens
    with no embedder. Nobody else may have it open. ``progress`` gets (done, all) after each batch.
    """
    store = Store(path, embedder=None, dimension=embedder.dimension)
    try:
        _begin(store, embedder)
        total = int(store.rows("SELECT count(*) FROM chunks")[0][0])
        while _batch(store, embedder):
            if progress:
                progress(_done(store), total)
        _finish(store, embedder)
        return total
    finally:
        store.close()


def _begin(store: Store, embedder: Embedder) -> None:
    mark = f"{embedder.name} (unfinished)"
    if store.meta("embedder") not in (mark, embedder.name):
        with store.transaction():
            store.set_meta("embedder", mark)
            store.set_meta("upto", 0)


def _batch(store: Store, embedder: Embedder) -> bool:
    """New vectors for the next chunks, in one transaction with how far that is."""
    upto = store.meta("upto")
    rows = store.rows(
        "SELECT c.id, coalesce(c.text, t.text) FROM chunks c JOIN turns t ON t.id = c.turn "
        f"WHERE c.id > ? ORDER BY c.id LIMIT {_BATCH}",
        (upto,),
    )
    if upto is None or not rows:
        return False
    vectors = np.asarray(embedder.encode([text for _, text in rows]), "<f4")
    with store.transaction() as connection:
        connection.executemany(
            "UPDATE chunks SET vector = ? WHERE id = ?",
            [(vector.tobytes(), row[0]) for vector, row in zip(vectors, rows, strict=True)],
        )
        store.set_meta("upto", rows[-1][0])
    return True


def _done(store: Store) -> int:
    return int(store.rows("SELECT count(*) FROM chunks WHERE id <= ?", (store.meta("upto"),))[0][0])


def _finish(store: Store, embedder: Embedder) -> None:
    with store.transaction() as connection:
        store.set_meta("embedder", embedder.name)
        store.set_meta("dimension", embedder.dimension)
        connection.execute("DELETE FROM meta WHERE key = 'upto'")
