"""What the guard costs a benign reply: tokens per second, time to first text."""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from typing import Any

from benchmarks.decoding import Decoder
from benchmarks.forgetting_sides import Asked
from guardrail.generation.engine import Generation, GenerationOptions, generate
from guardrail.guard import Guard
from guardrail.release import Release
from guardrail.restriction.phrases import Phrase

__all__ = ["speed"]


def speed(decoder: Decoder, guard: Guard, asked: Sequence[Asked]) -> dict[str, dict[str, float]]:
    """Medians over prompts, each answered without a guard, with phrases only, and with every check,
    in turn, so that a busy moment meets all of them. The prompt's own check is in the times."""
    rows: dict[str, list[tuple[float, float]]] = {"no guard": [], "phrases": [], "all checks": []}
    for one in asked:
        rows["no guard"].append(_alone(decoder, one))
        rows["phrases"].append(_guarded(decoder, guard, one, False))
        rows["all checks"].append(_guarded(decoder, guard, one, True))
    return {
        name: {
            "tokens_per_s": round(statistics.median(rate for rate, _ in timed), 2),
            "first_text_ms": round(statistics.median(first for _, first in timed), 1),
        }
        for name, timed in rows.items()
    }


def _alone(decoder: Decoder, asked: Asked) -> tuple[float, float]:
    """Tokens per second, and milliseconds to the first text, of the model alone."""
    begun, first = time.perf_counter(), 0.0
    generation = _generation(decoder, asked, [])
    for piece in generation:
        if piece.text and not first:
            first = time.perf_counter() - begun
    return len(generation.token_ids) / (time.perf_counter() - begun), first * 1000


def _guarded(decoder: Decoder, guard: Guard, asked: Asked, check: bool) -> tuple[float, float]:
    """The same behind the guard."""
    begun, first = time.perf_counter(), 0.0
    prompt = decoder.loaded.template.encode(asked.messages())

    def start(_: str, restricted: tuple[str, ...], extra: tuple[Phrase, ...]) -> Generation:
        processor = guard.logits_processor(prompt, restricted=restricted, extra=extra)
        return _generation(decoder, asked, [processor])

    decision = guard.decide(guard.check(asked.item.prompt))
    release = Release(guard, asked.item.prompt, start, decision.restricted, check)
    for _ in release.run():
        first = first or time.perf_counter() - begun
    return release.tokens / (time.perf_counter() - begun), first * 1000


def _generation(decoder: Decoder, asked: Asked, processors: list[Any]) -> Generation:
    ids = decoder.loaded.encode(asked.messages())
    options = GenerationOptions(max_new_tokens=decoder.tokens)
    return generate(decoder.loaded, ids, options, processors=processors)
