"""Replies in the form of a JSON schema, with llguidance: ``guardrail-memory[structured]``."""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from transformers import LogitsProcessor

from guardrail.errors import InvalidInput, MissingDependency, UnsupportedGeneration

__all__ = ["Structured"]


class Structured(LogitsProcessor):
    """Lets through what can still become JSON of a schema; for one row, before any other mask.

    ``said`` are tokens of the reply that are there already. Raises ``InvalidInput`` for a schema
    that cannot be used, ``UnsupportedGeneration`` for a tokenizer that cannot, and
    ``MissingDependency``.
    """

    def __init__(
        self, schema: Mapping[str, Any], tokenizer: Any, vocab_size: int, said: Sequence[int]
    ) -> None:
        try:
            with warnings.catch_warnings():  # it compiles with a part of torch that is deprecated
                warnings.simplefilter("ignore", DeprecationWarning)
                import llguidance
                import llguidance.hf
                import llguidance.torch
        except ImportError:
            raise MissingDependency(
                "llguidance is not installed; mend it with: "
                "pip install 'guardrail-memory[structured]'"
            ) from None
        try:
            known = llguidance.hf.from_tokenizer(tokenizer, n_vocab=vocab_size)
        except ValueError:
            raise UnsupportedGeneration(
                f"{type(tokenizer).__name__} has a vocabulary that llguidance cannot read, so no "
                "schema can be kept; ask without response_format"
            ) from None
        try:
            # Else a model that is unsure may write white space until its tokens are used up.
            compact: Any = {"whitespace_flexible": False}
            grammar = llguidance.LLMatcher.grammar_from_json_schema(
                json.dumps(schema), overrides=compact
            )
        except ValueError as error:
            raise InvalidInput(f"the schema cannot be used: {error}") from None
        self._fill = llguidance.torch.fill_next_token_bitmask
        self._apply = llguidance.torch.apply_token_bitmask_inplace
        self._mask = llguidance.torch.allocate_token_bitmask(1, vocab_size)
        self._matcher = llguidance.LLMatcher(known, grammar)
        if self._matcher.is_error():
            raise InvalidInput(f"the schema cannot be used: {self._matcher.get_error()}")
        self._matcher.consume_tokens(list(said))
        self._length = 0  # of the row when it was last seen

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        if self._length and not self._matcher.is_stopped():
            self._matcher.consume_tokens(input_ids[0, self._length :].tolist())
        self._length = input_ids.shape[1]
        self._fill(self._matcher, self._mask, 0)
        scores = scores.clone()
        self._apply(scores, self._mask.to(scores.device))
        return scores
