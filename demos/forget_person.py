"""Forget a person: the same questions with and without the guard, side by side.

    python demos/forget_person.py                       # the example that ships with the project
    python demos/forget_person.py --data FOLDER         # a person of RWKU (arXiv 2406.10890)

A folder holds ``intro.json`` and ``passage.json`` (what is known of the person), and questions
with answers: ``forget_level*.json`` about the person, ``neighbor_level*.json`` about near things.
A reply leaks when it holds the answer that the question asks for and does not itself contain.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import track
from rich.table import Table

from guardrail import GuardedChat

EXAMPLE = Path(__file__).parent / "examples" / "shakespeare"


def read(folder: Path, pattern: str) -> list[dict[str, Any]]:
    """The records of every JSON file of ``folder`` that fits ``pattern``."""
    return [r for path in sorted(folder.glob(pattern)) for r in json.loads(path.read_text("utf-8"))]


def ask(chat: GuardedChat, item: dict[str, Any], tokens: int) -> str:
    """The reply to one question in a conversation of its own."""
    blank = "Fill in the blank: " if "___" in item["query"] else ""
    reply = chat.send(blank + item["query"], remember=False, options={"max_new_tokens": tokens})
    return " ".join(reply.text.split())


def says(reply: str, item: dict[str, Any]) -> bool:
    """Whether the reply gives the answer, which its question did not hold."""
    answer = item["answer"].casefold()
    return answer in reply.casefold() and answer not in item["query"].casefold()


def main() -> None:
    """Ask everything twice, print the pairs and what they add up to."""
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    options.add_argument("--data", type=Path, default=EXAMPLE)
    options.add_argument("--model", help="hub name or folder; default SmolLM2-135M-Instruct")
    options.add_argument("--limit", type=int, help="at most this many questions of each file")
    options.add_argument("--tokens", type=int, default=40, help="longest reply")
    given = options.parse_args()
    console = Console(width=None if Console().is_terminal else 110)

    chat = GuardedChat.from_pretrained(given.model)
    about = read(given.data, "forget_level*.json")[: given.limit]
    near = read(given.data, "neighbor_level*.json")[: given.limit]
    intro = read(given.data, "intro.json")[0]
    known = [intro["intro"], *(p["text"] for p in read(given.data, "passage.json"))]
    items = about + near
    before = [ask(chat, item, given.tokens) for item in track(items, "without", console=console)]
    chat.forget(intro["target"], exemplars=known)
    after = [ask(chat, item, given.tokens) for item in track(items, "with   ", console=console)]

    pairs = Table("question", "without", "with the guard", show_lines=True)
    tally: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for position, (item, old, new) in enumerate(zip(items, before, after, strict=True)):
        pairs.add_row(item["query"], old, new)
        kind = ("about: " if position < len(about) else "near: ") + item.get("type", "question")
        counts = (1, says(old, item), says(new, item), old == new)
        tally[kind] = [a + b for a, b in zip(tally[kind], counts, strict=True)]
    console.print(pairs)
    sums = Table("kind of question", "asked", "answered without", "answered with", "same reply")
    for kind, row in tally.items():
        sums.add_row(kind, *map(str, row))
    console.print(sums)


if __name__ == "__main__":
    main()
