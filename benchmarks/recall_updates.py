"""Made-up users who say what is so, and later that some of it changed.

    python -m benchmarks.recall_updates --part fresh --json updates.json

Fifty users with ten updates each, and forty facts each that stay: ten like those that change, and
thirty of their friends, their past and their things, made to look like updates. The
sentences are ours, and no rule was tuned on those of other parts than ``tuning``; a seed picks
values and order.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.recall_data import Question, Talk
from benchmarks.recall_scores import stale_first
from benchmarks.recall_sides import SIDES, Ours
from benchmarks.recall_updates_words import CHANGING, STAYING
from benchmarks.scores import share
from memory import Embedder, NewTurn, default_embedder

__all__ = ["MadeUp", "changes", "made_up"]

_START = datetime(2024, 1, 8, tzinfo=UTC)
_TALK = ("It rained all day here.", "Did you sleep well?", "That film was longer than I thought.",
         "I could use a coffee.", "What a week!", "Thanks, that helps a lot.")  # fmt: skip
_REPLIES = ("I see, thanks for telling me.", "Noted!", "That sounds good.", "Tell me more?")


@dataclass(frozen=True)
class MadeUp:
    """A conversation with ten questions about what changed. ``staying``: the numbers of the turns
    that state something that did not change; ``unchanged``: questions about such, where what was
    said later of something else counts as stale."""

    talk: Talk
    staying: frozenset[int]
    unchanged: tuple[Question, ...]


def changes(
    sides: Mapping[str, Callable[[Embedder], Any]],
    embedder: Embedder,
    seed: int,
    part: str = "held out",
) -> dict[str, dict[str, Any]]:
    """Of each side the share of updates where the old value ranks first (``stale_first``), and of
    the questions about what stays where what is said later of something else does
    (``other_first``). Of ours also what the fact memory made of it: the share of the facts that
    stay which it holds for superseded (``collateral``) and which it has at all (``extracted``), and
    of the old values that it superseded (``superseded``)."""
    flags: dict[str, dict[str, list[bool]]] = {name: {"stale": [], "other": []} for name in sides}
    facts: dict[str, list[bool]] = {"collateral": [], "extracted": [], "superseded": []}
    for made in made_up(seed, part=part):
        for name, make in sides.items():
            side = make(embedder)
            side.fill(made.talk.turns)
            for kind, questions in (("stale", made.talk.questions), ("other", made.unchanged)):
                flags[name][kind] += [stale_first(side.rank(q.text), q) for q in questions]
            if isinstance(side, Ours):
                stated, gone = side.stated(), side.superseded()
                facts["collateral"] += [turn in gone for turn in made.staying]
                facts["extracted"] += [turn in stated for turn in made.staying]
                facts["superseded"] += [q.stale <= gone for q in made.talk.questions]
    found = {
        name: {f"{kind}_first": share(each) for kind, each in kinds.items() if each}
        for name, kinds in flags.items()
    }
    found["ours"] |= {name: share(each) for name, each in facts.items()}
    return found


def made_up(seed: int, users: int = 50, part: str = "held out") -> list[MadeUp]:
    """The users of a part."""
    rng = random.Random(seed)
    return [_made_up(number, rng, part) for number in range(users)]


def _made_up(number: int, rng: random.Random, part: str) -> MadeUp:
    kinds = rng.sample(CHANGING[part], len(CHANGING[part]))
    early, late = [], []  # (what is said, "old 3", "new 3", "stays 3", "other 3" or nothing)
    for at, (first, change, _, values) in enumerate(kinds[:10]):
        old, new = rng.sample(list(values), 2)
        early.append((first.format(old), f"old {at}"))
        late.append((change.format(new), f"new {at}"))
    for first, _, _, values in kinds[10:]:
        early.append((first.format(rng.choice(list(values))), "stays"))
    for at, (first, other, _, values) in enumerate(STAYING[part]):
        one, two = rng.sample(list(values), 2)
        early.append((first.format(one), f"stays {at}"))
        late.append((other.format(two), f"other {at}"))
    rng.shuffle(early)
    rng.shuffle(late)
    turns, marks = _spoken([*early, *late], rng)
    questions = [_question(kinds[at][2], f"new {at}", f"old {at}", marks) for at in range(10)]
    unchanged = [
        _question(question, f"stays {at}", f"other {at}", marks)
        for at, (_, _, question, _) in enumerate(STAYING[part])
        if question
    ]
    staying = frozenset(i for i, mark in enumerate(marks) if mark.startswith(("stays", "other")))
    talk = Talk(f"made up {number}", tuple(turns), tuple(questions))
    return MadeUp(talk, staying, tuple(unchanged))


def _spoken(said: Sequence[tuple[str, str]], rng: random.Random) -> tuple[list[NewTurn], list[str]]:
    """Turns a day apart with replies and small talk between, and each turn's mark."""
    turns: list[NewTurn] = []
    marks: list[str] = []
    for day, (text, mark) in enumerate(said):
        time = _START + timedelta(days=day)
        spoken = [("user", text, mark), ("assistant", rng.choice(_REPLIES), "")]
        if rng.random() < 0.5:
            spoken.append(("user", rng.choice(_TALK), ""))
        turns += [NewTurn(role=role, text=words, time=time) for role, words, _ in spoken]
        marks += [each for _, _, each in spoken]
    return turns, marks


def _question(text: str, right: str, wrong: str, marks: Sequence[str]) -> Question:
    good, bad = frozenset({marks.index(right)}), frozenset({marks.index(wrong)})
    return Question(text, "update", good, bad, good)


def main() -> None:
    """Measure one part; print it and write the JSON."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--part", choices=tuple(CHANGING), default="held out")
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--json", type=Path)
    given = options.parse_args()
    sides = {name: SIDES[name] for name in ("ours", "BM25")}
    found = changes(sides, default_embedder(), given.seed, given.part)
    results = {
        "part": given.part,
        "seed": given.seed,
        **found["ours"],
        "peers": {"BM25": found["BM25"]},
    }
    print(json.dumps(results, indent=1))
    if given.json:
        given.json.write_text(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
