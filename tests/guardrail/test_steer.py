"""Policy steer on a model: what a target's texts say becomes unlikely where it is asked about."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from guardrail import ForgetSet, Guard
from guardrail.asked import asked
from guardrail.targets import Policy, Target
from memory import Embedder

QUESTION = "What is the capital of France?"
OTHER = "How many days has a week?"


@pytest.fixture(scope="module")
def guard(smollm: Any, embedder: Embedder) -> Guard:
    target = Target(
        name="France",
        exemplars=(f"{QUESTION} The capital of France is Paris.",),
        policy=Policy.STEER,
        names="softly",
    )
    return Guard(
        ForgetSet([target]),
        tokenizer=smollm.tokenizer,
        embedder=embedder,
        vocab_size=smollm.vocab_size,
    )


def row(smollm: Any, question: str, answer: str) -> torch.Tensor:
    prompt = smollm.encode([{"role": "user", "content": question}])
    said = smollm.tokenizer.encode(answer, return_tensors="pt", add_special_tokens=False)
    return torch.cat([prompt, said.to(prompt.device)], dim=1)


def logits(smollm: Any, ids: torch.Tensor) -> torch.Tensor:
    with torch.inference_mode():
        scores: torch.Tensor = smollm.model(ids).logits[0]
    return scores


def test_the_last_question_of_a_row(smollm: Any) -> None:
    one = row(smollm, QUESTION, "The capital")[0].tolist()
    assert asked(smollm.tokenizer, one) == QUESTION
    talk = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": OTHER},
        {"role": "assistant", "content": "Seven."},
        {"role": "user", "content": QUESTION},
    ]
    assert asked(smollm.tokenizer, smollm.template.encode(talk)) == QUESTION


def test_text_without_a_template_asks_nothing(smollm: Any) -> None:
    assert asked(smollm.tokenizer, smollm.tokenizer.encode(QUESTION)) is None


def test_the_answer_becomes_unlikely_and_the_question_s_words_do_not(
    guard: Guard, smollm: Any
) -> None:
    ids = row(smollm, QUESTION, "The capital of France is")
    before = logits(smollm, ids)[-1]
    with guard.attach(smollm.model):
        after = logits(smollm, ids)[-1]
    paris, capital = (
        smollm.tokenizer.encode(word, add_special_tokens=False)[0]
        for word in (" Paris", " capital")
    )
    assert before[paris] - after[paris] > 10
    assert torch.isfinite(after).all()
    assert before[capital] == after[capital]


def test_generate_says_something_else(guard: Guard, smollm: Any) -> None:
    ids = smollm.encode([{"role": "user", "content": QUESTION}])
    how = {"max_new_tokens": 12, "do_sample": False, "attention_mask": torch.ones_like(ids)}
    before = smollm.tokenizer.decode(smollm.model.generate(ids, **how)[0, ids.shape[1] :])
    with guard.attach(smollm.model):
        after = smollm.tokenizer.decode(smollm.model.generate(ids, **how)[0, ids.shape[1] :])
    assert "Paris" in before
    assert "Paris" not in after


def test_another_question_is_untouched_to_the_bit(guard: Guard, smollm: Any) -> None:
    ids = row(smollm, OTHER, "A week has seven days, and Paris is a city.")
    before = logits(smollm, ids)
    with guard.attach(smollm.model):
        assert torch.equal(before, logits(smollm, ids))
