"""Remember a long conversation: load it, then ask about it inside a fixed prompt budget.

    python demos/long_conversation.py                   # the example that ships with the project
    python demos/long_conversation.py --data FILE       # conversations in the form of LoCoMo
                                                        # (arXiv 2402.17753)

For each question: the prompt's size, what was recalled and from when (a star marks a turn that
holds the evidence; the latest turns are in the prompt anyway), the model's answer, the right one.
"""

from __future__ import annotations

import argparse
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import track

from guardrail import GuardedChat
from memory import DualMemory, NewTurn

EXAMPLE = Path(__file__).parent / "examples" / "garden.json"


def sessions(talk: dict[str, Any]) -> list[tuple[datetime, list[dict[str, Any]]]]:
    """The dated sessions of a conversation, in order."""
    names = [f"session_{i}" for i in range(1, len(talk)) if talk.get(f"session_{i}")]
    dates = [datetime.strptime(talk[f"{n}_date_time"], "%I:%M %p on %d %B, %Y") for n in names]
    return [(d.replace(tzinfo=UTC), talk[n]) for d, n in zip(dates, names, strict=True)]


def remember(memory: DualMemory, talk: dict[str, Any], console: Console) -> dict[int, str]:
    """Store every turn; returns which turn of the file each stored turn is."""
    origin = {}
    for when, turns in track(sessions(talk), "remembering", console=console):
        new = [
            NewTurn(
                role="user" if turn["speaker"] == talk["speaker_a"] else "assistant",
                speaker=turn["speaker"],
                text=turn["text"],
                time=when,
            )
            for turn in turns
        ]
        for stored, turn in zip(memory.add_turns(new), turns, strict=True):
            origin[stored.id] = turn["dia_id"]
    return origin


def main() -> None:
    """Load one conversation, ask its questions, print what came back."""
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    options.add_argument("--data", type=Path, default=EXAMPLE)
    options.add_argument("--conversation", type=int, default=0, help="which one of the file")
    options.add_argument("--questions", type=int, default=10)
    options.add_argument("--model", help="hub name or folder; default SmolLM2-135M-Instruct")
    given = options.parse_args()
    console = Console(width=None if Console().is_terminal else 110, highlight=False)

    sample = json.loads(given.data.read_text("utf-8"))[given.conversation]
    chat = GuardedChat.from_pretrained(given.model, max_new_tokens=48)
    origin = remember(chat.memory, sample["conversation"], console)
    console.print(f"{len(origin)} turns remembered")
    questions = [item for item in sample["qa"] if item["evidence"] and "answer" in item]
    largest = found = wanted = 0
    for item in questions[: given.questions]:
        reply = chat.send(item["question"], remember=False)
        evidence = set(item["evidence"])
        largest = max(largest, reply.usage.prompt_tokens)
        latest = {origin[turn] for turn in reply.recent}
        seen = {origin[episode.turn_id] for episode in reply.recalled} | latest
        found, wanted = found + len(evidence & seen), wanted + len(evidence)
        console.print(f"\n[bold]{item['question']}[/] ({reply.usage.prompt_tokens} prompt tokens)")
        for episode in reply.recalled:
            star = "*" if origin[episode.turn_id] in evidence else " "
            line = f"  {star} {episode.time:%d %b %Y} {episode.speaker}: {episode.text}"
            console.print(line[:108], markup=False)
        if evidence & latest:
            console.print("  * among the latest turns, word for word in the prompt")
        console.print(f"  model: {' '.join(reply.text.split())}", markup=False)
        console.print(f"  right: {item['answer']}", markup=False)
    console.print(
        f"\n{found} of {wanted} turns that hold an answer were in the prompt; "
        f"the largest prompt had {largest} tokens"
    )


if __name__ == "__main__":
    main()
