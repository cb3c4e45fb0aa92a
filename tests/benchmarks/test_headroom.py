"""The study of what a learnt ranker could gain: it learns from other conversations only."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np

from benchmarks.recall_data import Question, Talk
from benchmarks.recall_headroom import Asked, candidates, judged, learnt, logistic, measured
from benchmarks.tables import TABLES
from memory import NewTurn
from tests.memory.conftest import HashEmbedder


def talk(name: str) -> Talk:
    """Each question's words stand in a question, and the answer in the turn after it."""
    things = [f"{name}{number}" for number in range(30)]
    said = [text for t in things for text in (f"Where is the {t}?", "On the table.", "Good.")]
    when = datetime(2025, 1, 1, tzinfo=UTC)
    turns = tuple(NewTurn(role="user", text=f"{t} {i}", time=when) for i, t in enumerate(said))
    asked = [
        Question(f"Where is {t}?", "single-hop", frozenset({3 * i + 1}))
        for i, t in enumerate(things)
    ]
    return Talk(name, turns, (*asked, Question("No?", "unanswerable", frozenset({0}))))


def test_a_ranker_learns_what_our_order_does_not_see() -> None:
    asked = [each for n in "abc" for each in candidates(talk(n), HashEmbedder(), 20)]
    assert len(asked) == 90
    assert all(len(each.turns) <= 20 == len(set(each.turns.tolist())) for each in asked)
    ours = np.concatenate([-np.arange(len(each.turns), dtype=float) for each in asked])
    rows = [judged(asked, v, 0)["nDCG@10"] for v in (ours, learnt(asked, lambda: logistic(0)))]
    assert rows[0] < 0.8 < 0.9 < rows[1]


def test_no_conversation_is_learnt_from_to_rank_itself() -> None:
    fitted: list[set[float]] = []

    class Model:
        """Notes which conversations it was shown, by the number in their features."""

        def fit(self, features: Any, wanted: Any) -> Model:
            fitted.append(set(features[:, 0].tolist()))
            return self

        def predict_proba(self, features: Any) -> Any:
            assert not fitted[-1] & set(features[:, 0].tolist())
            return np.stack([1 - features[:, 0], features[:, 0]], axis=1)

    question = Question("?", "temporal", frozenset({1}))
    asked = [
        Asked(question, name, np.arange(3), np.full((3, 1), number), np.arange(3) == 1)
        for name, number in (("a", 1.0), ("b", 2.0), ("a", 1.0), ("c", 3.0))
    ]
    assert learnt(asked, Model).tolist() == [1.0] * 3 + [2.0] * 3 + [1.0] * 3 + [3.0] * 3
    assert fitted == [{2.0, 3.0}, {1.0, 3.0}, {1.0, 2.0}]


def test_the_table_has_every_ranker() -> None:
    talks = [
        replace(each, questions=tuple(replace(q, category="multi-hop") for q in each.questions[:8]))
        for each in map(talk, "ab")
    ]
    found = measured(talks, HashEmbedder(), 20, 0)
    rows = TABLES["recall-headroom"][1](found).splitlines()
    assert rows[0].startswith("| ranker of the first 20 |")
    assert len(rows) - 2 == len(found["rows"])
    assert " 1 (1 to 1) |" in rows[-1], "all evidence first finds all"
    ours = found["rows"]["our order"]
    assert f"{ours['nDCG@10']:.3f}".lstrip("0") in rows[2]
