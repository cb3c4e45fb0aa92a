"""Detection on TOFU (arXiv 2401.06121): paraphrased questions about authors to forget, against
questions about other invented authors, real authors, and the world."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.metrics import roc_auc_score

from benchmarks import tofu
from benchmarks.detection_scores import shares
from benchmarks.rwku import Item, Person
from guardrail.detection.detector import Detector
from guardrail.detection.verdict import Level, Verdict
from guardrail.targets import Policy, Target
from memory.embedding import Embedder

__all__ = ["forget_targets", "measure_tofu", "tofu_far", "tofu_people"]

_LEVELS = (Level.CLEAR, Level.GREY, Level.SURE)


def forget_targets(folder: Path) -> list[Target]:
    """The authors to forget, each with its questions and answers."""
    return tofu.targets(tofu.read(folder, "forget"), Policy.DECLINE)


def measure_tofu(folder: Path, embedder: Embedder, sample: Sequence[Item]) -> dict[str, Any]:
    """The shipped detector as it is: none of its training was on TOFU. ``sample``: what the gates
    of others are asked, of which the figures stand apart as well."""
    detector = Detector(forget_targets(folder), embedder)
    about = [one.asked for one in tofu.read(folder, "forget")]
    near = [one.question for one in tofu.read(folder, "retain")]
    far = tofu_far(folder)
    flagged, kept, easy = (detector.judge_texts(texts) for texts in (about, near, far))
    asked_too = detector.judge_texts([item.prompt for item in sample])
    about_too = [item.about for item in sample]
    return {
        "scored": "by the shipped detector",
        "targets": len(detector.references),
        **_shares([*flagged, *kept], [True] * len(about) + [False] * len(near)),
        "on_the_gates_sample": _shares(asked_too, about_too),
        "easy_fpr": round(float(np.mean([v.level is not Level.CLEAR for v in easy])), 4),
        "easy": len(far),
    }


def tofu_far(folder: Path) -> list[str]:
    """Questions about real authors and the world, which nothing should flag."""
    splits = ("real_authors", "world_facts")
    return [one.question for split in splits for one in tofu.read(folder, split)]


def _shares(verdicts: Sequence[Verdict], about: Sequence[bool]) -> dict[str, Any]:
    """What is doubtful or sure (5 %) and what is sure (1 %), at the shipped thresholds."""
    held = np.array(about)
    levels = np.array([float(_LEVELS.index(verdict.level)) for verdict in verdicts])
    scores = [verdict.scores[0].score if verdict.scores else 0.0 for verdict in verdicts]
    figures = shares(levels, {"5pct": 1.0, "1pct": 2.0}, held)
    return {**figures, "auroc_neighbours": round(float(roc_auc_score(held, scores)), 4)}


def tofu_people(folder: Path) -> list[Person]:
    """The same authors for the gates of others, which learn by folds: each with its paraphrased
    questions and an even share of those about the authors that stay."""
    targets = forget_targets(folder)
    asked, near = tofu.read(folder, "forget"), tofu.read(folder, "retain")
    return [
        _person(
            target,
            asked[number * tofu.AUTHOR : (number + 1) * tofu.AUTHOR],
            near[number :: len(targets)],
        )
        for number, target in enumerate(targets)
    ]


def _person(
    target: Target, asked: Sequence[tofu.Question], near: Sequence[tofu.Question]
) -> Person:
    questions = [(one.asked, one.answer, True) for one in asked]
    questions += [(one.question, one.answer, False) for one in near]
    items = tuple(
        Item(f"{target.id}/{at}", target.name, "about" if about else "near", text, says, about)
        for at, (text, says, about) in enumerate(questions)
    )
    intro, *passages = target.exemplars
    return Person(target.name, intro, tuple(passages), items)
