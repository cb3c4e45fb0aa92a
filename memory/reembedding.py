"""Giving a database the vectors of another embedder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from .embedding import Embedder
from .errors import EmbedderMismatch
from .store import Store

__all__ = ["reembed"]

_BATCH = 256


def reembed(
    path: str | Path, embedder: Embedder, *, progress: Callable[[int, int], None] | None = None
) -> int:
    """Give every chunk of a database a vector of ``embedder``; returns how many chunks there are.

    Broken off, it goes on where it was when called again with the same embedder, and begins anew
    with another. Until it is finished the database opens with no embedder, and who had it open is
    refused too. ``progress`` gets (done, all) after each batch. Raises ``EmbedderMismatch`` when
    somebody else began to give it the vectors of another embedder meanwhile.
    """
    store = Store(path, embedder=None, dimension=embedder.dimension)
    try:
        total = int(store.rows("SELECT count(*) FROM chunks")[0][0])
        if not _finished(store, embedder):
            _begin(store, embedder)
            while _batch(store, embedder):
                if progress:
                    progress(_done(store), total)
            _finish(store, embedder)
        return total
    finally:
        store.close()


def _mark(embedder: Embedder) -> str:
    """What the database is stamped with until it is finished."""
    return f"{embedder.name} ({embedder.dimension} numbers, unfinished)"


def _finished(store: Store, embedder: Embedder) -> bool:
    stamped = store.meta("embedder"), store.meta("dimension"), store.meta("upto")
    return stamped == (embedder.name, embedder.dimension, None)


def _begin(store: Store, embedder: Embedder) -> None:
    with store.transaction():
        if store.meta("embedder") != _mark(embedder):
            store.set_meta("embedder", _mark(embedder))
            store.set_meta("upto", 0)


def _batch(store: Store, embedder: Embedder) -> bool:
    """New vectors for the next chunks, in one transaction with how far that is."""
    upto = _done_to(store)
    rows = store.rows(
        "SELECT c.id, coalesce(c.text, t.text) FROM chunks c JOIN turns t ON t.id = c.turn "
        f"WHERE c.id > ? ORDER BY c.id LIMIT {_BATCH}",
        (upto,),
    )
    if not rows:
        return False
    vectors = np.asarray(embedder.encode([text for _, text in rows]), "<f4")
    with store.transaction() as connection:
        if _finished(store, embedder):
            return False
        _check(store, embedder)
        connection.executemany(
            "UPDATE chunks SET vector = ? WHERE id = ?",
            [(vector.tobytes(), row[0]) for vector, row in zip(vectors, rows, strict=True)],
        )
        store.set_meta("upto", max(rows[-1][0], _done_to(store)))
    return True


def _check(store: Store, embedder: Embedder) -> None:
    if store.meta("embedder") != _mark(embedder):
        raise EmbedderMismatch(
            f"the database is being given other vectors by somebody else: "
            f"{store.meta('embedder')}; let that end and call reembed again"
        )


def _done_to(store: Store) -> int:
    return int(store.meta("upto") or 0)


def _done(store: Store) -> int:
    return int(store.rows("SELECT count(*) FROM chunks WHERE id <= ?", (_done_to(store),))[0][0])


def _finish(store: Store, embedder: Embedder) -> None:
    with store.transaction() as connection:
        if _finished(store, embedder):
            return
        _check(store, embedder)
        store.set_meta("embedder", embedder.name)
        store.set_meta("dimension", embedder.dimension)
        connection.execute("DELETE FROM meta WHERE key = 'upto'")
