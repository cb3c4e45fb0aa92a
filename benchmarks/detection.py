"""Detection: what is flagged of questions about a target, of its neighbours, of anything else.

    python -m benchmarks.detection --data RWKU [--vectors FILE] [--gates N] [--json F]
    python -m benchmarks.detection --data TOFU [--vectors FILE] [--gates N] [--json F]

All people of the folder are targets at once; a text's score is its best with any of them. People
that the shipped detector was trained on are judged by folds, by detectors that have not seen them,
at thresholds set on the other folds' neighbours; people of another folder by the shipped detector
and its thresholds, as they are. Top-level figures: with introduction and passages. The gates of
others are asked a sample of N questions (``benchmarks.detection_gates``); 0 leaves them out.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from sklearn.metrics import roc_auc_score

from benchmarks.detection_gates import easy_prompts, gate_figures, gates, halves
from benchmarks.detection_judges import (
    Judge,
    judge_by_fold,
    kept_fold_models,
    shipped_judge,
    was_trained_on,
)
from benchmarks.detection_scores import Floats, median_ms, per_kind, shares
from benchmarks.detection_tofu import measure_tofu, tofu_far, tofu_people
from benchmarks.detector_rows import answered, asked, references
from benchmarks.kept_vectors import KeptVectors
from benchmarks.rwku import SETUPS, Item, Person, neutral_prompts, read_people
from benchmarks.wrappers import WRAPPERS, wrapped
from guardrail.detection.detector import Detector
from guardrail.detection.features import PROMPT
from guardrail.targets import Target
from memory.embedding import Embedded, Embedder, embed_text

_COSINE, _NAME = PROMPT.index("best_cosine"), PROMPT.index("name")


def main() -> None:
    """Measure, print tables, write the JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--vectors", type=Path, default=Path("detection-vectors.safetensors"))
    parser.add_argument("--gates", type=int, default=600, help="questions to the gates of others")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    embedder = KeptVectors(given.vectors)
    tofu = (given.data / "forget10.json").is_file()
    people = tofu_people(given.data) if tofu else read_people(given.data)
    items = halves(people, given.gates, given.seed)
    if tofu:
        figures = measure_tofu(given.data, embedder, items)
    else:
        folds = given.vectors.with_suffix(".folds.json")
        figures = measure(given.data, embedder, folds, given.seed, items)
    if given.gates:
        easy = tofu_far(given.data) if tofu else easy_prompts(given.data, given.seed)
        figures.setdefault("peers", {})
        for gate in gates(given.vectors.parent, None, given.seed):
            figures["peers"][gate.name] = gate_figures(gate, people, "passages", items, easy)
    figures["ms_per_prompt"] = ms_per_prompt(embedder)
    show(figures)
    if given.json:
        given.json.write_text(json.dumps(figures, indent=1))


def measure(
    folder: Path, embedder: Embedder, folds: Path, seed: int, sample: Sequence[Item]
) -> dict[str, Any]:
    """Every figure on people in the form of RWKU; ``sample``: what the gates of others are asked,
    of which the figures stand apart as well."""
    people = read_people(folder)
    easy = neutral_prompts(folder)
    known = was_trained_on(people)
    if known:
        judge = judge_by_fold(people, kept_fold_models(folds, people, easy, embedder, seed))
    else:
        judge = shipped_judge(people)
    setups = {s: one_setup(people, easy, s, embedder, judge, sample) for s in SETUPS}
    best = setups["passages"]
    return {
        "people": len(people),
        "scored": "by folds" if known else "by the shipped detector",
        "seed": seed,
        **{key: value for key, value in best.items() if key != "peers"},
        "setups": setups,
        "peers": best["peers"],
    }


def one_setup(
    people: Sequence[Person],
    easy: Sequence[str],
    setup: str,
    embedder: Embedder,
    judge: Judge,
    sample: Sequence[Item],
) -> dict[str, Any]:
    """The figures for people described in one way."""
    items = [item for person in people for item in person.items]
    about = np.array([item.about for item in items])
    number = {person.name: at for at, person in enumerate(people)}
    own = np.array([number[item.person] for item in items])
    kinds = np.array([item.kind for item in items])
    known = references(people, setup, embedder)
    rows = asked(known, [item.prompt for item in items], embedder)
    scores, at = judge.prompts(rows, own)
    figures = shares(scores, at, about)
    asked_too = np.isin([item.id for item in items], [item.id for item in sample])
    figures["on_the_gates_sample"] = _of(asked_too, scores, at, about)
    figures["auroc_own_target"] = round(
        float(roc_auc_score(about, judge.own_prompts(rows, own))), 4
    )
    figures["per_kind"] = per_kind(scores >= at["5pct"], kinds, about)
    attacked, at = judge.prompts(asked(known, wrapped(items, WRAPPERS, 0), embedder), own)
    plain = np.isin(kinds, ("cloze", "simple question")) | ~about
    figures |= {f"wrapped_{key}": value for key, value in _of(plain, attacked, at, about).items()}
    if easy:
        neutral = asked(known, easy, embedder)
        flags, sure = judge.neutral(neutral)
        figures |= {"easy_fpr": flags, "easy_fpr_sure": sure, "easy": len(easy)}
    pairs = answered(known, [(item.prompt, item.answer) for item in items], embedder)
    qa, at = judge.answers(pairs, own)
    figures |= {f"qa_{key}": value for key, value in shares(qa, at, about).items()}
    figures["on_the_gates_sample"] |= {
        f"qa_{key}": value for key, value in _of(asked_too, qa, at, about).items()
    }
    figures["per_person"] = per_person(people, own, scores, qa, about)
    figures["peers"] = {
        "best cosine, all questions": peer(rows[:, :, _COSINE].max(1), about),
        "the name stands in the prompt, all questions": peer(rows[:, :, _NAME].max(1), about),
    }
    return figures


def _of(
    some: NDArray[np.bool_], scores: Floats, at: dict[str, Floats], about: NDArray[np.bool_]
) -> dict[str, Any]:
    """The shares of some of the texts."""
    return shares(scores[some], {k: v[some] for k, v in at.items()}, about[some])


def per_person(
    people: Sequence[Person],
    own: NDArray[np.int64],
    scores: Floats,
    qa: Floats,
    about: NDArray[np.bool_],
) -> dict[str, dict[str, float]]:
    """AUROC by person (by place in the folder), for the misses."""
    found = {}
    for at in range(len(people)):
        mine = own == at
        if len(set(about[mine])) == 2:
            found[str(at + 1)] = {
                "prompt_auroc": round(float(roc_auc_score(about[mine], scores[mine])), 3),
                "qa_auroc": round(float(roc_auc_score(about[mine], qa[mine])), 3),
            }
    return found


def peer(scores: Floats, about: NDArray[np.bool_]) -> dict[str, float]:
    """A gate with one number, at thresholds set on these very neighbours, which favours it."""
    near = scores[~about]
    return {
        "auroc_neighbours": round(float(roc_auc_score(about, scores)), 4),
        "tpr_at_5pct": round(float((scores[about] > np.quantile(near, 0.95)).mean()), 4),
        "tpr_at_1pct": round(float((scores[about] > np.quantile(near, 0.99)).mean()), 4),
    }


def ms_per_prompt(embedder: Embedder) -> dict[str, float]:
    """Median milliseconds of a verdict beyond the embedding, by number of targets (made-up names,
    two sentences each), on prompts that name none of them."""
    things = "harbour bread music winter trains market bridges schools".split()
    prompts = [f"Tell me about the {thing} of the northern towns." for thing in things]
    times = {}
    for number in (1, 10, 100, 1_000):
        names = [f"Aba{chr(97 + n % 26)} Qu{chr(97 + n // 26 % 26)}o {n}" for n in range(number)]
        targets = [
            Target(name=name, exemplars=(f"{name} keeps a shop.", f"{name} was born in the hills."))
            for name in names
        ]
        detector = Detector(targets, embedder)
        read = {prompt: embed_text(prompt, embedder) for prompt in prompts}
        times[str(number)] = median_ms(partial(_judge, detector, read), prompts * 5)
    return times


def _judge(detector: Detector, read: Mapping[str, Embedded], prompt: str) -> None:
    detector.judge(prompt, embedded=read[prompt])


def show(figures: dict[str, Any]) -> None:
    """The figures as tables."""
    console = Console(width=200)
    keys = ("auroc_neighbours", "tpr_at_5pct", "tpr_at_1pct", "fpr_at_5pct", "fpr_at_1pct",
            "easy_fpr", "qa_auroc_neighbours", "qa_tpr_at_5pct", "qa_tpr_at_1pct",
            "wrapped_tpr_at_5pct", "wrapped_fpr_at_5pct", "ms_per_prompt",
            "ms_per_prompt_reading")  # fmt: skip
    table = Table("described by", *keys)
    for setup, row in figures.get("setups", {"": figures}).items():
        table.add_row(setup, *(str(row.get(key, "")) for key in keys))
    rows = {"ours, the gates' sample": figures["on_the_gates_sample"], **figures.get("peers", {})}
    for name, row in rows.items():
        table.add_row(name, *(str(row.get(key, "")) for key in keys))
    console.print(table)
    if "per_kind" in figures:
        console.print("flagged by kind:", figures["per_kind"])
    console.print("ms a prompt, by targets:", figures["ms_per_prompt"])


if __name__ == "__main__":
    main()
