"""Remember a long conversation: load it, then ask about it inside a fixed prompt budget.

    python demos/long_conversation.py                   # the example that ships with the project
    python demos/long_conversation.py --data FILE       # conversations in the form of LoCoMo
                                                        # (arXiv 2402.17753)

For each question: the prompt's size, what was recalled and from when (a star marks a turn that
holds the evidence; the latest turns are in the prompt anyway), the model's answer, the right one.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from demos.showing import arguments, console
from guardrail import GuardedChat
from memory import DualMemory, NewTurn

EXAMPLE = Path(__file__).parent / "examples" / "garden.json"


def sessions(talk: dict[str, Any]) -> list[tuple[datetime, list[dict[str, Any]]]]:
    """The dated sessions of a conversation, in order."""
    names = [f"session_{i}" for i in range(1, len(talk)) if talk.get(f"session_{i}")]
    dates = [datetime.strptime(talk[f"{n}_date_time"], "%I:%M %p on %d %B, %Y") for n in names]
    return [(d.replace(tzinfo=UTC), talk[n]) for d, n in zip(dates, names, strict=True)]


def remember(memory: DualMemory, talk: dict[str, Any]) -> dict[int, str]:
    """Store every turn; returns which turn of the file each stored turn is."""
    origin = {}
    for when, turns in sessions(talk):
        roles = ["user" if t["speaker"] == talk["speaker_a"] else "assistant" for t in turns]
        new = [
            NewTurn(role=role, speaker=turn["speaker"], text=turn["text"], time=when)
            for role, turn in zip(roles, turns, strict=True)
        ]
        for stored, turn in zip(memory.add_turns(new), turns, strict=True):
            origin[stored.id] = turn["dia_id"]
    return origin


def main(given: Sequence[str] | None = None) -> None:
    """Load one conversation, ask its questions, print what came back."""
    parser = arguments(__doc__)
    parser.add_argument("--data", type=Path, default=EXAMPLE)
    parser.add_argument("--conversation", type=int, default=0, help="which one of the file")
    parser.add_argument("--questions", type=int, default=10)
    options, show = parser.parse_args(given), console()
    sample = json.loads(options.data.read_text("utf-8"))[options.conversation]
    questions = [item for item in sample["qa"] if item["evidence"] and "answer" in item]
    largest = found = wanted = 0
    with GuardedChat.from_pretrained(options.model, max_new_tokens=48) as chat:
        origin = remember(chat.memory, sample["conversation"])
        show.print(f"{len(origin)} turns remembered")
        for item in questions[: options.questions]:
            reply, evidence = chat.send(item["question"], remember=False), set(item["evidence"])
            largest = max(largest, reply.usage.prompt_tokens)
            seen = {origin[turn] for turn in reply.recent}
            seen |= {origin[episode.turn_id] for episode in reply.recalled}
            found, wanted = found + len(evidence & seen), wanted + len(evidence)
            show.print(f"\n[bold]{item['question']}[/] ({reply.usage.prompt_tokens} prompt tokens)")
            for episode in reply.recalled:
                star = "*" if origin[episode.turn_id] in evidence else " "
                line = f"  {star} {episode.time:%d %b %Y} {episode.speaker}: {episode.text}"
                show.print(line[:108], markup=False)
            show.print(f"  model: {' '.join(reply.text.split())}", markup=False)
            show.print(f"  right: {item['answer']}", markup=False)
    show.print(f"\n{found} of {wanted} turns that hold an answer were in the prompt; ", end="")
    show.print(f"the largest prompt had {largest} tokens")


if __name__ == "__main__":
    main()
