"""Forget a person: the same questions with and without the guard, side by side.

    python demos/forget_person.py                       # the example that ships with the project
    python demos/forget_person.py --data FOLDER         # a person of RWKU (arXiv 2406.10890)

A folder holds ``intro.json`` and ``passage.json`` (what is known of the person), and questions
with answers: ``forget_level*.json`` about the person, ``neighbor_level*.json`` about near things.
A reply leaks when it holds the answer that the question asks for and does not itself contain.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.progress import track
from rich.table import Table

from demos.showing import arguments, console
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


def main(given: Sequence[str] | None = None) -> None:
    """Ask everything twice, print the pairs and what they add up to."""
    parser = arguments(__doc__)
    parser.add_argument("--data", type=Path, default=EXAMPLE)
    parser.add_argument("--limit", type=int, help="at most this many questions about each")
    parser.add_argument("--tokens", type=int, default=40, help="longest reply")
    options, show = parser.parse_args(given), console()
    about = read(options.data, "forget_level*.json")[: options.limit]
    near = read(options.data, "neighbor_level*.json")[: options.limit]
    intro = read(options.data, "intro.json")[0]
    known = [intro["intro"], *(p["text"] for p in read(options.data, "passage.json"))]
    items = about + near
    with GuardedChat.from_pretrained(options.model) as chat:
        before = [ask(chat, i, options.tokens) for i in track(items, "without", console=show)]
        chat.forget(intro["target"], exemplars=known)
        after = [ask(chat, i, options.tokens) for i in track(items, "with", console=show)]

    pairs = Table("question", "without", "with the guard", show_lines=True)
    tally: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for position, (item, old, new) in enumerate(zip(items, before, after, strict=True)):
        pairs.add_row(item["query"], old, new)
        kind = ("about: " if position < len(about) else "near: ") + item.get("type", "question")
        counts = (1, says(old, item), says(new, item), old == new)
        tally[kind] = [a + b for a, b in zip(tally[kind], counts, strict=True)]
    show.print(pairs)
    sums = Table("kind of question", "asked", "answered without", "answered with", "same reply")
    for kind, row in tally.items():
        sums.add_row(kind, *map(str, row))
    show.print(sums)


if __name__ == "__main__":
    main()
