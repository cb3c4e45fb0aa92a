"""Long dialogues: is what was said still there when it is asked for, and at what cost?

    python -m benchmarks.dialogue [--turns 50,100,500,1000,5000] [--seeds 40,20,10,5,3]
        [--talk casual] [--ablations] [--answers N] [--json F]

Dialogues are made up (``benchmarks.dialogue_maker``, of wordings that nothing was tuned on), every
fact is asked for at the end. ``in_prompt`` is the share of questions whose answer stood in the
prompt, ``attributable`` of those where also whose it is stood there, ``stale_only`` the share of
changed facts of which only the outdated value did, ``answered`` (with ``--answers``) the share that
the model then answered. Beside ours, with the same turns and vectors: the truncated history, the
summary alone, HEMA as published. Times are
milliseconds of one question, medians, by the clock and (``_cpu_ms``) of the asking thread alone.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.dialogue_maker import TALKS, Dialogue, Planted, make_dialogue
from benchmarks.dialogue_memories import fading, plain, remember
from benchmarks.dialogue_scores import Row, answered, ask, summed, timed
from benchmarks.dialogue_sides import BUDGET, Beside, Compact, Dual, Hema, Raw, Side
from benchmarks.process import rss_mb
from guardrail.generation.models import LoadedModel, load
from memory import default_embedder, embed_text, embed_texts

OURS = "ours"
CHANGED = {
    "fading": "ours, forgetting by age",
    "flat": "ours, no summary of summaries",
    "compact": "compact only, no summary of summaries",
    "wide": "HEMA, ten chunks as ours",
}
"""Sides with a part changed; the others are compared."""
READ = (Hema,)
"""Where a model reads, it also reads the notes of these beside the question, as ours are."""

Sides = list[tuple[Side, Row]]


def main() -> None:
    """Measure, print a table, write the JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", default="50,100,500,1000,5000")
    parser.add_argument("--seeds", default="40,20,10,5,3", help="dialogues: of all, or each length")
    parser.add_argument("--talk", choices=TALKS, default="plain")
    parser.add_argument("--ablations", action="store_true", help="ours with a part changed as well")
    parser.add_argument("--answers", type=int, default=0, help="questions the model reads, a side")
    parser.add_argument("--model", help="hub name or folder; default SmolLM2-135M-Instruct")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    lengths = [int(length) for length in given.turns.split(",")]
    seeds = [int(number) for number in given.seeds.split(",")]
    seeds = seeds * len(lengths) if len(seeds) == 1 else seeds
    loaded = load(given.model, device=given.device)
    table = {}
    for length, number in zip(lengths, seeds, strict=True):
        dialogues = [make_dialogue(length, seed, talk=given.talk) for seed in range(number)]
        table[str(length)] = measure(dialogues, loaded, given.answers, given.ablations)
        show({str(length): table[str(length)]})
        if given.json:
            figures = {"model": loaded.name, "budget": BUDGET, "talk": given.talk}
            figures["seeds"] = dict(zip(map(str, lengths), seeds, strict=True))
            given.json.write_text(json.dumps(figures | summary(table), indent=1))


def measure(
    dialogues: Sequence[Dialogue], loaded: LoadedModel, answers: int, ablations: bool
) -> dict[str, Any]:
    """The figures of every side over dialogues of one length."""
    rows: dict[str, list[Row]] = defaultdict(list)
    costs: dict[str, list[Row]] = defaultdict(list)
    to_read = _sample([fact for dialogue in dialogues for fact in dialogue.facts], answers)
    for dialogue in dialogues:
        questions = [
            timed("embed", partial(embed_text, fact.question, default_embedder()))
            for fact in dialogue.facts
        ]
        with tempfile.TemporaryDirectory() as folder:
            found = sides(dialogue, Path(folder), loaded, ablations)
            if answers:
                found += [(Beside(side), {}) for side, _ in found if isinstance(side, READ)]
            for side, cost in found:
                costs[side.name].append(cost)
                for fact, (question, embedding) in zip(dialogue.facts, questions, strict=True):
                    messages, row = ask(side, dialogue, fact, question, loaded)
                    if id(fact) in to_read and side.name not in CHANGED.values():
                        row |= answered(messages, fact, loaded)
                    rows[side.name].append(row | embedding)
    return {name: summed(found, costs[name]) for name, found in rows.items()}


def _sample(facts: Sequence[Planted], number: int) -> set[int]:
    """The facts whose questions the model reads, at even steps over all."""
    return {id(facts[at * len(facts) // number]) for at in range(min(number, len(facts)))}


def sides(dialogue: Dialogue, folder: Path, loaded: LoadedModel, ablations: bool) -> Sides:
    """Every way to remember this dialogue, with what it cost."""
    read = embed_texts([turn.text for turn in dialogue.turns], default_embedder())
    before = rss_mb()
    memory = plain(folder / "plain.db")
    cost = remember(dialogue, read, memory)
    memory.recall("anything", embedded=read[0])  # what is read once for all recalls
    cost["ram_mb"] = rss_mb() - before
    cost["file_bytes_per_turn"] = memory.stats().bytes / len(dialogue.turns)
    found: Sides = [
        (Raw(dialogue, loaded), {}),
        (Compact(dialogue, memory), {}),
        (Hema(dialogue, read, memory), {}),
        (Dual(memory, loaded, OURS), cost),
    ]
    if ablations:
        flat = plain(folder / "flat.db", flat=True)
        remember(dialogue, read, flat)
        fades = fading(dialogue, read, folder / "fading.db")
        found += [
            (Hema(dialogue, read, memory, top=10, name=CHANGED["wide"]), {}),
            (Compact(dialogue, flat, CHANGED["compact"]), {}),
            (Dual(flat, loaded, CHANGED["flat"]), {}),
            (Dual(fades, loaded, CHANGED["fading"]), {"chunks": float(fades.stats().chunks)}),
        ]
    return found


def summary(table: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Ours at the greatest length on top, the peers' there, and everything by length."""
    longest = table[max(table, key=int)]
    peers = {n: row for n, row in longest.items() if not n.startswith(OURS)}
    peers = {n: row for n, row in peers.items() if n not in CHANGED.values()}
    return {**longest[OURS], "by_length": table, "peers": peers}


def show(table: dict[str, dict[str, Any]]) -> None:
    """One row for each length and side."""
    keys = ("questions", "in_prompt", "attributable", "stale_only", "answered", "p_at_5", "r_at_50",
            "auprc", "tokens_mean", "tokens_max", "retrieve_ms", "compose_ms")  # fmt: skip
    shown = Table("turns", "side", *keys)
    for length, by_side in table.items():
        for name, row in by_side.items():
            shown.add_row(length, name, *(str(row.get(key, "")) for key in keys))
    Console(width=200).print(shown)


if __name__ == "__main__":
    main()
