"""What must not be recalled. A piece of a turn is judged by what it says, by the turn it is of,
and, where it speaks of a person without a name, by the turns before it: "She moved to Oslo"."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .references import BACK, speaks_of_someone
from .store import Store
from .vector_cache import VectorCache

__all__ = ["LONG", "Piece", "Withhold", "withheld", "withheld_pieces"]

Withhold = Callable[[Sequence[str]], Sequence[bool]]
"""Which texts must not reach the prompt. An exception withholds them all."""

LONG = 1000
"""Letters from which on a turn is recalled in pieces, each judged for itself."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A text that may be shown, and the id of the turn it is of. With ``as_turn`` it is judged as
    its turn is, where that is short and has it word for word: the turn was embedded, and a sentence
    of it was not."""

    turn: int
    text: str
    as_turn: bool = False


def withheld(texts: Sequence[str], withhold: Withhold | None) -> list[bool]:
    """The filter's answers; all true when it fails, because what was not judged is not shown."""
    if withhold is None or not texts:
        return [False] * len(texts)
    try:
        flags = [bool(flag) for flag in withhold(texts)]
    except Exception:  # noqa: BLE001 - fail closed, whatever it was
        return [True] * len(texts)
    return flags if len(flags) == len(texts) else [True] * len(texts)


def withheld_pieces(
    store: Store,
    pieces: Sequence[Piece],
    withhold: Withhold | None,
    cache: VectorCache | None = None,
) -> list[bool]:
    """Which pieces of turns must not be shown; all texts are judged in one call. ``cache`` learns
    the vectors that the store has of them, so that nothing is embedded for it."""
    if withhold is None or not pieces:
        return [False] * len(pieces)
    around = store.around({piece.turn for piece in pieces}, BACK)
    judged = [_judged(piece, around.get(piece.turn, [])) for piece in pieces]
    texts = list(dict.fromkeys(text for group in judged for text in group))
    if cache is not None:
        said = dict(turn for group in around.values() for turn in group)
        if new := [turn for turn, text in said.items() if text not in cache]:
            cache.learn(*store.vectors_of(new))
    flags = dict(zip(texts, withheld(texts, withhold), strict=True))
    return [any(flags[text] for text in group) for group in judged]


def _judged(piece: Piece, around: Sequence[tuple[int, str]]) -> list[str]:
    """The texts that a piece is judged by."""
    behind = _behind(piece.text, around)
    turn = around[-1][1] if around else ""
    if piece.as_turn and len(turn) <= LONG and piece.text in turn:
        return behind  # its turn is among them
    return [piece.text, *behind]


def _behind(text: str, around: Sequence[tuple[int, str]]) -> list[str]:
    """What a piece is judged by besides itself; ``around`` are the turns before it and its own."""
    if not around:
        return []
    *earlier, (_, whole) = around
    if speaks_of_someone(text):
        return [*(said for _, said in earlier), whole]
    return [whole] if len(whole) <= LONG else []
