"""The tables of forgetting, of figures that the benchmark makes in small."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from benchmarks import forgetting_parts
from benchmarks.answers import Answers
from benchmarks.decoding import Decoder
from benchmarks.forgetting_rwku import one_book
from benchmarks.forgetting_samples import leaks_at
from benchmarks.forgetting_sides import Asked
from benchmarks.forgetting_speed import speed
from benchmarks.rwku import Item
from benchmarks.tables import TABLES
from guardrail import ForgetSet, Guard
from memory import Embedder


def asked(about: bool, number: int, answer: str = "") -> Asked:
    prompt = f"Question {number}, {'about' if about else 'near'}?"
    item = Item(prompt, "Ilse Maran", "cloze", prompt, answer or f"Plum {number}", about)
    return Asked(item, open=True)


def cells(table: str) -> list[list[str]]:
    """The rows below the head."""
    return [line[2:-2].split(" | ") for line in table.splitlines()[2:]]


def test_every_part_of_the_guard_has_its_row() -> None:
    """By the names that the suite gives them, with what one book of it counts."""
    about = [asked(True, number) for number in range(4)]
    near = [asked(False, number) for number in range(3)]
    named = [asked(False, 9, "Maran")]
    sample = [*about, *near, *named]
    said = {one: one.item.answer for one in sample}
    after = {**said, about[0]: "No.", near[0]: "No."}
    source = Path(forgetting_parts.__file__).read_text(encoding="utf-8")
    sides = re.findall(r'\bside\(\s*"([^"]+)"', source)
    figures = {"parts": {f"parts: {side}": one_book(sample, said, after) for side in sides}}
    rows = cells(TABLES["forgetting-parts"][1](figures))
    assert len(rows) == len(sides) == 9
    assert len({tuple(row) for row in rows}) == 9, "two parts have the same words"
    for row in rows:
        assert row[1:] == ["3 of 4 (30 to 95 %)", "2 of 3", "1 of 1"]


class Sampling:
    """A decoder that gives the answer to the first question in half of its replies."""

    def replies(self, messages: list[Any], **_: Any) -> list[list[int]]:
        first = "Question 0" in messages[0][-1]["content"]
        return [[int(first and number % 2 == 0)] for number in range(64)]

    def text(self, ids: list[int]) -> str:
        return "It is Plum 0." if ids == [1] else "No."


def test_sampled_leaks_have_their_interval(tmp_path: Path) -> None:
    decoder: Any = Sampling()
    few = [asked(True, 0), asked(True, 1)]
    found = leaks_at(Answers(tmp_path / "lines.jsonl", {}), decoder, [], few, 0)
    figures = {"leak_at": found | {"ours, passages": found["no guard"]}}
    rows = cells(TABLES["forgetting-sampled"][1](figures))
    assert [row[0] for row in rows] == ["no guard", "**ours, introduction and passages**"]
    assert rows[0][1:3] == ["2", ".250 (0 to .500)"]
    assert rows[0][4] == ".500 (0 to 1)"


def test_speed_stands_for_each_side_that_was_timed(tiny: Any, embedder: Embedder) -> None:
    guard = Guard(
        ForgetSet(), tokenizer=tiny.tokenizer, vocab_size=tiny.vocab_size, embedder=embedder
    )
    found = speed(Decoder(tiny, 4), guard, [asked(False, 1)])
    rows = cells(TABLES["forgetting-speed"][1]({"speed": found}))
    assert len(rows) == len(found) == 3
    for row, timed in zip(rows, found.values(), strict=True):
        assert row[1:] == [f"{timed['tokens_per_s']:.1f}", f"{timed['first_text_ms']:,.0f}"]
