"""Summarizers: which sentences of the conversation are worth a line of the summary, and how a
model puts them."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from .sentences import sentences

__all__ = ["ExtractiveSummarizer", "Line", "Summarizer", "WrittenSummarizer", "seq2seq"]

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence of a summary, the turn it came from, and how much it says."""

    turn: int
    text: str
    score: float


class Summarizer(Protocol):
    """Updates a running summary."""

    def update(self, lines: Sequence[Line], turn: int, speaker: str, text: str) -> list[Line]:
        """The summary after one more turn, from the summary before it."""
        ...

    def merge(self, blocks: Sequence[Line]) -> list[Line]:
        """One summary of the lines of finished summaries."""
        ...


_FACT = re.compile(
    r"\b(?:my|our|i'm|i am|i've|i have|i was|i live|i work|i moved|i like|i love|i hate|i prefer|"
    r"i need|i want|we are|we have|we moved|name is|called|born|birthday|allergic|married|"
    r"always|never|remember|important|don't forget|deadline|meeting|appointment)\b",
    re.I,
)
_NAME = re.compile(r"(?<=[a-z,;:] )[A-Z][\w'’-]+")
_NUMBER = re.compile(r"\d")
_ENDED = re.compile(r"[.!?…。！？][\"'”’»)\]]*$")
_READ = 4000  # letters of a turn


class ExtractiveSummarizer:
    """Keeps the sentences that say most: facts about the speakers, names, numbers. No model, no
    cascade of errors: every line is something that was really said."""

    def __init__(self, lines: int = 4, words: int = 24) -> None:
        self._lines = lines
        self._words = words

    def update(self, lines: Sequence[Line], turn: int, speaker: str, text: str) -> list[Line]:
        """The best lines of the summary so far and of the new turn."""
        return self.best([*lines, *self.candidates(turn, speaker, text)])

    def candidates(self, turn: int, speaker: str, text: str) -> list[Line]:
        """The sentences of a turn that say anything worth keeping."""
        # What an assistant says about the world is no memory of the person.
        weight = 0.3 if speaker == "assistant" else 1.0
        found = [
            Line(turn, f"{speaker}: {sentence}", weight * salience(sentence))
            for sentence in _beginning(text)
            if len(sentence.split()) <= self._words
        ]
        return [line for line in found if line.score > 0]

    def merge(self, blocks: Sequence[Line]) -> list[Line]:
        """The best lines of all blocks."""
        return self.best(blocks)

    def best(self, lines: Sequence[Line]) -> list[Line]:
        """Those that say most, none much like another, in the order of their turns."""
        chosen: list[Line] = []
        for line in sorted(lines, key=lambda line: -line.score):
            if len(chosen) < self._lines and not any(_overlaps(line, c) for c in chosen):
                chosen.append(line)
        return sorted(chosen, key=lambda line: line.turn)


class WrittenSummarizer(ExtractiveSummarizer):
    """Keeps the turns that say most, each in one sentence of a model's.

    ``write`` makes a sentence of a turn ("speaker: text"): a chat model asked for it, a seq2seq
    model (see ``seq2seq``), anything. It is called in the background, and only for a turn of which
    a sentence would stand in the summary. Each line comes from one turn, never from other lines, so
    what a model gets wrong stays where it is. When ``write`` fails or gives nothing, the turn's own
    sentence stands; a warning is logged and ``failures`` counts it. So it does when the sentence is
    over ``words`` or has no full stop: a line is never cut in the middle.
    """

    def __init__(self, write: Callable[[str], str], lines: int = 4, words: int = 40) -> None:
        super().__init__(lines, words)
        self._write = write
        self.failures = 0

    def update(self, lines: Sequence[Line], turn: int, speaker: str, text: str) -> list[Line]:
        """See ``Summarizer``. At most one call of ``write``."""
        found = super().update(lines, turn, speaker, text)
        own = [line for line in found if line.turn == turn]
        if not own:
            return found
        written = self._written(speaker, text)
        if not written:
            return found
        line = Line(turn, f"{speaker}: {written}", max(line.score for line in own))
        return self.best([*lines, line])

    def _written(self, speaker: str, text: str) -> str:
        """The model's sentence, or nothing."""
        try:
            said = sentences(self._write(f"{speaker}: {text[:_READ]}"))
        except Exception as error:  # noqa: BLE001 - a model may raise anything; the turn is kept
            log.warning("the summarizer failed (%s): the turn's words stand", type(error).__name__)
            self.failures += 1
            return ""
        if not said:
            log.warning("the summarizer gave nothing: the turn's words stand")
            self.failures += 1
            return ""
        if not _ENDED.search(said[0]) or len(said[0].split()) > self._words:
            log.warning("the summarizer's sentence has no end: the turn's words stand")
            self.failures += 1
            return ""
        return said[0].removeprefix(f"{speaker}: ")


def seq2seq(
    model: str | Path | Any, tokenizer: Any = None, tokens: int = 48
) -> Callable[[str], str]:
    """A ``write`` for ``WrittenSummarizer`` from a seq2seq model of transformers (T5, BART and
    their like): a name, a folder, or a model with its tokenizer. Loaded when first called; writes
    at most ``tokens`` tokens, greedily."""
    loaded: list[Any] = [] if isinstance(model, str | Path) else [model, tokenizer]

    def write(text: str) -> str:
        if not loaded:
            from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

            loaded.append(AutoModelForSeq2SeqLM.from_pretrained(model))
            loaded.append(AutoTokenizer.from_pretrained(model))
        network, pieces = loaded
        ids = pieces(text, return_tensors="pt", truncation=True, max_length=512).input_ids
        made = network.generate(ids.to(network.device), max_new_tokens=tokens, do_sample=False)
        said = str(pieces.decode(made[0], skip_special_tokens=True)).strip()
        # Short of the limit it came to its end; many of these models write no full stop.
        return f"{said}." if said and len(made[0]) <= tokens and not _ENDED.search(said) else said

    return write


def _beginning(text: str) -> list[str]:
    """The sentences at the beginning of a text, the last of them whole too."""
    found = sentences(text[:_READ])
    return found if len(text) <= _READ else found[:-1]


def salience(sentence: str) -> float:
    """How much a sentence tells, from its form: facts about the speaker, names, numbers; nothing
    for a question or an exclamation of two words."""
    words = sentence.split()
    if sentence.rstrip().endswith("?") or len(words) < 4:
        return 0.0
    score = 2.0 * bool(_FACT.search(sentence))
    score += min(2, len(_NAME.findall(sentence))) + min(1, len(_NUMBER.findall(sentence)))
    return score / (1 + 0.02 * len(words))


def _overlaps(one: Line, other: Line) -> bool:
    a, b = set(one.text.casefold().split()), set(other.text.casefold().split())
    return len(a & b) > 0.6 * min(len(a), len(b))
