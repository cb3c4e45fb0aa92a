"""Rows of one padded batch, with the keys and values of what they have read and said."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, Generic, TypeVar

import torch
from torch.nn.functional import pad
from transformers import DynamicCache

__all__ = ["Group", "Row", "bucket", "takes"]


def bucket(length: int) -> int:
    """Rows are of about one length where this is the same."""
    return max(256, 1 << (length - 1).bit_length())


class Row:
    """One reply on its way: ``ids`` (1, n) are its prompt and its tokens so far.

    ``processors`` and ``stopping`` are those of ``generate``, ``said`` is told each new token.
    """

    def __init__(
        self,
        ids: torch.Tensor,
        processors: Callable[..., torch.Tensor],
        stopping: Callable[..., torch.Tensor],
        said: Callable[[int], object],
    ) -> None:
        self.ids = ids
        self.ended = False
        self.error: BaseException | None = None
        self._processors = processors
        self._stopping = stopping
        self._said = said

    def choose(self, logits: torch.Tensor) -> None:
        """Take the next token by the logits (1, vocabulary) in float32. An error ends this row
        alone."""
        try:
            scores = self._processors(self.ids, logits)
            token = scores.argmax(dim=-1, keepdim=True)
            self.ids = torch.cat([self.ids, token], dim=1)
            self._said(int(token))
            self.ended = bool(self._stopping(self.ids, scores).all())
        except BaseException as error:  # noqa: BLE001 - raised again in the thread of the reply
            self.fail(error)

    def fail(self, error: BaseException) -> None:
        """End with an error."""
        self.error, self.ended = error, True


R = TypeVar("R", bound=Row)


class Group(Generic[R]):
    """Rows that are decoded together: a cache (rows, heads, length, width) in each layer, padded on
    the left."""

    def __init__(self, model: Any, rows: Sequence[R], padding: int) -> None:
        self.rows = list(rows)
        self._model = model
        self._cache = DynamicCache(config=model.config)
        length = max(row.ids.shape[1] for row in rows)
        self._pads = [length - row.ids.shape[1] for row in rows]
        self._padding = padding
        # Logits are wanted of the last position alone, which saves a large matrix.
        self._last_only = (
            {"logits_to_keep": 1} if "logits_to_keep" in takes(type(model).forward) else {}
        )

    @property
    def bucket(self) -> int:
        """Its length, rounded up to a power of two."""
        return bucket(self._length())

    def advance(self) -> None:
        """One pass of the model: every row reads its prompt, later its last token, and says the
        next."""
        if self._length():
            return self._pass([row.ids[:, -1:] for row in self.rows])
        prompts = zip((row.ids for row in self.rows), self._pads, strict=True)
        return self._pass([pad(ids, (pads, 0), value=self._padding) for ids, pads in prompts])

    def join(self, other: Group[R]) -> None:
        """Take the rows of another group in, which has none then."""
        self.rows += other.rows
        other.rows = []
        length = max(self._length(), other._length())
        self._pad_to(length)
        other._pad_to(length)
        for mine, theirs in zip(self._layers(), other._layers(), strict=True):
            mine.keys = torch.cat([mine.keys, theirs.keys])
            mine.values = torch.cat([mine.values, theirs.values])
        self._pads += other._pads

    def drop_ended(self) -> list[R]:
        """Take the rows that have ended out, and the padding that only they needed."""
        ended = [row for row in self.rows if row.ended]
        left = [at for at, row in enumerate(self.rows) if not row.ended]
        if ended and left:
            cut = min(self._pads[at] for at in left)
            for layer in self._layers():
                layer.keys = layer.keys[left, :, cut:]
                layer.values = layer.values[left, :, cut:]
            self._pads = [self._pads[at] - cut for at in left]
        self.rows = [self.rows[at] for at in left]
        return ended

    def _pass(self, follow: Sequence[torch.Tensor]) -> None:
        """One pass of the model over the ids (1, n) of each row that follow what it has read."""
        ids, before = torch.cat(list(follow)), self._length()
        places = torch.arange(before + ids.shape[1], device=ids.device)
        pads = torch.tensor(self._pads, device=ids.device)[:, None]
        output = self._model(
            input_ids=ids,
            attention_mask=(places >= pads).long() if any(self._pads) else None,
            position_ids=(places[before:] - pads).clamp(min=0),
            past_key_values=self._cache,
            use_cache=True,
            return_dict=True,
            **self._last_only,
        )
        logits = output.logits[:, -1].to(copy=True, dtype=torch.float32)
        for at, row in enumerate(self.rows):
            row.choose(logits[at : at + 1])

    def _length(self) -> int:
        return int(self._cache.get_seq_length())

    def _layers(self) -> list[Any]:
        return list(self._cache.layers)

    def _pad_to(self, length: int) -> None:
        more = length - self._length()
        for layer in self._layers() if more else ():
            layer.keys = pad(layer.keys, (0, 0, more, 0))
            layer.values = pad(layer.values, (0, 0, more, 0))
        self._pads = [already + more for already in self._pads]


@lru_cache(maxsize=64)
def takes(forward: Callable[..., Any]) -> frozenset[str]:
    """The names of what the ``forward`` of a class of models takes."""
    return frozenset(inspect.signature(forward).parameters)
