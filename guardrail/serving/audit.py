"""The audit log: who changed what is forgotten or erased memory, and when; never the text."""

from __future__ import annotations

import json
import os
import threading
from datetime import UTC, datetime
from pathlib import Path

from guardrail.errors import StorageError

__all__ = ["Audit"]


class Audit:
    """One JSON object a line, appended to a file of mode 0600; without a path nothing is kept.

    Ids of targets are made from their names, so they do not stand here: a change of the forget set
    is told by the set's revision after it, an erasure by its counts.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._lock = threading.Lock()

    def write(self, action: str, who: str, **counts: int | bool) -> None:
        """Add a line, and have it on disk. Raises ``StorageError``."""
        if self._path is None:
            return
        entry = {"time": datetime.now(UTC).isoformat(), "action": action, "who": who, **counts}
        line = json.dumps(entry, ensure_ascii=False) + "\n"
        try:
            with self._lock:
                handle = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
                try:
                    os.write(handle, line.encode())
                    os.fsync(handle)
                finally:
                    os.close(handle)
        except OSError as error:
            raise StorageError(f"cannot write {self._path}: {error.strerror}") from None
