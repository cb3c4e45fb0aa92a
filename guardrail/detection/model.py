"""The shipped detector: trees and operating points, trained on RWKU people (``detector.json``).

``benchmarks.train_detector`` made it; the file holds the figures of its own training. RWKU is by
Jin et al. (arXiv 2406.10890), CC BY 4.0; none of its text is in the file.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from importlib import resources
from typing import Any

from guardrail.detection.trees import Trees

__all__ = ["DetectorModel", "Thresholds", "digest", "seen", "shipped"]


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Scores from which a prompt is grey, or surely about a target."""

    grey: float
    sure: float


@dataclass(frozen=True, slots=True)
class DetectorModel:
    """Two ensembles and their operating points: for a prompt, and for a question with the draft of
    an answer. As shipped, 1 in 100 prompts about a target's near neighbours is sure, 5 grey."""

    prompt: Trees
    answer: Trees
    prompt_at: Thresholds
    answer_at: Thresholds

    @classmethod
    def from_json(cls, made: Mapping[str, Any]) -> DetectorModel:
        """From what the training script wrote."""
        return cls(
            prompt=Trees.from_json(made["prompt"]),
            answer=Trees.from_json(made["answer"]),
            prompt_at=Thresholds(**made["prompt_at"]),
            answer_at=Thresholds(**made["answer_at"]),
        )


@cache
def shipped() -> DetectorModel:
    """The detector of this package."""
    return DetectorModel.from_json(_file())


@cache
def _file() -> dict[str, Any]:
    text = resources.files("guardrail.detection").joinpath("detector.json").read_text("utf-8")
    made: dict[str, Any] = json.loads(text)
    return made


def seen(name: str) -> bool:
    """Whether the shipped detector was trained on the person of this name."""
    return digest(name) in _file()["training"]["digests"]


def digest(name: str) -> str:
    """What stands for a person's name in the file."""
    return blake2b(name.casefold().encode(), digest_size=8).hexdigest()
