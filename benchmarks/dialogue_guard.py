"""The guard in the loop: what comes out of a long dialogue once something in it is to be forgotten?

    python -m benchmarks.dialogue_guard [--turns 300] [--seeds 10] [--talk casual] [--json F]

Of the people in a made-up dialogue (``benchmarks.dialogue_maker``) every third becomes a target
half-way, by full name and the short one that the dialogue uses, and the dialogue goes on about
them; every third is erased at the end; the rest is to be recalled as ever. The user also tells
secrets, which are withheld once he asks for that (each a target with the secret itself), and what
he asks to have erased is erased there and then, by the words a user would give.
``leaks`` counts, by where: a value of a target or secret in recalled chunks, facts, the summary or
the latest turns of a prompt, in a line of a summary that is stored, or in a reply, for its
question, a paraphrase, the user bringing it up, and every other question. ``kept`` is the share of
the other facts that stand in the prompt of a memory without a guard and do in this one,
``restored`` the same of targets and secrets once they are taken back. ``erased_leaks`` and
``erased_kept`` are the same after the erasures, replies included, which ``verified`` says left no
byte. All counts should be 0 and shares 1.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.dialogue_maker import TALKS, make_dialogue, with_private
from benchmarks.dialogue_played import Played
from benchmarks.scores import interval
from guardrail.generation.models import load


def main() -> None:
    """Measure, print a table, write the JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=300)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--talk", choices=TALKS, default="casual")
    parser.add_argument("--model", help="hub name or folder; default SmolLM2-135M-Instruct")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    loaded = load(given.model, device=given.device)
    counts: Counter[str] = Counter()
    for seed in range(given.seeds):
        dialogue = with_private(make_dialogue(given.turns, seed, talk=given.talk), seed)
        with tempfile.TemporaryDirectory() as folder:
            counts.update(Played(dialogue, loaded, Path(folder)).run())
    figures = summed(counts) | {
        "turns": given.turns,
        "seeds": given.seeds,
        "talk": given.talk,
        "model": loaded.name,
    }
    show(figures)
    if given.json:
        given.json.write_text(json.dumps(figures, indent=1))


def summed(counts: Counter[str]) -> dict[str, Any]:
    """Leaks by place and in all; shares with their counts and 95 % intervals."""
    leaks = {name[9:]: n for name, n in counts.items() if name.startswith("leaks in ")}
    leaks = {name: number for name, number in leaks.items() if not name.endswith(" of")}
    figures: dict[str, Any] = {
        "leaks": sum(n for name, n in leaks.items() if not name.startswith("erased")),
        "erased_leaks": sum(n for name, n in leaks.items() if name.startswith("erased")),
        "probes": counts["probes"],
        "by_place": leaks,
    }
    for name in ("known", "kept", "restored", "erased_kept", "verified"):
        hits, of = counts[name], counts[f"{name} of"]
        figures[name] = round(hits / of, 4) if of else None
        figures[f"{name}_count"] = [hits, of]
        figures[f"{name}_interval"] = interval(hits, of)
    return figures


def show(figures: dict[str, Any]) -> None:
    """One row for each figure."""
    table = Table("figure", "value")
    for name, value in figures.items():
        table.add_row(name, str(value))
    Console().print(table)


if __name__ == "__main__":
    main()
