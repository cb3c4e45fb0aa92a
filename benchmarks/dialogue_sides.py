"""Ways to remember a dialogue, each giving a prompt for a question and a ranking of turns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from benchmarks.dialogue_maker import Dialogue
from guardrail.generation.models import LoadedModel
from memory import DualMemory
from memory.embedding import Embedded

__all__ = ["BUDGET", "Beside", "Compact", "Dual", "Hema", "Messages", "Raw", "Side"]

BUDGET = 3_500
Messages = list[dict[str, str]]
_RECENT = 4  # latest turns that HEMA's prompt and the compact one carry word for word
_TOP = 5  # chunks that HEMA recalls; the paper does not print its K for the prompt
_SHORTEST = 10  # tokens that no turn of a dialogue is below, its part of the template included


class Side(Protocol):
    """One way to remember."""

    name: str

    def prompt(self, question: Embedded) -> Messages:
        """The chat messages for a question, within ``BUDGET`` tokens."""
        ...

    def ranking(self, question: Embedded) -> list[int]:
        """Places of turns, the likeliest first, at most 50; empty where nothing is searched."""
        ...


class Raw:
    """As much of the history as fits, the latest turns."""

    name = "history, truncated"

    def __init__(self, dialogue: Dialogue, loaded: LoadedModel) -> None:
        latest = dialogue.turns[-(BUDGET // _SHORTEST) :]
        self._turns = [{"role": turn.role, "content": turn.text} for turn in latest]
        self._loaded = loaded

    def prompt(self, question: Embedded) -> Messages:
        """See ``Side``."""
        asked = {"role": "user", "content": question.text}
        few, many = 0, len(self._turns)
        while few < many:  # the most turns that fit, by bisection
            middle = (few + many + 1) // 2
            fits = self._loaded.count([*self._turns[-middle:], asked]) <= BUDGET
            few, many = (middle, many) if fits else (few, middle - 1)
        return [*(self._turns[-few:] if few else []), asked]

    def ranking(self, question: Embedded) -> list[int]:
        """See ``Side``."""
        return []


class Compact:
    """The running summary and the latest turns, nothing recalled."""

    def __init__(self, dialogue: Dialogue, memory: DualMemory, name: str = "compact only") -> None:
        self.name = name
        self._recent = [{"role": t.role, "content": t.text} for t in dialogue.turns[-_RECENT:]]
        self._summary = memory.summary()

    def prompt(self, question: Embedded) -> Messages:
        """See ``Side``."""
        return _with_notes([f"Summary: {self._summary}"], self._recent, question.text)

    def ranking(self, question: Embedded) -> list[int]:
        """See ``Side``."""
        return []


class Hema:
    """HEMA (arXiv 2504.16754) with our embedder: a one-sentence summary, the nearest chunks by
    cosine, the latest turns. The summary is the best line of ours, as its summarizer is no part of
    what was published; the search is exact where HEMA's quantises, and nothing is pruned."""

    def __init__(
        self,
        dialogue: Dialogue,
        read: Sequence[Embedded],
        memory: DualMemory,
        top: int = _TOP,
        name: str = "HEMA as published",
    ) -> None:
        self.name = name
        self._top = top
        self._turns = dialogue.turns
        self._recent = [{"role": t.role, "content": t.text} for t in dialogue.turns[-_RECENT:]]
        self._summary = memory.summary().split(". ")[0]
        self._vectors = np.stack([one.vectors[0] for one in read])

    def prompt(self, question: Embedded) -> Messages:
        """See ``Side``."""
        chosen = sorted(self.ranking(question)[: self._top])
        notes = [f"Summary: {self._summary}", *(self._turns[place].text for place in chosen)]
        return _with_notes(notes, self._recent, question.text)

    def ranking(self, question: Embedded) -> list[int]:
        """See ``Side``."""
        nearest = self._vectors @ question.vectors[0]
        places: list[int] = np.argsort(-nearest, kind="stable")[:50].tolist()
        return places


class Dual:
    """This project's memory."""

    def __init__(self, memory: DualMemory, loaded: LoadedModel, name: str = "ours") -> None:
        self.name = name
        self._memory = memory
        self._loaded = loaded
        self._places = {turn.id: place for place, turn in enumerate(memory.turns())}

    def prompt(self, question: Embedded) -> Messages:
        """See ``Side``."""
        made = self._memory.compose(
            question.text, budget=BUDGET, count_tokens=self._loaded.count, embedded=question
        )
        return made.messages

    def ranking(self, question: Embedded) -> list[int]:
        """See ``Side``."""
        episodes = self._memory.recall(question.text, k=50, embedded=question).episodes
        ranked = sorted(episodes, key=lambda episode: -episode.score)
        return [self._places[episode.turn_id] for episode in ranked]


class Beside:
    """The same notes as another side's, in the last message right before the question, and fewer
    turns word for word: what that side would gain by standing where ours does. Which layout was
    tried on the half for tuning."""

    def __init__(self, side: Side) -> None:
        self.name = f"{side.name}, notes beside the question"
        self._side = side

    def prompt(self, question: Embedded) -> Messages:
        """See ``Side``."""
        notes, *recent, asked = self._side.prompt(question)
        text = f"{notes['content']}\n\nAnswer from the notes: {asked['content']}"
        return [*recent[-2:], {"role": "user", "content": text}]

    def ranking(self, question: Embedded) -> list[int]:
        """See ``Side``."""
        return self._side.ranking(question)


def _with_notes(notes: Sequence[str], recent: Messages, question: str) -> Messages:
    return [
        {"role": "system", "content": "\n".join(("Notes from earlier:", *notes))},
        *recent,
        {"role": "user", "content": question},
    ]
