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
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from sklearn.metrics import roc_auc_score

from benchmarks.kept_vectors import KeptVectors
from benchmarks.peers.gates import Curate, Gate, GuardGate, NearestExemplar, gate_scores
from benchmarks.peers.hidden_states import HiddenStates
from benchmarks.rwku import SETUPS, Item, Person, read_people, stratified
from benchmarks.scores import interval

__all__ = ["easy_prompts", "gate_figures", "gates", "halves"]

_FOLDS = 6
_EASY = 300  # neutral prompts


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
    """One gate, people described in one way: shares flagged at 5 % and at 1 % of neighbours."""
    fold = (np.random.default_rng(1).permutation(len(people)) % _FOLDS).tolist()
    scores, others = gate_scores(gate, people, setup, items, fold, easy)
    about = np.array([item.about for item in items])
    kinds = np.array([item.kind for item in items])
    figures: dict[str, Any] = {"auroc_neighbours": round(float(roc_auc_score(about, scores)), 4)}
    for name, share in (("5pct", 0.05), ("1pct", 0.01)):
        at = float(np.quantile(scores[~about], 1 - share))
        flagged = scores > at
        hits, of = int(flagged[about].sum()), int(about.sum())
        figures[f"tpr_at_{name}"] = round(hits / of, 4)
        figures[f"tpr_at_{name}_interval"] = interval(hits, of)
        if easy:
            figures[f"easy_fpr_at_{name}"] = round(float((others > at).mean()), 4)
        figures[f"per_kind_at_{name}"] = _per_kind(flagged, kinds, about)
    return figures


def _per_kind(
    flagged: NDArray[np.bool_], kinds: NDArray[np.str_], about: NDArray[np.bool_]
) -> dict[str, float]:
    return {
        str(kind): round(float(flagged[kinds == kind].mean()), 4)
        for kind in np.unique(kinds[about])
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
    if not (folder / "easy.json").is_file():
        return []
    rows = json.loads((folder / "easy.json").read_text("utf-8"))
    return random.Random(seed).sample([row["prompt"] for row in rows], _EASY)


def gates(folder: Path, model: str | None, seed: int) -> list[Gate]:
    """Every gate, over vectors and states kept in a folder."""
    from guardrail.generation.models import load

    embedder = KeptVectors(folder / "detection-vectors.safetensors")
    states = HiddenStates(load(model))
    kept = KeptVectors(folder / "detection-states.safetensors", states)
    return [NearestExemplar(embedder), Curate(embedder, seed), GuardGate(kept, seed)]


def show(figures: dict[str, Any]) -> None:
    """The figures as a table."""
    keys = ("auroc_neighbours", "tpr_at_5pct", "tpr_at_1pct", "easy_fpr_at_5pct")
    table = Table("gate", "described by", *keys)
    for name, setups in figures.items():
        for setup, row in setups.items() if isinstance(setups, dict) else ():
            table.add_row(name, setup, *(str(row[key]) for key in keys))
    Console(width=110).print(table)


if __name__ == "__main__":
    main()
