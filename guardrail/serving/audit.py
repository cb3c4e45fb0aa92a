"""The audit log: who changed what is forgotten or erased memory, and when; never the text."""

from __future__ import annotations

import getpass
import json
import os
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from guardrail.errors import StorageError

if TYPE_CHECKING:
    from memory import Receipt

__all__ = ["Audit", "at_the_command_line", "erased"]

log = structlog.get_logger(__name__)


class Audit:
    """One JSON object a line, appended to a file of mode 0600; without a path nothing is kept.

    Ids of targets are made from their names, so they do not stand here: a change of the forget set
    is told by how many targets there are after it, an erasure by its counts.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._lock = threading.Lock()

    @contextmanager
    def act(self, action: str, who: str) -> Iterator[dict[str, int | bool]]:
        """An act between two lines with one number: that it begins, and how it ended, with the
        counts put into what this gives. Without the first line it is not done: raises
        ``StorageError`` then. That only the second cannot be written undoes nothing, so it is no
        failure of the act: a first line alone says that the act may have been done.
        """
        number = uuid.uuid4().hex[:12]
        self._write(action, who, act=number, step="begins")
        counts: dict[str, int | bool] = {}
        try:
            yield counts
        except BaseException as error:
            self._end(action, who, act=number, step="failed", error=type(error).__name__)
            raise
        self._end(action, who, act=number, step="done", **counts)

    def _end(self, action: str, who: str, **told: str | int | bool) -> None:
        try:
            self._write(action, who, **told)
        except StorageError as error:
            log.error("the audit log lacks how an act ended", error=str(error), act=told["act"])

    def _write(self, action: str, who: str, **told: str | int | bool) -> None:
        """Add a line, and have it on disk. Raises ``StorageError``."""
        if self._path is None:
            return
        entry = {"time": datetime.now(UTC).isoformat(), "action": action, "who": who, **told}
        line = json.dumps(entry, ensure_ascii=False) + "\n"
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._lock:
                handle = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
                try:
                    os.write(handle, line.encode())
                    os.fsync(handle)
                finally:
                    os.close(handle)
        except OSError as error:
            raise StorageError(f"cannot write {self._path}: {error.strerror}") from None


def erased(receipt: Receipt) -> dict[str, int | bool]:
    """The counts of an erasure."""
    return {
        "turns": len(receipt.turns),
        "chunks": receipt.chunks,
        "facts": receipt.facts,
        "summaries": receipt.summaries,
        "incomplete": receipt.incomplete,
    }


def at_the_command_line() -> str:
    """Who acts in a terminal: the user of this machine."""
    try:
        return f"{getpass.getuser()} at the command line"
    except (KeyError, OSError):  # a container's user need not have a name
        return f"user {os.getuid()} at the command line"
