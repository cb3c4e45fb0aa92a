"""Summaries in a model's words, in the background, and what is kept out of them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from memory import DualMemory, WrittenSummarizer, seq2seq

from .conftest import HashEmbedder, opened

LISBON = "I moved to Lisbon in May, as you may know."


def lines(memory: DualMemory) -> list[tuple[int, str]]:
    return memory._store.rows("SELECT turn, text FROM summaries ORDER BY turn")


def within(seconds: float, holds: Callable[[], bool]) -> bool:
    end = time.monotonic() + seconds
    while not holds() and time.monotonic() < end:
        time.sleep(0.01)
    return holds()


def test_a_model_s_sentence_stands_for_its_turn(hashing: HashEmbedder) -> None:
    """One sentence a turn, with the turn's id; no call for a turn that says nothing."""
    asked: list[str] = []

    def write(text: str) -> str:
        asked.append(text)
        return "user: Lives in Lisbon. And more that nobody wants."

    memory = opened(embedder=hashing, summarizer=WrittenSummarizer(write))
    memory.add("user", "Hi!")
    turn = memory.add("user", LISBON)
    memory.add("user", "Did you sleep well?")
    assert memory.summary() == "user: Lives in Lisbon."
    assert asked == [f"user: {LISBON}"]
    assert lines(memory) == [(turn.id, "user: Lives in Lisbon.")]
    memory.erase(turn_ids=[turn.id])
    assert lines(memory) == []


@pytest.mark.parametrize("answer", [RuntimeError("heliotrope"), " \n"])
def test_a_model_that_fails_leaves_the_turn_s_own_words_and_says_so(
    answer: Any, hashing: HashEmbedder, caplog: pytest.LogCaptureFixture
) -> None:
    def write(_: str) -> str:
        if isinstance(answer, Exception):
            raise answer
        return str(answer)

    summarizer = WrittenSummarizer(write)
    memory = opened(embedder=hashing, summarizer=summarizer)
    memory.add("user", LISBON)
    assert memory.summary() == f"user: {LISBON}"
    assert summarizer.failures >= 1
    assert "the turn's words stand" in caplog.text
    assert "heliotrope" not in caplog.text
    assert "Lisbon" not in caplog.text


def test_no_turn_waits_for_a_slow_model(hashing: HashEmbedder) -> None:
    go = threading.Event()

    def write(_: str) -> str:
        assert go.wait(20)
        return "Lives in Lisbon."

    memory = opened(embedder=hashing, summarizer=WrittenSummarizer(write))
    memory.add("user", LISBON)
    assert memory.recall("Lisbon").episodes[0].text == LISBON
    assert "Lives" not in memory.recall("Lisbon").summary
    go.set()
    assert within(10, lambda: memory.recall("Lisbon").summary == "user: Lives in Lisbon.")
    memory.close()


def test_any_seq2seq_model(tmp_path: Path, hashing: HashEmbedder, smollm: Any) -> None:
    """A random T5 out of a folder writes noise, and the line is still its turn's."""
    from transformers import T5Config, T5ForConditionalGeneration

    shape: Any = {"d_model": 16, "d_kv": 4, "d_ff": 16, "num_layers": 1, "num_heads": 2}
    config = T5Config(vocab_size=len(smollm.tokenizer), **shape)
    config.decoder_start_token_id = 0
    T5ForConditionalGeneration(config).save_pretrained(tmp_path)
    smollm.tokenizer.save_pretrained(tmp_path)
    write = seq2seq(tmp_path, tokens=8)
    assert write(LISBON) == write(LISBON)
    memory = opened(embedder=hashing, summarizer=WrittenSummarizer(write))
    turn = memory.add("user", LISBON)
    memory.summary()
    assert [found for found, _ in lines(memory)] == [turn.id]


def test_what_is_kept_out_is_never_written(hashing: HashEmbedder) -> None:
    """Neither from a turn nor from what a model makes of it; a check that fails keeps all out."""

    def withhold(texts: Sequence[str]) -> list[bool]:
        if any("Faro" in text for text in texts):
            raise RuntimeError
        return ["Lisbon" in text for text in texts]

    memory = opened(embedder=hashing, summarizer=WrittenSummarizer(lambda _: "Lives in Lisbon."))
    memory.keep_out(withhold)
    memory.add("user", "I moved to the city of fado last year.")
    assert memory.summary() == ""
    assert lines(memory) == []
    plain = opened(embedder=hashing)
    plain.keep_out(withhold)
    for text in (LISBON, "My brother is called Rui.", "I was born in 1980."):
        plain.add("user", text)
    assert plain.summary() == "user: My brother is called Rui. user: I was born in 1980."
    plain.add("user", "I met my wife in Faro, Portugal.")
    assert plain.summary() == ""


def test_lines_written_before_are_swept(hashing: HashEmbedder) -> None:
    memory = opened(embedder=hashing)
    memory.add("user", LISBON)
    memory.add("user", "My brother is called Rui.")
    assert "Lisbon" in memory.summary()
    memory.keep_out(lambda texts: ["Lisbon" in text for text in texts])
    memory.sweep_summaries()
    assert within(
        10, lambda: [text for _, text in lines(memory)] == ["user: My brother is called Rui."]
    )
