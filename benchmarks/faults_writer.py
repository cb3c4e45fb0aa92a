"""The process that ``benchmarks.faults`` kills: it writes or erases, and says how far it is."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from memory import DualMemory, NewTurn, StoreUnwritable

__all__ = ["Hashed", "exchange", "write_exchanges"]

_FULL = 3  # how the process ends when the disk is full


class Hashed:
    """An embedder without a model: each text has a direction of its own."""

    name, dimension = "hashed", 64

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(n, 64), each row of length 1."""
        seeds = [int.from_bytes(hashlib.sha256(t.encode()).digest()[:8], "big") for t in texts]
        rows = [np.random.default_rng(seed).standard_normal(64) for seed in seeds]
        matrix = np.array(rows, np.float32).reshape(len(texts), 64)
        unit: NDArray[np.float32] = matrix / np.linalg.norm(matrix, axis=1, keepdims=True)
        return unit


def exchange(name: str, number: int) -> tuple[str, str]:
    """Question and answer of a writer; their length differs, and each names the other."""
    filler = f" and so on of {name}{number}" * (number * 7 % 23)
    return (
        f"question {name}{number} about thing{number}{filler}",
        f"answer {name}{number} to thing{number}{filler}",
    )


def write_exchanges(memory: DualMemory, name: str, number: int, *, say: bool = False) -> None:
    """Store so many exchanges, each in one transaction; say when each is stored."""
    for place in range(number):
        question, answer = exchange(name, place)
        turns = [NewTurn(role="user", text=question), NewTurn(role="assistant", text=answer)]
        memory.add_turns(turns, conversation=name)
        if say:
            print(place + 1, flush=True)
        elif place % 5 == 0:
            memory.recall(question, conversation=name)


def erase_exchanges(memory: DualMemory, name: str, number: int) -> None:
    """Erase them one by one from the first."""
    print(1, flush=True)
    for place in range(number):
        ids = [turn.id for turn in memory.turns(conversation=name, limit=None)[:2]]
        memory.erase(turn_ids=ids, conversation=name)
        print(place + 2, flush=True)


def main() -> None:
    """Arguments: write or erase, file, name, number."""
    task, path, name, number = sys.argv[1:]
    try:
        with DualMemory(path, user="ann", embedder=Hashed()) as memory:
            if task == "write":
                write_exchanges(memory, name, int(number), say=True)
            else:
                erase_exchanges(memory, name, int(number))
    except StoreUnwritable:
        sys.exit(_FULL)


if __name__ == "__main__":
    main()
