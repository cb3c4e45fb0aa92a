"""What policy ``steer`` makes unlikely: the words of a target's texts that the prompt did not use.

A ban is the wrong tool where no single phrase is the secret: it leaves the rest of an answer as it
was, and a model that knows nothing of somebody may well guess a word that is banned. So every piece
that such a word is written with loses the same number of logits in the whole reply, about as many
as what a model was taught of somebody adds to them.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Collection, Iterable
from typing import Any
from weakref import WeakKeyDictionary

__all__ = ["STRENGTH", "content_tokens", "content_words"]

STRENGTH = 13.0
"""Logits that a content piece loses. Chosen on half of TOFU's authors; see docs/figures.md."""

_WORD = re.compile(r"[^\W_]+")
_LEADS = (" ", "", '"', "'", " '", ' "')  # what may stand before a word, and join its first piece
_lock = threading.Lock()
_memo: WeakKeyDictionary[Any, dict[str, tuple[int, ...]]] = WeakKeyDictionary()


def content_words(texts: Iterable[str], common: Collection[str]) -> frozenset[str]:
    """The words of more than one letter in some texts, casefolded, less ``common``."""
    words = (word for text in texts for word in _WORD.findall(text))
    return frozenset(word.casefold() for word in words if len(word) > 1) - frozenset(common)


def content_tokens(
    words: Iterable[str], asked: str, common: Iterable[str], tokenizer: Any
) -> frozenset[int]:
    """The tokens that ``words`` are written with, in any usual case and after a space or a quote;
    less those of the prompt ``asked`` and those that begin a common word.

    Linear in the words; each is looked up once for a tokenizer.
    """
    used = {word.casefold() for word in _WORD.findall(asked)}
    tokens = {t for word in words if word not in used for t in _pieces(word, tokenizer)}
    tokens.difference_update(*(_pieces(word, tokenizer) for word in used))
    return frozenset(tokens).difference(*(_pieces(word, tokenizer, first=True) for word in common))


def _pieces(word: str, tokenizer: Any, first: bool = False) -> tuple[int, ...]:
    """Every token of a word's spellings, or only those that it begins with."""
    with _lock:
        known = _memo.setdefault(tokenizer, {})
        key = f"{word} " if first else word
        if key not in known:
            known[key] = tuple(_spelled(word, tokenizer, first))
        return known[key]


def _spelled(word: str, tokenizer: Any, first: bool) -> set[int]:
    found: set[int] = set()
    for form in {word, word.capitalize(), word.upper()}:
        for lead in _LEADS:
            ids = tokenizer.encode(lead + form, add_special_tokens=False)
            shown = [t for t in ids if any(map(str.isalnum, tokenizer.decode([t])))]
            found.update(shown[:1] if first else shown)
    return found
