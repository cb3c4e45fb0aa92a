"""The engine: transformers' own reply, streamed, stopped, seeded, and failing loudly."""

from __future__ import annotations

import threading
from typing import Any

import pytest
import torch
from transformers import LogitsProcessor

from guardrail.generation.engine import GenerationOptions, generate

ASK = [{"role": "user", "content": "What is the capital of France?"}]


def text(loaded: Any, processors: Any = (), **options: Any) -> str:
    options = {"max_new_tokens": 24, **options}
    pieces = generate(
        loaded, loaded.encode(ASK), GenerationOptions(**options), processors=processors
    )
    return "".join(piece.text for piece in pieces)


def test_it_is_what_transformers_gives(smollm: Any) -> None:
    ids = smollm.encode(ASK)
    out = smollm.model.generate(
        ids, attention_mask=torch.ones_like(ids), max_new_tokens=24, do_sample=False
    )
    expected = smollm.tokenizer.decode(out[0, ids.shape[1] :], skip_special_tokens=True)
    assert text(smollm) == expected
    assert "Paris" in expected


def test_why_it_ended(smollm: Any) -> None:
    for options, reason in (
        ({"max_new_tokens": 3}, "length"),
        ({"max_new_tokens": 24}, "stop"),
        ({"stop": ("France",)}, "stop"),
    ):
        generation = generate(smollm, smollm.encode(ASK), GenerationOptions(**options))
        shown = "".join(piece.text for piece in generation)
        assert generation.finish_reason == reason
        assert "France" not in shown or "stop" not in options
        assert generation.prompt_tokens == smollm.count(ASK)


def test_sampling_is_repeatable_and_leaves_other_random_numbers_alone(tiny: Any) -> None:
    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    one = text(tiny, temperature=1.0, seed=11)
    assert torch.equal(torch.rand(1), expected)
    assert text(tiny, temperature=1.0, seed=11) == one
    assert text(tiny, temperature=1.0, seed=12) != one


def test_sampling_follows_the_distribution(tiny: Any) -> None:
    """Gumbel-max must sample softmax(scores / T): 2,000 draws of a three-way choice; a bias of
    0.05 would fail by more than four standard errors."""

    class Three(LogitsProcessor):
        def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
            fixed = torch.full_like(scores, -torch.inf)
            fixed[:, 10:13] = torch.log(torch.tensor([0.2, 0.3, 0.5]))
            return fixed

    options = GenerationOptions(max_new_tokens=2000, temperature=1.0, seed=1)
    generation = generate(tiny, torch.tensor([[5]]), options, processors=[Three()])
    for _ in generation:
        pass
    shares = torch.bincount(torch.tensor(generation.token_ids), minlength=13)[10:13] / 2000
    assert torch.allclose(shares, torch.tensor([0.2, 0.3, 0.5]), atol=0.05)


def test_top_p_one_token_is_greedy(tiny: Any) -> None:
    assert text(tiny, temperature=1.0, top_k=1, seed=4) == text(tiny)


def test_cancelling_stops_the_worker(tiny: Any) -> None:
    generation = generate(tiny, tiny.encode(ASK), GenerationOptions(max_new_tokens=3000))
    next(generation)
    generation.cancel()
    assert not [t for t in threading.enumerate() if t.name.startswith("generate")]
    assert not tiny.lock.locked()
    assert list(generation) == []


def test_a_stream_left_alone_stops_too(tiny: Any) -> None:
    """A client that goes away must not leave the model busy."""
    for _ in generate(tiny, tiny.encode(ASK), GenerationOptions(max_new_tokens=3000)):
        break
    assert not tiny.lock.locked()


def test_an_error_in_a_processor_reaches_the_consumer(tiny: Any) -> None:
    class Broken(LogitsProcessor):
        def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
            raise ZeroDivisionError("on purpose")

    with pytest.raises(ZeroDivisionError, match="on purpose"):
        text(tiny, processors=[Broken()])
    assert text(tiny, max_new_tokens=2) is not None  # the model is free again


def test_many_at_once_give_what_they_give_alone(tiny: Any) -> None:
    alone = [text(tiny, temperature=1.0, seed=seed) for seed in range(4)]
    together: dict[int, str] = {}

    def work(seed: int) -> None:
        together[seed] = text(tiny, temperature=1.0, seed=seed)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [together[seed] for seed in range(4)] == alone


@pytest.mark.parametrize("wrong", [{"max_new_tokens": 0}, {"temperature": -1}, {"best_of": 2}])
def test_options_are_checked(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        GenerationOptions(**wrong)
