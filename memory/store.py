"""The store: one SQLite file, the source of truth. Everything else is derived from it.

WAL mode, one transaction for each turn or exchange, freed pages overwritten. A connection is
shared by the threads of a process under a lock; other processes may read and write beside it.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import apsw
import numpy as np
from numpy.typing import NDArray

from .embedding import Embedded
from .errors import (
    BadInput,
    EmbedderMismatch,
    MemoryFault,
    StoreBroken,
    StoreFault,
    StoreUnwritable,
)
from .migrations import migrate
from .turns import NewTurn, Stats, Turn

__all__ = ["Scope", "Store", "Vectors"]

_WAIT_MS = 10_000  # for another process's write
_TURN = "id, user, conversation, role, speaker, text, time"


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose data: a user's, and with ``conversation`` only that one's. Every query has one."""

    user: str
    conversation: str | None = None

    def __post_init__(self) -> None:
        for name, value in (("user", self.user), ("conversation", self.conversation)):
            if name == "conversation" and value is None:
                continue
            if not isinstance(value, str) or not value.strip():
                raise BadInput(f"{name} is {value!r}; a scope needs a name that is not empty")
            clean_text(value)

    @property
    def where(self) -> str:
        """The SQL condition on a table with user and conversation."""
        return "user = ?" if self.conversation is None else "user = ? AND conversation = ?"

    @property
    def values(self) -> tuple[str, ...]:
        """What the condition's question marks stand for."""
        return (self.user,) if self.conversation is None else (self.user, self.conversation)


@dataclass(frozen=True, slots=True)
class Vectors:
    """Chunks for an index: ids (n,), turns (n,), vectors (n, d)."""

    ids: NDArray[np.int64]
    turns: NDArray[np.int64]
    vectors: NDArray[np.float32]


class Store:
    """Turns, their chunks and vectors, their words, and summaries, in one file.

    Raises ``StoreBroken``, ``StoreTooNew`` or ``StoreUnwritable`` on opening, ``EmbedderMismatch``
    when the file was made with another embedder; a damaged file is never written to.
    """

    def __init__(self, path: str | Path, *, embedder: str, dimension: int) -> None:
        self.path = Path(path) if str(path) != ":memory:" else None
        self.dimension = dimension
        self._lock = threading.RLock()
        with self._guarded_errors():
            self._connection = self._open(str(path))
            self._configure()
            migrate(self._connection)
            self._stamp(embedder, dimension)
            if self.meta("unfinished"):
                self.truncate_log()

    def _open(self, path: str) -> apsw.Connection:
        if self.path is not None and not self.path.parent.is_dir():
            raise StoreUnwritable(f"there is no folder {self.path.parent}; make it first")
        return apsw.Connection(path)

    def _configure(self) -> None:
        self._connection.set_busy_timeout(_WAIT_MS)
        for pragma in (
            "journal_mode = WAL",
            "synchronous = FULL",  # a committed turn survives a power cut too
            "foreign_keys = ON",
            "secure_delete = ON",
            "temp_store = MEMORY",  # no copies of texts in temporary files
        ):
            self._connection.execute(f"PRAGMA {pragma}").fetchall()

    def _stamp(self, embedder: str, dimension: int) -> None:
        stamped = self.meta("embedder")
        if stamped is None:
            with self.transaction():
                self.set_meta("embedder", embedder)
                self.set_meta("dimension", dimension)
        elif (stamped, self.meta("dimension")) != (embedder, dimension):
            raise EmbedderMismatch(
                f"the database was made with the embedder {stamped!r} "
                f"({self.meta('dimension')} numbers), opened with {embedder!r} ({dimension}); "
                "open it with the former, or export it and import it into a new file"
            )

    @contextmanager
    def guarded(self) -> Iterator[apsw.Connection]:
        """The connection, under the lock; SQLite's errors as ours."""
        with self._guarded_errors():
            yield self._connection

    @contextmanager
    def _guarded_errors(self) -> Iterator[None]:
        with self._lock:
            try:
                yield
            except MemoryFault:
                raise
            except (apsw.NotADBError, apsw.CorruptError) as error:
                raise StoreBroken(
                    f"{self.path} is damaged or no database ({type(error).__name__}); restore a "
                    "copy or an export, or choose another file"
                ) from None
            except (
                apsw.FullError,
                apsw.ReadOnlyError,
                apsw.CantOpenError,
                apsw.IOError,
                apsw.BusyError,
                apsw.PermissionsError,
            ) as error:
                raise StoreUnwritable(
                    f"cannot use {self.path} ({_REASON[type(error)]}); nothing was changed"
                ) from None
            except apsw.ConnectionClosedError:
                raise StoreFault("the memory is closed; open it again") from None

    @contextmanager
    def transaction(self) -> Iterator[apsw.Connection]:
        """One write transaction, counted in ``revision``: all of it is kept, or nothing."""
        with self.guarded() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("UPDATE meta SET value = value + 1 WHERE key = 'revision'")
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """The rows of one query."""
        with self.guarded() as connection:
            return list(connection.execute(sql, values))

    def meta(self, key: str) -> Any:
        """One entry of the table of facts about the database itself."""
        found = self.rows("SELECT value FROM meta WHERE key = ?", (key,))
        return found[0][0] if found else None

    def set_meta(self, key: str, value: Any) -> None:
        """Write one such entry, inside a transaction."""
        self._connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    def add(
        self, scope: Scope, turns: Sequence[NewTurn], embedded: Sequence[Embedded]
    ) -> list[Turn]:
        """Store turns with their chunks in one transaction."""
        with self.transaction():
            return [
                self.insert(scope, new, vectors)
                for new, vectors in zip(turns, embedded, strict=True)
            ]

    def insert(self, scope: Scope, new: NewTurn, embedded: Embedded) -> Turn:
        """Store one turn inside a transaction that the caller opened."""
        turn = _turn(scope, new)
        self._connection.execute(
            f"INSERT INTO turns VALUES (NULL, {', '.join('?' * 6)})",
            (
                turn.user,
                turn.conversation,
                turn.role,
                turn.speaker,
                turn.text,
                turn.time.timestamp(),
            ),
        )
        turn = turn.model_copy(update={"id": self._connection.last_insert_rowid()})
        self._add_derived(turn, embedded)
        return turn

    def _add_derived(self, turn: Turn, embedded: Embedded) -> None:
        self._connection.execute(
            "INSERT INTO words (rowid, body) VALUES (?, ?)", (turn.id, searchable(turn))
        )
        self._connection.executemany(
            "INSERT INTO chunks (turn, text, vector) VALUES (?, ?, ?)",
            [
                (turn.id, text, np.asarray(vector, "<f4").tobytes())
                for text, vector in zip(embedded.windows, embedded.vectors, strict=True)
            ],
        )

    def turns(self, scope: Scope, limit: int | None = None) -> list[Turn]:
        """The turns of a scope in the order of storing; with ``limit`` only the latest."""
        found = self.rows(
            f"SELECT {_TURN} FROM turns WHERE {scope.where} ORDER BY id DESC LIMIT ?",
            (*scope.values, -1 if limit is None else limit),
        )
        return [_from_row(row) for row in reversed(found)]

    def turns_by_id(self, scope: Scope, ids: Iterable[int]) -> dict[int, Turn]:
        """Those turns of a scope, by id."""
        ids = [int(i) for i in ids]
        marks = ", ".join("?" * len(ids))
        found = self.rows(
            f"SELECT {_TURN} FROM turns WHERE {scope.where} AND id IN ({marks})",
            (*scope.values, *ids),
        )
        return {row[0]: _from_row(row) for row in found}

    def chunk_texts(self, ids: Iterable[int]) -> dict[int, str]:
        """The texts of chunks that an index of the same scope gave."""
        ids = [int(i) for i in ids]
        marks = ", ".join("?" * len(ids))
        return dict(self.rows(f"SELECT id, text FROM chunks WHERE id IN ({marks})", ids))

    def vectors(self, scope: Scope, after: int = 0) -> Vectors:
        """The chunks of a scope with ids above ``after``."""
        found = self.rows(
            "SELECT chunks.id, turn, vector FROM chunks JOIN turns ON turns.id = turn "
            f"WHERE {scope.where} AND chunks.id > ? ORDER BY chunks.id",
            (*scope.values, after),
        )
        matrix = np.frombuffer(b"".join(row[2] for row in found), "<f4")
        return Vectors(
            np.array([row[0] for row in found], np.int64),
            np.array([row[1] for row in found], np.int64),
            matrix.reshape(len(found), self.dimension).astype(np.float32),
        )

    def search_words(self, scope: Scope, query: str, limit: int) -> list[tuple[int, float]]:
        """Turns by BM25 over their stemmed words, best first, with scores above 0.

        ``query`` is in FTS5's syntax.
        """
        found = self.rows(
            "SELECT turns.id, -bm25(words) FROM words JOIN turns ON turns.id = words.rowid "
            f"WHERE words MATCH ? AND {scope.where} ORDER BY rank LIMIT ?",
            (query, *scope.values, limit),
        )
        return [(int(row[0]), float(row[1])) for row in found]

    def state(self) -> tuple[int, int]:
        """Revision and epoch: what has grown since, and whether anything was taken away."""
        return int(self.meta("revision")), int(self.meta("epoch"))

    def delete(self, ids: Sequence[int]) -> tuple[int, int]:
        """Remove turns and all that is derived from them; how many chunks and summary lines went.

        The summaries of the conversations concerned are dropped whole and made again from what is
        left when next asked for.
        """
        marks = ", ".join("?" * len(ids))
        with self.transaction() as connection:
            scopes = list(
                connection.execute(
                    f"SELECT DISTINCT user, conversation FROM turns WHERE id IN ({marks})", ids
                )
            )
            summaries = 0
            for scope in scopes:
                connection.execute(
                    "DELETE FROM summaries WHERE user = ? AND conversation = ?", scope
                )
                summaries += connection.changes()
                connection.execute(
                    "DELETE FROM summarised WHERE user = ? AND conversation = ?", scope
                )
            connection.execute(f"DELETE FROM words WHERE rowid IN ({marks})", ids)
            connection.execute(f"DELETE FROM chunks WHERE turn IN ({marks})", ids)
            chunks = connection.changes()
            connection.execute(f"DELETE FROM turns WHERE id IN ({marks})", ids)
            connection.execute("UPDATE meta SET value = value + 1 WHERE key = 'epoch'")
            self.set_meta("unfinished", 1)
        return chunks, summaries

    def truncate_log(self) -> bool:
        """Bring the write-ahead log into the file and empty it, so that no old page of it remains.

        False when another connection was reading meanwhile; the next opening tries again.
        """
        with self.guarded() as connection:
            if self.path is not None:
                # Marked done before the log is emptied, or the mark itself would stay behind in it.
                self._mark_finished()
                busy = next(connection.execute("PRAGMA wal_checkpoint(TRUNCATE)"))[0]
                if busy:
                    with self.transaction():
                        self.set_meta("unfinished", 1)
                    return False
            else:
                self._mark_finished()
            return True

    def _mark_finished(self) -> None:
        with self.transaction():
            self.set_meta("unfinished", 0)

    def stats(self) -> Stats:
        """How much is stored, all users together."""
        turns, users = self.rows("SELECT count(*), count(DISTINCT user) FROM turns")[0]
        conversations = self.rows(
            "SELECT count(*) FROM (SELECT DISTINCT user, conversation FROM turns)"
        )[0][0]
        chunks = self.rows("SELECT count(*) FROM chunks")[0][0]
        size = sum(path.stat().st_size for path in self.files() if path.exists())
        return Stats(
            turns=turns, chunks=chunks, conversations=conversations, users=users, bytes=size
        )

    def files(self) -> list[Path]:
        """Every file that the store may keep data in."""
        if self.path is None:
            return []
        return [self.path, *(Path(f"{self.path}{end}") for end in ("-wal", "-shm", "-journal"))]

    def close(self) -> None:
        """Close the file. Closing twice is harmless."""
        with self._lock:
            self._connection.close()


_REASON = {
    apsw.FullError: "the disk is full: free some space",
    apsw.ReadOnlyError: "it is read-only: change its permissions or choose another file",
    apsw.CantOpenError: "it cannot be opened: check the path and its permissions",
    apsw.IOError: "reading or writing failed: check the disk",
    apsw.BusyError: "another process has held it locked for too long: end that process",
    apsw.PermissionsError: "access was refused: change its permissions",
}


def clean_text(text: str) -> str:
    """``text``, if it can be stored. Raises ``BadInput``."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise BadInput(
            f"received text that is not valid Unicode (lone surrogate at {error.start}); "
            "decode the input with errors='replace'"
        ) from None
    return text


def searchable(turn: Turn) -> str:
    """What the full-text index holds of a turn: who said it, when, and what."""
    return f"{turn.speaker} {turn.time:%d %B %Y} {turn.text}"


def _turn(scope: Scope, new: NewTurn) -> Turn:
    if scope.conversation is None:
        raise BadInput("a turn needs a conversation; pass conversation=")
    if not new.text.strip():
        raise BadInput("received an empty text; there is nothing to remember")
    time = new.time or datetime.now(UTC)
    return Turn(
        id=0,
        user=scope.user,
        conversation=scope.conversation,
        role=clean_text(new.role),
        speaker=clean_text(new.speaker or new.role),
        text=clean_text(new.text),
        time=time if time.tzinfo else time.replace(tzinfo=UTC),
    )


def _from_row(row: tuple[Any, ...]) -> Turn:
    id_, user, conversation, role, speaker, text, time = row
    return Turn.model_construct(
        id=id_,
        user=user,
        conversation=conversation,
        role=role,
        speaker=speaker,
        text=text,
        time=datetime.fromtimestamp(time, UTC),
    )
