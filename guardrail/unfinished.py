"""What a reply that was cut in the middle of a word might have gone on to say.

A caller chooses how many tokens a reply may have. One that ends at "born in 194" says most of what
the whole sentence would be withheld for, and no check of what is there sees it.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable
from itertools import islice

from guardrail.extraction import everyday_words

__all__ = ["Unfinished"]

_WORD = re.compile(r"\w+")
_LAST = re.compile(r"\w+\Z")
_MOST = 16  # each is judged with the sentence, some ten milliseconds


class Unfinished:
    """The words of the texts of targets, to finish a word with; common words tell nothing."""

    def __init__(self, texts: Iterable[str]) -> None:
        found = {word.casefold() for text in texts for word in _WORD.findall(text)}
        self._words = sorted(found - everyday_words())

    def endings(self, sentence: str) -> list[str]:
        """The sentence with its last word as each of the texts' words that begin with it; none
        where it does not end in a word, or nothing begins so. O(log words)."""
        last = _LAST.search(sentence)
        if last is None:
            return []
        begun = last.group().casefold()
        start = bisect_left(self._words, begun)
        longer = (word for word in islice(self._words, start, None) if word != begun)
        finished = []
        for word in islice(longer, _MOST):
            if not word.startswith(begun):
                break
            finished.append(sentence[: last.start()] + word)
        return finished
