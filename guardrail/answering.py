"""A guard on a model whose policies answer: a row that is declined becomes the decline."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from transformers import LogitsProcessor

from guardrail.asked import asked
from guardrail.attach import Attachment

if TYPE_CHECKING:
    from guardrail.guard import Guard

__all__ = ["Answering"]


class Answering(Attachment):
    """As ``Attachment``, and rows of ``generate`` whose policy has an answer of its own (a decline,
    a correction) say that answer and nothing else."""

    def __init__(self, guard: Guard, model: Any) -> None:
        super().__init__(guard, model)
        self._tokenizer = guard.tokenizer

    def _processors(self, prompt: Any) -> list[LogitsProcessor]:
        rows = prompt.tolist() if hasattr(prompt, "tolist") else list(prompt)
        rows = rows if isinstance(rows[0], list) else [rows]
        answers = [self._answer(row) for row in rows]
        ours = super()._processors(prompt)
        if any(answers):
            ours.append(_Said(answers, len(rows[0]), self._tokenizer.eos_token_id))
        return ours

    def _answer(self, row: list[int]) -> list[int]:
        """The ids of the policy's answer to a row; none where the model answers."""
        question = asked(self._tokenizer, row)
        text = question or self._tokenizer.decode(row, skip_special_tokens=True)
        answer = self._guard.decide(self._guard.check(text)).answer
        return list(self._tokenizer.encode(answer, add_special_tokens=False)) if answer else []


class _Said(LogitsProcessor):
    """Rows that say given tokens and then end; scores (rows x beams, vocabulary)."""

    def __init__(self, answers: list[list[int]], start: int, end: int) -> None:
        self._answers = answers
        self._start = start
        self._end = end

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        scores = scores.clone()
        at = input_ids.shape[1] - self._start
        copies = len(scores) // len(self._answers)
        for row in range(len(scores)):
            said = self._answers[row // copies]
            if said:
                scores[row] = -torch.inf
                scores[row, said[at] if at < len(said) else self._end] = 0.0
        return scores
