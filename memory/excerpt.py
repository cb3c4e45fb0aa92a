"""What is shown of a long turn: the sentences of the piece of it that was found, whole.

A piece begins with the last words of the one before, so that the embedder sees how it goes on; most
of the time that is the middle of a sentence.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from .embedding import fits_window
from .sentences import sentences
from .turns import Episode, Turn

__all__ = ["excerpt", "excerpts"]

_CUT = "…"


def excerpts(episodes: Sequence[Episode], turns: Mapping[int, Turn]) -> list[Episode]:
    """The episodes with what is to be shown of their turns; without those whose turn is gone."""
    found = []
    for episode in episodes:
        turn = turns.get(episode.turn_id)
        if turn is not None and turn.text != episode.text:
            text = excerpt(turn.text, episode.text)
            found.append(episode.model_copy(update={"text": text}))
        elif turn is not None:
            found.append(episode)
    return found


def excerpt(text: str, window: str) -> str:
    """The sentences of ``text`` that stand whole in a window of it. Of one that is too long for any
    window the part in this one is shown, with "…" where it is cut. Never empty."""
    lines = text.splitlines()
    bare = [_squeezed(line) for line in lines]
    sought, whole = _squeezed(window), "".join(bare)
    if not sought or sought not in whole:
        return window
    sizes = list(zip(lines, map(len, bare), strict=True))
    # A last window may be a single word, which then stands earlier too.
    for start in dict.fromkeys((whole.find(sought), whole.rfind(sought))):
        if shown := _shown(sizes, window, start):
            return " ".join(shown)
    return window


def _shown(lines: Iterable[tuple[str, int]], window: str, start: int) -> list[str]:
    """What is shown of a window whose first letter is at ``start``."""
    letters = [place for place, letter in enumerate(window) if not letter.isspace()]
    end = start + len(letters)
    shown = []
    for first, last, sentence in _placed(lines, start, end):
        one, other = max(first, start), min(last, end)
        if (one, other) == (first, last) or not fits_window(sentence):
            part = window[letters[one - start] : letters[other - 1 - start] + 1]
            shown.append(_CUT * (one > first) + part + _CUT * (other < last))
    return shown


def _placed(
    lines: Iterable[tuple[str, int]], start: int, end: int
) -> Iterator[tuple[int, int, str]]:
    """The sentences that reach into [start, end), with where they are, of lines with their lengths;
    spaces do not count."""
    after = 0
    for line, size in lines:
        place, after = after, after + size
        if place < end and after > start:  # only these lines are divided: it takes time
            for sentence in sentences(line):
                first, place = place, place + len(_squeezed(sentence))
                if first < end and place > start:
                    yield first, place, sentence


def _squeezed(text: str) -> str:
    return "".join(text.split())
