"""The logits processor for transformers' ``generate``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import LogitsProcessor

from guardrail.errors import InvalidInput, UnsupportedGeneration
from guardrail.restriction.lift import Ban, State

__all__ = ["GuardLogitsProcessor"]

# Of the prompt, so many last tokens can be the beginning of a phrase that the reply would finish.
_TAIL = 256


class GuardLogitsProcessor(LogitsProcessor):
    """Bans every token that would complete a phrase, for one call of ``generate``.

    ``bans`` has one entry for all prompts or one for each; ``prompts`` are the ids of each prompt
    as ``generate`` gets them, padding included. The state of a row is a function of its tokens, so
    beams and ``num_return_sequences`` may reorder and repeat rows.

    Scores: (rows, vocabulary), changed in place: banned entries become minus infinity. In place,
    because a copy of a large batch costs more than the restriction, and because the raw logits that
    ``generate`` can return beside the scores would otherwise tell what the scores withhold. A row
    in which nothing would be left gets the end of text.
    """

    def __init__(
        self,
        bans: Ban | Sequence[Ban],
        prompts: Sequence[Sequence[int]],
        *,
        eos_token_id: int | Sequence[int] | None = None,
    ) -> None:
        self._bans = [bans] * len(prompts) if isinstance(bans, Ban) else list(bans)
        if len(self._bans) != len(prompts):
            raise InvalidInput(
                f"received {len(self._bans)} bans for {len(prompts)} prompts; give one for each"
            )
        self._eos = eos_token_id[0] if isinstance(eos_token_id, Sequence) else eos_token_id
        self._prompt_length = len(prompts[0])
        self._ids: NDArray[np.int64] | None = None
        self._states: list[State] = []

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        """Restrict the scores of the next token: (rows, vocabulary) -> (rows, vocabulary)."""
        rows = input_ids.shape[0]
        if rows % len(self._bans):
            raise UnsupportedGeneration(
                f"received {rows} rows for {len(self._bans)} prompts; continuous batching packs "
                "requests into one row and cannot be restricted by a processor: use generate"
            )
        ids = input_ids.detach().cpu().numpy()
        self._states = [self._state(ids, row) for row in range(rows)]
        self._ids = ids
        for row, state in enumerate(self._states):
            _restrict(scores[row], self._ban(row, rows), state)
        return self._alive(scores)

    def _alive(self, scores: torch.Tensor) -> torch.Tensor:
        """A row in which nothing is left gets the end of text. Where the end itself is possible,
        which is nearly always, there is nothing to look for."""
        if self._eos is None or not bool(torch.isneginf(scores[:, self._eos]).any()):
            return scores
        dead = torch.isneginf(scores.amax(dim=-1))
        scores[dead, self._eos] = 0.0
        return scores

    def _ban(self, row: int, rows: int) -> Ban:
        """Rows of one prompt (beams, several sequences) lie side by side."""
        return self._bans[row // (rows // len(self._bans))]

    def _state(self, ids: NDArray[np.int64], row: int) -> State:
        """The state after a row's tokens: one step from the row it grew from, else from scratch."""
        ban = self._ban(row, len(ids))
        former = self._ids
        if former is not None and former.shape[1] + 1 == ids.shape[1]:
            before = ids[row, :-1]
            for candidate in (row, *range(len(former))):
                if (
                    candidate < len(former)
                    and np.array_equal(former[candidate], before)
                    and self._ban(candidate, len(former)) is ban
                ):
                    return ban.advance(self._states[candidate], int(ids[row, -1]))
        return self._from_scratch(ban, ids[row])

    def _from_scratch(self, ban: Ban, ids: NDArray[np.int64]) -> State:
        """The prompt's tail may hold the beginning of a phrase. Its end counts as a word's edge
        too, because what follows is often shown without it."""
        start = max(0, self._prompt_length - _TAIL)
        prompt = ban.follow(ids[start : self._prompt_length].tolist())
        return ban.follow(ids[self._prompt_length :].tolist(), replace(prompt, edge=True))


def _restrict(scores: torch.Tensor, ban: Ban, state: State) -> None:
    """Restrict one row (vocabulary,) in place."""
    # More logits than tokens are padding, which shows nothing; fewer are another model's.
    if len(scores) < ban.vocabulary.size:
        raise InvalidInput(
            f"the model has {len(scores)} logits, its tokenizer {ban.vocabulary.size} tokens; "
            "make the guard with the model's own tokenizer"
        )
    mask = ban.mask(state, scores.device)
    if mask.slowed is not None and mask.penalty is not None:
        scores.index_add_(0, mask.slowed, mask.penalty.to(scores.dtype), alpha=-1)
    for banned in (ban.always(scores.device), mask.banned):
        if banned is not None:
            scores.index_fill_(0, banned, -torch.inf)
