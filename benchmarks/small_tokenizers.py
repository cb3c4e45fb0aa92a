"""Small real tokenizers of every kind, made in a moment from a text of our own, always the same."""

from __future__ import annotations

import json
import math
import re
import string
from collections import Counter
from functools import cache
from itertools import combinations
from typing import Any

from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

KINDS = ("byte-level", "sentencepiece-bpe", "unigram", "wordpiece")
_SPECIAL = ["<unk>", "<s>", "</s>", "<pad>"]
_TEXT = [
    "The keeper of the northern lighthouse wrote letters to the queen of the small kingdom.",
    "Such an error would be a king's ransom, said Stephen, and the kings laughed at Kingston.",
    "In Łódź and Åarhus, señor Müller drank café crème; naïve façade, coöperate, jalapeño.",
    "Numbers like 12345 and 555-0199, codes such as tango-7 and alpha-9, mails to a.b@example.org.",
    "Stephen Kingsley, Stephanie Kings, Steph King and the Stephens of kinship went skating.",
] * 8
_LETTERS = sorted(
    {*string.ascii_letters, *string.digits, *string.punctuation, *"".join(_TEXT)} - {" "}
)


@cache
def make(kind: str) -> Any:
    """A tokenizer of that kind, with special tokens 0 to 3."""
    build = {
        "byte-level": _byte_level,
        "sentencepiece-bpe": _sentence_piece,
        "unigram": _unigram,
        "wordpiece": _word_piece,
    }[kind]
    return PreTrainedTokenizerFast(
        tokenizer_object=build(),
        unk_token="<unk>",
        bos_token="<s>",
        eos_token="</s>",
        pad_token="<pad>",
        clean_up_tokenization_spaces=False,
    )


def _byte_level() -> Tokenizer:
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=600, special_tokens=_SPECIAL, initial_alphabet=alphabet, show_progress=False
    )
    tokenizer.train_from_iterator(_TEXT, trainer)
    return tokenizer


def _sentence_piece() -> Tokenizer:
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True, fuse_unk=True))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]
    )
    tokenizer.decoder = decoders.Sequence(
        [
            decoders.Replace("▁", " "),
            decoders.ByteFallback(),
            decoders.Fuse(),
            decoders.Strip(" ", 1, 0),
        ]
    )
    trainer = trainers.BpeTrainer(
        vocab_size=700,
        special_tokens=[*_SPECIAL, *(f"<0x{byte:02X}>" for byte in range(256))],
        show_progress=False,
        max_token_length=8,
    )
    tokenizer.train_from_iterator(_TEXT, trainer)
    # The trainer takes byte tokens as special ones only; in the models that have them they are not.
    made = json.loads(tokenizer.to_str())
    made["added_tokens"] = [t for t in made["added_tokens"] if t["content"] in _SPECIAL]
    return Tokenizer.from_str(json.dumps(made))


def _unigram() -> Tokenizer:
    pieces = _pieces("▁", "")
    total = sum(pieces.values())
    scored = [(piece, math.log(count / total)) for piece, count in pieces.items()]
    special = [(token, 0.0) for token in _SPECIAL]
    tokenizer = Tokenizer(models.Unigram([*special, *scored], unk_id=0))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    return tokenizer


def _word_piece() -> Tokenizer:
    vocabulary = {token: i for i, token in enumerate([*_SPECIAL, *_pieces("", "##")])}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="<unk>"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=False, strip_accents=False)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece(cleanup=False)
    return tokenizer


def _pieces(first: str, inner: str, number: int = 350) -> dict[str, int]:
    """The letters and the commonest longer pieces of the text's words, with their counts; ``first``
    marks one that begins a word, ``inner`` one that goes on. Not the library's trainers of these
    two kinds: they break ties at random, so that every process would test another vocabulary."""
    counts = Counter(mark + letter for letter in _LETTERS for mark in (first, inner))
    for word in re.findall(r"\w+|[^\w\s]", " ".join(_TEXT)):
        for start, end in combinations(range(len(word) + 1), 2):
            counts[(inner if start else first) + word[start:end]] += 1
    ranked = sorted(counts, key=lambda piece: (-counts[piece], piece))
    longer = [piece for piece in ranked if len(piece.removeprefix(first).removeprefix(inner)) > 1]
    letters = [piece for piece in ranked if piece not in set(longer)]
    return {piece: counts[piece] for piece in (*letters, *longer[:number])}
