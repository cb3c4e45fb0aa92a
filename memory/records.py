"""One line of an export: a turn with whose it is, its place, its facts and its vectors."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np

from .embedding import Embedded, windows
from .rules import Assertion, FactExtractor, stated
from .turns import NewTurn

__all__ = [
    "COLUMNS",
    "FORMAT",
    "WRONG",
    "Key",
    "assertions",
    "header",
    "kept_vectors",
    "key",
    "place",
    "record",
    "said",
    "same_vectors",
]

FORMAT = "guardrail-memory turns 1"
COLUMNS = "user, conversation, ordinal, role, speaker, text, time, pinned, recalls, recalled"
WRONG = (LookupError, TypeError, ValueError, OverflowError)
"""What reading a line may raise that is no turn."""
Key = tuple[str, str, str, str, str, datetime]
_FARTHEST = 2**40  # no conversation has a place beyond


def header(embedder: str, dimension: int) -> str:
    """The first line."""
    return json.dumps({"format": FORMAT, "embedder": embedder, "dimension": dimension}) + "\n"


def same_vectors(first: dict[str, Any], name: str, dimension: int) -> bool:
    """Whether the vectors after a first line are those of an embedder."""
    return (first.get("embedder"), first.get("dimension")) == (name, dimension)


def record(row: Sequence[Any], facts: Iterable[Sequence[Any]], vectors: Iterable[bytes]) -> str:
    """The line of a turn: its ``COLUMNS``, (attribute, value, over, text) of each fact, and the
    vectors of its chunks."""
    line = {
        **dict(zip(COLUMNS.split(", "), row, strict=False)),
        "facts": [list(fact) for fact in facts],
        "vectors": [base64.b64encode(vector).decode() for vector in vectors],
    }
    return json.dumps(line, ensure_ascii=False) + "\n"


def key(line: dict[str, Any]) -> Key:
    """What tells a turn from others in every store it was ever imported to."""
    when = line["time"]
    return (
        line["user"],
        line["conversation"],
        line["role"],
        line["speaker"],
        line["text"],
        when if isinstance(when, datetime) else datetime.fromtimestamp(when, UTC),
    )


def said(line: dict[str, Any]) -> NewTurn:
    """What was said. Raises one of ``WRONG``."""
    return NewTurn(
        role=line["role"],
        speaker=line["speaker"],
        text=line["text"],
        time=datetime.fromtimestamp(line["time"], UTC),
        pinned=bool(line["pinned"]),
    )


def place(line: dict[str, Any]) -> int:
    """Its place in its conversation, as far as the line tells. Raises one of ``WRONG``."""
    found = int(line.get("ordinal", 0))  # not in the exports of older releases
    if not 0 <= found < _FARTHEST:
        raise ValueError
    return found


def assertions(line: dict[str, Any], extractor: FactExtractor | None) -> list[Assertion]:
    """What it states, as it was found when it was stored; of a line that does not tell, what the
    extractor finds. Raises one of ``WRONG``."""
    if "facts" not in line:
        return list(stated(said(line), extractor))
    found = []
    for attribute, value, over, text in line["facts"]:
        if not all(isinstance(words, str) for words in (attribute, value, text)):
            raise TypeError
        found.append(Assertion(attribute, value, text, bool(over)))
    return found


def kept_vectors(line: dict[str, Any], dimension: int) -> Embedded | None:
    """The text with the vectors of the line; None where they are not those of its windows. Raises
    one of ``WRONG``."""
    vectors = [np.frombuffer(base64.b64decode(v), "<f4") for v in line["vectors"]]
    cut = windows(line["text"])
    if len(vectors) == len(cut) and all(len(vector) == dimension for vector in vectors):
        return Embedded(line["text"], tuple(cut), np.stack(vectors))
    return None
