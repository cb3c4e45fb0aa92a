"""Words of like meaning: which tokens are discouraged, by how much, and where."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
import torch

from guardrail import ForgetSet, Guard
from guardrail.restriction.lift import Ban
from guardrail.restriction.meaning import WordMeanings
from guardrail.restriction.processor import GuardLogitsProcessor
from guardrail.restriction.vocabulary import Vocabulary

PIECES = [b" fortress", b" Castle", b" castle", b" bread", b"fortress", b" it", b" tower", b"x"]


class TwoMeanings:
    """Puts a few words at known angles from "fortress" and every other word at a right angle."""

    name, dimension = "two-meanings", 2
    angles: ClassVar = {"fortress": 0.0, "castle": np.arccos(0.9), "tower": np.arccos(0.6)}

    def __init__(self) -> None:
        self.encoded = 0

    def encode(self, texts: Sequence[str]) -> Any:
        self.encoded += len(texts)
        angles = np.array([self.angles.get(text, np.pi / 2) for text in texts])
        return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)


def test_near_words_lose_by_their_nearness() -> None:
    near = WordMeanings(Vocabulary(PIECES), TwoMeanings()).near(["Fortress"])
    assert near == pytest.approx({0: 10.0, 1: 8.0, 2: 8.0, 6: 2.0}, abs=0.02)


def test_pieces_of_words_and_spared_words_are_left_alone() -> None:
    meanings = WordMeanings(Vocabulary(PIECES), TwoMeanings())
    near = meanings.near(["fortress"], spare={"tower"})
    assert set(near) == {0, 1, 2}  # "fortress" without its space may go on another word
    assert meanings.near([]) == {}


def test_a_disfavoured_token_loses_in_every_state_and_in_scoring(tiny: Any) -> None:
    ban = Ban(Vocabulary(PIECES), [], {2: 3.0})
    for dtype in (torch.float32, torch.bfloat16):
        scores = torch.zeros(2, len(PIECES), dtype=dtype)
        restricted = GuardLogitsProcessor(ban, [[7], [3]])(torch.tensor([[7], [3]]), scores)
        assert restricted[:, 2].tolist() == [-3.0, -3.0]
        assert int((restricted != 0).sum()) == 2


def test_large_vocabularies_are_embedded_once(tmp_path: Path) -> None:
    pieces = [b" " + word.encode() for word in made_words(2_500)]
    first, second = TwoMeanings(), TwoMeanings()
    made = WordMeanings(Vocabulary(pieces), first, cache=tmp_path)
    again = WordMeanings(Vocabulary(pieces), second, cache=tmp_path)
    assert (first.encoded, second.encoded) == (2_500, 0)
    assert made.near(["fortress"]) == again.near(["fortress"])


def test_a_damaged_file_is_made_anew(tmp_path: Path) -> None:
    pieces = [b" " + word.encode() for word in made_words(2_500)]
    WordMeanings(Vocabulary(pieces), TwoMeanings(), cache=tmp_path)
    (file,) = tmp_path.iterdir()
    file.write_bytes(file.read_bytes()[:-1000])
    third = TwoMeanings()
    WordMeanings(Vocabulary(pieces), third, cache=tmp_path)
    assert third.encoded == 2_500


def made_words(number: int) -> list[str]:
    letters = "abcdefghijklmnopqrstuvwxyz"
    return [f"{a}{b}{c}q" for a in letters for b in letters for c in letters][:number]


@pytest.mark.parametrize("meaning", [True, False])
def test_a_restricted_reply_avoids_the_meaning_and_others_do_not(
    smollm: Any, meaning: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("guardrail.restriction.meaning.cache_folder", lambda: tmp_path)
    forget = ForgetSet()
    target = forget.add("Ada Quill", phrases=["fortress"], exemplars=["She keeps a fortress."])
    embedder = TwoMeanings()
    guard = Guard(forget, tokenizer=smollm.tokenizer, embedder=embedder, meaning=meaning)
    ids = smollm.tokenizer("The keeper of the", return_tensors="pt").input_ids
    (castle,) = smollm.tokenizer.encode(" castle", add_special_tokens=False)
    for restricted, loss in ((target.id,), -8.0 if meaning else 0.0), ((), 0.0):
        scores = torch.zeros(1, len(smollm.tokenizer))
        processor = guard.logits_processor(ids, restricted=restricted)
        assert processor(ids, scores)[0, castle].item() == pytest.approx(loss, abs=0.02)
