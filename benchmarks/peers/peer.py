"""What the memories of others have in common: pieces in, numbers of turns out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from importlib.util import find_spec
from typing import ClassVar

from benchmarks.recall_sides import DEPTH, pieces
from memory import Embedder, NewTurn

__all__ = ["PIECES", "Peer", "installed"]

PIECES = 200  # asked of each, so that they are of at least ``DEPTH`` turns


class Peer:
    """A memory of pieces, each of a turn; ``found`` gives numbers of turns, with repeats."""

    needs: ClassVar[tuple[str, ...]] = ()

    def __init__(self, embedder: Embedder) -> None:
        self.embedder = embedder

    def fill(self, turns: Sequence[NewTurn]) -> None:
        """See ``Side``."""
        texts, turn_of = pieces(turns)
        self.store(texts, turn_of.tolist())

    def rank(self, query: str) -> list[int]:
        """See ``Side``."""
        return list(dict.fromkeys(self.found(query)))[:DEPTH]

    def store(self, texts: list[str], turn_of: list[int]) -> None:
        """Take in the pieces and the turn that each belongs to."""
        raise NotImplementedError

    def found(self, query: str) -> Iterable[int]:
        """The turns of the nearest pieces."""
        raise NotImplementedError

    def vector(self, text: str) -> list[float]:
        """What the shared embedder makes of a text."""
        vector: list[float] = self.embedder.encode([text])[0].tolist()
        return vector


def installed(peer: type[Peer]) -> bool:
    """Whether all that a peer needs is here."""
    return all(find_spec(name) for name in peer.needs)
