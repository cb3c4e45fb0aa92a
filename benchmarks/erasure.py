"""How much of a fact goes when a person asks for its erasure, and how much else goes with it.

    python -m benchmarks.erasure --json erasure.json [--repeats 5] [--part "held out"]

Each fact is planted in five wordings by the user and five by the assistant among 300 turns about
other things, then ``erase(query)`` is asked for in the words a person would use ("my phone
number"), previewed and done. *gone*: planted turns that went; *collateral*: others that went;
*bytes*: files in which a planted text that went is still found; *changed*: other turns
that a recall by their own words gave before and not after, or the other way round. Parts
``tuning`` and ``more tuning`` are what the rules were made on, ``held out`` and ``fresh`` are not.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.erasure_data import KINDS, filler
from benchmarks.erasure_kind import Kind
from benchmarks.scores import interval
from memory import DualMemory, NewTurn, Turn, default_embedder

_FILLER = 300
_ASKED = 20


@dataclass
class Count:
    """What became of planted and other turns."""

    planted: int = 0
    gone: int = 0
    others: int = 0
    collateral: int = 0
    unclean: int = 0
    asked: int = 0
    changed: int = 0
    preview_differs: int = 0

    def __add__(self, other: Count) -> Count:
        mine, theirs = asdict(self), asdict(other)
        return Count(**{name: mine[name] + theirs[name] for name in mine})


def main() -> None:
    """Run one part, print the figures, write the JSON."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--json", type=Path)
    options.add_argument("--part", choices=tuple(KINDS), default="held out")
    options.add_argument("--repeats", type=int, default=3)
    options.add_argument("--seed", type=int, default=0)
    given = options.parse_args()
    kinds: dict[str, Any] = {}
    total = Count()
    for kind in KINDS[given.part]:
        count = Count()
        for repeat in range(given.repeats):
            with tempfile.TemporaryDirectory() as folder:
                draw = random.Random(f"{given.seed} {repeat} {kind.query}")
                count += erased(Path(folder) / "memory.db", kind, draw)
        kinds[kind.query] = asdict(count)
        total += count
    results = {
        "part": given.part,
        "seed": given.seed,
        "gone": round(total.gone / total.planted, 4),
        "gone_interval": interval(total.gone, total.planted),
        "collateral": round(total.collateral / total.others, 4),
        "bytes_found": total.unclean,
        "recall_changed": round(total.changed / total.asked, 4),
        "counts": asdict(total),
        "kinds": kinds,
    }
    print(json.dumps(results, indent=1))
    if given.json:
        given.json.write_text(json.dumps(results, indent=1))


def erased(path: Path, kind: Kind, draw: random.Random) -> Count:
    """Plant one fact, erase it by query, and look."""
    with DualMemory(path, user="ann", conversation="talk", embedder=default_embedder()) as memory:
        planted = {turn.id: turn for turn in _planted(memory, kind, draw)}
        others = {turn.id: turn for turn in memory.turns() if turn.id not in planted}
        asked = draw.sample(sorted(others), _ASKED)
        before = [_found(memory, others[turn]) for turn in asked]
        preview = memory.erase(kind.query, preview=True)
        gone = set(memory.erase(kind.query).turns)
        after = [_found(memory, others[turn]) for turn in asked]
        texts = [planted[turn].text for turn in gone if turn in planted]
        kept = [(a, b) for a, b, turn in zip(before, after, asked, strict=True) if turn not in gone]
        return Count(
            planted=len(planted),
            gone=len(gone & set(planted)),
            others=len(others),
            collateral=len(gone & set(others)),
            unclean=int(bool(texts) and not memory.verify(texts).clean),
            asked=len(kept),
            changed=sum(a != b for a, b in kept),
            preview_differs=int(set(preview.turns) != gone),
        )


def _planted(memory: DualMemory, kind: Kind, draw: random.Random) -> list[Turn]:
    """Fill a conversation; the turns that state the fact."""
    value = draw.choice(kind.values)
    said = [("user", text.format(value)) for text in kind.user]
    said += [("assistant", text.format(value)) for text in kind.assistant]
    rest = [(draw.choice(("user", "assistant")), filler(draw)) for _ in range(_FILLER)]
    turns = [*said, *rest, *(("user", text) for text in kind.near)]
    draw.shuffle(turns)
    stored = memory.add_turns([NewTurn(role=role, text=text) for role, text in turns])
    return [turn for turn in stored if (turn.role, turn.text) in set(said)]


def _found(memory: DualMemory, turn: Turn) -> bool:
    """Whether a recall by a turn's own words gives it."""
    return turn.id in [episode.turn_id for episode in memory.recall(turn.text).episodes]


if __name__ == "__main__":
    main()
