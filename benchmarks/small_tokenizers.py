"""Small real tokenizers of every kind, trained in a moment on a text of our own."""

from __future__ import annotations

import json
from functools import cache
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
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    trainer = trainers.UnigramTrainer(
        vocab_size=400, special_tokens=_SPECIAL, unk_token="<unk>", show_progress=False
    )
    tokenizer.train_from_iterator(_TEXT, trainer)
    return tokenizer


def _word_piece() -> Tokenizer:
    tokenizer = Tokenizer(models.WordPiece(unk_token="<unk>"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=False, strip_accents=False)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece(cleanup=False)
    trainer = trainers.WordPieceTrainer(
        vocab_size=500, special_tokens=_SPECIAL, show_progress=False
    )
    tokenizer.train_from_iterator(_TEXT, trainer)
    return tokenizer
