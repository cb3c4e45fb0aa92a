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
        self._before: list[TokenScore] = []
        self._row: torch.Tensor | None = None  # of the step whose token is not known yet

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        if self._row is not None:
            self._before.append(self._score(self._row, int(input_ids[0, -1])))
        self._row = torch.log_softmax(scores[0].float(), dim=-1)
        return scores

    def of(self, tokens: Sequence[int]) -> list[TokenScore]:
        """What was seen for the tokens that came, when the last one has come."""
        found = self._before[: len(tokens)]
        if self._row is not None and len(tokens) == len(self._before) + 1:
            found = [*found, self._score(self._row, tokens[-1])]
        return found

    def _score(self, row: torch.Tensor, token: int) -> TokenScore:
        values, ids = row.topk(self._top)
        top = zip(ids.tolist(), map(_finite, values.tolist()), strict=True)
        return TokenScore(token, _finite(float(row[token])), tuple(top))


def _finite(logprob: float) -> float:
    return max(round(logprob, 4), FLOOR)
