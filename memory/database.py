"""The SQLite file: opening it, transactions, its errors as ours, and emptying its log."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import apsw

from .errors import EmbedderMismatch, MemoryFault, StoreBroken, StoreFault, StoreUnwritable
from .migrations import migrate

__all__ = ["Database"]

_REASON = {
    apsw.FullError: "the disk is full: free some space",
    apsw.ReadOnlyError: "it is read-only: change its permissions or choose another file",
    apsw.CantOpenError: "it cannot be opened: check the path and its permissions",
    apsw.IOError: "reading or writing failed: check the disk and the space left on it",
    apsw.BusyError: "another process holds it locked: end that process or try again",
    apsw.LockedError: "another process holds it locked: end that process or try again",
    apsw.PermissionsError: "access was refused: change its permissions",
}


class Database:
    """One connection, shared by the threads of a process under a lock; other processes may read
    and write the file beside it. WAL mode; freed pages are overwritten.

    Raises ``StoreBroken``, ``StoreTooNew`` or ``StoreUnwritable`` on opening, ``EmbedderMismatch``
    when the file was made with another embedder (``None`` opens it with any); a file that is not
    ours is never written to.
    """

    def __init__(
        self, path: str | Path, *, embedder: str | None, dimension: int, wait: float = 10.0
    ) -> None:
        self.path = None if str(path) == ":memory:" else Path(path)
        self.embedder = embedder
        self.dimension = dimension
        self._wait = wait
        self._lock = threading.RLock()
        with self._our_errors():
            self._connection = self._open()
            try:
                self._prepare(embedder)
            except BaseException:
                self._connection.close()
                raise

    def _open(self) -> apsw.Connection:
        if self.path is None:
            return apsw.Connection(":memory:")
        if not self.path.parent.is_dir():
            raise StoreUnwritable(f"there is no folder {self.path.parent}; make it first")
        if self.path.is_dir():
            raise StoreUnwritable(f"{self.path} is a folder; name a file in it")
        # Before SQLite makes it readable by everybody; its log takes the same permissions.
        with contextlib.suppress(OSError):  # there already, or SQLite says better what is wrong
            os.close(os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        return apsw.Connection(str(self.path))

    def _prepare(self, embedder: str | None) -> None:
        connection = self._connection
        connection.set_busy_timeout(int(self._wait * 1000))
        # Before anything is written: a foreign file must stay as it is.
        if next(connection.execute("SELECT count(*) FROM sqlite_schema"))[0]:
            migrate(connection)
        for pragma in (
            "journal_mode = WAL",
            "synchronous = FULL",  # a committed turn survives a power cut too
            "foreign_keys = ON",
            "secure_delete = ON",
            "temp_store = MEMORY",  # no copies of texts in temporary files
            "cache_size = -16000",
            "mmap_size = 0",
        ):
            connection.execute(f"PRAGMA {pragma}").fetchall()
        migrate(connection)
        if embedder is not None:
            self._stamp(embedder)
        if self.meta("unfinished"):
            self.truncate_log()

    def _stamp(self, embedder: str) -> None:
        if self.meta("embedder") is None:
            with self.transaction():
                if self.meta("embedder") is None:  # nobody else did meanwhile
                    self.set_meta("embedder", embedder)
                    self.set_meta("dimension", self.dimension)
        self.check_embedder()

    def check_embedder(self) -> None:
        """Raises ``EmbedderMismatch`` when the vectors are no longer those of the embedder that the
        file was opened with: another process may be giving it new ones."""
        if self.embedder is None:
            return
        found = dict(
            self.rows("SELECT key, value FROM meta WHERE key IN ('embedder', 'dimension', 'upto')")
        )
        if "upto" in found:
            raise EmbedderMismatch(
                f"the database is being given new vectors: {found['embedder']}; let that end, or "
                "take it up again with memory.reembed(path, embedder)"
            )
        stamped = found.get("embedder"), found.get("dimension")
        if stamped != (self.embedder, self.dimension):
            raise EmbedderMismatch(
                f"the database was made with the embedder {stamped[0]!r} ({stamped[1]} numbers), "
                f"opened with {self.embedder!r} ({self.dimension}); open it with the former, or "
                "give it new vectors with memory.reembed(path, embedder)"
            )

    @contextmanager
    def _our_errors(self) -> Iterator[None]:
        with self._lock:
            try:
                yield
            except MemoryFault:
                raise
            except (apsw.NotADBError, apsw.CorruptError, UnicodeDecodeError) as error:
                raise StoreBroken(
                    f"{self.path} is damaged or no database ({type(error).__name__}); restore a "
                    "copy or an export, or choose another file"
                ) from None
            except tuple(_REASON) as error:
                reason = next(text for kind, text in _REASON.items() if isinstance(error, kind))
                raise StoreUnwritable(
                    f"cannot use {self.path} ({reason}); nothing was changed"
                ) from None
            except apsw.ConnectionClosedError:
                raise StoreFault("the memory is closed; open it again") from None

    @contextmanager
    def connection(self) -> Iterator[apsw.Connection]:
        """The connection, under the lock; SQLite's errors as ours."""
        with self._our_errors():
            yield self._connection

    @contextmanager
    def transaction(self) -> Iterator[apsw.Connection]:
        """One write transaction: all of it is kept, or nothing."""
        with self.connection() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("UPDATE meta SET value = value + 1 WHERE key = 'revision'")
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    @contextmanager
    def snapshot(self) -> Iterator[apsw.Connection]:
        """Several reads of one state of the file."""
        with self.connection() as connection:
            connection.execute("BEGIN")
            try:
                yield connection
            finally:
                with contextlib.suppress(apsw.Error):  # the reads' own error matters more
                    connection.execute("COMMIT")

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """The rows of one query."""
        with self.connection() as connection:
            return list(connection.execute(sql, values))

    def meta(self, key: str) -> Any:
        """One entry of the table of facts about the database itself."""
        found = self.rows("SELECT value FROM meta WHERE key = ?", (key,))
        return found[0][0] if found else None

    def set_meta(self, key: str, value: Any) -> None:
        """Write one such entry, inside a transaction."""
        self._connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    def truncate_log(self) -> bool:
        """Bring the write-ahead log into the file and empty it, so that no old page of it remains.

        Waits for other connections that are reading; False when one read for longer than the wait:
        then the next opening finishes it.
        """
        if self.path is None:
            return True
        with self.connection() as connection:
            try:
                busy = next(connection.execute("PRAGMA wal_checkpoint(TRUNCATE)"))[0]
            except (apsw.BusyError, apsw.LockedError):  # what was deleted is; only this is not done
                busy = True
        if not busy:
            with self.transaction():  # afterwards: whoever is killed before this begins again
                self.set_meta("unfinished", 0)
        return not busy

    def files(self) -> list[Path]:
        """Every file that the store keeps data in, as far as it exists."""
        if self.path is None:
            return []
        ends = ("", "-wal", "-shm", "-journal")
        return [path for path in (Path(f"{self.path}{end}") for end in ends) if path.exists()]

    def close(self) -> None:
        """Close the file. Closing twice is harmless."""
        with self._lock:
            self._connection.close()
