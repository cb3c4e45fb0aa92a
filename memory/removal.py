"""Removing turns from the store with all that is derived from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import apsw

from .database import Database
from .scope import Scope
from .store import touch

__all__ = ["Derived", "derived", "remove"]

_HELD = "(SELECT value FROM json_each(?))"  # ids as one value: there may be many


@dataclass(frozen=True, slots=True)
class Derived:
    """How many rows and words are derived from some turns."""

    chunks: int
    terms: int
    facts: int
    summaries: int


def derived(store: Database, ids: Sequence[int]) -> Derived:
    """What goes when these turns go: their chunks (each with its vector), the words stored of
    them, their facts, and the lines of the summaries of their blocks, which are made again from
    what is left."""
    held = str(list(ids))
    with store.snapshot() as connection:
        chunks, words = next(
            connection.execute(
                "SELECT count(*), coalesce(sum(length(terms)), 0) / 4 FROM chunks "
                f"WHERE turn IN {_HELD}",
                (held,),
            )
        )
        words += next(
            connection.execute(
                "SELECT count(*) FROM fact_terms WHERE fact IN "
                f"(SELECT id FROM facts WHERE turn IN {_HELD})",
                (held,),
            )
        )[0]
        facts = next(
            connection.execute(f"SELECT count(*) FROM facts WHERE turn IN {_HELD}", (held,))
        )[0]
        lines = sum(
            next(connection.execute(f"SELECT count(*) FROM summaries {_BLOCK}", place))[0]
            for place in _blocks(connection, ids)
        )
    return Derived(chunks, words, facts, lines)


def remove(store: Database, scope: Scope, ids: Sequence[int]) -> None:
    """Remove turns and all that is derived from them, in one transaction."""
    with store.transaction() as connection:
        for place in _blocks(connection, ids):
            connection.execute(f"DELETE FROM summaries {_BLOCK}", place)
            connection.execute(f"DELETE FROM blocks {_BLOCK}", place)
        for turn in ids:
            connection.execute("DELETE FROM facts WHERE turn = ?", (turn,))
            connection.execute("DELETE FROM chunks WHERE turn = ?", (turn,))
            connection.execute(
                f"DELETE FROM turns WHERE id = ? AND {scope.where}", (turn, *scope.values)
            )
        touch(connection, scope.user, gone=True)
        rest = connection.execute("SELECT 1 FROM turns WHERE user = ? LIMIT 1", (scope.user,))
        # To its end: a statement still open when another thread gets the connection, and not
        # closed while that one works, keeps the log from being emptied.
        if not rest.fetchall():
            connection.execute("DELETE FROM users WHERE user = ?", (scope.user,))
        store.set_meta("unfinished", 1)


_BLOCK = "WHERE user = ? AND conversation = ? AND block = ?"


def _blocks(connection: apsw.Connection, ids: Sequence[int]) -> set[tuple[str, str, int]]:
    """The blocks that the turns are in, and the summary above each."""
    found = list(
        connection.execute(
            f"SELECT DISTINCT user, conversation, ordinal / 100 FROM turns WHERE id IN {_HELD}",
            (str(list(ids)),),
        )
    )
    return {(user, talk, block) for user, talk, own in found for block in (own, -1)}
