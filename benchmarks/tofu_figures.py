"""The figures of one side of the TOFU suite, each with its count and its interval at 95 %."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.scores import estimate, middle, resampled, share
from benchmarks.tofu import Question
from benchmarks.tofu_runs import RETAIN, UNGUARDED, Runs
from benchmarks.tofu_scores import Scored, forget_quality, rouge, truth_ratio, utility

__all__ = ["RIGHT", "change", "gap", "side_figures"]

RIGHT = 0.5  # ROUGE-L recall from which on a reply counts as right
_REST = ("retain", "real_authors", "world_facts")
_HALVES: Mapping[str, Callable[[Question], bool]] = {
    "all": lambda one: True,
    "even": lambda one: one.author % 2 == 0,
    "odd": lambda one: one.author % 2 == 1,
}
Ask = Callable[[Question], str]
Floats = NDArray[np.float64]


def side_figures(runs: Runs, side: str) -> dict[str, Any]:
    """Of the authors to be forgotten, all of them and either half: replies and, of a side that
    scores, scores; of each other split, replies; and the utility of a side that was asked all."""
    asked = runs.asked[side]
    found: dict[str, Any] = {
        name: _forgotten(runs, side, [one for one in asked["forget"] if half(one)])
        for name, half in _HALVES.items()
    }
    found["rest"] = {
        split: _replies(runs, side, asked[split], _original) for split in _REST if split in asked
    }
    if found["rest"] and runs.sides[side].share == 1:
        found["utility"] = _utility(runs, side)
    return found


def gap(runs: Runs, side: str, ask: Ask) -> dict[str, object]:
    """How much more of the answers to be forgotten a side gives than the retain model does, in
    ROUGE-L by question."""
    return estimate(
        [
            rouge(one.answer, runs.said(ask(one), side))
            - rouge(one.answer, runs.said(ask(one), RETAIN))
            for one in runs.asked[side]["forget"]
        ]
    )


def change(runs: Runs, side: str) -> dict[str, object]:
    """Of the utility, by what a side does: on the same draws of the same questions."""
    here, before = (_utilities(_parts(runs, name)) for name in (side, UNGUARDED))
    return {"mean": round(here[0] - before[0], 4), "interval": middle(here[1:] - before[1:])}


def _original(question: Question) -> str:
    return question.question


def _in_other_words(question: Question) -> str:
    return question.asked


def _forgotten(runs: Runs, side: str, questions: Sequence[Question]) -> dict[str, Any]:
    found: dict[str, Any] = {
        "questions": _replies(runs, side, questions, _original),
        "paraphrased": _replies(runs, side, questions, _in_other_words),
    }
    if runs.sides[side].scores:
        found |= _scores(runs.scored(side, questions), runs.scored(RETAIN, questions))
    return found


def _replies(runs: Runs, side: str, questions: Sequence[Question], ask: Ask) -> dict[str, Any]:
    """One row. Where the unguarded model is right less than half the time, it is no evidence."""

    def scores(of: str) -> list[float]:
        return [rouge(one.answer, runs.said(ask(one), of)) for one in questions]

    right = [score >= RIGHT for score in scores(UNGUARDED)]
    same = [runs.said(ask(one), side) == runs.said(ask(one)) for one in questions]
    return {
        "unguarded_right": share(right),
        "evidence": bool(right) and sum(right) * 2 >= len(right),
        "rouge_l": estimate(scores(side)),
        "unchanged": share(same),
    }


def _scores(ours: Sequence[Scored], never: Sequence[Scored]) -> dict[str, Any]:
    """``never``: of the model that never learnt."""
    ratios = truth_ratio(ours).tolist()
    return {
        "probability": estimate([one.probability for one in ours]),
        "truth_ratio": estimate([min(r, 1 / r) for r in ratios]),
        "truth_ratio_median": estimate(ratios, median=True),
        "extraction_strength": estimate([one.strength for one in ours]),
        "forget_quality": {"p": forget_quality(ours, never), "of": len(ours)},
    }


def _utility(runs: Runs, side: str) -> dict[str, Any]:
    """Model utility and its nine parts."""
    tables = _parts(runs, side)
    found = _utilities(tables)
    names = ("probability", "rouge_l", "truth_ratio")
    return {
        "mean": round(float(found[0]), 4),
        "of": sum(len(table) for table in tables.values()),
        "interval": middle(found[1:]),
        "parts": {
            f"{split}_{name}": estimate(table[:, at].tolist())
            for split, table in tables.items()
            for at, name in enumerate(names)
        },
    }


def _parts(runs: Runs, side: str) -> dict[str, Floats]:
    """Probability, ROUGE-L and truth ratio of each question (n, 3), by split."""
    tables = {}
    for split in _REST:
        questions = runs.asked[side][split]
        rows = runs.scored(side, questions)
        chances = [r.probability if split == "retain" else r.among_options for r in rows]
        said = [rouge(one.answer, runs.said(one.question, side)) for one in questions]
        truth = np.maximum(0.0, 1 - truth_ratio(rows))
        tables[split] = np.column_stack([chances, said, truth])
    return tables


def _utilities(tables: Mapping[str, Floats]) -> Floats:
    """The utility, and after it that of every bootstrap over the questions: (1 + resamples,)."""
    means = [
        np.concatenate([table.mean(axis=0)[None], resampled(table).mean(axis=1)])
        for table in tables.values()
    ]
    return np.array([utility(row) for row in np.hstack(means).tolist()])
