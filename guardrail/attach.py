"""Attaching a guard to a model: ``generate``, pipelines and scoring, with one line.

``generate`` (and what calls it) gets the logits processor. ``forward`` on whole sequences has its
logits restricted and its loss made anew from them, because a hook on the output would leave the
loss of ``labels`` as it was. In scoring a banned token loses ``PENALTY`` logits instead of
becoming impossible, so that losses, perplexities and ratios stay finite.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import torch

from guardrail.errors import CopyRefused, InvalidInput, UnsupportedGeneration

if TYPE_CHECKING:
    from transformers import LogitsProcessor

    from guardrail.guard import Guard
    from guardrail.restriction.lift import Ban

__all__ = ["PENALTY", "Attachment", "refuse_copy"]

PENALTY = 100.0
"""Logits that a banned token loses when a text is scored: e^-100 is far below the smallest share
that a softmax in float32 gives to anything, and its logarithm is still an ordinary number."""


class Attachment:
    """A guard on a model, until ``detach`` or the end of the ``with`` block.

    ``targets`` are ids whose phrases are restricted everywhere; without them each row's text is
    judged by itself. Raises ``InvalidInput`` when the model has a guard already, or is no causal
    LM.
    """

    def __init__(self, guard: Guard, model: Any, targets: Sequence[str] | None = None) -> None:
        if "generate" in vars(model) or "forward" in vars(model):
            raise InvalidInput("the model has a guard attached already; detach that one first")
        if getattr(model.config, "is_encoder_decoder", False):
            raise InvalidInput(f"{type(model).__name__} is no causal LM; only those are restricted")
        self._guard = guard
        self._model = model
        self._targets = None if targets is None else tuple(targets)
        self._inside = threading.local()
        # What a cache has seen, so that a step with one token knows the tokens before it.
        self._seen: WeakKeyDictionary[Any, torch.Tensor] = WeakKeyDictionary()
        self._generate: Callable[..., Any] = model.generate
        self._forward: Callable[..., Any] = model.forward
        model.generate = self._restricted_generate
        model.forward = self._restricted_forward
        model.__deepcopy__ = model.__reduce_ex__ = refuse_copy
        if hasattr(model, "generate_batch"):
            model.generate_batch = _refuse_packed

    def detach(self) -> None:
        """Take the guard off: the model is as it was before."""
        for name in ("generate", "forward", "generate_batch", "__deepcopy__", "__reduce_ex__"):
            if name in vars(self._model):
                delattr(self._model, name)

    def __enter__(self) -> Attachment:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.detach()

    def _restricted_generate(
        self, inputs: Any = None, generation_config: Any = None, **arguments: Any
    ) -> Any:
        prompt = inputs if inputs is not None else arguments.get("input_ids")
        if prompt is None:
            raise UnsupportedGeneration(
                "generate was called without token ids; the guard reads what was said so far from "
                "them: pass input_ids"
            )
        theirs = arguments.get("logits_processor") or ()
        arguments["logits_processor"] = [*theirs, *self._processors(prompt)]
        with self._generating():
            return self._generate(inputs, generation_config, **arguments)

    def _processors(self, prompt: Any) -> list[LogitsProcessor]:
        """What is applied after the caller's own processors."""
        return [self._guard.logits_processor(prompt, restricted=self._targets)]

    def _restricted_forward(self, input_ids: Any = None, **arguments: Any) -> Any:
        if getattr(self._inside, "generating", False):
            return self._forward(input_ids, **arguments)
        if input_ids is None:
            raise UnsupportedGeneration(
                "forward was called without token ids; the guard reads the text from them: "
                "pass input_ids, or detach the guard"
            )
        history = self._history(input_ids, arguments.get("past_key_values"))
        labels = arguments.pop("labels", None)
        as_tuple = arguments.pop("return_dict", None) is False
        output = self._forward(input_ids, **arguments)
        cache = getattr(output, "past_key_values", None)
        if cache is not None:
            self._seen[cache] = history
        output.logits = self._restrict(output.logits, history)
        if labels is not None:
            output.loss = self._loss(output.logits, labels, arguments)
        return output.to_tuple() if as_tuple else output

    def _history(self, input_ids: torch.Tensor, cache: Any) -> torch.Tensor:
        """Every token up to and with ``input_ids``: (batch, n)."""
        length = cache.get_seq_length() if hasattr(cache, "get_seq_length") else 0
        if cache is None or not length:
            return input_ids
        before = self._seen.get(cache)
        if before is None or before.shape[1] != length:
            raise UnsupportedGeneration(
                f"forward got a cache of {length} tokens whose text the guard has not seen; "
                "attach it before the first step, or use generate"
            )
        return torch.cat([before, input_ids], dim=1)

    def _restrict(self, logits: torch.Tensor, history: torch.Tensor) -> torch.Tensor:
        """Logits (batch, positions, vocabulary) of the last positions of ``history`` (batch, n),
        less ``PENALTY`` for every token that would complete a phrase there."""
        positions = logits.shape[1]
        at: list[tuple[int, int]] = []
        tokens: list[torch.Tensor] = []
        always = torch.zeros_like(logits[:, 0])
        for row, ban in enumerate(self._bans(history)):
            always[row] = _penalty_of(ban, logits)
            state = ban.start()
            for place, token in enumerate(history[row].tolist()):
                state = ban.advance(state, token)
                position = place - (history.shape[1] - positions)
                if position >= 0:
                    mask = ban.mask(state, logits.device)
                    if mask.banned is not None:
                        at.append((row, position))
                        tokens.append(mask.banned)
        restricted = logits - always[:, None, :]
        if not at:
            return restricted
        sizes = torch.tensor([len(banned) for banned in tokens], device=logits.device)
        where = torch.tensor(at, device=logits.device).repeat_interleave(sizes, dim=0)
        index = (where[:, 0], where[:, 1], torch.cat(tokens))
        change = restricted.new_full((len(where),), -PENALTY)
        return torch.index_put(restricted, index, change, accumulate=True)

    def _bans(self, history: torch.Tensor) -> list[Ban]:
        return self._guard.bans(history, restricted=self._targets)

    def _loss(self, logits: torch.Tensor, labels: torch.Tensor, arguments: dict[str, Any]) -> Any:
        """The model's own loss on the restricted logits."""
        extra = {k: v for k, v in arguments.items() if k == "num_items_in_batch"}
        return self._model.loss_function(
            logits=logits, labels=labels, vocab_size=logits.shape[-1], **extra
        )

    @contextmanager
    def _generating(self) -> Iterator[None]:
        before = getattr(self._inside, "generating", False)
        self._inside.generating = True
        try:
            yield
        finally:
            self._inside.generating = before


def _penalty_of(ban: Ban, logits: torch.Tensor) -> torch.Tensor:
    """``PENALTY`` for tokens that are banned always, what the disfavoured ones lose, else 0:
    (vocabulary,)."""
    penalty = logits.new_zeros(logits.shape[-1])
    if (lost := ban.disfavoured(logits.device)) is not None:
        penalty[lost[0]] = lost[1].to(penalty.dtype)
    always = ban.always(logits.device)
    return penalty if always is None else penalty.index_fill_(0, always, PENALTY)


def refuse_copy(*_: Any) -> Any:
    """In the place of ``__deepcopy__`` and ``__reduce_ex__``, which pickling calls."""
    raise CopyRefused(
        "what has a guard cannot be copied or pickled, because the copy would have none: copy it "
        "before a guard is put on it, and give the copy its own with the same forget set; "
        "save_pretrained writes the model, unguarded, for every process to load and wrap"
    )


def _refuse_packed(*_: Any, **__: Any) -> Any:
    raise UnsupportedGeneration(
        "continuous batching packs the tokens of several requests into one row and hands a "
        "processor no history, so the ban could not be kept; use generate"
    )
