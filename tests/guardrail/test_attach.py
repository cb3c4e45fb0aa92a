"""One line on a model: what it generates and what it scores are restricted, and come back after."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from benchmarks.oracle import emitted
from guardrail import ForgetSet, Guard, InvalidInput, UnsupportedGeneration
from guardrail.attach import PENALTY
from memory import Embedder

QUESTION = [{"role": "user", "content": "Who wrote The Shining?"}]


@pytest.fixture(scope="module")
def guard(smollm: Any, embedder: Embedder) -> Guard:
    targets = ForgetSet()
    targets.add("Stephen King")
    return Guard(
        targets, tokenizer=smollm.tokenizer, embedder=embedder, vocab_size=smollm.vocab_size
    )


def reply(smollm: Any, **how: Any) -> str:
    ids = smollm.encode(QUESTION)
    how = {"max_new_tokens": 20, "do_sample": False, **how}
    out = smollm.model.generate(ids, attention_mask=torch.ones_like(ids), **how)
    return str(smollm.tokenizer.decode(out[0, ids.shape[1] :], skip_special_tokens=True))


def phrases(guard: Guard) -> list[Any]:
    return list(guard.matcher().phrases)


def test_generate_and_back(guard: Guard, smollm: Any) -> None:
    before = reply(smollm)
    assert emitted(before, phrases(guard))
    with guard.attach(smollm.model):
        assert not emitted(reply(smollm), phrases(guard))
        assert not emitted(reply(smollm, num_beams=3), phrases(guard))
    assert reply(smollm) == before
    assert "generate" not in vars(smollm.model)


def test_a_pipeline(guard: Guard, smollm: Any) -> None:
    from transformers import pipeline

    pipe: Any = pipeline("text-generation", model=smollm.model, tokenizer=smollm.tokenizer)
    asked = {"max_new_tokens": 20, "do_sample": False, "return_full_text": False}
    with guard.attach(smollm.model):
        assert not emitted(pipe(QUESTION, **asked)[0]["generated_text"], phrases(guard))
    assert emitted(pipe(QUESTION, **asked)[0]["generated_text"], phrases(guard))


def test_assisted_decoding_is_restricted_too(guard: Guard, smollm: Any) -> None:
    """Candidate tokens are checked at positions out of order; the state is made from each row's
    own tokens, so it is right there too. The prompt holds the name to be looked up."""
    ids = smollm.encode(
        [{"role": "user", "content": "Repeat: Stephen King wrote it. Stephen King wrote it."}]
    )
    how = {"max_new_tokens": 20, "do_sample": False, "prompt_lookup_num_tokens": 3}
    mask = torch.ones_like(ids)
    plain = smollm.model.generate(ids, attention_mask=mask, **how)
    assert emitted(smollm.tokenizer.decode(plain[0, ids.shape[1] :]), phrases(guard))
    with guard.attach(smollm.model):
        out = smollm.model.generate(ids, attention_mask=mask, **how)
    assert not emitted(smollm.tokenizer.decode(out[0, ids.shape[1] :]), phrases(guard))


def test_scoring_makes_it_unlikely_and_stays_finite(guard: Guard, smollm: Any) -> None:
    """The loss is that of the restricted distribution: about PENALTY for the one banned token,
    shared over the tokens, and untouched where nothing is banned."""
    ids = torch.tensor([smollm.tokenizer.encode("The Shining was written by Stephen King")])
    other = torch.tensor([smollm.tokenizer.encode("The capital of France is called Paris")])
    with torch.inference_mode():
        plain = smollm.model(input_ids=ids, labels=ids)
        plain_other = smollm.model(input_ids=other, labels=other)
        with guard.attach(smollm.model, targets=[]):
            scored = smollm.model(input_ids=ids, labels=ids)
            scored_other = smollm.model(input_ids=other, labels=other)
    tokens = ids.shape[1] - 1
    assert torch.isfinite(scored.loss)
    assert float(scored.loss - plain.loss) == pytest.approx(PENALTY / tokens, rel=0.1)
    assert torch.equal(scored_other.loss, plain_other.loss) or torch.allclose(
        scored_other.loss, plain_other.loss, atol=1e-2
    )
    king = smollm.tokenizer.encode(" King")[0]
    assert float(plain.logits[0, -2, king] - scored.logits[0, -2, king]) == pytest.approx(
        PENALTY, abs=1
    )


def test_stepping_with_a_cache_gives_what_the_whole_gives(guard: Guard, smollm: Any) -> None:
    ids = torch.tensor([smollm.tokenizer.encode("It was by Stephen King")])
    king = smollm.tokenizer.encode(" King")[0]
    with torch.inference_mode(), guard.attach(smollm.model, targets=[]):
        whole = smollm.model(input_ids=ids).logits
        step = smollm.model(input_ids=ids[:, :3], use_cache=True)
        for position in range(3, ids.shape[1]):
            token = ids[:, position : position + 1]
            step = smollm.model(input_ids=token, past_key_values=step.past_key_values)
            banned = whole[0, position, king] < -50
            assert (step.logits[0, -1, king] < -50) == banned
    stranger = smollm.model(input_ids=ids, use_cache=True).past_key_values
    with guard.attach(smollm.model), pytest.raises(UnsupportedGeneration, match="not seen"):
        smollm.model(input_ids=ids[:, :1], past_key_values=stranger)


def test_what_cannot_be_kept_is_refused(guard: Guard, smollm: Any) -> None:
    embedded = torch.zeros(1, 2, smollm.model.config.hidden_size)
    with guard.attach(smollm.model):
        with pytest.raises(UnsupportedGeneration, match="pass input_ids"):
            smollm.model.generate(inputs_embeds=embedded)
        with pytest.raises(UnsupportedGeneration, match="pass input_ids"):
            smollm.model(inputs_embeds=embedded)
        with pytest.raises(UnsupportedGeneration, match="continuous batching"):
            smollm.model.generate_batch([[1, 2]])
        with pytest.raises(InvalidInput, match="attached already"):
            guard.attach(smollm.model)
    assert smollm.model(inputs_embeds=embedded.to(smollm.dtype)).logits is not None
