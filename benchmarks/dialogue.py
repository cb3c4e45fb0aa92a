"""Long dialogues: is what was said still there when it is asked for, and at what cost?

    python -m benchmarks.dialogue [--turns 50,100,500,1000,5000] [--answers N] [--json F]

Dialogues are made up (``benchmarks.dialogue_maker``, of wordings that nothing was tuned on), every
fact is asked for at the end. ``in_prompt`` is the share of questions whose answer stood in the
prompt, ``answered`` (with ``--answers``) the share that the model then answered. Beside ours, with
the same turns and vectors: the truncated history, the summary alone, HEMA as published.
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.dialogue_maker import Dialogue, Planted, make_dialogue
from benchmarks.dialogue_sides import BUDGET, Compact, Dual, Hema, Raw, Side, remember
from benchmarks.scores import interval
from guardrail.generation.engine import GenerationOptions, generate
from guardrail.generation.models import LoadedModel, load
from memory import DualMemory, MemorySettings, Retention, embed_text

_TOKENS = 24


def main() -> None:
    """Measure, print a table, write the JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", default="50,100,500,1000,5000")
    parser.add_argument("--seeds", type=int, default=3, help="dialogues of each length")
    parser.add_argument(
        "--answers", type=int, default=0, help="questions put to the model, a length"
    )
    parser.add_argument("--model", help="hub name or folder; default SmolLM2-135M-Instruct")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    loaded = load(given.model, device=given.device)
    lengths = [int(length) for length in given.turns.split(",")]
    table = {str(length): measure(length, given.seeds, given.answers, loaded) for length in lengths}
    longest = table[str(lengths[-1])]
    figures = {
        "model": loaded.name,
        "budget": BUDGET,
        "seeds": given.seeds,
        **longest["ours"],
        "by_length": table,
        "peers": {name: row for name, row in longest.items() if name != "ours"},
    }
    show(table)
    if given.json:
        given.json.write_text(json.dumps(figures, indent=1))


def measure(length: int, seeds: int, answers: int, loaded: LoadedModel) -> dict[str, Any]:
    """The figures of every side at one length."""
    rows: dict[str, list[dict[str, float]]] = defaultdict(list)
    grown: dict[str, list[float]] = defaultdict(list)
    for seed in range(seeds):
        dialogue = make_dialogue(length, seed)
        with tempfile.TemporaryDirectory() as folder:
            for side, memory in sides(dialogue, Path(folder), loaded):
                if memory is not None:
                    grown[side.name].append(memory.stats().bytes / length)
                for number, fact in enumerate(dialogue.facts):
                    read = number < answers / seeds
                    rows[side.name].append(ask(side, fact, loaded, read))
    return {name: summed(found, grown[name]) for name, found in rows.items()}


def sides(
    dialogue: Dialogue, folder: Path, loaded: LoadedModel
) -> list[tuple[Side, DualMemory | None]]:
    """Every way to remember this dialogue; of ours also the one that forgets by age."""
    memory = DualMemory(folder / "plain.db")
    read = remember(dialogue, memory)
    fading = DualMemory(folder / "fading.db", settings=MemorySettings(retention=Retention()))
    remember(dialogue, fading)
    return [
        (Raw(dialogue, loaded), None),
        (Compact(dialogue, memory), None),
        (Hema(dialogue, read, memory), None),
        (Dual(memory, loaded), memory),
        (Dual(fading, loaded, "ours, with forgetting by age"), fading),
    ]


def ask(side: Side, fact: Planted, loaded: LoadedModel, read: bool) -> dict[str, float]:
    """One question: what its prompt holds and costs, and how its evidence ranks."""
    started = time.perf_counter()
    question = embed_text(fact.question, _embedder())
    embedded = time.perf_counter()
    messages = side.prompt(question)
    ended = time.perf_counter()
    found = {
        "in_prompt": float(_holds(messages, fact.value)),
        "tokens": float(loaded.count(messages)),
        "embed_ms": (embedded - started) * 1000,
        "compose_ms": (ended - embedded) * 1000,
    }
    if fact.former is not None:
        found["stale_only"] = float(
            _holds(messages, fact.former) and not _holds(messages, fact.value)
        )
    if ranking := side.ranking(question):
        found |= ranked(ranking, set(fact.turns))
    if read:
        found["answered"] = float(_says(answer(loaded, messages), fact.value))
    return found


def ranked(ranking: Sequence[int], wanted: set[int]) -> dict[str, float]:
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


def answer(loaded: LoadedModel, messages: list[dict[str, str]]) -> str:
    """The model's greedy reply."""
    options = GenerationOptions(max_new_tokens=_TOKENS)
    return "".join(piece.text for piece in generate(loaded, loaded.encode(messages), options))


def summed(rows: Sequence[dict[str, float]], grown: Sequence[float]) -> dict[str, Any]:
    """Means over the questions; medians of times; the interval of what is in the prompt."""
    figures: dict[str, Any] = {"questions": len(rows)}
    for key in ("in_prompt", "stale_only", "answered", "p_at_5", "r_at_50", "auprc"):
        values = [row[key] for row in rows if key in row]
        if values:
            figures[key] = round(statistics.mean(values), 4)
    hits = sum(row["in_prompt"] for row in rows)
    figures["in_prompt_interval"] = interval(int(hits), len(rows))
    for key in ("embed_ms", "compose_ms"):
        figures[key] = round(statistics.median(row[key] for row in rows), 2)
    figures["tokens_mean"] = round(statistics.mean(row["tokens"] for row in rows), 1)
    figures["tokens_max"] = int(max(row["tokens"] for row in rows))
    if grown:
        figures["bytes_per_turn"] = round(statistics.mean(grown))
    return figures


def show(table: dict[str, dict[str, Any]]) -> None:
    """One row for each length and side."""
    keys = ("in_prompt", "stale_only", "answered", "p_at_5", "r_at_50", "auprc", "tokens_mean",
            "tokens_max", "compose_ms")  # fmt: skip
    shown = Table("turns", "side", *keys)
    for length, by_side in table.items():
        for name, row in by_side.items():
            shown.add_row(length, name, *(str(row.get(key, "")) for key in keys))
    Console(width=140).print(shown)


def _holds(messages: list[dict[str, str]], value: str) -> bool:
    """Whether a value stands in what comes before the question."""
    return any(_says(message["content"], value) for message in messages[:-1])


def _says(text: str, value: str) -> bool:
    return bool(re.search(rf"(?<!\w){re.escape(value.casefold())}(?!\w)", text.casefold()))


def _embedder() -> Any:
    from memory import default_embedder

    return default_embedder()


if __name__ == "__main__":
    main()
