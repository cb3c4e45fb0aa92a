"""TOFU's figures by their definitions, and what the suite reads."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import tofu
from benchmarks.detection_tofu import tofu_far, tofu_people
from benchmarks.scores import estimate, middle, resampled
from benchmarks.tofu_scores import (
    Scored,
    extraction_strength,
    forget_quality,
    rouge,
    truth_ratio,
    utility,
)
from benchmarks.tofu_sides import read_losses
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


def test_what_a_model_gives_by_hand() -> None:
    """Worked out on paper from the definitions of OpenUnlearning: an answer of two tokens at 1/2
    and 1/4 and its end at 1/8, the last not the likeliest; the end counts in the loss and not in
    the strength. A wrong answer at 1/4 and its end at 1/4; the restated one at 1/16 and 1/4."""
    end = 0
    answers = [[1, 2, end], [3, end], [1, end]]
    chances = torch.full((3, 3, 5), 1e-9)
    chances[0, 0] = torch.tensor([0.125, 0.5, 0.125, 0.125, 0.125])
    chances[0, 1] = torch.tensor([0.125, 0.125, 0.25, 0.375, 0.125])
    chances[0, 2] = torch.tensor([0.125, 0.5, 0.125, 0.125, 0.125])
    chances[1, :2, 3], chances[1, 1, end], chances[1, 0, 4] = 1 / 16, 1 / 4, 15 / 16
    chances[1, 1, 4] = 11 / 16
    chances[2, :2, 1], chances[2, 1, end], chances[2, 0, 4] = 1 / 4, 1 / 4, 3 / 4
    chances[2, 1, 4] = 1 / 2
    given = read_losses(chances.log(), answers)
    log2 = [-loss / math.log(2) for loss in given[:3]]
    assert log2 == pytest.approx([-(1 + 2 + 3) / 3, -(4 + 2) / 2, -(2 + 2) / 2], abs=1e-5)
    assert given[3] == pytest.approx(1 - 1 / 2)  # the least that the definition gives two tokens
    scored = Scored(given[0], given[1], (given[2],), given[3])
    assert scored.probability == pytest.approx(1 / 4, abs=1e-6)
    assert truth_ratio([scored])[0] == pytest.approx((1 / 4) / (1 / 8), rel=1e-5)


def test_forget_quality_of_a_few_by_hand() -> None:
    """Three truth ratios all below three others: of the 20 orders of six, two are as far apart."""
    few = [Scored(1, 1, (1 + i / 9,), 0) for i in range(3)]
    others = [Scored(1, 1, (4 + i / 9,), 0) for i in range(3)]
    assert forget_quality(few, others) == pytest.approx(0.1)


def test_intervals_come_from_the_same_draws_for_every_side() -> None:
    """So that a difference of two sides on the same questions has the interval of pairs."""
    values = np.random.default_rng(3).normal(size=80)
    assert np.array_equal(resampled(values + 1), resampled(values) + 1)
    found: dict[str, Any] = estimate(values.tolist())
    low, high = found["interval"]
    spread = 1.96 * values.std() / math.sqrt(len(values))
    assert found["mean"] == pytest.approx(values.mean(), abs=1e-4)
    assert found["of"] == 80
    assert (low, high) == pytest.approx((values.mean() - spread, values.mean() + spread), abs=0.03)
    assert middle(np.arange(101.0)) == (2.5, 97.5)
    assert estimate([1.0, 2.0, 9.0], median=True)["median"] == 2
    assert estimate([]) == {"mean": None, "of": 0, "interval": None}


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


def test_the_gates_of_others_are_asked_of_the_same_authors(tmp_path: Path) -> None:
    """Under the names that ours has; each with its paraphrases and its share of the others."""
    names = ("Ada Example", "Takashi Example")
    rows = {
        "forget10": [
            {
                "question": f"What is {name}'s book {n}?",
                "answer": f"{name} wrote it.",
                "paraphrased_question": f"Which is {n}?",
                "perturbed_answer": ["-"],
            }
            for name in names
            for n in range(tofu.AUTHOR)
        ],
        "retain": [{"question": f"near {n}", "answer": "", "perturbed_answer": []} for n in "abcd"],
        "real_authors": [{"question": "far", "answer": "", "perturbed_answer": []}],
        "world_facts": [{"question": "away", "answer": "", "perturbed_answer": []}],
    }
    for split, kept in rows.items():
        (tmp_path / f"{split}_perturbed.json").write_text(json.dumps(kept))
    people = tofu_people(tmp_path)
    assert [person.name for person in people] == ["Ada Example", "Takashi Example"]
    about = [item.prompt for item in people[0].items if item.about]
    assert about == [f"Which is {n}?" for n in range(tofu.AUTHOR)]
    near = [[item.prompt for item in person.items if not item.about] for person in people]
    assert near == [["near a", "near c"], ["near b", "near d"]]
    assert tofu_far(tmp_path) == ["far", "away"]
