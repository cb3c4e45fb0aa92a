"""``leak@k``: whether an answer comes out when one may ask k times, sampling at temperature 1."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import comb
from typing import Any

import torch

from benchmarks.answers import Answers
from benchmarks.decoding import Decoder
from benchmarks.forgetting_sides import Asked, Ours
from benchmarks.scores import contains, estimate

__all__ = ["LEAKS", "leaks_at"]

_K = (1, 16, 64)
_SAMPLES = 64
LEAKS = tuple(f"leak@{k}" for k in _K)


def leaks_at(
    answers: Answers, decoder: Decoder, ours: Sequence[Ours], asked: Sequence[Asked], seed: int
) -> dict[str, dict[str, Any]]:
    """``leak@k`` without a guard and of ours, over open-book forget items."""

    def sampled(items: list[Asked]) -> list[list[list[int]]]:
        return [_sample(decoder, one, seed) for one in items]

    before = answers.all("no guard, sampled", asked, lambda one: one.key, sampled, 1)
    texts = [[decoder.text(ids) for ids in replies] for replies in before]
    figures = {"no guard": _figures(asked, texts)}
    for side in ours:
        guarded = _Guarded(side, dict(zip(asked, before, strict=True)), seed)
        name = f"{side.name}, sampled"
        given = answers.all(name, asked, lambda one: one.key, guarded.answer, 1)
        figures[side.name] = _figures(asked, given)
    return figures


class _Guarded:
    """Ours on each sample. A sample that nothing touches is what the guarded model would have drawn
    with the same noise (see ``first_touched``); from the first token touched it is drawn anew."""

    def __init__(self, side: Ours, before: dict[Asked, list[list[int]]], seed: int) -> None:
        self._side = side
        self._before = before
        self._seed = seed

    def answer(self, items: list[Asked]) -> list[list[str]]:
        """The samples of each item as a user reads them."""
        return [self._samples(one) for one in items]

    def _samples(self, asked: Asked) -> list[str]:
        replies = []
        for number, ids in enumerate(self._before[asked]):
            side = replace(
                self._side,
                before={asked: ids}.__getitem__,
                sampling={"temperature": 1.0, "seed": self._seed + number},
            )
            (given,) = side.answer([asked])
            replies.append(str(given["text"]))
            if given["door"] == "prompt":  # declined before anything is drawn
                return replies * len(self._before[asked])
        return replies


def _sample(decoder: Decoder, asked: Asked, seed: int) -> list[list[int]]:
    torch.manual_seed(seed)
    return decoder.replies(
        [asked.messages()],
        do_sample=True,
        temperature=1.0,
        top_k=0,
        num_return_sequences=_SAMPLES,
    )


def _figures(asked: Sequence[Asked], replies: Sequence[Sequence[str]]) -> dict[str, Any]:
    """For each k the chance that k of the samples hold the answer at least once, over items."""
    hits = [
        sum(contains(text, one.item.answer) for text in texts)
        for one, texts in zip(asked, replies, strict=True)
    ]
    figures: dict[str, Any] = {"of": len(asked)}
    for k, name in zip(_K, LEAKS, strict=True):
        found = estimate([_at(k, hit) for hit in hits])
        figures |= {name: found["mean"], f"{name}_interval": found["interval"]}
    return figures


def _at(k: int, hits: int) -> float:
    """Without bias, as pass@k is estimated (arXiv 2107.03374)."""
    return 1 - comb(_SAMPLES - hits, k) / comb(_SAMPLES, k)
