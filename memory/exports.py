"""The exports that a store wrote or read and still knows of: written whole, and erased from."""

from __future__ import annotations

import contextlib
import glob
import json
import os
import tempfile
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from .database import Database
from .embedding import Embedded, Embedder
from .records import FORMAT, WRONG, Key, assertions, kept_vectors, key, place, same_vectors
from .rules import Assertion, RuleExtractor
from .scope import Scope
from .turns import Turn

__all__ = ["Copy", "copies", "erased_from", "known", "remember", "told", "writing"]

_PART = ".unfinished"


@contextmanager
def writing(path: Path) -> Iterator[TextIO]:
    """A file that appears whole or not at all, with mode 0600. Raises ``OSError``."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=_PART)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            yield file
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def known(store: Database) -> list[Path]:
    """The exports that are still where they were, and beside them what a writer that was killed
    left of one."""
    paths = [Path(name) for name in json.loads(store.meta("exports") or "[]")]
    parts = {p: p.parent.glob(f".{glob.escape(p.name)}.*{_PART}") for p in paths}
    return [file for path in paths for file in (path, *sorted(parts[path])) if file.is_file()]


def _cut(path: Path) -> bool:
    """Whether it is what a killed writer left."""
    return path.name.startswith(".") and path.name.endswith(_PART)


def remember(store: Database, path: Path) -> None:
    """Note inside a transaction that ``path`` is an export. One that is not there now is not
    forgotten: it may be on a disk that comes back."""
    paths = {*json.loads(store.meta("exports") or "[]"), str(path.resolve())}
    store.set_meta("exports", json.dumps(sorted(paths)))


@dataclass(frozen=True, slots=True)
class Copy:
    """A turn that only exports still hold, under an id below nothing; its place in its
    conversation, its facts and, where they are the embedder's, its vectors."""

    turn: Turn
    place: int
    facts: Sequence[Assertion]
    embedded: Embedded | None


def copies(store: Database, scope: Scope, turns: Sequence[Turn], embedder: Embedder) -> list[Copy]:
    """The turns of a scope that exports hold and the store does not, whose ``turns`` are given.
    O(size of the exports)."""
    found: list[Copy] = []
    files = known(store)
    seen = {_key(turn) for turn in turns} if files else set()
    for path in files:
        with contextlib.suppress(OSError, UnicodeDecodeError, *WRONG):
            lines = _lines(path)
            first = json.loads(next(lines, "{}"))
            size = (
                embedder.dimension if same_vectors(first, embedder.name, embedder.dimension) else 0
            )
            for line in lines:
                with contextlib.suppress(*WRONG):
                    record = json.loads(line)
                    if _within(record, scope) and key(record) not in seen:
                        seen.add(key(record))
                        found.append(_copy(record, -1 - len(found), size))
    return found


def _within(record: dict[str, Any], scope: Scope) -> bool:
    own = (record["user"], record["conversation"])
    return own[: len(scope.values)] == scope.values


def _copy(record: dict[str, Any], number: int, dimension: int) -> Copy:
    user, conversation, role, speaker, text, time = key(record)
    at, facts, embedded = 0, list[Assertion](), None
    # A line that is wrong here and there still tells what was said.
    with contextlib.suppress(*WRONG):
        at = place(record)
    with contextlib.suppress(*WRONG):
        facts = assertions(record, RuleExtractor())
    with contextlib.suppress(*WRONG):
        embedded = kept_vectors(record, dimension) if dimension else None
    turn = Turn(
        id=number,
        user=user,
        conversation=conversation,
        role=role,
        speaker=speaker,
        text=text,
        time=time,
    )
    return Copy(turn, at, facts, embedded)


def erased_from(
    store: Database, turns: Sequence[Turn], *, rewrite: bool, preview: bool
) -> tuple[dict[str, int], tuple[str, ...]]:
    """Take turns out of the exports: lines gone by file, and the files that hold some of them
    still: all that do unless ``rewrite``, else those that could not be read or written. With
    ``preview`` nothing is written. O(size of the exports)."""
    keys = {_key(turn) for turn in turns}
    gone: dict[str, int] = {}
    left: list[str] = []
    for path in known(store):
        try:
            lines = sum(_goes(line, keys, cut=_cut(path)) for line in _lines(path))
            if lines and rewrite and not preview:
                _rewrite(path, keys)
        except (OSError, UnicodeDecodeError):
            left.append(path.name)
        else:
            if lines and rewrite:
                gone[path.name] = gone.get(path.name, 0) + lines
            elif lines:
                left.append(path.name)
    return gone, tuple(left)


def told(path: Path) -> Iterator[str]:
    """The texts of an export: what was said, and what was found in it."""
    for line in _lines(path):
        with contextlib.suppress(*WRONG):
            record = json.loads(line)
            yield str(record["text"])
            for _, value, _, text in record.get("facts", ()):
                yield from (str(value), str(text))


def _rewrite(path: Path, keys: Collection[Key]) -> None:
    if _cut(path):
        path.unlink()  # of use to nobody; an export that is being written fails and says so
        return
    with writing(path) as file:
        file.writelines(line for line in _lines(path) if not _goes(line, keys))


def _lines(path: Path) -> Iterator[str]:
    """The lines of an export; none of a file that is no export of ours any more."""
    errors = "replace" if _cut(path) else "strict"
    with path.open(encoding="utf-8", newline="", errors=errors) as file:
        first = file.readline()
        if FORMAT in first:
            yield first
            yield from file


def _goes(line: str, keys: Collection[Key], *, cut: bool = False) -> bool:
    """Whether a line holds one of the turns. In a file that was ``cut`` off, one that cannot be
    read may."""
    try:
        record = json.loads(line)
    except ValueError:
        return cut
    with contextlib.suppress(*WRONG):
        return key(record) in keys
    return False


def _key(turn: Turn) -> Key:
    return (turn.user, turn.conversation, turn.role, turn.speaker, turn.text, turn.time)
