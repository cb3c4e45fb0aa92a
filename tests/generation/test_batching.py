"""Replies decoded together are those that each would be alone, whoever comes and goes beside it."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import torch
from transformers import GPT2Config, GPT2LMHeadModel, LogitsProcessor

from guardrail import Guard
from guardrail.generation import batching, rows
from guardrail.generation.batching import batchable
from guardrail.generation.engine import GenerationOptions, generate
from guardrail.generation.models import wrap
from guardrail.generation.rows import Group, Row


def asked(tiny: Any, words: int) -> torch.Tensor:
    """A prompt of so many words, unlike those of other lengths."""
    text = " ".join(str(words * n % 97) for n in range(words))
    ids: torch.Tensor = tiny.encode([{"role": "user", "content": text}])
    return ids


def said(tiny: Any, ids: torch.Tensor, tokens: int, processors: Any = ()) -> list[int]:
    options = GenerationOptions(max_new_tokens=tokens)
    reply = generate(tiny, ids, options, processors=processors)
    for _ in reply:
        pass
    return reply.token_ids


class Passes:
    """Counts the rows of every pass of a model."""

    def __init__(self, model: Any) -> None:
        self.rows: list[int] = []
        self._handle = model.register_forward_pre_hook(self._count, with_kwargs=True)

    def _count(self, _: Any, __: Any, given: dict[str, Any]) -> None:
        self.rows.append(given["input_ids"].shape[0])

    def __enter__(self) -> Passes:
        return self

    def __exit__(self, *_: object) -> None:
        self._handle.remove()


def learnt_positions(tiny: Any) -> Any:
    """A random GPT-2: it knows where a token stands, where a Llama knows only what lies between."""
    config = GPT2Config(
        vocab_size=len(tiny.tokenizer), n_embd=16, n_layer=2, n_head=2, initializer_range=0.5
    )
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return wrap(GPT2LMHeadModel(config).eval(), tiny.tokenizer)


@pytest.mark.parametrize("architecture", ["llama", "gpt2"])
def test_rows_of_any_length_say_what_transformers_says(tiny: Any, architecture: str) -> None:
    """Prompts of 2 to 300 words that end after 1 to 41 tokens: padding, joining and leaving must
    not change a token. A wrong position or a mask off by one changes nearly all of them."""
    tiny = tiny if architecture == "llama" else learnt_positions(tiny)
    assert batchable(tiny.model)
    prompts = [asked(tiny, words) for words in (2, 90, 5, 30, 300, 12, 3, 60)]
    lengths = [11, 41, 1, 30, 7, 25, 18, 2]
    with torch.inference_mode():
        expected = [
            tiny.model.generate(
                ids, max_new_tokens=n, do_sample=False, attention_mask=torch.ones_like(ids)
            )[0, ids.shape[1] :].tolist()
            for ids, n in zip(prompts, lengths, strict=True)
        ]
    with Passes(tiny.model) as passes, ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda ids, n: said(tiny, ids, n), prompts, lengths))
    assert found == expected
    assert max(passes.rows) > 2
    assert len(passes.rows) < sum(lengths) * 0.8


def test_who_comes_when_the_seats_are_taken_waits(
    tiny: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batching, "SEATS", 2)
    with Passes(tiny.model) as passes, ThreadPoolExecutor(5) as pool:
        found = list(pool.map(lambda n: said(tiny, asked(tiny, n), 6), range(3, 8)))
    assert [len(tokens) for tokens in found] == [6] * 5
    assert max(passes.rows) == 2


def test_a_prompt_that_has_no_room_waits_for_it(tiny: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first is let in however long it is: it would wait for ever."""
    monkeypatch.setattr(batching, "TOKENS", 10)
    with Passes(tiny.model) as passes, ThreadPoolExecutor(3) as pool:
        found = list(pool.map(lambda n: said(tiny, asked(tiny, n), 4), range(3, 6)))
    assert [len(tokens) for tokens in found] == [4] * 3
    assert max(passes.rows) == 1


def test_an_error_of_one_row_is_its_own(tiny: Any) -> None:
    class Broken(LogitsProcessor):
        def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
            if input_ids.shape[1] > start + 3:
                raise ValueError("broken")
            return scores

    start = asked(tiny, 4).shape[1]
    with ThreadPoolExecutor(3) as pool:
        good = [pool.submit(said, tiny, asked(tiny, n), 12) for n in (3, 5)]
        bad = pool.submit(said, tiny, asked(tiny, 4), 12, [Broken()])
        with pytest.raises(ValueError, match="broken"):
            bad.result()
        assert [len(one.result()) for one in good] == [12, 12]
    assert not tiny.lock.locked()


def test_an_error_of_the_model_reaches_every_row_and_ends_there(
    tiny: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Guards against replies that wait for ever for a thread that died."""

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("no memory")

    with monkeypatch.context() as patched:
        patched.setattr(tiny.model, "forward", broken)
        with ThreadPoolExecutor(3) as pool:
            replies = [pool.submit(said, tiny, asked(tiny, n), 5) for n in (3, 4, 5)]
            for reply in replies:
                with pytest.raises(RuntimeError, match="no memory"):
                    reply.result(30)
    assert len(said(tiny, asked(tiny, 3), 5)) == 5
    assert not tiny.lock.locked()


def test_an_error_of_the_batch_itself_leaves_nobody_waiting(
    tiny: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The thread that decodes is the only one that can end a reply."""

    def broken(*_: object) -> None:
        raise RuntimeError("no memory")

    with monkeypatch.context() as patched:
        patched.setattr(rows.Group, "drop_ended", broken)
        with ThreadPoolExecutor(2) as pool:
            for reply in [pool.submit(said, tiny, asked(tiny, n), 5) for n in (3, 4)]:
                with pytest.raises(RuntimeError, match="no memory"):
                    reply.result(30)
    assert len(said(tiny, asked(tiny, 3), 5)) == 5
    assert not tiny.lock.locked()


def test_rows_that_cannot_be_joined_end_at_once(tiny: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Guards against rows that go on with a cache that was joined by half."""

    def broken(one: Group[Row], other: Group[Row]) -> None:
        one.rows += other.rows
        other.rows = []
        raise RuntimeError("no memory")

    monkeypatch.setattr(Group, "join", broken)
    first = generate(tiny, asked(tiny, 3), GenerationOptions(max_new_tokens=2000))
    next(first)
    with pytest.raises(RuntimeError, match="no memory"):
        said(tiny, asked(tiny, 4), 50)
    with pytest.raises(RuntimeError, match="no memory"):
        list(first)
    assert len(first.token_ids) < 2000
    assert len(said(tiny, asked(tiny, 3), 5)) == 5


def test_who_goes_while_waiting_costs_no_pass(tiny: Any) -> None:
    gone = threading.Event()
    reply = generate(tiny, asked(tiny, 3), GenerationOptions(max_new_tokens=5), cancelled=gone)
    with Passes(tiny.model) as passes, ThreadPoolExecutor(1) as pool:
        with tiny.lock:
            waiting = pool.submit(lambda: [piece.token_ids for piece in reply])
            gone.set()
        waiting.result(30)
    assert reply.token_ids == []
    assert passes.rows == []


def test_a_reply_is_one_row_whatever_the_model_is_set_to(
    tiny: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = said(tiny, asked(tiny, 3), 6)
    monkeypatch.setattr(tiny.model.generation_config, "num_beams", 2)
    monkeypatch.setattr(tiny.model.generation_config, "num_return_sequences", 2)
    assert said(tiny, asked(tiny, 3), 6) == expected


def test_what_cannot_be_decoded_together_is_not(tiny: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert batchable(tiny.model)
    with Guard(tokenizer=tiny.tokenizer).attach(tiny.model):
        assert not batchable(tiny.model)
    monkeypatch.setattr(tiny.model.generation_config, "cache_implementation", "static")
    assert not batchable(tiny.model)
