"""Tokens to text: pieces add up to the whole, half characters wait, stop strings never show."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.small_tokenizers import KINDS, make
from guardrail.generation.detokenize import Detokenizer, StopStrings


def pieces(tokenizer: Any, ids: list[int]) -> list[str]:
    detokenizer = Detokenizer(tokenizer)
    return [*(detokenizer.feed([i]) for i in ids), detokenizer.finish()]


@pytest.mark.parametrize("kind", ["byte-level", "smollm"])
def test_pieces_add_up_for_any_tokens(kind: str, request: Any) -> None:
    """Random tokens are mostly broken UTF-8 and special tokens, the worst there is."""
    tokenizer = request.getfixturevalue("smollm").tokenizer if kind == "smollm" else make(kind)
    rng = random.Random(5)
    for _ in range(100):
        ids = [rng.randrange(len(tokenizer)) for _ in range(rng.randrange(30))]
        whole = tokenizer.decode(ids, skip_special_tokens=True)
        assert "".join(pieces(tokenizer, ids)) == whole


@pytest.mark.parametrize("kind", KINDS)
def test_pieces_add_up_for_text(kind: str) -> None:
    tokenizer = make(kind)
    ids = tokenizer.encode("Stephen said: the keeper of the kingdom wrote 12345 letters, café.")
    assert "".join(pieces(tokenizer, ids)) == tokenizer.decode(ids, skip_special_tokens=True)


def test_half_a_character_waits(smollm: Any) -> None:
    ids = smollm.tokenizer.encode("東京 🙂")
    for piece in pieces(smollm.tokenizer, ids):
        assert "\ufffd" not in piece


@given(st.text("abc", max_size=20), st.lists(st.text("abc", min_size=1, max_size=3)), st.data())
def test_stop_strings_at_every_split(text: str, stops: list[str], data: st.DataObject) -> None:
    stopper, shown, rest = StopStrings(stops), "", text
    while rest:
        size = data.draw(st.integers(1, len(rest)))
        shown, rest = shown + stopper.feed(rest[:size]), rest[size:]
    shown += stopper.finish()
    ends = [at for stop in stops if (at := text.find(stop)) >= 0]
    assert stopper.hit == bool(ends)
    if not ends:
        assert shown == text
    else:
        # Cut at the stop string that was completed first.
        done = min(at + len(s) for s in stops if (at := text.find(s)) >= 0)
        assert text.startswith(shown)
        assert len(shown) < done
        assert not any(stop in shown for stop in stops)
