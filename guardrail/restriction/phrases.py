"""Forbidden phrases."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from guardrail.restriction.normalize import normalize, squeeze

__all__ = ["Phrase", "forms"]

# Scripts written without spaces, and Hangul, whose particles follow a name without one: a phrase in
# them has no word edges to stand at.
_UNSPACED = ("CJK", "HANGUL", "HIRAGANA", "KATAKANA", "THAI", "LAO", "KHMER", "MYANMAR", "TIBETAN")


@dataclass(frozen=True, slots=True)
class Phrase:
    """A string that must not be emitted, in any case, spacing or spelling of its letters.

    ``whole_words``: only between word edges ("King" is not in "Kingdom"). ``inflections``: its
    plural and possessive too.
    """

    text: str
    whole_words: bool = True
    inflections: bool = False


def forms(phrase: Phrase) -> list[tuple[str, bool]]:
    """The letters to look for, each with whether it stands between word edges.

    A phrase without a letter or digit has no form: it would forbid every space.
    """
    letters = squeeze(normalize(phrase.text))
    if not letters:
        return []
    whole = phrase.whole_words and not _unspaced(phrase.text)
    endings = ("", "s", "es") if phrase.inflections and letters[-1].isalpha() else ("",)
    return [(letters + ending, whole) for ending in endings]


def _unspaced(text: str) -> bool:
    return any(unicodedata.name(ch, "").startswith(_UNSPACED) for ch in text)
