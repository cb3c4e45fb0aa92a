"""Words as the lexical index and the rules see them: folded, stemmed, hashed."""

from __future__ import annotations

import re
import threading
import unicodedata
import zlib
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["STOP", "UNSPACED", "date_terms", "fold", "hashes", "plain_words", "terms"]

STOP = frozenset(
    "a about after all also am an and any are as at be been before being but by can could did do "
    "does doing for from had has have having he her hers him his how i if in into is it its just "
    "know me more most my no nor not now of on once only or other our ours out over own said same "
    "she should so some such tell than that the their theirs them then there these they this those "
    "through to too under until up us very was we were what when where which while who whom whose "
    "why will with would you your yours".split()
)
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_POSSESSIVE = re.compile(r"['’]s?$")
_ORDINAL = re.compile(r"^(\d+)(?:st|nd|rd|th)$")
# Scripts that do not put spaces between words: read as pairs of characters.
UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_local = threading.local()


def fold(text: str) -> str:
    """Lower case, compatibility forms resolved, accents dropped: linear in the text."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    kept = "".join(c for c in decomposed if not unicodedata.combining(c))
    return unicodedata.normalize("NFC", kept)


def plain_words(text: str) -> list[str]:
    """The folded words of a text in order, none left out."""
    return _WORD.findall(fold(text))


def terms(text: str) -> list[str]:
    """The stems of the content words of a text, in order, repeats kept.

    A text of stop words alone gives those, so that it can still be found.
    """
    words = [word for found in plain_words(text) for word in _units(found)]
    content = [word for word in words if word not in STOP] or words
    return list(_stemmer().stemWords(content))


def hashes(stems: Iterable[str]) -> NDArray[np.uint32]:
    """(n,) CRC-32 of each stem: what is stored in place of the words."""
    return np.fromiter((zlib.crc32(stem.encode()) for stem in stems), np.uint32)


@lru_cache(maxsize=4096)
def date_terms(day: int) -> frozenset[int]:
    """The hashed terms of a date (``date.toordinal``): day, month, year and day of the week."""
    words = f"{datetime.fromordinal(day):%d %B %Y %A}".lstrip("0")
    return frozenset(hashes(terms(words)).tolist())


def _units(word: str) -> list[str]:
    if word.isascii() and word.isalpha():  # most words
        return [word]
    word = _POSSESSIVE.sub("", word).replace("'", "").replace("’", "")
    if UNSPACED.search(word):
        return [word[i : i + 2] for i in range(max(1, len(word) - 1))]
    return [_ORDINAL.sub(r"\1", word)] if word else []


def _stemmer() -> Any:
    """Of this thread: a stemmer keeps state."""
    if not hasattr(_local, "stemmer"):
        import Stemmer

        _local.stemmer = Stemmer.Stemmer("english")
    return _local.stemmer
