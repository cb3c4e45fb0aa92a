"""A tokenizer's vocabulary as text, sorted by what its tokens may complete."""

from __future__ import annotations

import codecs
import threading
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from guardrail.restriction import table_cache
from guardrail.restriction.normalize import BOUNDARY, normalize, squeeze
from guardrail.restriction.spelling import byte_tokens, check_spelling, token_bytes

__all__ = ["Vocabulary", "decode_prefix"]

_LAST = "\U0010ffff"
_SCANS = 200  # phrases from which following each token once is quicker than searching for each
_memo: WeakKeyDictionary[Any, dict[int, Vocabulary]] = WeakKeyDictionary()
_memo_lock = threading.Lock()
_Index = dict[str, list[int]]


class Vocabulary:
    """Every token's bytes and normal form, sorted so that the tokens that complete a phrase are
    one contiguous range or one entry.

    ``normal[t]`` is the normal form of the whole characters of token ``t``, ``tail[t]`` the bytes
    of a character it leaves unfinished; special tokens add nothing. ``uncertain`` are the tokens
    of single bytes that SentencePiece falls back to: a run of them that is no UTF-8 is shown as
    broken characters, every one of them, so their letters may turn out not to be there. Building
    costs one pass and one sort of the vocabulary.
    """

    def __init__(
        self,
        pieces: Sequence[bytes],
        size: int | None = None,
        *,
        uncertain: frozenset[int] = frozenset(),
        normal: Sequence[str] | None = None,
    ) -> None:
        self.uncertain = uncertain
        self.size = max(size or 0, len(pieces))
        self.bytes = [*pieces, *[b""] * (self.size - len(pieces))]
        decoded = [decode_prefix(piece) for piece in self.bytes]
        self.tail = [tail for _, tail in decoded]
        self.normal = [normalize(text) for text, _ in decoded] if normal is None else list(normal)
        self.normal += [""] * (self.size - len(self.normal))
        # Tokens that can finish a character begun by the token before.
        self.continuing = [t for t, b in enumerate(self.bytes) if b and 0x80 <= b[0] < 0xC0]
        self._exact, self._word = _index(self.normal)

    @classmethod
    def from_tokenizer(
        cls, tokenizer: Any, size: int | None = None, *, cache: Path | None = None
    ) -> Vocabulary:
        """The vocabulary of a Hugging Face tokenizer, made once for each tokenizer object.

        ``size``: the width of the logits, where it is padded beyond the tokenizer. ``cache``: the
        folder that keeps the tables of large vocabularies from one process to the next; the
        platform's cache folder by default. Raises ``UnsupportedGeneration`` for a tokenizer that
        decodes text to something else than its tokens spell.
        """
        with _memo_lock:
            made = _memo.setdefault(tokenizer, {})
            key = max(size or 0, len(tokenizer))
            if key not in made:
                spelled = table_cache.load(tokenizer, cache)
                if spelled is None:
                    spelled = _spell(tokenizer)
                    table_cache.save(tokenizer, spelled, cache)
                made[key] = cls(
                    spelled.pieces, key, uncertain=spelled.uncertain, normal=spelled.normal
                )
            return made[key]

    @cached_property
    def _letters(self) -> list[str]:
        return [squeeze(normal) for normal in self.normal]

    @cached_property
    def order(self) -> list[int]:
        """The tokens with letters, sorted by them."""
        letters = self._letters
        return sorted((t for t, z in enumerate(letters) if z), key=letters.__getitem__)

    @cached_property
    def _starting(self) -> list[str]:
        return [self._letters[token] for token in self.order]

    @cached_property
    def _joined(self) -> tuple[str, list[int]]:
        """All tokens in one string for substring search, and where each begins."""
        offsets = [0]
        for text in self._letters:
            offsets.append(offsets[-1] + len(text) + 1)
        return "\0".join(self._letters), offsets

    def starting(self, letters: str) -> tuple[int, int]:
        """The ends of the range of ``order`` whose tokens' letters begin with ``letters``."""
        low = bisect_left(self._starting, letters)
        return low, bisect_left(self._starting, letters + _LAST, low)

    def ending_word(self, letters: str) -> Sequence[int]:
        """Tokens with a word edge, or their end, right after they began with ``letters``."""
        return self._exact.get(letters, ())

    def with_word(self, letters: str) -> Sequence[int]:
        """Tokens that hold ``letters`` between a boundary and a word edge or their end."""
        return self._word.get(letters, ())

    def holding(self, parts: Iterable[str]) -> set[int]:
        """Tokens that hold any of ``parts`` anywhere."""
        parts = list(parts)
        if len(parts) > _SCANS:
            return self._holding_many(parts)
        return {token for letters in parts for token in self._holding(letters)}

    def _holding(self, letters: str) -> list[int]:
        found = []
        joined, offsets = self._joined
        position = joined.find(letters)
        while position >= 0:
            token = bisect_left(offsets, position + 1) - 1
            found.append(token)
            position = joined.find(letters, offsets[token + 1])
        return found

    def _holding_many(self, parts: list[str]) -> set[int]:
        """One look at every stretch of every token instead of one search for every phrase."""
        wanted, lengths = set(parts), sorted({len(part) for part in parts})
        found = set()
        for token, letters in zip(self.order, self._starting, strict=True):
            size = len(letters)
            if any(
                letters[start : start + length] in wanted
                for length in lengths
                if length <= size
                for start in range(size - length + 1)
            ):
                found.add(token)
        return found


def _spell(tokenizer: Any) -> table_cache.Spelled:
    pieces, uncertain = token_bytes(tokenizer), byte_tokens(tokenizer)
    check_spelling(tokenizer, pieces, uncertain)
    normal = [normalize(decode_prefix(piece)[0]) for piece in pieces]
    return table_cache.Spelled(pieces, normal, uncertain)


def decode_prefix(piece: bytes) -> tuple[str, bytes]:
    """The whole characters of some bytes, and the unfinished character at their end."""
    if piece.isascii():
        return piece.decode("ascii"), b""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    text = decoder.decode(piece)
    return text, decoder.getstate()[0]


def _index(normals: Iterable[str]) -> tuple[_Index, _Index]:
    """Letters -> tokens that have a word edge or their end after these first letters; and -> tokens
    that hold them as a run of whole words after a boundary of their own."""
    exact: _Index = {}
    inside: _Index = {}
    for token, normal in enumerate(normals):
        words = normal.split()
        first = 0 if normal.startswith(BOUNDARY) else 1
        if len(words) == 1:  # nearly all
            exact.setdefault(words[0], []).append(token)
            if first == 0:
                inside.setdefault(words[0], []).append(token)
            continue
        for start in range(len(words)):
            for end in range(start + 1, len(words) + 1):
                run = "".join(words[start:end])
                if start == 0:
                    exact.setdefault(run, []).append(token)
                if start >= first:
                    inside.setdefault(run, []).append(token)
    return exact, inside
