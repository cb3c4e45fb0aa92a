"""What to forget: the forget set, which can change at run time, and its targets."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import structlog
from filelock import FileLock, Timeout
from pydantic import ValidationError

from guardrail.errors import ForgetFileError, InvalidInput, StorageError
from guardrail.forget_file import read_targets, write_targets
from guardrail.target import Policy, Target, describe

__all__ = ["ForgetSet", "Policy", "Target"]

log = structlog.get_logger(__name__)


class ForgetSet:
    """The targets in force. Thread-safe; every change is in force at the next message.

    ``revision`` grows with each change, so that whatever was compiled from the set knows when it
    is stale. With a ``path``, each change is also written to that file before it takes effect, so
    a change that cannot be stored does not half-happen; what another process writes there is in
    force at the next look. A file that has become unreadable changes nothing: what was withheld
    stays withheld.
    """

    def __init__(self, targets: Iterable[Target] = (), *, path: str | Path | None = None) -> None:
        self._lock = threading.RLock()
        self._targets: dict[str, Target] = {}
        self._revision = 0
        self.path = Path(path) if path is not None else None
        self._seen = self._stamp()
        for target in targets:
            if target.id in self._targets:
                raise InvalidInput(f"two targets have the id {target.id!r}; give one another id")
            self._targets[target.id] = target

    @classmethod
    def load(cls, path: str | Path, *, missing_ok: bool = False) -> ForgetSet:
        """Read a forget file (YAML). Later changes are written back to it, comments kept.

        Raises ``ForgetFileError`` naming the key and the line; with ``missing_ok`` a file that
        does not exist yet is an empty set.
        """
        path = Path(path)
        targets = [] if missing_ok and not path.exists() else read_targets(path)
        return cls(targets, path=path)

    def save(self, path: str | Path | None = None) -> Path:
        """Write the set to ``path`` (default: where it came from) with mode 0600, atomically."""
        destination = Path(path) if path is not None else self.path
        if destination is None:
            raise InvalidInput("this forget set has no file yet; call save(path)")
        with self._lock:
            self._write(destination, self._targets)
        return destination

    @property
    def revision(self) -> int:
        """How many changes the set has seen."""
        return self.snapshot()[0]

    def snapshot(self) -> tuple[int, tuple[Target, ...]]:
        """The revision and the targets of one moment, for readers in other threads."""
        with self._lock:
            self._refresh()
            return self._revision, tuple(self._targets.values())

    def add(self, target: Target | str, **fields: Any) -> Target:
        """Add a target, or the target that a name and fields describe. An id taken is replaced
        only by ``replace``; a name that gives an id already taken gets a number.

        Raises ``InvalidInput``.
        """
        if isinstance(target, str):
            target = self._build(target, fields)
        elif fields:
            raise InvalidInput("fields go with a name; change a Target with model_copy(update=...)")

        def change(targets: dict[str, Target]) -> None:
            if target.id in targets:
                raise InvalidInput(
                    f"a target with the id {target.id!r} exists; use replace, or another id"
                )
            targets[target.id] = target

        self._change(change)
        return target

    def replace(self, target: Target) -> Target | None:
        """Put ``target`` in the place of the one with its id; returns the former one, if any."""
        with self._lock:
            former = self._targets.get(target.id)
            self._change(lambda targets: targets.update({target.id: target}))
        return former

    def amend(self, id_: str, **fields: Any) -> Target | None:
        """Change fields of the target with that id, if there is one still; returns it as it is
        now. Raises ``InvalidInput`` for a field that cannot be used."""

        def change(targets: dict[str, Target]) -> None:
            if id_ in targets:
                amended = {**targets[id_].model_dump(exclude_unset=True), **fields, "id": id_}
                targets[id_] = self._build(amended.pop("name"), amended)

        with self._lock:
            self._change(change)
            return self._targets.get(id_)

    def change(self, id_or_name: str, **fields: Any) -> Target:
        """Change fields of a target, its name too, never its id; returns it as it was. Raises
        ``InvalidInput`` when there is none, or for a field that cannot be used."""
        with self._lock:
            former = self._there(id_or_name)
            self.amend(former.id, **fields)
        return former

    def remove(self, id_or_name: str) -> Target:
        """Take a target out, by id or exact name. Raises ``InvalidInput`` when there is none."""
        with self._lock:
            target = self._there(id_or_name)
            self._change(lambda targets: targets.pop(target.id))
        return target

    def get(self, id_or_name: str) -> Target | None:
        """The target with that id, else with that exact name or alias, else ``None``."""
        wanted = id_or_name.casefold()
        targets = self.snapshot()[1]
        for target in targets:
            if target.id == id_or_name:
                return target
        for target in targets:
            if any(wanted == name.casefold() for name in target.all_names):
                return target
        return None

    def _there(self, id_or_name: str) -> Target:
        target = self.get(id_or_name)
        if target is None:
            raise InvalidInput(
                "no target has that id or name; `guardrail forget list` shows what there is"
            )
        return target

    def __iter__(self) -> Iterator[Target]:
        return iter(self.snapshot()[1])

    def __len__(self) -> int:
        return len(self.snapshot()[1])

    def __contains__(self, id_or_name: object) -> bool:
        return isinstance(id_or_name, str) and self.get(id_or_name) is not None

    def __repr__(self) -> str:
        # The names are what must not be said, in a traceback or a log either.
        return f"<ForgetSet of {len(self)} targets, revision {self._revision}>"

    def _build(self, name: str, fields: dict[str, Any]) -> Target:
        try:
            target = Target(name=name, **fields)
        except ValidationError as error:
            raise InvalidInput(f"not a usable target: {describe(error)}") from None
        if "id" in fields or target.id not in self._targets:
            return target
        if any(target.name.casefold() == other.name.casefold() for other in self):
            raise InvalidInput(f"{target.id!r} is in the forget set already; use replace")
        number = 2
        while f"{target.id}-{number}" in self._targets:
            number += 1
        return target.model_copy(update={"id": f"{target.id}-{number}"})

    def _change(self, edit: Callable[[dict[str, Target]], object]) -> None:
        with self._lock, self._file_lock():
            self._refresh(strict=True)
            targets = dict(self._targets)
            edit(targets)
            if self.path is not None:
                self._write(self.path, targets)
                self._seen = self._stamp()
            self._targets = targets
            self._revision += 1

    def _refresh(self, *, strict: bool = False) -> None:
        """Take over what another process wrote; one ``stat`` when nothing changed."""
        stamp = self._stamp()
        if stamp == self._seen or stamp is None or self.path is None:
            return
        try:
            targets = read_targets(self.path)
        except ForgetFileError as error:
            if strict:
                raise
            self._seen = stamp  # say it once, not at every message
            log.warning("the forget file cannot be read; the former one stays", error=str(error))
            return
        self._targets = {target.id: target for target in targets}
        self._seen = stamp
        self._revision += 1

    def _stamp(self) -> tuple[int, int, int] | None:
        """What tells one version of the file from another; ``None`` when there is no file."""
        if self.path is None:
            return None
        try:
            status = self.path.stat()
        except OSError:
            return None
        return status.st_mtime_ns, status.st_size, status.st_ino

    @contextmanager
    def _file_lock(self) -> Iterator[None]:
        """Other processes that change the same file wait."""
        if self.path is None or not self.path.parent.is_dir():
            yield
            return
        lock = FileLock(self.path.with_name(f".{self.path.name}.lock"), timeout=10)
        try:
            lock.acquire()
        except (OSError, Timeout) as error:
            raise StorageError(
                f"cannot lock {self.path} for a change ({error}); nothing was changed: make its "
                "folder writable, or end the process that holds the lock"
            ) from None
        try:
            yield
        finally:
            lock.release()

    @staticmethod
    def _write(path: Path, targets: dict[str, Target]) -> None:
        write_targets(path, targets.values())
