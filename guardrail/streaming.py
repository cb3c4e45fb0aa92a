"""A streamer for transformers' ``generate`` that never shows what it would have to take back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from transformers.generation.streamers import BaseStreamer

from guardrail.errors import UnsupportedGeneration
from guardrail.generation.detokenize import Detokenizer
from guardrail.restriction.redaction import Gate

__all__ = ["GuardStreamer"]


class GuardStreamer(BaseStreamer):
    """Hands text to ``on_text`` when no character of it can become part of a forbidden phrase.

    Incomplete characters wait, and so does a tail that begins a phrase. One prompt at a time, as
    all streamers of transformers; make a new one for each call of ``generate``. ``blocked`` says
    that a phrase came all the same, from a model that was not restricted, and was not shown.
    """

    def __init__(
        self,
        tokenizer: Any,
        gate: Gate,
        on_text: Callable[[str], None],
        *,
        skip_prompt: bool = True,
    ) -> None:
        self._detokenizer = Detokenizer(tokenizer)
        self._gate = gate
        self._on_text = on_text
        self._skip = skip_prompt

    @property
    def blocked(self) -> bool:
        """Whether a phrase was held back; nothing was shown from its first letter on."""
        return self._gate.blocked

    def put(self, value: torch.Tensor) -> None:
        """Tokens from ``generate``: the prompt first, then one at a time; (n,) or (1, n)."""
        if value.ndim > 1 and value.shape[0] > 1:
            raise UnsupportedGeneration(
                f"received {value.shape[0]} sequences; a streamer shows one, so call generate "
                "with one prompt and one beam"
            )
        if self._skip:
            self._skip = False
            return
        self._show(self._gate.feed(self._detokenizer.feed(value.reshape(-1).tolist())))

    def end(self) -> None:
        """The end of the reply: what waited is shown, if it is no phrase."""
        self._show(self._gate.feed(self._detokenizer.finish()))
        self._show(self._gate.finish())

    def _show(self, text: str) -> None:
        if text:
            self._on_text(text)
