"""TOFU's figures by their definitions, and what the suite reads."""

from __future__ import annotations

import json
import math
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from benchmarks import tofu
from benchmarks.tofu_scores import (
    Scored,
    extraction_strength,
    forget_quality,
    rouge,
    truth_ratio,
    utility,
)
from guardrail.targets import Policy


@given(st.lists(st.booleans(), min_size=1, max_size=12))
def test_extraction_strength_by_its_definition(right: list[bool]) -> None:
    """One less the share of the answer that must be given before the rest comes by itself."""
    needed = next((k for k in range(len(right)) if all(right[k:])), len(right) - 1)
    assert math.isclose(extraction_strength(right), 1 - needed / len(right))


def test_probabilities_and_the_truth_ratio() -> None:
    scored = Scored(
        answer=math.log(2), restated=math.log(4), wrong=(math.log(4), math.log(16)), strength=1
    )
    assert math.isclose(scored.probability, 0.5)
    assert math.isclose(scored.among_options, 0.5 / (0.5 + 0.25 + 1 / 16), rel_tol=1e-6)
    assert math.isclose(truth_ratio([scored])[0], (1 / 8) / (1 / 4), rel_tol=1e-6)


def test_forget_quality_tells_the_same_from_what_differs() -> None:
    never = [Scored(1, 1, (1 + i / 50,), 0) for i in range(50)]
    knows = [Scored(1, 1, (4 + i / 50,), 0) for i in range(50)]
    assert forget_quality(never, never) == 1
    assert forget_quality(knows, never) < 1e-10


def test_rouge_is_the_share_of_the_answer_in_its_order() -> None:
    assert rouge("She writes novels", "she was writing a novel") == 1
    assert rouge("one two three four", "four two three") == 0.5
    assert rouge("", "anything") == 0


def test_utility_is_a_harmonic_mean() -> None:
    assert math.isclose(utility([0.5, 1.0]), 2 / 3)
    assert utility([0.5, 0.0]) == 0


def test_an_author_is_a_target_with_its_own_pairs(tmp_path: Path) -> None:
    rows = [
        {
            "question": f"What is book {n} of Ada Example?",
            "answer": f"Book {n} of Ada Example is Title {n}.",
            "paraphrased_question": "?",
            "paraphrased_answer": "!",
            "perturbed_answer": ["-"],
        }
        for n in range(tofu.AUTHOR)
    ]
    (tmp_path / "forget10_perturbed.json").write_text(json.dumps(rows))
    questions = tofu.read(tmp_path, "forget")
    (target,) = tofu.targets(questions, Policy.STEER)
    assert target.name == "Ada Example"
    assert len(target.exemplars) == tofu.AUTHOR
    assert not any("!" in text for text in target.exemplars)
    assert [one.number for one in tofu.sample(questions, 5)] == [0, 4, 8, 12, 16]
