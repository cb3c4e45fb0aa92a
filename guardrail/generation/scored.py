"""Log-probabilities of the distribution that a reply is drawn from: the restricted one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from transformers import LogitsProcessor

__all__ = ["FLOOR", "Scored", "TokenScore"]

FLOOR = -9999.0
"""In the place of minus infinity, which JSON does not have; the value that OpenAI's API uses."""


@dataclass(frozen=True, slots=True)
class TokenScore:
    """A token with its log-probability, and the likeliest tokens with theirs, the best first."""

    token: int
    logprob: float
    top: tuple[tuple[int, float], ...]


class Scored(LogitsProcessor):
    """Looks at the scores (1, vocabulary) of each step, after every restriction, and changes
    nothing. ``top`` is how many of the likeliest tokens are kept."""

    def __init__(self, top: int) -> None:
        self._top = top
        self._steps: list[torch.Tensor] = []

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        self._steps.append(torch.log_softmax(scores[0].float(), dim=-1).to("cpu", torch.float16))
        return scores

    def of(self, tokens: Sequence[int]) -> list[TokenScore]:
        """What was seen for the tokens that came."""
        return [self._score(row, token) for row, token in zip(self._steps, tokens, strict=False)]

    def _score(self, row: torch.Tensor, token: int) -> TokenScore:
        values, ids = row.float().topk(self._top)
        top = zip(ids.tolist(), map(_finite, values.tolist()), strict=True)
        return TokenScore(token, _finite(float(row[token])), tuple(top))


def _finite(logprob: float) -> float:
    return max(round(logprob, 4), FLOOR)
