"""What one question about a dialogue gave, and the figures of many."""

from __future__ import annotations

import re
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from benchmarks.dialogue_maker import DISTANCES, Dialogue, Planted
from benchmarks.dialogue_sides import Messages, Side
from benchmarks.scores import interval
from guardrail.generation.engine import GenerationOptions, generate
from guardrail.generation.models import LoadedModel
from memory.embedding import Embedded

__all__ = ["answered", "ask", "attributable", "ranked", "says", "summed", "timed"]

Row = dict[str, float]
Done = TypeVar("Done")

_TOKENS = 24
_SHARES = ("in_prompt", "attributable", "stale_only", "answered", "answered_stale")
_MEANS = ("p_at_5", "r_at_50", "auprc")
_TIMES = (
    "embed_ms",
    "embed_cpu_ms",
    "retrieve_ms",
    "retrieve_cpu_ms",
    "compose_ms",
    "compose_cpu_ms",
)


def timed(stage: str, work: Callable[[], Done]) -> tuple[Done, Row]:
    """What some work gives, and its milliseconds by the clock and of this thread's processor: on a
    machine with other work only the latter can be compared."""
    wall, processor = time.perf_counter(), time.thread_time()
    done = work()
    return done, {
        f"{stage}_ms": 1000 * (time.perf_counter() - wall),
        f"{stage}_cpu_ms": 1000 * (time.thread_time() - processor),
    }


def ask(
    side: Side, dialogue: Dialogue, fact: Planted, question: Embedded, loaded: LoadedModel
) -> tuple[Messages, Row]:
    """One question: the prompt, what it holds and costs, and how its evidence ranks."""
    messages, composing = timed("compose", lambda: side.prompt(question))
    ranking, retrieving = timed("retrieve", lambda: side.ranking(question))
    before = "\n".join(message["content"] for message in messages)
    found = {
        "in_prompt": float(says(before, fact.value)),
        "attributable": float(attributable(before, dialogue, fact)),
        "tokens": float(loaded.count(messages)),
        "distance": float(_distance(dialogue, fact)),
        **composing,
    }
    if fact.former is not None:
        stale = says(before, fact.former) and not says(before, fact.value)
        found["stale_only"] = float(stale)
    if ranking:
        found |= retrieving | ranked(ranking, set(fact.turns))
    return messages, found


def attributable(text: str, dialogue: Dialogue, fact: Planted) -> bool:
    """Whether a text says the value and whom it is about: a sentence has both, or the turn that has
    the value and the one that names the person stand there whole."""
    words = " ".join(text.split())
    sentences = re.split(r"(?<=[.?!])\s|\n", text)
    if any(says(each, fact.value) and says(each, fact.short) for each in sentences):
        return True
    return any(
        dialogue.turns[place].text in words and dialogue.turns[fact.named[place]].text in words
        for place in fact.turns
    )


def ranked(ranking: Sequence[int], wanted: set[int]) -> Row:
    """Precision at 5 (of as many as there are), recall at 50, and average precision."""
    hits, precision = 0, 0.0
    for rank, place in enumerate(ranking, 1):
        if place in wanted:
            hits += 1
            precision += hits / rank
    first = sum(place in wanted for place in ranking[:5])
    return {
        "p_at_5": first / min(5, len(wanted)),
        "r_at_50": hits / len(wanted),
        "auprc": precision / len(wanted),
    }


def says(text: str, value: str) -> bool:
    """Whether a value stands in a text, as words of their own."""
    return bool(re.search(rf"(?<!\w){re.escape(value.casefold())}(?!\w)", text.casefold()))


def _distance(dialogue: Dialogue, fact: Planted) -> int:
    """The planned distance that is nearest to the fact's."""
    return min(DISTANCES, key=lambda planned: abs(planned - dialogue.distance(fact)))


def answered(messages: Messages, fact: Planted, loaded: LoadedModel) -> Row:
    """Whether the model's greedy reply has the value, or only what held before."""
    options = GenerationOptions(max_new_tokens=_TOKENS)
    pieces = generate(loaded, loaded.encode(messages), options)
    reply = "".join(piece.text for piece in pieces)
    right = says(reply, fact.value)
    found = {"answered": float(right)}
    if fact.former is not None:
        found["answered_stale"] = float(not right and says(reply, fact.former))
    return found


def summed(rows: Sequence[Row], costs: Sequence[Mapping[str, float]]) -> dict[str, Any]:
    """Shares with counts and intervals, means with intervals, medians of times, by distance."""
    figures: dict[str, Any] = {"questions": len(rows)}
    for key in _SHARES:
        if values := [row[key] for row in rows if key in row]:
            figures[key] = round(statistics.mean(values), 4)
            figures[f"{key}_of"] = len(values)
            figures[f"{key}_interval"] = interval(int(sum(values)), len(values))
    read = [row["answered"] for row in rows if "answered" in row and row["in_prompt"]]
    if read:
        figures["answered_of_in_prompt"] = round(statistics.mean(read), 4)
    for key in _MEANS:
        if values := [row[key] for row in rows if key in row]:
            figures[key] = round(statistics.mean(values), 4)
            figures[f"{key}_interval"] = _of_mean(values)
    for key in _TIMES:
        if values := [row[key] for row in rows if key in row]:
            figures[key] = round(statistics.median(values), 2)
    figures["tokens_mean"] = round(statistics.mean(row["tokens"] for row in rows), 1)
    figures["tokens_max"] = int(max(row["tokens"] for row in rows))
    for key in sorted({key for cost in costs for key in cost}):
        figures[key] = round(statistics.mean(cost[key] for cost in costs if key in cost), 2)
    return figures | {"by_distance": _by_distance(rows)}


def _of_mean(values: Sequence[float]) -> tuple[float, float]:
    """The normal interval of a mean at 95 %, inside [0, 1]."""
    mean = statistics.mean(values)
    half = 1.96 * statistics.pstdev(values) / len(values) ** 0.5
    return round(max(0.0, mean - half), 4), round(min(1.0, mean + half), 4)


def _by_distance(rows: Sequence[Row]) -> dict[str, dict[str, Any]]:
    """The share in the prompt by how long ago the value was last said."""
    found = {}
    for distance in sorted({int(row["distance"]) for row in rows}):
        values = [row["in_prompt"] for row in rows if row["distance"] == distance]
        hits = int(sum(values))
        found[str(distance)] = {
            "in_prompt": round(hits / len(values), 4),
            "of": len(values),
            "interval": interval(hits, len(values)),
        }
    return found
