"""The store: turns and what is derived from each, in one SQLite file, the source of truth."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import apsw
import numpy as np
from numpy.typing import NDArray

from .database import Database
from .embedding import Embedded
from .errors import BadInput
from .linked import write_facts
from .rules import Assertion
from .scope import Scope, clean_text, some_text
from .times import spans, words_of
from .turns import NewTurn, Stats, Turn
from .words import hashes, terms

__all__ = ["Rows", "Store", "touch"]

_TURN = "id, user, conversation, role, speaker, text, time, pinned"
_ROW, _TERM = np.dtype("<f4"), np.dtype("<u4")
_PAGE = 4096  # chunks read at once, and the rest of the last one's turn


@dataclass(frozen=True, slots=True)
class Rows:
    """Chunks for an index: id, turn, conversation, role, speaker, time and question in ``columns``
    of n each; ``sizes`` (n,) how many of the ``terms`` (m,), which follow one another, are of each;
    vectors (n, d)."""

    columns: list[tuple[Any, ...]]
    terms: NDArray[np.uint32]
    sizes: NDArray[np.int64]
    vectors: NDArray[np.float32]


class Store(Database):
    """Turns, chunks with terms and vectors, and the facts they state. A row is always read or
    written under a scope."""

    def add(
        self,
        scope: Scope,
        turns: Sequence[NewTurn],
        embedded: Sequence[Embedded],
        stated: Sequence[Sequence[Assertion]],
    ) -> list[Turn]:
        """Store turns with all that is derived from them in one transaction."""
        with self.transaction():
            return [self.insert(scope, *each) for each in zip(turns, embedded, stated, strict=True)]

    def insert(
        self,
        scope: Scope,
        new: NewTurn,
        embedded: Embedded,
        stated: Sequence[Assertion],
        recalls: int = 0,
        recalled: int | None = None,
        ordinal: int = 0,
    ) -> Turn:
        """Store one turn inside a transaction that the caller opened, at the place ``ordinal`` or
        the next after its conversation's last. Raises ``EmbedderMismatch``."""
        turn = _turn(scope, new)
        self.check_embedder()
        with self.connection() as connection:
            connection.execute(
                "INSERT INTO turns (user, conversation, ordinal, role, speaker, time, pinned, "
                "recalls, recalled, text) VALUES (?1, ?2, "
                "(SELECT max(coalesce(max(ordinal) + 1, 0), ?10) FROM turns "
                "WHERE user = ?1 AND conversation = ?2), ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
                (
                    turn.user,
                    turn.conversation,
                    turn.role,
                    turn.speaker,
                    turn.time.timestamp(),
                    int(turn.pinned),
                    recalls,
                    recalled,
                    turn.text,
                    ordinal,
                ),
            )
            turn = turn.model_copy(update={"id": connection.last_insert_rowid()})
            connection.executemany(
                "INSERT INTO chunks (turn, question, terms, vector, text) VALUES (?, ?, ?, ?, ?)",
                _chunks(turn, embedded),
            )
            write_facts(connection, turn, stated)
            touch(connection, turn.user)
        return turn

    def turns(
        self, scope: Scope, limit: int | None = None, before: int | None = None
    ) -> list[Turn]:
        """The turns of a scope in the order of storing; with ``limit`` only the latest, with
        ``before`` only those stored before that one."""
        order = "id" if scope.conversation is None else "ordinal"
        where = scope.where if before is None else f"{scope.where} AND id < ?"
        found = self.rows(
            f"SELECT {_TURN} FROM turns WHERE {where} ORDER BY {order} DESC LIMIT ?",
            (
                *scope.values,
                *(() if before is None else (before,)),
                -1 if limit is None else limit,
            ),
        )
        return [_from_row(row) for row in reversed(found)]

    def turns_by_id(self, scope: Scope, ids: Iterable[int]) -> dict[int, Turn]:
        """Those turns of a scope, by id."""
        sql = f"SELECT {_TURN} FROM turns WHERE id = ? AND {scope.where}"
        with self.snapshot() as connection:
            found = [row for i in ids for row in connection.execute(sql, (int(i), *scope.values))]
        return {row[0]: _from_row(row) for row in found}

    def around(self, ids: Iterable[int], back: int) -> dict[int, list[tuple[int, str]]]:
        """Of each of these turns the ids and texts of the ``back`` turns before it in its
        conversation, and of itself, in order."""
        found: dict[int, list[tuple[int, str]]] = defaultdict(list)
        for turn, *said in self.rows(
            "SELECT own.id, t.id, t.text FROM turns own JOIN turns t ON t.user = own.user "
            "AND t.conversation = own.conversation "
            "AND t.ordinal BETWEEN own.ordinal - ?1 AND own.ordinal "
            "WHERE own.id IN (SELECT value FROM json_each(?2)) ORDER BY own.id, t.ordinal",
            (back, str(list(ids))),
        ):
            found[turn].append((said[0], said[1]))
        return found

    def vectors_of(self, ids: Iterable[int]) -> tuple[list[str], NDArray[np.float32]]:
        """The windows of these turns, as far as they are searched, and their vectors (n, d)."""
        rows = self.rows(
            "SELECT coalesce(c.text, t.text), vector FROM chunks c JOIN turns t ON t.id = c.turn "
            "WHERE c.turn IN (SELECT value FROM json_each(?))",
            (str(list(ids)),),
        )
        matrix = np.frombuffer(b"".join(row[1] for row in rows), _ROW)
        return [row[0] for row in rows], matrix.reshape(len(rows), self.dimension)

    def chunk_texts(self, ids: Iterable[int]) -> dict[int, str | None]:
        """The texts of chunks that a partition gave; None where it is the whole turn."""
        wanted = [int(i) for i in ids]
        marks = ", ".join("?" * len(wanted))
        return dict(self.rows(f"SELECT id, text FROM chunks WHERE id IN ({marks})", wanted))

    def state(self, user: str) -> tuple[int, int]:
        """A user's revision and epoch: whether something came, and whether something went. Raises
        ``EmbedderMismatch``, since what is in RAM is then of no use."""
        self.check_embedder()
        found = self.rows("SELECT revision, epoch FROM users WHERE user = ?", (user,))
        return (int(found[0][0]), int(found[0][1])) if found else (0, 0)

    def chunks(self, user: str, after: int = 0) -> Rows | None:
        """A user's chunks of the next turns with ids above ``after``, a page of them (so that
        vectors are never in RAM twice); None when there are no more. Raises
        ``EmbedderMismatch``."""
        with self.snapshot():
            self.check_embedder()
            page = self.rows(
                "SELECT t.id FROM turns t JOIN chunks c ON c.turn = t.id "
                f"WHERE t.user = ? AND t.id > ? ORDER BY t.id LIMIT {_PAGE}",
                (user, after),
            )
            found = self.rows(
                "SELECT c.id, t.id, conversation, role, speaker, time, question, terms, vector "
                "FROM turns t JOIN chunks c ON c.turn = t.id "
                "WHERE t.user = ? AND t.id > ? AND t.id <= ? ORDER BY t.id, c.id",
                (user, after, page[-1][0] if page else after),
            )
        if not found:
            return None
        *columns, words, vectors = zip(*found, strict=True)
        matrix = np.frombuffer(b"".join(vectors), _ROW)
        return Rows(
            columns,
            np.frombuffer(b"".join(words), _TERM),
            np.array([len(each) for each in words], np.int64) // _TERM.itemsize,
            matrix.reshape(len(found), self.dimension).astype(np.float32, copy=False),
        )

    def prune(self, user: str, ids: Sequence[int]) -> int:
        """Take turns out of recall; they stay in the history. Returns how many."""
        if ids:
            with self.transaction() as connection:
                connection.executemany("DELETE FROM chunks WHERE turn = ?", [(i,) for i in ids])
                touch(connection, user, gone=True)
        return len(ids)

    def pin(self, scope: Scope, turn: int, pinned: bool) -> None:
        """Say whether pruning leaves a turn alone. Raises ``BadInput`` for an unknown one."""
        with self.transaction() as connection:
            connection.execute(
                f"UPDATE turns SET pinned = ? WHERE id = ? AND {scope.where}",
                (int(pinned), turn, *scope.values),
            )
            if not connection.changes():
                raise BadInput(f"there is no turn {turn} in this scope")

    def length(self, scope: Scope) -> int:
        """The place in its conversation that the next turn will get."""
        found = self.rows(f"SELECT max(ordinal) + 1 FROM turns WHERE {scope.where}", scope.values)
        return int(found[0][0] or 0)

    def stats(self) -> Stats:
        """How much is stored, all users together."""
        count = "SELECT count(*) FROM "
        turns, users = self.rows("SELECT count(*), count(DISTINCT user) FROM turns")[0]
        pairs = self.rows(f"{count} (SELECT DISTINCT user, conversation FROM turns)")[0][0]
        return Stats(
            turns=turns,
            chunks=self.rows(f"{count} chunks")[0][0],
            facts=self.rows(f"{count} facts")[0][0],
            conversations=pairs,
            users=users,
            bytes=sum(path.stat().st_size for path in self.files()),
        )


def touch(connection: apsw.Connection, user: str, *, gone: bool = False) -> None:
    """Note that something of a user came, or went."""
    # Numbers of the whole file, so that they never come again for a user removed and made anew.
    now = "(SELECT value + 1 FROM meta WHERE key = 'revision')"
    connection.execute(
        f"INSERT INTO users VALUES (?, {now}, {now}) "
        f"ON CONFLICT DO UPDATE SET revision = {now}, epoch = iif(?, {now}, epoch)",
        (user, gone),
    )


def _chunks(turn: Turn, embedded: Embedded) -> list[tuple[Any, ...]]:
    whole = len(embedded.windows) == 1
    return [
        (
            turn.id,
            int(text.rstrip().endswith("?")),
            hashes([*terms(text), *_told(text, turn.time)]).astype(_TERM).tobytes(),
            np.asarray(vector, _ROW).tobytes(),
            None if whole else text,
        )
        for text, vector in zip(embedded.windows, embedded.vectors, strict=True)
    ]


def _told(text: str, said: datetime) -> list[str]:
    """The terms of the dates that a text tells by the day it was said on ("last week"), twice: they
    tell what it is about, as its own date does."""
    return 2 * sorted({t for span in spans(text, said.date()) for t in terms(words_of(span))})


def _turn(scope: Scope, new: NewTurn) -> Turn:
    if scope.conversation is None:
        raise BadInput("a turn needs a conversation; pass conversation=")
    time = new.time or datetime.now(UTC)
    return Turn(
        id=0,
        user=scope.user,
        conversation=scope.conversation,
        role=some_text(new.role, "role"),
        speaker=clean_text(new.speaker or new.role),
        text=some_text(new.text, "text; there is nothing to remember"),
        time=time if time.tzinfo else time.replace(tzinfo=UTC),
        pinned=new.pinned,
    )


def _from_row(row: tuple[Any, ...]) -> Turn:
    id_, user, conversation, role, speaker, text, time, pinned = row
    return Turn.model_construct(
        id=id_,
        user=user,
        conversation=conversation,
        role=role,
        speaker=speaker,
        text=text,
        time=datetime.fromtimestamp(time, UTC),
        pinned=bool(pinned),
    )
