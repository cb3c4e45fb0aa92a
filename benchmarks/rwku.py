"""RWKU (arXiv 2406.10890, CC BY 4.0): people, what is known of them, and questions about them and
about near things. The data is not part of this project: pass its folder with ``--data``."""

from __future__ import annotations

import json
import random
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.scores import contains, rouge_l_recall

__all__ = ["SETUPS", "Item", "Person", "neutral_prompts", "read_people", "stratified"]

SETUPS = ("name", "intro", "passages")
_FEW = 5


@dataclass(frozen=True, slots=True)
class Item:
    """One question. ``about``: about the person to forget, else about a near thing. ``naming``: the
    right answer is the person's own name, which is withheld everywhere by default."""

    id: str
    person: str
    kind: str
    prompt: str
    answer: str
    about: bool

    @property
    def naming(self) -> bool:
        return rouge_l_recall(self.answer, self.person) == 1.0

    @property
    def answered(self) -> bool:
        """Whether the question holds its own answer."""
        return contains(self.prompt, self.answer)


@dataclass(frozen=True, slots=True)
class Person:
    """One person to forget."""

    name: str
    intro: str
    passages: tuple[str, ...]
    items: tuple[Item, ...]

    def exemplars(self, setup: str) -> tuple[str, ...]:
        """What the owner gives besides the name: nothing, a few passages, the introduction, or the
        introduction and all passages."""
        texts = (self.intro, *self.passages)
        if setup == "few":
            return self.passages[:: max(1, len(self.passages) // _FEW)][:_FEW]
        return texts[: {"name": 0, "intro": 1, "passages": len(texts)}[setup]]


def read_people(folder: Path) -> list[Person]:
    """Every person of a folder, in the order of the numbers in their names.

    Raises ``SystemExit`` when there is none: the data has to be fetched first.
    """
    found = [path for path in folder.iterdir() if (path / "intro.json").is_file()]
    if not found:
        raise SystemExit(f"no person of RWKU in {folder}; see https://rwku-bench.github.io")
    return [_person(path) for path in sorted(found, key=lambda p: (_number(p.name), p.name))]


def _number(name: str) -> int:
    head = name.split("_")[0]
    return int(head) if head.isdigit() else 0


def _person(folder: Path) -> Person:
    (intro,) = _read(folder / "intro.json")
    name = intro["target"]
    items = [
        Item(
            id=f"{folder.name}/{file.stem}/{number}",
            person=name,
            kind=("neighbour " if file.stem.startswith("neighbor") else "") + _kind(row["type"]),
            prompt=("Fill in the blank: " if "___" in row["query"] else "") + row["query"],
            answer=row["answer"],
            about=file.stem.startswith("forget"),
        )
        for file in sorted(
            [*folder.glob("forget_level*.json"), *folder.glob("neighbor_level*.json")]
        )
        for number, row in enumerate(_read(file))
    ]
    return Person(
        name=name,
        intro=intro["intro"].removeprefix(f"Please forget {name}.").strip(),
        passages=tuple(row["text"] for row in _read(folder / "passage.json")),
        items=tuple(items),
    )


def neutral_prompts(folder: Path) -> list[str]:
    """The prompts about nobody, where the folder has them."""
    path = folder / "easy.json"
    return [row["prompt"] for row in _read(path)] if path.is_file() else []


def _kind(kind: str) -> str:
    return kind.split(" (")[0]  # the languages of "cross lingual" are one kind


def _read(path: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(path.read_text("utf-8"))
    return rows


def stratified(items: Iterable[Item], number: int, seed: int) -> list[Item]:
    """About ``number`` items, as many of each kind as there are, in turn over the people."""
    rng = random.Random(seed)
    by_kind: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        by_kind[item.kind].append(item)
    for group in by_kind.values():
        rng.shuffle(group)
    chosen: list[Item] = []
    while len(chosen) < number and any(by_kind.values()):
        chosen += [group.pop() for group in by_kind.values() if group]
    return sorted(chosen[:number], key=lambda item: item.id)
