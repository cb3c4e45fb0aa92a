"""What to forget: targets, their policies, and the forget set that can change at run time."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal

import structlog
from anyascii import anyascii
from filelock import FileLock, Timeout
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    StringConstraints,
    ValidationError,
    model_validator,
)

from guardrail.errors import ForgetFileError, InvalidInput, StorageError
from guardrail.restriction.redaction import check_pattern

__all__ = ["ForgetSet", "Policy", "Target", "describe", "slug"]

log = structlog.get_logger(__name__)

MAX_TEXT = 1_000_000


class Policy(StrEnum):
    """What a prompt that is surely about a target gets."""

    DECLINE = "decline"
    """An honest sentence that says something is withheld. The default."""
    STEER = "steer"
    """A fluent answer under restriction (GUARD, arXiv 2505.13312)."""
    CORRECT = "correct"
    """The target's own correction."""
    OBSERVE = "observe"
    """The usual answer; the verdict is only recorded."""


def _encodable(value: str) -> str:
    """Refuse lone surrogates: they are no text, and no file or tokenizer takes them."""
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise ValueError("is not valid Unicode (it holds a lone surrogate)") from None
    return value


Text = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_TEXT),
    AfterValidator(_encodable),
]
Pattern = Annotated[Text, AfterValidator(check_pattern)]


class Target(BaseModel):
    """One thing to forget: a person, a work, a fact, a secret.

    ``aliases`` are other names of it. ``exemplars`` typify it: questions about it, passages.
    ``phrases`` must not be said in a reply to a prompt flagged for this target; ``secrets`` and,
    unless ``names`` says otherwise, the name and aliases must not be said in any reply:
    ``"when_flagged"`` keeps them to replies about this target, ``"softly"`` bans them in none.
    ``patterns`` are secrets of which only the form is known (``email``, ``phone``, ``sk-*``; see
    ``guardrail.restriction.redaction``): they are blacked out of every reply. ``correction`` is
    what policy ``correct`` answers. ``said`` is what the model itself said of a target added by
    name alone: it typifies it as exemplars do, and is kept apart from what its owner wrote.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    name: Text
    id: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")] = ""
    aliases: tuple[Text, ...] = ()
    exemplars: tuple[Text, ...] = ()
    phrases: tuple[Text, ...] = ()
    secrets: tuple[Text, ...] = ()
    patterns: tuple[Pattern, ...] = ()
    said: tuple[Text, ...] = ()
    policy: Policy = Policy.DECLINE
    correction: Text | None = None
    names: Literal["always", "when_flagged", "softly"] = "always"

    @model_validator(mode="before")
    @classmethod
    def _derive_id(cls, data: Any) -> Any:
        """A target without an id gets one from its name."""
        if isinstance(data, dict) and not data.get("id") and isinstance(data.get("name"), str):
            return {**data, "id": slug(data["name"])}
        return data

    @model_validator(mode="after")
    def _complete(self) -> Target:
        if self.policy is Policy.CORRECT and self.correction is None:
            raise ValueError("policy 'correct' needs a correction: the text to answer with")
        if not any(ch.isalnum() for ch in self.name):
            raise ValueError("name needs at least one letter or digit")
        return self

    @property
    def all_names(self) -> tuple[str, ...]:
        """The name and its aliases, without repetition, the name first."""
        return tuple(dict.fromkeys((self.name, *self.aliases)))

    @property
    def texts(self) -> tuple[str, ...]:
        """What typifies the target: its exemplars, and what the model itself said of it."""
        return tuple(dict.fromkeys((*self.exemplars, *self.said)))


def slug(name: str) -> str:
    """A file- and URL-safe id: lower-case ASCII letters and digits joined by hyphens."""
    plain = re.sub(r"[^a-z0-9]+", "-", anyascii(name).lower()).strip("-")[:56].strip("-")
    return plain or "target"


def describe(error: ValidationError) -> str:
    """The first complaint of a pydantic error as ``key: what is wrong``, without any value."""
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    key = ".".join(str(part) for part in first["loc"])
    message = first["msg"].removeprefix("Value error, ")
    return f"{key}: {message}" if key else message


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
        from guardrail.forget_file import read_targets

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
                name = targets[id_].name
                former = targets[id_].model_dump(exclude={"name"}, exclude_unset=True)
                targets[id_] = self._build(name, {**former, "id": id_, **fields})

        with self._lock:
            self._change(change)
            return self._targets.get(id_)

    def remove(self, id_or_name: str) -> Target:
        """Take a target out, by id or exact name. Raises ``InvalidInput`` when there is none."""
        with self._lock:
            target = self.get(id_or_name)
            if target is None:
                raise InvalidInput(
                    "no target has that id or name; `guardrail forget list` shows what there is"
                )
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
        from guardrail.forget_file import read_targets

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
        from guardrail.forget_file import write_targets

        write_targets(path, targets.values())
