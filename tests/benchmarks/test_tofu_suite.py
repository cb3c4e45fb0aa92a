"""The TOFU suite: its rows, its headline, and what is no evidence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from benchmarks.answers import Answers
from benchmarks.forgetting_tofu import headline
from benchmarks.tofu import AUTHOR, SPLITS, Question
from benchmarks.tofu_figures import side_figures
from benchmarks.tofu_runs import RETAIN, UNGUARDED, Runs, part
from benchmarks.tofu_show import reply_cells, show
from benchmarks.tofu_sides import Losses, Plain

REST = ("retain", "real_authors", "world_facts")


def question(split: str, number: int) -> Question:
    words = f"{split} fact {number}"
    return Question(split, number, f"{words}?", f"{words}, say?", f"{words} it is", words, ("no",))


DATA = {split: [question(split, AUTHOR * n) for n in range(6)] for split in SPLITS}


class Told(Plain):
    """A side that answers the questions named right and gives each the same losses."""

    def __init__(self, name: str, right: set[str], loss: float = 1.0, **kept: Any) -> None:
        super().__init__(name, loaded=None, **kept)  # type: ignore[arg-type]
        self.right, self.loss = right, loss

    def replies(self, texts: list[str]) -> list[str]:
        known = {t: q.answer for qs in DATA.values() for q in qs for t in (q.question, q.asked)}
        return [known[text] if text in self.right else "I do not know" for text in texts]

    def losses(self, questions: list[Question]) -> list[Losses]:
        return [[self.loss + one.number / 1000, 2.0, 3.0, 0.5] for one in questions]


KNOWN = {one.question for split in ("forget", "retain") for one in DATA[split]}


@pytest.fixture
def runs(tmp_path: Path) -> Runs:
    """The unguarded model knows what is to be forgotten as it was asked, and not in other words."""
    made = Runs(DATA, Answers(tmp_path / "lines.jsonl", {}), seed=0)
    made.add(Told(RETAIN, set(), loss=3.0), only=("forget",))
    made.add(Told(UNGUARDED, KNOWN))
    kept = KNOWN - {one.question for one in DATA["forget"][2:]}
    made.add(Told("steer", kept, loss=2.0, ours=True))
    made.add(Told("decline", KNOWN - {q.question for q in DATA["forget"]}, scores=False, ours=True))
    made.add(Told("a slow peer", KNOWN, scores=False, share=0.5))
    return made


def figures(runs: Runs) -> dict[str, Any]:
    sides = {name: side_figures(runs, name) for name in runs.sides}
    return {"seed": 0, "sides": sides}


def test_every_share_and_mean_has_its_count_and_interval(runs: Runs) -> None:
    sides = figures(runs)["sides"]
    row = sides["steer"]["all"]["questions"]
    assert row["rouge_l"]["mean"] == pytest.approx(2 / 6, abs=1e-4)
    assert row["unguarded_right"]["hits"] == row["unguarded_right"]["of"] == 6

    def check(found: Any) -> None:
        if isinstance(found, dict):
            if {"mean", "median", "share"} & set(found):
                assert found["of"] > 0
                low, high = found["interval"]
                assert low <= found.get("mean", found.get("median", found.get("share"))) <= high
            for inner in found.values():
                check(inner)

    check(sides)
    assert sides["steer"]["odd"]["questions"]["rouge_l"]["of"] == 3


def test_what_the_unguarded_model_does_not_know_is_no_evidence(
    runs: Runs, capsys: pytest.CaptureFixture[str]
) -> None:
    steer = figures(runs)["sides"]["steer"]
    assert steer["all"]["questions"]["evidence"]
    assert steer["rest"]["retain"]["evidence"]
    for row in (steer["all"]["paraphrased"], steer["rest"]["world_facts"]):
        assert not row["evidence"]
        assert reply_cells(row)[2].startswith("no evidence (0.000")
    show(figures(runs))
    printed = capsys.readouterr().out
    assert "unguarded right" in printed
    assert "no evidence" in printed


def test_a_share_of_the_questions_is_asked_of_a_slow_peer(runs: Runs) -> None:
    """The same ones again, drawn from all authors; and it gets no utility."""
    asked = [one.number for one in runs.asked["a slow peer"]["forget"]]
    assert len(asked) == 3
    assert asked == sorted(asked)
    assert part(DATA["forget"], 0.5, 0) == list(runs.asked["a slow peer"]["forget"])
    found = figures(runs)["sides"]["a slow peer"]
    assert found["all"]["questions"]["rouge_l"]["of"] == 3
    assert "utility" not in found
    assert "probability" not in found["all"]


def test_our_figures_stand_at_the_top_and_every_other_side_among_the_peers(runs: Runs) -> None:
    found = headline(figures(runs), runs)
    plain = {key: value for key, value in found.items() if isinstance(value, float)}
    assert plain["forget_rouge_l"] == pytest.approx(2 / 6, abs=1e-4)
    assert plain["retain_model_rouge_l"] == 0
    assert plain["gap_to_retain"] == pytest.approx(2 / 6, abs=1e-4)
    assert {
        "forget_rouge_l_paraphrased",
        "retain_model_rouge_l_paraphrased",
        "gap_to_retain_paraphrased",
        "utility",
        "utility_unguarded",
        "utility_change",
        "forget_quality",
        "truth_ratio",
        "probability",
        "extraction_strength",
        "decline_forget_rouge_l",
        "decline_forget_rouge_l_paraphrased",
        "decline_utility",
    } <= set(plain)
    assert set(found["peers"]) == {RETAIN, UNGUARDED, "a slow peer"}
    low, high = found["differences"]["gap_to_retain"]["interval"]
    assert low < plain["gap_to_retain"] < high
    assert found["evidence"] == {
        "forget_questions": True,
        "forget_paraphrased": False,
        "retain": True,
        "real_authors": False,
        "world_facts": False,
    }


def test_utility_changes_by_what_a_side_gives_away_of_the_rest(runs: Runs) -> None:
    """On the same draws: a side that leaves the rest as it is changes nothing, in no draw."""
    runs.add(Told("same", KNOWN))
    runs.add(Told("worse", set()))
    same, worse = (side_figures(runs, name)["utility"] for name in ("same", "worse"))
    assert same == side_figures(runs, UNGUARDED)["utility"]
    assert worse["mean"] == 0, "a mean of nothing right anywhere is zero"
    assert set(same["parts"]) == {
        f"{split}_{name}" for split in REST for name in ("probability", "rouge_l", "truth_ratio")
    }
