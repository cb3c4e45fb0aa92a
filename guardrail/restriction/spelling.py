"""What each token of a tokenizer adds to the text that the user sees."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Sequence
from typing import Any

from guardrail.errors import UnsupportedGeneration
from guardrail.restriction.normalize import BOUNDARY, normalize, squeeze

__all__ = ["byte_tokens", "check_spelling", "token_bytes"]

_BYTE_TOKEN = re.compile("<0x[0-9A-Fa-f]{2}>")
_TRIALS, _TRIAL_LENGTH = 40, 12
_INSTEAD = ", so a ban could not be kept; use the model's fast tokenizer (tokenizer.json)"
Spell = Callable[[int, Any], bytes]


def token_bytes(tokenizer: Any) -> list[bytes]:
    """The bytes that each token id adds to the decoded text; nothing for special tokens.

    Knows byte-level BPE, BPE with an end-of-word suffix, SentencePiece (with byte fallback),
    Unigram, WordPiece and vocabularies of bytes. Other kinds are asked to decode each token between
    two others, which finds its letters exactly and may find word edges where there are none.
    """
    names = tokenizer.convert_ids_to_tokens(list(range(len(tokenizer))))
    special = _special(tokenizer)
    spell = _speller(tokenizer, names, special)
    return [
        b"" if name is None or token in special else _spelled(spell, token, name)
        for token, name in enumerate(names)
    ]


def byte_tokens(tokenizer: Any) -> frozenset[int]:
    """The tokens of single bytes, where the decoder puts runs of them together."""
    names = tokenizer.convert_ids_to_tokens(list(range(len(tokenizer))))
    return frozenset(
        token
        for token, name in enumerate(names)
        if isinstance(name, str) and _BYTE_TOKEN.fullmatch(name)
    )


def check_spelling(tokenizer: Any, pieces: Sequence[bytes], uncertain: frozenset[int]) -> None:
    """Compare what random tokens spell with what the tokenizer decodes them to.

    Raises ``UnsupportedGeneration`` when letters differ, or when the decoded text has a word edge
    that the spelling has not: a ban built on such a spelling would leak. A few milliseconds.
    """
    rng = random.Random(0)  # noqa: S311 - no secret
    usable = [token for token in range(len(pieces)) if token not in uncertain]
    for _ in range(_TRIALS if usable else 0):
        tokens = rng.choices(usable, k=_TRIAL_LENGTH)
        spelled = _edges(b"".join(pieces[t] for t in tokens).decode("utf-8", "replace"))
        decoded = _edges(_decode(tokenizer, tokens))
        if spelled[0] != decoded[0] or not spelled[1] >= decoded[1]:
            raise UnsupportedGeneration(
                f"{type(tokenizer).__name__} decodes text to something else than its tokens spell"
                + _INSTEAD
            )


def _edges(text: str) -> tuple[str, set[int]]:
    """The letters of a text, and before which of them a word edge stands."""
    letters, edges = 0, {0}
    normal = normalize(text)
    for letter in normal:
        if letter == BOUNDARY:
            edges.add(letters)
        else:
            letters += 1
    edges.discard(letters)
    return squeeze(normal), edges


def _decode(tokenizer: Any, tokens: list[int]) -> str:
    text = tokenizer.decode(tokens, skip_special_tokens=True, clean_up_tokenization_spaces=False)
    return str(text)


def _special(tokenizer: Any) -> set[int]:
    try:
        added = tokenizer.added_tokens_decoder
    except (AttributeError, NotImplementedError):
        added = {}
    return {i for i, t in added.items() if t.special} | set(tokenizer.all_special_ids)


def _speller(tokenizer: Any, names: list[Any], special: set[int]) -> Spell:
    """How this kind of tokenizer spells: (id, token) -> bytes."""
    backend = getattr(tokenizer, "backend_tokenizer", None)
    made = getattr(backend, "decoder", None)
    decoder = json.loads(made.__getstate__()) if made is not None else {}
    kinds = json.dumps(decoder)
    if "ByteLevel" in kinds:
        return lambda _, name: _byte_level(name)
    if "WordPiece" in kinds:
        return lambda _, name: _word_piece(name, decoder.get("prefix", "##"))
    if decoder.get("type") == "BPEDecoder":
        return lambda _, name: name.replace(decoder["suffix"], " ").encode("utf-8")
    if "Metaspace" in kinds or "\\u2581" in kinds or "ByteFallback" in kinds:
        return lambda _, name: _sentence_piece(name)
    return _between(tokenizer, names, special)


def _spelled(spell: Spell, token: int, name: Any) -> bytes:
    return name if isinstance(name, bytes) else spell(token, name)


def _byte_level(name: str) -> bytes:
    try:
        return bytes(_BYTE_OF[ch] for ch in name)
    except KeyError:
        return name.encode("utf-8")


def _sentence_piece(name: str) -> bytes:
    if _BYTE_TOKEN.fullmatch(name):
        return bytes([int(name[3:5], 16)])
    return name.replace("▁", " ").encode("utf-8")


def _word_piece(name: str, prefix: str) -> bytes:
    text = name.removeprefix(prefix) if name.startswith(prefix) else f" {name}"
    return text.encode("utf-8")


def _between(tokenizer: Any, names: list[Any], special: set[int]) -> Spell:
    """Spell by decoding between two tokens that are plain words."""
    anchor = next(
        (
            token
            for token in range(len(names))
            if token not in special and _decode(tokenizer, [token]).strip().isalpha()
        ),
        None,
    )
    if anchor is None:
        raise UnsupportedGeneration(
            f"{type(tokenizer).__name__} has no token of letters" + _INSTEAD
        )
    word = len(_decode(tokenizer, [anchor]).strip())

    def spell(token: int, _: Any) -> bytes:
        text = _decode(tokenizer, [anchor, token, anchor]).strip()[word:-word]
        if "\ufffd" in text:
            raise UnsupportedGeneration(
                f"{type(tokenizer).__name__} has tokens that are parts of characters and does not "
                "tell which" + _INSTEAD
            )
        return text.encode("utf-8")

    return spell


def _byte_alphabet() -> dict[str, int]:
    """The printable character that stands for each byte in byte-level BPE (GPT-2's alphabet)."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    alphabet = {chr(byte): byte for byte in printable}
    others = [byte for byte in range(256) if byte not in set(printable)]
    return alphabet | {chr(256 + rank): byte for rank, byte in enumerate(others)}


_BYTE_OF = _byte_alphabet()
