"""Extraction and trying a target out: what typifies it is proposed, what is everybody's is not."""

from __future__ import annotations

from guardrail import Guard, Target
from guardrail.detection import Level
from guardrail.extraction import extract, neutral_prompts
from memory import Embedder

ADA = Target(
    name="Ada Example",
    exemplars=(
        "Ada Example was born on 7 May 1931 in Farby Point. She kept the lighthouse for 42 years.",
        "Her book “Salt and Lamp Oil” sold 12,500 copies. The Farby Point museum holds it.",
        "In Farby Point she married Tom Sample. What she said of it is not known.",
    ),
)


def test_what_typifies_it_is_proposed() -> None:
    found = {candidate.text: candidate for candidate in extract(ADA)}
    assert found["Farby Point"].texts == 3
    assert {"7 May 1931", "12,500", "Salt and Lamp Oil", "Tom Sample"} <= set(found)
    assert found["7 May 1931"].kind == "date"


def test_what_says_nothing_is_not() -> None:
    found = {candidate.text for candidate in extract(ADA)}
    for nothing in ("Ada Example", "Ada", "She", "Her", "In", "The", "What", "42 years"):
        assert nothing not in found


def test_without_exemplars_there_is_nothing() -> None:
    assert extract(Target(name="Ada Example")) == []


def test_a_target_is_tried_before_it_is_in_force(embedder: Embedder) -> None:
    guard = Guard(embedder=embedder)
    verdicts = guard.dry_run(ADA)
    assert len(verdicts) == len(neutral_prompts())
    assert all(verdict.level is not Level.SURE for verdict in verdicts)
    asked = guard.dry_run(ADA, ["Who was Ada Example?", "Who painted the Mona Lisa?"])
    assert [verdict.level for verdict in asked] == [Level.SURE, Level.CLEAR]
    assert len(guard.forget_set) == 0


def test_a_broad_target_is_shown_to_be_one(embedder: Embedder) -> None:
    """A dry run that never warned would be no dry run."""
    verdicts = Guard(embedder=embedder).dry_run(Target(name="France"))
    assert any(verdict.level is Level.SURE for verdict in verdicts)
