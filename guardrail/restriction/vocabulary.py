"""A tokenizer's vocabulary as text: what each token adds to what the user sees."""

from __future__ import annotations

import codecs
import json
import re
import threading
from bisect import bisect_left
from typing import Any
from weakref import WeakKeyDictionary

from guardrail.restriction.normalize import BOUNDARY, normalize, squeeze

__all__ = ["Vocabulary", "decode_prefix", "token_bytes"]

_LAST = "\U0010ffff"
_BYTE_TOKEN = re.compile("<0x[0-9A-Fa-f]{2}>")
_memo: WeakKeyDictionary[Any, dict[int, Vocabulary]] = WeakKeyDictionary()
_memo_lock = threading.Lock()


class Vocabulary:
    """Every token's bytes and normal form, sorted so that the tokens that complete a phrase are
    one contiguous range.

    ``normal[t]`` is the normal form of the whole characters of token ``t``, ``tail[t]`` the bytes
    of a character it leaves unfinished; special tokens add nothing. ``uncertain`` are the tokens
    of single bytes that SentencePiece falls back to: a run of them that is no UTF-8 is shown as
    broken characters, every one of them, so their letters may turn out not to be there. Building
    costs one pass and three sorts of the vocabulary.
    """

    def __init__(
        self,
        pieces: list[bytes],
        size: int | None = None,
        *,
        uncertain: frozenset[int] = frozenset(),
    ) -> None:
        self.uncertain = uncertain
        self.size = max(size or 0, len(pieces))
        self.bytes = pieces + [b""] * (self.size - len(pieces))
        decoded = [decode_prefix(piece) for piece in self.bytes]
        self.tail = [tail for _, tail in decoded]
        self.normal = [normalize(text) for text, _ in decoded]
        # Tokens that can finish a character begun by the token before.
        self.continuing = [t for t, b in enumerate(self.bytes) if b and 0x80 <= b[0] < 0xC0]
        letters = [squeeze(normal) for normal in self.normal]
        self._starting, self._starting_ids = _sorted([(z, t) for t, z in enumerate(letters) if z])
        self._exact, self._exact_ids = _sorted(
            [(z, t) for t, normal in enumerate(self.normal) for z in _ends(normal)]
        )
        self._word, self._word_ids = _sorted(
            [(z, t) for t, normal in enumerate(self.normal) for z in _words(normal)]
        )
        self._joined, self._offsets = _join(letters)

    @classmethod
    def from_tokenizer(cls, tokenizer: Any, size: int | None = None) -> Vocabulary:
        """The vocabulary of a Hugging Face tokenizer, made once for each tokenizer object.

        ``size``: the width of the logits, where it is padded beyond the tokenizer.
        """
        with _memo_lock:
            made = _memo.setdefault(tokenizer, {})
            key = max(size or 0, len(tokenizer))
            if key not in made:
                made[key] = cls(token_bytes(tokenizer), key, uncertain=_byte_tokens(tokenizer))
            return made[key]

    def starting(self, letters: str) -> list[int]:
        """Tokens whose letters begin with ``letters``."""
        low = bisect_left(self._starting, letters)
        return self._starting_ids[low : bisect_left(self._starting, letters + _LAST)]

    def ending_word(self, letters: str) -> list[int]:
        """Tokens with a word edge, or their end, right after they began with ``letters``."""
        return _equal(self._exact, self._exact_ids, letters)

    def with_word(self, letters: str) -> list[int]:
        """Tokens that hold ``letters`` between a boundary and a word edge or their end."""
        return _equal(self._word, self._word_ids, letters)

    def holding(self, letters: str) -> list[int]:
        """Tokens that hold ``letters`` anywhere."""
        found = []
        position = self._joined.find(letters)
        while position >= 0:
            token = bisect_left(self._offsets, position + 1) - 1
            found.append(token)
            position = self._joined.find(letters, self._offsets[token + 1])
        return found


def token_bytes(tokenizer: Any) -> list[bytes]:
    """The bytes that each token id adds to the decoded text; nothing for special tokens.

    Knows byte-level BPE, SentencePiece (with byte fallback), Unigram and WordPiece; other kinds
    are asked to decode each token by itself.
    """
    tokens = tokenizer.convert_ids_to_tokens(list(range(len(tokenizer))))
    special = {i for i, t in tokenizer.added_tokens_decoder.items() if t.special}
    special |= set(tokenizer.all_special_ids)
    added = {i: t.content for i, t in tokenizer.added_tokens_decoder.items()}
    to_bytes = _reader(tokenizer)
    pieces = []
    for index, token in enumerate(tokens):
        if token is None or index in special:
            pieces.append(b"")
        elif index in added:
            pieces.append(added[index].encode("utf-8"))
        else:
            pieces.append(to_bytes(index, token))
    return pieces


def _byte_tokens(tokenizer: Any) -> frozenset[int]:
    """The tokens of single bytes, where the decoder puts runs of them together."""
    names = tokenizer.convert_ids_to_tokens(list(range(len(tokenizer))))
    return frozenset(
        index for index, name in enumerate(names) if name and _BYTE_TOKEN.fullmatch(name)
    )


def _reader(tokenizer: Any) -> Any:
    """How this kind of tokenizer spells: (id, token) -> bytes."""
    backend = getattr(tokenizer, "backend_tokenizer", None)
    decoder = json.dumps(json.loads(backend.to_str()).get("decoder")) if backend else ""
    if "ByteLevel" in decoder:
        return lambda _, token: _byte_level(token)
    if "WordPiece" in decoder:
        return lambda _, token: _word_piece(token)
    if "Metaspace" in decoder or "\\u2581" in decoder or "ByteFallback" in decoder:
        return lambda _, token: _sentence_piece(token)
    return lambda index, _: tokenizer.decode([index]).encode("utf-8")


def _byte_level(token: str) -> bytes:
    try:
        return bytes(_BYTE_OF[ch] for ch in token)
    except KeyError:
        return token.encode("utf-8")


def _sentence_piece(token: str) -> bytes:
    if _BYTE_TOKEN.fullmatch(token):
        return bytes([int(token[3:5], 16)])
    return token.replace("▁", " ").encode("utf-8")


def _word_piece(token: str) -> bytes:
    text = token[2:] if token.startswith("##") else f" {token}"
    return text.encode("utf-8")


def _byte_alphabet() -> dict[str, int]:
    """The printable character that stands for each byte in byte-level BPE (GPT-2's alphabet)."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    alphabet = {chr(byte): byte for byte in printable}
    others = [byte for byte in range(256) if byte not in set(printable)]
    return alphabet | {chr(256 + rank): byte for rank, byte in enumerate(others)}


_BYTE_OF = _byte_alphabet()


def decode_prefix(piece: bytes) -> tuple[str, bytes]:
    """The whole characters of some bytes, and the unfinished character at their end."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    text = decoder.decode(piece)
    return text, decoder.getstate()[0]


def _ends(normal: str) -> list[str]:
    """The letters before each word edge of a token: after each of its words."""
    words = normal.split()
    return ["".join(words[: count + 1]) for count in range(len(words))]


def _words(normal: str) -> list[str]:
    """Every run of whole words of a token that a boundary of the token stands before."""
    words = normal.split()
    first = 0 if normal.startswith(BOUNDARY) else 1
    return [
        "".join(words[start:end])
        for start in range(first, len(words))
        for end in range(start + 1, len(words) + 1)
    ]


def _sorted(entries: list[tuple[str, int]]) -> tuple[list[str], list[int]]:
    entries.sort()
    return [key for key, _ in entries], [token for _, token in entries]


def _equal(keys: list[str], ids: list[int], key: str) -> list[int]:
    low = bisect_left(keys, key)
    return ids[low : bisect_left(keys, key + "\0", low)]


def _join(letters: list[str]) -> tuple[str, list[int]]:
    """All tokens in one string for substring search, and where each begins."""
    offsets = [0]
    for text in letters:
        offsets.append(offsets[-1] + len(text) + 1)
    return "\0".join(letters), offsets
