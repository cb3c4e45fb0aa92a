"""Replies in batches, and replies decoded before given out again as if they were new."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import torch

from guardrail.generation.detokenize import Detokenizer
from guardrail.generation.engine import Piece
from guardrail.generation.models import LoadedModel
from guardrail.restriction.lift import Ban

__all__ = ["Decoder", "Messages", "Replay", "first_touched"]

Messages = Sequence[Mapping[str, str]]
_TAIL = 256  # of the prompt, as the library's processor reads it
Processors = Callable[[torch.Tensor], list[Any]]


class Decoder:
    """Greedy, beam or sampled replies of one model, many prompts at a time.

    ``tokens`` is the longest reply. Ids of replies end before the token that ends them.
    """

    def __init__(self, loaded: LoadedModel, tokens: int) -> None:
        self.loaded = loaded
        self.tokens = tokens

    def replies(
        self,
        prompts: Sequence[Messages],
        *,
        processors: Processors | None = None,
        spoil: Callable[[torch.Tensor], torch.Tensor] | None = None,
        **generation: Any,
    ) -> list[list[int]]:
        """The reply to each prompt, or with ``num_return_sequences`` as many for each, side by
        side. ``processors`` makes those of one call from the padded ids (batch, n); ``spoil``
        changes the embeddings (batch, n, width) of the ids before the model sees them."""
        ids, mask = self._padded(prompts)
        given: dict[str, Any] = {"attention_mask": mask, "do_sample": False, **generation}
        if spoil is None:
            given["input_ids"] = ids
        else:
            given["inputs_embeds"] = spoil(ids)
        if processors is not None:
            given["logits_processor"] = processors(ids)
        with torch.inference_mode():
            output = self.loaded.model.generate(
                **given,
                max_new_tokens=self.tokens,
                pad_token_id=self.loaded.tokenizer.pad_token_id,
            )
        said = output if spoil is not None else output[:, ids.shape[1] :]
        return [self._until_end(row) for row in said.tolist()]

    def text(self, ids: Sequence[int]) -> str:
        """A reply as a user reads it."""
        return str(self.loaded.tokenizer.decode(ids, skip_special_tokens=True)).strip()

    def _padded(self, prompts: Sequence[Messages]) -> tuple[torch.Tensor, torch.Tensor]:
        rows = [self.loaded.template.encode(prompt) for prompt in prompts]
        width = max(map(len, rows))
        pad = self.loaded.tokenizer.pad_token_id
        ids = torch.tensor([[pad] * (width - len(row)) + row for row in rows])
        mask = torch.tensor([[0] * (width - len(row)) + [1] * len(row) for row in rows])
        return ids.to(self.loaded.device), mask.to(self.loaded.device)

    def _until_end(self, ids: list[int]) -> list[int]:
        ends = self.loaded.model.generation_config.eos_token_id
        ends = set(ends if isinstance(ends, list) else [ends])
        ends.add(self.loaded.tokenizer.eos_token_id)
        return ids[: next((at for at, token in enumerate(ids) if token in ends), len(ids))]


class Replay:
    """Tokens decoded before, then what a generation makes of the rest, if there is one."""

    def __init__(self, tokenizer: Any, ids: Sequence[int], rest: Any = None) -> None:
        self._tokenizer = tokenizer
        self._ids = ids
        self._rest = rest

    @property
    def finish_reason(self) -> str:
        """Why the reply ended."""
        return "stop" if self._rest is None else str(self._rest.finish_reason)

    @property
    def stopped_at(self) -> str:
        """The stop string that ended it."""
        return "" if self._rest is None else str(self._rest.stopped_at)

    def __iter__(self) -> Iterator[Piece]:
        detokenizer = Detokenizer(self._tokenizer)
        for token in self._ids:
            yield Piece(detokenizer.feed([token]), (token,))
        for piece in self._rest if self._rest is not None else ():
            yield Piece(detokenizer.feed(piece.token_ids), piece.token_ids)
        yield Piece(detokenizer.finish(), ())

    def cancel(self) -> None:
        """Stop what is under way."""
        if self._rest is not None:
            self._rest.cancel()


def first_touched(ban: Ban, prompt: Sequence[int], reply: Sequence[int]) -> int | None:
    """The first token of a greedy reply that the restriction takes anything off; ``None`` if there
    is none, and then the restricted reply is this same reply.

    A restriction only ever lowers scores. The token that was the best of all at a step is therefore
    still the best, unless its own score is lowered; so up to the first token touched, both replies
    are one and the same.
    """
    device = torch.device("cpu")
    always = _set(ban.always(device))
    lost = ban.disfavoured(device)
    always |= _set(lost[0] if lost else None)
    state = ban.follow(prompt[-_TAIL:])._replace(edge=True)
    for at, token in enumerate(reply):
        mask = ban.mask(state, device)
        if token in always | _set(mask.banned) | _set(mask.slowed):
            return at
        state = ban.advance(state, token)
    return None


def _set(tokens: torch.Tensor | None) -> set[int]:
    return set() if tokens is None else set(tokens.tolist())
