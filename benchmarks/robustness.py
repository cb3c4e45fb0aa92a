"""Robustness of detection: questions disguised, buried in long texts, and put over several turns.

    python -m benchmarks.robustness --data RWKU [--vectors FILE] [--limit N] [--json F]

All people of the folder are targets at once. A text is judged as the guard judges it (names,
decoded readings, trees, the conversation), by the detector of a fold that has not seen its person
where the shipped one has, at the shipped kind of operating points: grey, which restricts (5 % of
plain neighbours), and sure, which gets the policy (1 %). Top-level figures: with introduction and
passages. Peers see the same messages, all of a talk in one text, at thresholds set on the plain
neighbours counted here, which favours them.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from benchmarks.detection_judges import (
    Judge,
    judge_by_fold,
    kept_fold_models,
    shipped_judge,
    was_trained_on,
)
from benchmarks.detector_rows import read_texts
from benchmarks.kept_vectors import KeptVectors
from benchmarks.peers.gates import NearestExemplar
from benchmarks.robustness_cases import SIDES, Case, cases
from benchmarks.rwku import Person, neutral_prompts, read_people
from benchmarks.scores import share
from guardrail.detection.detector import Detector
from guardrail.detection.views import views
from guardrail.targets import Target
from memory.embedding import Embedder

SETUPS = ("name", "passages")
LOOKED_AT = 3  # people whose questions were looked at when readings were mended: not counted
POINTS = ("5pct", "1pct")
Flags = Mapping[str, Sequence[bool]]
"""By operating point, whether each case is flagged."""


def main() -> None:
    """Measure, print a table, write the JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--vectors", type=Path, default=Path("detection-vectors.safetensors"))
    parser.add_argument("--limit", type=int, default=81, help="questions of a side")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    embedder = KeptVectors(given.vectors)
    people = read_people(given.data)
    easy = neutral_prompts(given.data)
    known = was_trained_on(people)
    if known:
        folds = given.vectors.with_suffix(".folds.json")
        judge = judge_by_fold(people, kept_fold_models(folds, people, easy, embedder, given.seed))
    else:
        judge = shipped_judge(people)
    asked_about = people[LOOKED_AT:] if known else people
    asked = cases(asked_about, easy, given.limit, given.seed, people)
    figures = {
        "people": len(people),
        "asked_about": len(asked_about),
        "scored": "by folds" if known else "by the shipped detector",
        "seed": given.seed,
        **measure(people, asked, embedder, judge),
    }
    show(figures)
    if given.json:
        given.json.write_text(json.dumps(figures, indent=1))


def measure(
    people: Sequence[Person], asked: Sequence[Case], embedder: Embedder, judge: Judge
) -> dict[str, Any]:
    """Every figure; ours with passages at the top."""
    read_texts(list(_texts(asked)), embedder)  # in one go, which takes a fraction of the time
    setups = {setup: rows(asked, ours(people, asked, setup, embedder, judge)) for setup in SETUPS}
    exemplar = NearestExemplar(embedder)
    texts = ["\n".join(case.messages) for case in asked]
    peers: dict[str, Any] = {
        exemplar.name: {
            setup: rows(asked, at_quantiles(asked, exemplar.fit(people, setup, [])(texts)))
            for setup in SETUPS
        }
    }
    named = stands_in([person.name.split(",")[0] for person in people], texts)
    peers["the name stands in the prompt"] = rows(asked, dict.fromkeys(POINTS, named))
    return {"rows": setups["passages"], "setups": setups, "peers": peers}


def ours(
    people: Sequence[Person], asked: Sequence[Case], setup: str, embedder: Embedder, judge: Judge
) -> Flags:
    """By the whole detector of each case's fold."""
    targets = [Target(name=person.name.split(",")[0], aliases=aliases(person.name),
                      exemplars=person.exemplars(setup)) for person in people]  # fmt: skip
    fold = {person.name: int(judge.fold[at]) for at, person in enumerate(people)}
    grey, sure = [False] * len(asked), [False] * len(asked)
    former: Detector | None = None
    for number, model in enumerate(judge.models):
        former = detector = Detector(targets, embedder, model=model, former=former)
        for at, case in enumerate(asked):
            if fold[case.person] == number:
                verdict = detector.judge(conversation(case.messages))
                grey[at], sure[at] = bool(verdict.flagged), bool(verdict.sure)
    return {"5pct": grey, "1pct": sure}


def _texts(asked: Sequence[Case]) -> Iterator[str]:
    """What of the cases is embedded: every reading of every message, and of a talk as a whole."""
    for case in asked:
        for text in (*case.messages, "\n".join(case.messages)):
            yield from (view.text for view in views(text))


def aliases(name: str) -> tuple[str, ...]:
    """The name in full, where it goes on after a comma."""
    return (name,) if "," in name else ()


def conversation(messages: Sequence[str]) -> list[dict[str, str]]:
    """The messages of a user, each answered with nothing."""
    talk: list[dict[str, str]] = []
    for message in messages:
        talk += [{"role": "user", "content": message}, {"role": "assistant", "content": "I see."}]
    return talk[:-1]


def at_quantiles(asked: Sequence[Case], scores: NDArray[np.float64]) -> Flags:
    """A gate with one number, at thresholds set on the plain neighbours of these very cases."""
    near = [c.row == "plain" and c.side == "neighbours" for c in asked]
    at = {p: np.quantile(scores[near], 1 - s) for p, s in zip(POINTS, (0.05, 0.01), strict=True)}
    return {point: (scores > threshold).tolist() for point, threshold in at.items()}


def stands_in(names: Sequence[str], texts: Sequence[str]) -> list[bool]:
    """Whether one of the names stands in a text, whatever the case."""
    folded = [name.casefold() for name in names]
    return [any(name in text.casefold() for name in folded) for text in texts]


def rows(asked: Sequence[Case], flags: Flags) -> dict[str, Any]:
    """What is flagged, by row, side and operating point, with counts and intervals."""
    places: dict[tuple[str, str], list[int]] = defaultdict(list)
    for at, case in enumerate(asked):
        places[case.row, case.side].append(at)
    found: dict[str, Any] = {}
    for (row, side), mine in places.items():
        found.setdefault(row, {})[side] = {
            point: share([flags[point][at] for at in mine]) for point in POINTS
        }
    return found


def show(figures: dict[str, Any]) -> None:
    """The figures as tables: flagged at 5 %, and at 1 %."""
    console = Console(width=150)
    exemplar, name = figures["peers"].values()
    columns = {
        "passages": figures["setups"]["passages"],
        "name alone": figures["setups"]["name"],
        "nearest exemplar": exemplar["passages"],
        "the name": name,
    }
    for side in SIDES:
        table = Table("row", "of", *columns, title=side)
        for row, cells in figures["rows"].items():
            if side in cells:
                of = str(cells[side]["5pct"]["of"])
                shown = (_cell(column[row][side]) for column in columns.values())
                table.add_row(row, of, *shown)
        console.print(table)


def _cell(cell: dict[str, Any]) -> str:
    return f"{cell['5pct']['share']:.3f} / {cell['1pct']['share']:.3f}"


if __name__ == "__main__":
    main()
