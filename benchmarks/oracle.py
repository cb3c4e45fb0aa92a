"""An independent judge of what was emitted: Aho-Corasick by ahocorasick-rs, over a normaliser of
its own that shares nothing with the library's."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

import ahocorasick_rs

from guardrail.restriction.phrases import Phrase

# The look-alikes that these tests use, spelled out by hand.
LOOKALIKES = {"а": "a", "е": "e", "о": "o", "р": "p", "с": "c", "і": "i", "к": "k", "ѕ": "s",
              "ο": "o", "ı": "i", "ł": "l", "ø": "o"}  # fmt: skip


def letters(text: str) -> tuple[str, list[bool]]:
    """The letters and digits a reader sees, and whether a gap stands before each."""
    found: list[str] = []
    gaps: list[bool] = []
    gap = True
    for character in text:
        for part in unicodedata.normalize("NFKD", character).casefold():
            for piece in unicodedata.normalize("NFKD", part):
                kind = unicodedata.category(piece)
                if kind in ("Mn", "Me", "Cf") or piece == "\ufffd":
                    continue
                if kind[0] in "LNM":
                    found.append(LOOKALIKES.get(piece, piece))
                    gaps.append(gap)
                    gap = False
                else:
                    gap = True
    return "".join(found), [*gaps, True]


def emitted(text: str, phrases: Sequence[Phrase]) -> list[str]:
    """The phrases that a text holds."""
    plain = [letters(phrase.text)[0] for phrase in phrases]
    stream, gaps = letters(text)
    automaton = ahocorasick_rs.AhoCorasick(plain)
    found = []
    for index, start, end in automaton.find_matches_as_indexes(stream, overlapping=True):
        phrase = phrases[index]
        ends_at_gap = end == len(stream) or gaps[end]
        if not phrase.whole_words or (gaps[start] and ends_at_gap):
            found.append(phrase.text)
    return found
