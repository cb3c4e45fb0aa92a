"""Gates of others on RWKU: what they flag of questions about people to forget, and of neighbours.

    python -m benchmarks.detection_gates --data RWKU [--limit 1200] [--folder DIR] [--json F]

By folds over people: no gate was taught a question about a person that it is asked about. The
thresholds are set on the very neighbours counted, which favours the gates. ``--limit`` takes
a stratified sample, as the states of a causal LM take a while; 0 takes all. Vectors and states are
kept in ``--folder``.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from benchmarks.detection_scores import Floats, median_ms, per_kind, shares
from benchmarks.kept_vectors import KeptVectors
from benchmarks.peers.gates import Curate, Gate, GuardGate, NearestExemplar, gate_scores
from benchmarks.peers.hidden_states import HiddenStates
from benchmarks.rwku import SETUPS, Item, Person, neutral_prompts, read_people, stratified

__all__ = ["easy_prompts", "gate_figures", "gates", "halves"]

_FOLDS = 6
_EASY = 300  # neutral prompts
_TIMED = 60  # prompts, about


def main() -> None:
    """Measure, print a table, write the JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--limit", type=int, default=1200)
    parser.add_argument("--folder", type=Path, default=Path())
    parser.add_argument("--model", help="the causal LM whose states GUARD's gate sees")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    people = read_people(given.data)
    items = halves(people, given.limit, given.seed)
    easy = easy_prompts(given.data, given.seed)
    figures: dict[str, Any] = {"items": len(items), "seed": given.seed}
    for gate in gates(given.folder, given.model, given.seed):
        figures[gate.name] = {
            setup: gate_figures(gate, people, setup, items, easy) for setup in SETUPS
        }
    show(figures)
    if given.json:
        given.json.write_text(json.dumps(figures, indent=1))


def gate_figures(
    gate: Gate, people: Sequence[Person], setup: str, items: Sequence[Item], easy: Sequence[str]
) -> dict[str, Any]:
    """One gate, people described in one way, under the names that our figures have: what it flags
    of questions, of questions with their answers (``qa_``; it is taught such pairs then), of
    neutral prompts, and how long it takes."""
    fold = (np.random.default_rng(1).permutation(len(people)) % _FOLDS).tolist()
    about = np.array([item.about for item in items])
    kinds = np.array([item.kind for item in items])
    scores, others = gate_scores(gate, people, setup, items, fold, easy)
    at = _thresholds(scores, about)
    figures = shares(scores, at, about)
    figures["per_kind"] = per_kind(scores >= at["5pct"], kinds, about)
    if easy:
        figures["easy_fpr"] = round(float((others >= at["5pct"]).mean()), 4)
        figures["easy_fpr_sure"] = round(float((others >= at["1pct"]).mean()), 4)
    pairs = [replace(item, prompt=f"{item.prompt} {item.answer}") for item in items]
    qa, _ = gate_scores(gate, people, setup, pairs, fold)
    told = shares(qa, _thresholds(qa, about), about)
    figures |= {f"qa_{key}": value for key, value in told.items()}
    return figures | gate_times(gate, people, setup, items)


def gate_times(
    gate: Gate, people: Sequence[Person], setup: str, items: Sequence[Item]
) -> dict[str, Any]:
    """Median milliseconds of one prompt: what the gate needs beyond its reading of it, by number of
    targets; and the reading itself, which is an embedding or the model's own states."""
    judge = gate.fit(people, setup, items)
    prompts = [item.prompt for item in items[:: max(1, len(items) // _TIMED)]]
    judge(prompts)  # from here on their readings are kept; those of the texts below are not
    return {
        "ms_per_prompt": {str(len(people)): median_ms(lambda text: judge([text]), prompts)},
        "ms_per_prompt_reading": median_ms(
            lambda text: gate.reader.encode([f"{text} ({gate.name})"]), prompts
        ),
    }


def _thresholds(scores: Floats, about: NDArray[np.bool_]) -> dict[str, float]:
    """Above which 5 % and 1 % of the neighbours lie, who may not lie on them."""
    near = scores[~about]
    return {
        name: float(np.nextafter(np.quantile(near, 1 - share), np.inf))
        for name, share in (("5pct", 0.05), ("1pct", 0.01))
    }


def halves(people: Sequence[Person], limit: int, seed: int) -> list[Item]:
    """A sample, half of it about the people; 0 takes all."""
    items = [item for person in people for item in person.items]
    if not limit:
        return items
    sides = ([i for i in items if i.about], [i for i in items if not i.about])
    return [item for side in sides for item in stratified(side, limit // 2, seed)]


def easy_prompts(folder: Path, seed: int) -> list[str]:
    """Some of the prompts about nobody, where the folder has them."""
    prompts = neutral_prompts(folder)
    return random.Random(seed).sample(prompts, min(_EASY, len(prompts)))


def gates(folder: Path, model: str | None, seed: int) -> list[Gate]:
    """Every gate, over vectors and states kept in a folder."""
    from guardrail.generation.models import load

    embedder = KeptVectors(folder / "detection-vectors.safetensors")
    states = HiddenStates(load(model))
    kept = KeptVectors(folder / "detection-states.safetensors", states)
    return [NearestExemplar(embedder), Curate(embedder, seed), GuardGate(kept, seed)]


def show(figures: dict[str, Any]) -> None:
    """The figures as a table."""
    keys = (
        *("auroc_neighbours", "tpr_at_5pct", "tpr_at_1pct", "easy_fpr"),
        *("qa_auroc_neighbours", "qa_tpr_at_5pct", "qa_tpr_at_1pct"),
        *("ms_per_prompt", "ms_per_prompt_reading"),
    )
    table = Table("gate", "described by", *keys)
    for name, setups in figures.items():
        for setup, row in setups.items() if isinstance(setups, dict) else ():
            table.add_row(name, setup, *(str(row.get(key, "")) for key in keys))
    Console(width=160).print(table)


if __name__ == "__main__":
    main()
