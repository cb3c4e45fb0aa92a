"""The exports that a store wrote and still knows of: written whole, and erased from."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

from .database import Database
from .turns import Turn

__all__ = ["FORMAT", "erased_from", "known", "remember", "writing"]

FORMAT = "guardrail-memory turns 1"
_Key = tuple[str, str, str, str, str, datetime]


@contextmanager
def writing(path: Path) -> Iterator[TextIO]:
    """A file that appears whole or not at all, with mode 0600. Raises ``OSError``."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            yield file
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def known(store: Database) -> list[Path]:
    """The exports that are still where they were written."""
    return [path for path in map(Path, json.loads(store.meta("exports") or "[]")) if path.is_file()]


def remember(store: Database, path: Path) -> None:
    """Note that an export is written to ``path``."""
    with store.transaction():
        paths = {str(known_) for known_ in known(store)} | {str(path.resolve())}
        store.set_meta("exports", json.dumps(sorted(paths)))


def erased_from(
    store: Database, turns: Sequence[Turn], *, rewrite: bool, preview: bool
) -> tuple[dict[str, int], tuple[str, ...]]:
    """Take turns out of the exports: lines gone by file, and the files that hold some of them
    still: all that do unless ``rewrite``, else those that could not be read or written. With
    ``preview`` nothing is written. O(size of the exports)."""
    keys = {_key(turn.model_dump()) for turn in turns}
    gone: dict[str, int] = {}
    left: list[str] = []
    for path in known(store):
        try:
            lines = sum(_goes(line, keys) for line in _lines(path))
            if lines and rewrite and not preview:
                _rewrite(path, keys)
        except (OSError, UnicodeDecodeError):
            left.append(path.name)
        else:
            if lines and rewrite:
                gone[path.name] = lines
            elif lines:
                left.append(path.name)
    return gone, tuple(left)


def _rewrite(path: Path, keys: Collection[_Key]) -> None:
    with writing(path) as file:
        file.writelines(line for line in _lines(path) if not _goes(line, keys))


def _lines(path: Path) -> Iterator[str]:
    """The lines of an export; none of a file that is no export of ours any more."""
    with path.open(encoding="utf-8", newline="") as file:
        first = file.readline()
        if FORMAT in first:
            yield first
            yield from file


def _goes(line: str, keys: Collection[_Key]) -> bool:
    with contextlib.suppress(LookupError, TypeError, ValueError, OverflowError):
        record = json.loads(line)
        return _key({**record, "time": datetime.fromtimestamp(record["time"], UTC)}) in keys
    return False


def _key(record: dict[str, Any]) -> _Key:
    return (
        record["user"],
        record["conversation"],
        record["role"],
        record["speaker"],
        record["text"],
        record["time"],
    )
