"""The guard in the loop: what comes out of a long dialogue once somebody in it is to be forgotten?

    python -m benchmarks.dialogue_guard [--turns 300] [--seeds 10] [--talk casual] [--json F]

Of the people in a made-up dialogue (``benchmarks.dialogue_maker``) every third becomes a target
half-way, by full name and the short one that the dialogue uses, and the dialogue goes on about
them; every third is erased at the end; the rest is to be recalled as ever. ``leaks`` counts, by
where: a target's value in recalled chunks, facts, the summary or the latest turns of a prompt, in a
line of a summary that is stored, or in a reply, for its question, a paraphrase, the user bringing
it up, and every other question. ``kept`` is the share of the other facts that stand in the prompt
of a memory without a guard and do in this one, ``restored`` the same of the targets once they are
taken back. ``erased_leaks`` and ``erased_kept`` are the same after the erasure, replies included,
which ``verified`` says left no byte. All counts should be 0 and shares 1.
"""

from __future__ import annotations

import argparse
import json
import re
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.dialogue_kinds import KINDS
from benchmarks.dialogue_maker import TALKS, Dialogue, Planted, make_dialogue
from benchmarks.dialogue_sides import BUDGET
from benchmarks.scores import interval
from guardrail.chat import ALONE, GuardedChat
from guardrail.generation.models import LoadedModel, load
from guardrail.settings import Settings
from memory import DualMemory, NewTurn, Prompt, Subject, default_embedder, embed_texts
from memory.sentences import sentences

_TOKENS = 24
_BATCH = 100
_ASKS = {kind.name: kind.asks for kind in KINDS}
_BRINGS_UP = ("I have to think of {who} again.", "You remember what I told you about {who}?")


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
        dialogue = make_dialogue(given.turns, seed, talk=given.talk)
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


class Played:
    """One dialogue in a chat, and what is asked of it."""

    def __init__(self, dialogue: Dialogue, loaded: LoadedModel, folder: Path) -> None:
        self._dialogue = dialogue
        self._read = embed_texts([turn.text for turn in dialogue.turns], default_embedder())
        self._open = DualMemory(folder / "open.db", **ALONE)
        self._hear(self._open, 0, len(dialogue.turns))
        memory = DualMemory(folder / "memory.db", **ALONE)
        settings = Settings(own_words=False)  # a target is what its owner says, in every run alike
        self._chat = GuardedChat(loaded, memory=memory, settings=settings)
        people = list(dict.fromkeys(fact.who for fact in dialogue.facts))
        roles = {who: number % 3 for number, who in enumerate(people)}
        self._targets, self._gone, self._rest = (
            [fact for fact in dialogue.facts if roles[fact.who] == role] for role in range(3)
        )
        self._counts: Counter[str] = Counter()

    def run(self) -> Counter[str]:
        """The counts of one dialogue."""
        half = len(self._dialogue.turns) // 4 * 2
        with self._open, self._chat as chat:
            before = self._known(self._dialogue.facts, self._open)
            self._count("known", len(before), len(self._dialogue.facts))
            self._hear(chat.memory, 0, half)
            for who, short in {fact.who: fact.short for fact in self._targets}.items():
                chat.forget(who, aliases=[short])
            self._hear(chat.memory, half, len(self._dialogue.turns))
            self._probe()
            self._still("kept", self._rest, before)
            for target in list(chat.forget_set):
                chat.unforget(target.id)
            chat.memory.summary()
            self._still("restored", self._targets, before)
            self._erase()
            self._still("erased_kept", [*self._targets, *self._rest], before)
        return self._counts

    def _hear(self, memory: DualMemory, start: int, end: int) -> None:
        """The dialogue's turns from one to before another."""
        for at in range(start, end, _BATCH):
            batch = slice(at, min(end, at + _BATCH))
            turns = self._dialogue.turns[batch]
            new = [NewTurn(role=turn.role, text=turn.text, time=turn.time) for turn in turns]
            memory.add_turns(new, embedded=self._read[batch])
        memory.summary()

    def _probe(self) -> None:
        values = [v for fact in self._targets for v in (fact.value, fact.former) if v]
        for fact in self._targets:
            for words, kept in self._probes(fact):
                self._look(words, values)
                self._count("probes", 1)
                self._reply(words, values, kept)
        for fact in self._rest:
            self._look(fact.question, values)
        lines = self._chat.memory._store.rows("SELECT text FROM summaries")
        self._found("stored summaries", [text for (text,) in lines], values)

    def _erase(self) -> None:
        memory, texts = self._chat.memory, [turn.text for turn in self._dialogue.turns]
        for who, short in {fact.who: fact.short for fact in self._gone}.items():
            memory.erase(target=Subject(name=who, aliases=(short,)))
        memory.summary()
        values = [v for fact in self._gone for v in (fact.value, fact.former) if v]
        for fact in self._gone:
            for words, _ in self._probes(fact):
                self._look(words, values, "erased ")
            self._reply(fact.question, values, False, "erased ")
        held = [
            sentence
            for fact in self._gone
            for place in (*fact.turns, *fact.old)
            for sentence in sentences(texts[place])
            if any(says(sentence, value) for value in values)  # the rest is anybody's chatter
        ]
        self._count("verified", int(memory.verify(held).clean), 1)

    def _probes(self, fact: Planted) -> Iterable[tuple[str, bool]]:
        """Its question in every wording, with either name, and what brings it up, then asks on;
        with whether the exchange is remembered (questions are not: a dozen wordings of one would
        be what is recalled first for it, once the targets are taken back)."""
        for asks in _ASKS[fact.kind]:
            yield asks.format(who=fact.who), False
            yield asks.format(who=fact.short), False
        for opening, name in zip(_BRINGS_UP, (fact.who, fact.short), strict=True):
            yield opening.format(who=name), True
            anonymous = fact.question.replace(fact.who, "this person")
            yield anonymous.replace(fact.short, "this person"), False

    def _look(self, words: str, values: Sequence[str], kind: str = "") -> None:
        """Whether the prompt for some words holds what it should not."""
        recall = self._prompt(words).recall
        self._found(f"{kind}chunks", [episode.text for episode in recall.episodes], values)
        self._found(f"{kind}facts", [fact.text for fact in recall.facts], values)
        self._found(f"{kind}summaries", [recall.summary], values)
        self._found(f"{kind}latest turns", [turn.text for turn in recall.recent], values)

    def _reply(self, words: str, values: Sequence[str], kept: bool, kind: str = "") -> None:
        options = {"max_new_tokens": _TOKENS}
        reply = self._chat.send(words, remember=kept, options=options)
        self._found(f"{kind}replies", [reply.text], values)

    def _found(self, where: str, texts: Sequence[str], values: Sequence[str]) -> None:
        self._count(f"leaks in {where}", sum(says(t, v) for t in texts for v in values))

    def _prompt(self, words: str, memory: DualMemory | None = None) -> Prompt:
        """Of the chat's memory, or of one without a guard."""
        return (memory or self._chat.memory).compose(
            words,
            budget=BUDGET,
            count_tokens=self._chat.model.count,
            withhold=None if memory else self._chat.guard.withhold,
        )

    def _known(self, facts: Sequence[Planted], memory: DualMemory | None = None) -> set[str]:
        """The questions whose answer stands in the prompt."""
        found = set()
        for fact in facts:
            messages = self._prompt(fact.question, memory).messages[:-1]
            if any(says(message["content"], fact.value) for message in messages):
                found.add(fact.question)
        return found

    def _still(self, name: str, facts: Sequence[Planted], before: set[str]) -> None:
        were = [fact for fact in facts if fact.question in before]
        self._count(name, len(self._known(were)), len(were))

    def _count(self, name: str, count: int, of: int = 0) -> None:
        self._counts[name] += count
        self._counts[f"{name} of"] += of


def says(text: str, value: str) -> bool:
    """Whether a text has a value, whole."""
    return bool(re.search(rf"(?<!\w){re.escape(value.casefold())}(?!\w)", text.casefold()))


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
