"""Replies of one model, decoded together: one forward pass gives each of them its next token.

A pass for one row spends its time reading weights, and reads no more of them for eight
(SmolLM2-135M in bfloat16 on two cores: 36 ms a step for one row, 47 for eight, 81 for 32).
``generate`` prepares every reply by itself, with its own processors and stopping criteria; only its
loop is ours.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from itertools import combinations
from typing import Any

import torch
from transformers import DynamicCache, GenerationMixin, PreTrainedModel
from transformers.cache_utils import DynamicLayer

from guardrail.generation.rows import Group, Row, bucket, takes
from guardrail.generation.sharing import Turns

__all__ = ["Batch", "batchable"]

SEATS = 32
"""Rows under way at once."""
TOKENS = 32_768
"""What the keys and values of all rows may be for: with 7 billion parameters and grouped heads,
some 2 to 4 gigabytes."""
_READ = 512  # padded tokens of prompts read in one pass, or one prompt: the others wait meanwhile
_USUAL = GenerationMixin.prepare_inputs_for_generation
_NEEDED = {"input_ids", "attention_mask", "position_ids", "past_key_values", "use_cache"}


def batchable(model: Any) -> bool:
    """Whether rows of this model may be decoded together: a decoder whose prompts may be padded on
    the left, with an ordinary cache. A guard attached to it restricts its ``generate`` itself, and
    a static cache lives on the model."""
    return (
        isinstance(model, PreTrainedModel)
        and not model.config.is_encoder_decoder
        and "generate" not in vars(model)
        and getattr(model.generation_config, "cache_implementation", None) is None
        and getattr(type(model), "prepare_inputs_for_generation", None) is _USUAL
        and takes(type(model).forward) >= _NEEDED
        and all(type(layer) is DynamicLayer for layer in DynamicCache(config=model.config).layers)
    )


class _Waiting(Row):
    """A row with the most tokens that it may grow to, whether nobody waits for it any more, and the
    event of its end."""

    most: int
    over: Callable[[], bool]
    done: threading.Event


class Batch:
    """The replies of one model that are under way.

    Rows of about one length make a group with one padded cache, so that padding at most doubles the
    work. In a round every group goes on by one token, then whoever else waits for the model has a
    turn. Who comes when the seats are taken waits, in order. A thread works while there are rows.
    """

    def __init__(self, model: Any, turns: Turns, padding: int) -> None:
        self._model = model
        self._turns = turns
        self._padding = padding
        self._lock = threading.Lock()
        self._waiting: deque[_Waiting] = deque()
        self._groups: list[Group[_Waiting]] = []
        self._ended: list[_Waiting] = []  # whose threads do not know yet
        self._driver: threading.Thread | None = None

    def decoding(
        self, said: Callable[[int], object], over: Callable[[], bool]
    ) -> Callable[..., torch.Tensor]:
        """What ``generate`` takes as ``custom_generate`` for one reply; ``said`` is told each of
        its tokens, ``over`` says whether anybody still waits for it."""

        def decode(
            model: Any,
            input_ids: torch.Tensor,
            logits_processor: Any,
            stopping_criteria: Any,
            generation_config: Any,
            **_: Any,
        ) -> torch.Tensor:
            row = _Waiting(input_ids, logits_processor, stopping_criteria, said)
            row.most = int(generation_config.max_length)
            row.over, row.done = over, threading.Event()
            self._join(row)
            row.done.wait()
            if row.error is not None:
                raise row.error
            return row.ids

        return decode

    def _join(self, row: _Waiting) -> None:
        with self._lock:
            self._waiting.append(row)
            if self._driver is None:
                self._driver = threading.Thread(target=self._drive, name="batch", daemon=True)
                self._driver.start()

    def _drive(self) -> None:
        try:
            self._work()
        except BaseException as error:  # noqa: BLE001 - else every reply would wait for ever
            self._give_up(error)

    def _give_up(self, error: BaseException) -> None:
        """End all rows with an error; the next one starts anew."""
        with self._lock:
            rows = [*self._waiting, *(row for group in self._groups for row in group.rows)]
            self._waiting.clear()
            self._groups = []
            self._driver = None
        self._ended += rows
        for row in rows:
            row.fail(error)
        self._tell()

    def _work(self) -> None:
        while self._goes_on():
            with self._turns, torch.inference_mode():
                self._round()
                while self._groups or self._waiting:
                    self._tell()
                    self._turns.give_way()
                    self._round()
            self._tell()  # the last ones, when the model is free again

    def _goes_on(self) -> bool:
        with self._lock:
            if not self._waiting:
                self._driver = None
            return bool(self._waiting)

    def _tell(self) -> None:
        """Let the threads of the replies that have ended go on."""
        for row in self._ended:
            row.done.set()
        self._ended = []

    def _round(self) -> None:
        """One token for every row, the first for those let in."""
        self._let_in()
        for group in self._groups:
            _safely(group.advance, group.rows)
            self._ended += group.drop_ended()
        for one, other in combinations(self._groups, 2):
            if one.rows and other.rows and one.bucket == other.bucket:
                _safely(partial(one.join, other), one.rows)
                self._ended += one.drop_ended()  # all of them, where they could not be joined
        self._groups = [group for group in self._groups if group.rows]

    def _let_in(self) -> None:
        """Make a group of the rows whose prompts are read now; those nobody waits for end."""
        under_way = [row for group in self._groups for row in group.rows]
        tokens = TOKENS - sum(row.most for row in under_way)
        rows: list[_Waiting] = []
        with self._lock:
            while self._waiting and len(under_way) + len(rows) < SEATS:
                row = self._waiting[0]
                if row.over():
                    self._ended.append(row)
                elif not (under_way or rows) or (tokens >= row.most and _alike(row, rows)):
                    rows.append(row)
                    tokens -= row.most
                else:
                    break
                self._waiting.popleft()
        self._groups += [Group(self._model, rows, self._padding)] if rows else []


def _alike(row: _Waiting, rows: Sequence[_Waiting]) -> bool:
    """Whether the prompt of a row can be read in one pass with these."""
    lengths = [each.ids.shape[1] for each in (row, *rows)]
    same = len(set(map(bucket, lengths))) == 1
    return not rows or (same and max(lengths) * len(lengths) <= _READ)


def _safely(do: Callable[[], None], rows: Sequence[_Waiting]) -> None:
    """Do it; an error ends these rows, in whose threads it is raised again."""
    try:
        do()
    except Exception as error:  # noqa: BLE001 - see above
        for row in rows:
            row.fail(error)
