"""The forget file: YAML that a person can read and edit.

It holds what it protects: in clear with mode 0600, or encrypted with a key from the environment
(``guardrail.sealing``). Comments and the order of keys survive the program's own changes.
"""

from __future__ import annotations

import io
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.composer import ComposerError
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import YAMLError

from guardrail.errors import ForgetFileError, StorageError
from guardrail.sealing import seal, unseal
from guardrail.target import Target, describe

__all__ = ["read_targets", "write_targets"]

VERSION = 1
HEADER = (
    "What the model must not say. This file holds what it protects: keep it private (mode 0600),\n"
    "or encrypt it with a key in GUARDRAIL_FORGET_KEY.\n"
    "Keys of a target: name, id, aliases, exemplars, phrases, secrets, patterns, policy,\n"
    "correction, names; said is what the model itself said of it, asked that it said nothing.\n"
)


def read_targets(path: Path) -> list[Target]:
    """The targets of a forget file.

    Raises ``ForgetFileError`` naming the file, the key and the line of what is wrong, and never a
    value out of it.
    """
    return _parse(path, _load(path))


def write_targets(path: Path, targets: Iterable[Target]) -> None:
    """Write targets to ``path`` with mode 0600: the new file replaces the old one in one step.

    Raises ``StorageError`` when it cannot be written; the old file is then untouched.
    """
    document = _load(path) if path.exists() else _new_document()
    former = {entry.get("id") or Target(**entry).id: entry for entry in document["targets"]}
    entries = CommentedSeq(_entry(target, former.get(target.id)) for target in targets)
    document["targets"] = entries
    buffer = io.StringIO()
    _yaml().dump(document, buffer)
    _replace(path, seal(buffer.getvalue().encode("utf-8")))


def _yaml() -> YAML:
    yaml = YAML(typ="rt")
    yaml.width = 4096  # long exemplars stay on one line, so a person can diff them
    yaml.indent(mapping=2, sequence=4, offset=2)
    return yaml


def _new_document() -> CommentedMap:
    document = CommentedMap(version=VERSION, targets=CommentedSeq())
    document.yaml_set_start_comment(HEADER)
    return document


def _load(path: Path) -> CommentedMap:
    try:
        text = unseal(path, path.read_bytes()).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ForgetFileError(
            f"{path} is not UTF-8 text (byte {error.start}); save it as UTF-8"
        ) from None
    except OSError as error:
        raise ForgetFileError(f"cannot read {path}: {error.strerror}") from None
    try:
        document = _yaml().load(text)
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}, column {mark.column + 1}" if mark is not None else ""
        raise ForgetFileError(f"{path}{where}: not valid YAML: {_mending(error)}") from None
    except ValueError:
        raise ForgetFileError(
            f"{path}: not valid YAML: what looks like a date or a number is none; put it in quotes"
        ) from None
    if document is None:
        return _new_document()
    return _checked(path, document)


def _mending(error: YAMLError) -> str:
    """What mends it. The parser's own words quote the file."""
    if isinstance(error, DuplicateKeyError):
        return "a key is used twice; keep one of the two"
    if isinstance(error, ComposerError):
        return "text that begins with & or * goes in quotes"
    return "look there and just before for a quote, bracket, colon or indentation that is amiss"


def _checked(path: Path, document: Any) -> CommentedMap:
    if not isinstance(document, CommentedMap):
        raise ForgetFileError(f"{path}: expected the keys 'version' and 'targets' at the top")
    for key in document:
        if key not in ("version", "targets"):
            raise ForgetFileError(
                f"{path}, line {_line(document, key)}: a key that is not known; "
                "known are 'version' and 'targets'"
            )
    if document.get("version", VERSION) != VERSION:
        raise ForgetFileError(
            f"{path}, line {_line(document, 'version')}: the version is not {VERSION}; "
            "if another release wrote it, upgrade guardrail-memory to read it"
        )
    targets = document.setdefault("targets", CommentedSeq())
    if targets is None:
        document["targets"] = CommentedSeq()
    elif not isinstance(targets, CommentedSeq):
        raise ForgetFileError(f"{path}, line {_line(document, 'targets')}: targets is not a list")
    return document


def _parse(path: Path, document: CommentedMap) -> list[Target]:
    found: dict[str, Target] = {}
    for position, entry in enumerate(document["targets"]):
        line = document["targets"].lc.item(position)[0] + 1
        if not isinstance(entry, CommentedMap):
            raise ForgetFileError(f"{path}, line {line}: a target needs keys; start with 'name:'")
        try:
            target = Target(**entry)
        except ValidationError as error:
            raise ForgetFileError(_complaint(path, entry, line, error)) from None
        except TypeError:
            raise ForgetFileError(f"{path}, line {line}: every key must be a word") from None
        if target.id in found:
            raise ForgetFileError(
                f"{path}, line {line}: this target's id, given or made from its name, is used "
                "before; give one of the two another id"
            )
        found[target.id] = target
    return list(found.values())


def _complaint(path: Path, entry: CommentedMap, line: int, error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    key = str(first["loc"][0]) if first["loc"] else ""
    if key in entry:
        line = _line(entry, key)
    if first["type"] == "extra_forbidden":
        known = ", ".join(Target.model_fields)
        return f"{path}, line {line}: a key that is not known; known are {known}"
    return f"{path}, line {line}: {describe(error)}"


def _line(mapping: CommentedMap, key: object) -> int:
    return int(mapping.lc.key(key)[0]) + 1


def _entry(target: Target, former: CommentedMap | None) -> CommentedMap:
    """The YAML of a target, laid over its former entry so that comments there survive."""
    fields = target.model_dump(mode="json", exclude_defaults=True)
    entry = former if former is not None else CommentedMap()
    for key in [key for key in entry if key not in fields]:
        del entry[key]
    for key, value in fields.items():
        if entry.get(key) != value:
            entry[key] = value
    return entry


def _replace(path: Path, data: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # mkstemp creates with mode 0600, so the text is never readable by others, not even briefly.
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise StorageError(
            f"cannot write the forget file {path}: {error.strerror}; nothing was changed"
        ) from None
