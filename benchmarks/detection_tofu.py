"""Detection on TOFU (arXiv 2401.06121): paraphrased questions about authors to forget, against
questions about other invented authors, real authors, and the world."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.metrics import roc_auc_score

from benchmarks.rwku import Item, Person
from guardrail.detection.detector import Detector
from guardrail.detection.verdict import Level, Verdict
from guardrail.targets import Target
from memory.embedding import Embedder

__all__ = ["forget_targets", "measure_tofu", "tofu_people"]

_BY_AUTHOR = 20
_NAME = re.compile(r"[A-Z][\w'’-]+(?: [A-Z][\w'’-]+)+")


def forget_targets(folder: Path) -> list[Target]:
    """The authors to forget, each with its questions and answers; the name is what most of them
    have in common."""
    rows = _read(folder / "forget10.json")
    groups = [rows[start : start + _BY_AUTHOR] for start in range(0, len(rows), _BY_AUTHOR)]
    targets = []
    for number, group in enumerate(groups):
        texts = [f"{row['prompt']} {row['response']}" for row in group]
        names = Counter(name for text in texts for name in set(_NAME.findall(text)))
        name = names.most_common(1)[0][0]
        targets.append(Target(name=name, id=f"author-{number}", exemplars=tuple(texts)))
    return targets


def measure_tofu(folder: Path, embedder: Embedder) -> dict[str, Any]:
    """The shipped detector as it is: none of its training was on TOFU."""
    detector = Detector(forget_targets(folder), embedder)
    about = [row["paraphrased_question"] for row in _read(folder / "forget10_perturbed.json")]
    near = [row["question"] for row in _read(folder / "retain_perturbed.json")]
    far = [
        row["question"]
        for name in ("real_authors", "world_facts")
        for row in _read(folder / f"{name}_perturbed.json")
    ]
    flagged, kept, easy = (detector.judge_texts(texts) for texts in (about, near, far))
    scores = [_score(v) for v in (*flagged, *kept)]
    return {
        "scored": "by the shipped detector",
        "targets": len(detector.references),
        "auroc_neighbours": round(
            float(roc_auc_score([1] * len(about) + [0] * len(near), scores)), 4
        ),
        "tpr_at_5pct": _share(flagged, Level.GREY),
        "tpr_at_1pct": _share(flagged, Level.SURE),
        "fpr_at_5pct": _share(kept, Level.GREY),
        "fpr_at_1pct": _share(kept, Level.SURE),
        "easy_fpr": _share(easy, Level.GREY),
        "easy": len(far),
    }


def tofu_people(folder: Path) -> list[Person]:
    """The same authors for the gates of others, which learn by folds: each with its paraphrased
    questions and an even share of those about the authors that stay."""
    targets = forget_targets(folder)
    asked = _read(folder / "forget10_perturbed.json")
    near = _read(folder / "retain_perturbed.json")
    people = []
    for number, target in enumerate(targets):
        own = asked[number * _BY_AUTHOR : (number + 1) * _BY_AUTHOR]
        questions = [(row["paraphrased_question"], row["answer"], True) for row in own]
        questions += [
            (row["question"], row["answer"], False) for row in near[number :: len(targets)]
        ]
        items = tuple(
            Item(f"{target.id}/{at}", target.name, "about" if about else "near", asks, says, about)
            for at, (asks, says, about) in enumerate(questions)
        )
        intro, *passages = target.exemplars
        people.append(Person(target.name, intro, tuple(passages), items))
    return people


def _score(verdict: Verdict) -> float:
    return verdict.scores[0].score if verdict.scores else 0.0


def _share(verdicts: list[Verdict], level: Level) -> float:
    flagged = [v.level is Level.SURE or v.level is level for v in verdicts]
    return round(float(np.mean(flagged)), 4)


def _read(path: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(path.read_text("utf-8"))
    return rows
