"""The logits processor for transformers' ``generate``."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import LogitsProcessor

from guardrail.errors import InvalidInput, UnsupportedGeneration
from guardrail.restriction.lift import Ban, State

__all__ = ["GuardLogitsProcessor"]

# Of the prompt, so many last tokens can be the beginning of a phrase that the reply would finish.
_TAIL = 256
_Ids = NDArray[np.int64]


class GuardLogitsProcessor(LogitsProcessor):
    """Bans every token that would complete a phrase, for one call of ``generate``.

    ``bans`` has one entry for all prompts or one for each; ``prompts`` are the ids of each prompt
    as ``generate`` gets them, padding included. The state of a row is a function of its tokens, so
    beams, ``num_return_sequences`` and rejected drafts of assisted decoding may reorder, repeat and
    shorten rows.

    Scores: (rows, vocabulary), changed in place: banned entries become minus infinity. In place,
    because a copy of a large batch costs more than the restriction, and because the raw logits that
    ``generate`` can return beside the scores would otherwise tell what the scores withhold. A row
    in which nothing would be left gets the end of text. Raises ``UnsupportedGeneration`` where the
    rows are not the text so far: then no ban could be kept.
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
        self._prompts = [np.asarray(prompt, dtype=np.int64) for prompt in prompts]
        self._ids: _Ids | None = None
        self._states: list[State] = []
        self._revisions: list[int] = []

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        """Restrict the scores of the next token: (rows, vocabulary) -> (rows, vocabulary)."""
        self._check(input_ids, scores)
        # The one copy off the device: which tokens were chosen is not known before.
        ids = input_ids.detach().cpu().numpy()
        bans = self._bans_of(len(ids))
        self._states = self._follow(ids, bans)
        self._ids, self._revisions = ids, [ban.revision for ban in self._bans]
        rows = _rows(scores)
        _restrict(rows, scores.shape[1], scores.device, bans, self._states)
        if self._eos is not None:
            rows.revive(self._eos)
        return scores

    def _check(self, ids: torch.Tensor, scores: torch.Tensor) -> None:
        rows = ids.shape[0]
        if scores.dim() != 2 or rows != scores.shape[0] or rows % len(self._bans):
            raise UnsupportedGeneration(
                f"received {rows} rows of ids and scores of shape {tuple(scores.shape)} for "
                f"{len(self._bans)} prompts; continuous batching packs requests into one row and "
                "cannot be restricted by a processor: use generate"
            )

    def _bans_of(self, rows: int) -> list[Ban]:
        """Rows of one prompt (beams, several sequences) lie side by side."""
        repeats = rows // len(self._bans)
        return [ban for ban in self._bans for _ in range(repeats)] if repeats > 1 else self._bans

    def _follow(self, ids: _Ids, bans: list[Ban]) -> list[State]:
        """The state after each row's tokens: one step on from the row it grew from, which its
        tokens tell, else from scratch."""
        former = self._ids
        if (
            former is None
            or former.shape[1] + 1 != ids.shape[1]
            or self._revisions != [ban.revision for ban in self._bans]
        ):
            return [self._from_scratch(row, ids, bans) for row in range(len(ids))]
        last = ids[:, -1].tolist()
        # As bytes: after a pass through the model each call of NumPy's begins with cold caches, and
        # these are the fewest.
        if len(former) == len(ids) and former.tobytes() == ids[:, :-1].tobytes():
            grown = zip(bans, self._states, last, strict=True)
            return [ban.advance(state, token) for ban, state, token in grown]
        before = {
            (id(ban), row.tobytes()): state
            for ban, row, state in zip(
                self._bans_of(len(former)), former, self._states, strict=True
            )
        }
        states = []
        for row, ban in enumerate(bans):
            state = before.get((id(ban), ids[row, :-1].tobytes()))
            states.append(
                self._from_scratch(row, ids, bans) if state is None
                else ban.advance(state, last[row])
            )  # fmt: skip
        return states

    def _from_scratch(self, row: int, ids: _Ids, bans: list[Ban]) -> State:
        """The prompt's tail may hold the beginning of a phrase. Its end counts as a word's edge
        too, because what follows is often shown without it."""
        prompt = self._prompts[row * len(self._prompts) // len(ids)]
        if not np.array_equal(ids[row, : len(prompt)], prompt):
            raise UnsupportedGeneration(
                f"received rows of {ids.shape[1]} ids that do not begin with the prompt of "
                f"{len(prompt)} ids that this processor was made for; make one for each call of "
                "generate, from the ids that it gets (embeddings, packed requests and drafts in "
                "another vocabulary cannot be restricted)"
            )
        ban, end = bans[row], len(prompt)
        state = ban.follow(ids[row, max(0, end - _TAIL) : end].tolist())
        return ban.follow(ids[row, end:].tolist(), state._replace(edge=True))


def _rows(scores: torch.Tensor) -> _NumpyRows | _TorchRows:
    # On the CPU a NumPy write costs a tenth of a torch call, which is most of a step.
    plain = scores.dtype == torch.float32 and not scores.requires_grad
    return _NumpyRows(scores) if plain and scores.device.type == "cpu" else _TorchRows(scores)


def _restrict(
    rows: _NumpyRows | _TorchRows,
    logits: int,
    device: torch.device,
    bans: list[Ban],
    states: list[State],
) -> None:
    """Restrict each row of (rows, logits) in place."""
    shared = all(ban is bans[0] for ban in bans)
    for row, (ban, state) in enumerate(zip(bans, states, strict=True)):
        # More logits than tokens are padding, which shows nothing; fewer are another model's.
        if logits < ban.vocabulary.size:
            raise InvalidInput(
                f"the model has {logits} logits, its tokenizer {ban.vocabulary.size} "
                "tokens; make the guard with the model's own tokenizer"
            )
        mask = ban.mask(state, device)
        if mask.slowed is not None and mask.penalty is not None:
            rows.slow(row, mask.slowed, mask.penalty)
        if mask.banned is not None:
            rows.ban(row, mask.banned)
        if (lost := ban.disfavoured(device)) is not None:
            rows.slow(row, *lost)
        if not shared and (always := ban.always(device)) is not None:
            rows.ban(row, always)
    if shared and (always := bans[0].always(device)) is not None:
        rows.ban(slice(None), always)


class _TorchRows:
    """Scores (rows, vocabulary) on any device, changed in place."""

    def __init__(self, scores: torch.Tensor) -> None:
        self._scores = scores

    def slow(self, row: int, tokens: torch.Tensor, penalty: torch.Tensor) -> None:
        self._scores[row].index_add_(0, tokens, penalty.to(self._scores.dtype), alpha=-1)

    def ban(self, row: int | slice, tokens: torch.Tensor) -> None:
        self._scores[row].index_fill_(-1, tokens, -torch.inf)

    def revive(self, end: int) -> None:
        """A row in which nothing is left gets the end of text. The whole answer is left to the
        device: asking it would mean to wait for it."""
        self._scores[:, end].masked_fill_(torch.isneginf(self._scores.amax(dim=-1)), 0.0)


class _NumpyRows:
    """The same for float32 scores on the CPU, whose memory NumPy can write."""

    def __init__(self, scores: torch.Tensor) -> None:
        self._scores = scores.numpy()

    def slow(self, row: int, tokens: torch.Tensor, penalty: torch.Tensor) -> None:
        self._scores[row, tokens.numpy()] -= penalty.numpy()

    def ban(self, row: int | slice, tokens: torch.Tensor) -> None:
        self._scores[row, tokens.numpy()] = -np.inf

    def revive(self, end: int) -> None:
        """Where the end of text is possible, which is nearly always, there is nothing to do."""
        if -np.inf in self._scores[:, end].tolist():
            self._scores[np.isneginf(self._scores.max(axis=1)), end] = 0.0
