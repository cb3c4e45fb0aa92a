"""What tokens spell, for tokenizers of every kind, and the refusal of those that cannot be read."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizer, PreTrainedTokenizerFast

from benchmarks.oracle import emitted
from benchmarks.small_tokenizers import KINDS, make
from guardrail import UnsupportedGeneration
from guardrail.restriction import table_cache
from guardrail.restriction.lift import Ban
from guardrail.restriction.phrases import Phrase
from guardrail.restriction.spelling import byte_tokens, check_spelling, token_bytes
from guardrail.restriction.vocabulary import Vocabulary

WORDS = [
    "<unk>",
    "<s>",
    "</s>",
    "the",
    "su",
    "ch",
    "er",
    "cher",
    "king",
    "dom",
    "by",
    "s",
    "k",
    "ing",
]


class Plain(PreTrainedTokenizer):
    """A tokenizer in plain Python: pieces that end in "@@" join the next one, as in CTRL and
    fairseq."""

    def __init__(self, pieces: list[str]) -> None:
        self._pieces = pieces
        super().__init__(unk_token="<unk>", bos_token="<s>", eos_token="</s>")  # type: ignore[no-untyped-call]

    @property
    def vocab_size(self) -> int:
        return len(self._pieces)

    def get_vocab(self) -> dict[str, int]:
        return {piece: index for index, piece in enumerate(self._pieces)}

    def _tokenize(self, text: str, **_: Any) -> list[str]:
        return text.split()

    def _convert_token_to_id(self, token: str) -> int:
        return self.get_vocab().get(token, 0)

    def _convert_id_to_token(self, index: int) -> str:
        return self._pieces[index]

    def convert_tokens_to_string(self, tokens: list[str]) -> str:
        return " ".join(tokens).replace("@@ ", "")


class Liar(Plain):
    """Shows its words backwards."""

    def convert_tokens_to_string(self, tokens: list[str]) -> str:
        return " ".join(reversed(tokens))


def plain() -> Plain:
    return Plain([*WORDS, *(word + "@@" for word in WORDS[3:])])


def suffixed() -> PreTrainedTokenizerFast:
    """BPE with "</w>" at the end of each word, as in GPT-1 and CLIP."""
    pieces = [*WORDS[:3], *(word + "</w>" for word in WORDS[3:]), *WORDS[3:]]
    made = Tokenizer(
        models.BPE({piece: i for i, piece in enumerate(pieces)}, [], unk_token="<unk>")
    )
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    made.decoder = decoders.BPEDecoder(suffix="</w>")
    return PreTrainedTokenizerFast(
        tokenizer_object=made, unk_token="<unk>", bos_token="<s>", eos_token="</s>",
        clean_up_tokenization_spaces=False,
    )  # fmt: skip


@pytest.mark.parametrize("make_it", [plain, suffixed], ids=["python", "end-of-word suffix"])
def test_no_whole_word_comes_out_of_unusual_tokenizers(make_it: Any) -> None:
    """Their tokens decoded one by one lose the spaces around them, and with them the word edges: a
    whole-word phrase then came out of every other text. Random texts, read by the oracle."""
    tokenizer = make_it()
    phrases = [Phrase("cher"), Phrase("king"), Phrase("by the")]
    ban = Ban(Vocabulary.from_tokenizer(tokenizer), phrases)
    rng = random.Random(5)
    free = 0
    for _ in range(300):
        held: list[int] = []
        for _ in range(12):
            allowed = sorted(set(range(len(tokenizer))) - ban.banned(ban.follow(held)))
            held.append(rng.choice(allowed))
        text = tokenizer.decode(held, skip_special_tokens=True)
        assert not emitted(text, phrases), text
        random_text = tokenizer.decode(rng.choices(range(len(tokenizer)), k=12))
        free += bool(emitted(random_text, phrases))
    assert free > 100


def test_an_edge_that_only_the_suffix_shows_is_exact() -> None:
    """ "su" + "cher" is one word, "su</w>" + "cher" is two."""
    tokenizer = suffixed()
    ban = Ban(Vocabulary.from_tokenizer(tokenizer), [Phrase("cher")])
    ids = tokenizer.get_vocab()
    su, su_end, cher = ids["su"], ids["su</w>"], ids["cher</w>"]
    assert cher in ban.banned(ban.follow([su_end]))
    assert cher not in ban.banned(ban.follow([su]))


def test_a_tokenizer_that_shows_something_else_is_refused() -> None:
    with pytest.raises(UnsupportedGeneration, match="Liar decodes text to something else"):
        Vocabulary.from_tokenizer(Liar([*WORDS]))


def test_a_spelling_without_the_spaces_is_refused() -> None:
    """The check must notice a lost word edge, not only lost letters."""
    tokenizer = plain()
    pieces = [piece.strip() for piece in token_bytes(tokenizer)]
    with pytest.raises(UnsupportedGeneration):
        check_spelling(tokenizer, pieces, frozenset())


def test_parts_of_characters_that_it_does_not_tell_are_refused() -> None:
    """Two halves of a letter, each decoded as a broken character, would spell it unseen."""
    with pytest.raises(UnsupportedGeneration, match="parts of characters"):
        token_bytes(Plain([*WORDS, "\ufffd"]))


def test_a_tokenizer_without_a_list_of_added_tokens_is_read() -> None:
    """As that of Mistral's own package."""

    def missing(_: Any) -> Any:
        raise NotImplementedError

    bare = type("Bare", (Plain,), {"added_tokens_decoder": property(missing)})
    assert token_bytes(bare(WORDS))[:4] == [b"", b"", b"", b" the "]


def test_tokens_of_bytes_are_taken_as_they_are() -> None:
    """Some remote tokenizers name their tokens by bytes objects."""

    class OfBytes(Plain):
        def convert_ids_to_tokens(self, ids: Any, skip_special_tokens: bool = False) -> Any:
            return [self._pieces[index].encode() for index in ids]

        def convert_tokens_to_string(self, tokens: Any) -> str:
            return b"".join(tokens).decode()

    assert token_bytes(OfBytes(WORDS))[3:5] == [b"the", b"su"]


@pytest.mark.parametrize("kind", KINDS)
def test_the_check_passes_on_every_usual_kind(kind: str) -> None:
    tokenizer = make(kind)
    check_spelling(tokenizer, token_bytes(tokenizer), byte_tokens(tokenizer))


def test_tables_are_kept_and_come_back_whole(smollm: Any, tmp_path: Path) -> None:
    tokenizer = smollm.tokenizer
    spelled = table_cache.Spelled(
        token_bytes(tokenizer), [f"n{i}" for i in range(len(tokenizer))], frozenset({3, 5})
    )
    assert table_cache.load(tokenizer, tmp_path) is None
    table_cache.save(tokenizer, spelled, tmp_path)
    assert table_cache.load(tokenizer, tmp_path) == spelled
    assert [path.suffix for path in tmp_path.iterdir()] == [".safetensors"]  # nothing half written


@pytest.mark.parametrize("damage", [b"", b"{}", b"\x08\0\0\0\0\0\0\0{}      junk"])
def test_a_damaged_table_is_made_anew(smollm: Any, tmp_path: Path, damage: bytes) -> None:
    tokenizer = smollm.tokenizer
    whole = table_cache.Spelled(token_bytes(tokenizer), [""] * len(tokenizer), frozenset())
    table_cache.save(tokenizer, whole, tmp_path)
    (path,) = tmp_path.iterdir()
    path.write_bytes(damage)
    assert table_cache.load(tokenizer, tmp_path) is None
    path.write_bytes(b"")
    table_cache.save(tokenizer, whole, tmp_path)
    assert table_cache.load(tokenizer, tmp_path) == whole


def test_another_special_token_is_another_table(smollm: Any, tmp_path: Path) -> None:
    """A token that became special shows nothing; a table of before would still spell it."""
    import copy

    changed = copy.deepcopy(smollm.tokenizer)
    changed.add_special_tokens({"additional_special_tokens": ["the"]})
    whole = table_cache.Spelled([b""] * len(changed), [""] * len(changed), frozenset())
    table_cache.save(smollm.tokenizer, whole, tmp_path)
    assert table_cache.load(changed, tmp_path) is None


def test_a_folder_that_cannot_be_written_does_no_harm(smollm: Any, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    whole = table_cache.Spelled([b""] * len(smollm.tokenizer), [], frozenset())
    table_cache.save(smollm.tokenizer, whole, tmp_path / "file" / "folder")
    assert table_cache.load(smollm.tokenizer, tmp_path / "file" / "folder") is None
