"""What a tokenizer's tokens spell, kept on disk from one process to the next.

One file for each content of a tokenizer: safetensors with a JSON header. No phrase is ever in it.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open

from guardrail.caches import cache_folder, keep
from guardrail.restriction import lookalikes, normalize, spelling

__all__ = ["Spelled", "load", "save"]

_LEAST = 20_000  # tokens; smaller vocabularies are made as fast as they are read
_SOURCES = (lookalikes, normalize, spelling)


@dataclass(frozen=True, slots=True)
class Spelled:
    """The bytes and the normal form of each token, and the tokens of single bytes."""

    pieces: Sequence[bytes]
    normal: Sequence[str]
    uncertain: frozenset[int]


def load(tokenizer: Any, cache: Path | None = None) -> Spelled | None:
    """What was kept for a tokenizer of this content, or ``None``; a damaged file is as good as
    none."""
    path = _path(tokenizer, cache)
    if path is None or not path.is_file():
        return None
    try:
        with safe_open(path, framework="np") as file:
            header = json.loads(file.metadata()["spelled"])
            pieces = _split(file.get_tensor("pieces"), file.get_tensor("ends"))
            normal = file.get_tensor("normal").tobytes().decode("utf-8").split("\0")
    except (OSError, SafetensorError, ValueError, KeyError, TypeError):
        return None
    if not len(pieces) == len(normal) == len(tokenizer) == header["tokens"]:
        return None
    return Spelled(pieces, normal, frozenset(header["uncertain"]))


def save(tokenizer: Any, spelled: Spelled, cache: Path | None = None) -> None:
    """Keep it for the next process; where that is not possible, the next one makes it anew."""
    path = _path(tokenizer, cache)
    if path is None:
        return
    tensors: dict[str, NDArray[Any]] = {
        "pieces": _bytes(b"".join(spelled.pieces)),
        "ends": np.cumsum([len(piece) for piece in spelled.pieces], dtype=np.int64),
        "normal": _bytes("\0".join(spelled.normal).encode("utf-8")),
    }
    header = {"tokens": len(spelled.pieces), "uncertain": sorted(spelled.uncertain)}
    keep(path, tensors, {"spelled": json.dumps(header)})


def _path(tokenizer: Any, cache: Path | None) -> Path | None:
    """Where it lies: by everything that its content depends on, our own code included."""
    backend = getattr(tokenizer, "backend_tokenizer", None)
    if backend is None or len(tokenizer) < _LEAST:
        return None
    digest = hashlib.sha256(backend.to_str().encode("utf-8"))
    digest.update(f"{unicodedata.unidata_version} {sorted(tokenizer.all_special_ids)}".encode())
    try:
        for source in _SOURCES:
            digest.update(Path(str(source.__file__)).read_bytes())
    except OSError:  # not installed as files: then nothing tells which code made a table
        return None
    return (cache or cache_folder() / "vocabularies") / f"{digest.hexdigest()[:32]}.safetensors"


def _bytes(data: bytes) -> NDArray[np.uint8]:
    return np.frombuffer(data, dtype=np.uint8)


def _split(joined: NDArray[np.uint8], ends: NDArray[np.int64]) -> list[bytes]:
    data, pieces, start = joined.tobytes(), [], 0
    for end in ends.tolist():
        pieces.append(data[start:end])
        start = end
    return pieces
