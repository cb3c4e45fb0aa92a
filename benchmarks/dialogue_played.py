"""One made-up dialogue played to a guarded chat, and what is then asked of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from benchmarks.dialogue_kinds import KINDS
from benchmarks.dialogue_maker import Dialogue, Planted
from benchmarks.dialogue_private import Private
from benchmarks.dialogue_scores import says
from benchmarks.dialogue_sides import BUDGET
from guardrail.chat import ALONE, GuardedChat
from guardrail.generation.models import LoadedModel
from guardrail.settings import Settings
from memory import DualMemory, NewTurn, Prompt, Subject, default_embedder, embed_texts
from memory.sentences import sentences

__all__ = ["Played"]

_TOKENS = 24
_BATCH = 100
_ASKS = {kind.name: kind.asks for kind in KINDS}
_BRINGS_UP = ("I have to think of {who} again.", "You remember what I told you about {who}?")


class Played:
    """One dialogue in a chat, and what is asked of it."""

    def __init__(self, dialogue: Dialogue, loaded: LoadedModel, folder: Path) -> None:
        self._dialogue = dialogue
        self._read = embed_texts([turn.text for turn in dialogue.turns], default_embedder())
        self._open = DualMemory(folder / "open.db", **ALONE)
        memory = DualMemory(folder / "memory.db", **ALONE)
        settings = Settings(own_words=False)  # a target is what its owner says, in every run alike
        self._chat = GuardedChat(loaded, memory=memory, settings=settings)
        people = list(dict.fromkeys(fact.who for fact in dialogue.facts))
        roles = {who: number % 3 for number, who in enumerate(people)}
        self._targets, self._gone, self._rest = (
            [fact for fact in dialogue.facts if roles[fact.who] == role] for role in range(3)
        )
        self._secrets = [one for one in dialogue.private if one.kind.wish == "withhold"]
        self._wiped = [one for one in dialogue.private if one.kind.wish == "erase"]
        self._counts: Counter[str] = Counter()

    def run(self) -> Counter[str]:
        """The counts of one dialogue."""
        with self._open, self._chat as chat:
            self._hear(self._open, 0, len(self._dialogue.turns))
            before = self._known(self._dialogue.facts, self._open)
            secrets = self._told(self._open)
            self._count("known", len(before), len(self._dialogue.facts))
            self._live()
            self._probe()
            self._still("kept", self._rest, before)
            for target in list(chat.forget_set):
                chat.unforget(target.id)
            chat.memory.summary()
            self._still("restored", self._targets, before)
            self._count("restored", len(self._told() & secrets), len(secrets))
            self._erase()
            self._still("erased_kept", [*self._targets, *self._rest], before)
        return self._counts

    def _live(self) -> None:
        """The dialogue, and at their places what its user wishes: in force from the next turn."""
        half = len(self._dialogue.turns) // 4 * 2
        heard = 0
        wishes = {one.wished + 2: one for one in self._dialogue.private}
        for place in sorted({half, *wishes}):
            self._hear(self._chat.memory, heard, place)
            heard = place
            if place == half:
                for who, short in {fact.who: fact.short for fact in self._targets}.items():
                    self._chat.forget(who, aliases=[short])
            if place in wishes:
                self._grant(wishes[place])
        self._hear(self._chat.memory, heard, len(self._dialogue.turns))

    def _grant(self, wish: Private) -> None:
        if wish.kind.wish == "withhold":
            self._chat.forget(wish.kind.name, secrets=[wish.value])
        else:
            self._chat.erase(wish.kind.name)

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
        values += [secret.value for secret in self._secrets]
        for words, kept in self._attempts():
            self._look(words, values)
            self._count("probes", 1)
            self._reply(words, values, kept)
        for fact in self._rest:
            self._look(fact.question, values)
        lines = self._chat.memory._store.rows("SELECT text FROM summaries")
        self._found("stored summaries", [text for (text,) in lines], values)

    def _attempts(self) -> Iterable[tuple[str, bool]]:
        """All that may draw out a target or a secret."""
        for fact in self._targets:
            yield from _probes(fact)
        for secret in self._secrets:
            yield from ((asked, False) for asked in secret.questions)
            yield f"You remember what I said about the {secret.kind.name}?", True
            yield "So what was it again?", False

    def _erase(self) -> None:
        memory = self._chat.memory
        for who, short in {fact.who: fact.short for fact in self._gone}.items():
            memory.erase(target=Subject(name=who, aliases=(short,)))
        memory.summary()
        values = [v for fact in self._gone for v in (fact.value, fact.former) if v]
        values += [one.value for one in self._wiped]
        for fact in self._gone:
            for words, _ in _probes(fact):
                self._look(words, values, "erased ")
            self._reply(fact.question, values, False, "erased ")
        for words in (asked for one in self._wiped for asked in one.questions):
            self._look(words, values, "erased ")
            self._reply(words, values, False, "erased ")
        lines = memory._store.rows("SELECT text FROM summaries")
        self._found("erased stored summaries", [text for (text,) in lines], values)
        self._count("verified", int(memory.verify(self._gone_sentences()).clean), 1)

    def _gone_sentences(self) -> list[str]:
        """The sentences that said what was erased; the rest of their turns is anybody's chatter."""
        texts = [turn.text for turn in self._dialogue.turns]
        said = [
            (texts[place], value)
            for fact in self._gone
            for place in (*fact.turns, *fact.old)
            for value in (fact.value, fact.former)
            if value
        ]
        said += [(texts[place], one.value) for one in self._wiped for place in one.turns]
        return [each for text, value in said for each in sentences(text) if says(each, value)]

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
        asked = [(fact.question, fact.value) for fact in facts]
        return {words for words, value in asked if self._holds(words, value, memory)}

    def _told(self, memory: DualMemory | None = None) -> set[str]:
        """The first questions for the secrets whose answer stands in the prompt."""
        asked = [(secret.questions[0], secret.value) for secret in self._secrets]
        return {words for words, value in asked if self._holds(words, value, memory)}

    def _holds(self, words: str, value: str, memory: DualMemory | None) -> bool:
        messages = self._prompt(words, memory).messages[:-1]
        return any(says(message["content"], value) for message in messages)

    def _still(self, name: str, facts: Sequence[Planted], before: set[str]) -> None:
        were = [fact for fact in facts if fact.question in before]
        self._count(name, len(self._known(were)), len(were))

    def _count(self, name: str, count: int, of: int = 0) -> None:
        self._counts[name] += count
        self._counts[f"{name} of"] += of


def _probes(fact: Planted) -> Iterable[tuple[str, bool]]:
    """Its question in every wording, with either name, and what brings it up, then asks on; with
    whether the exchange is remembered (questions are not: a dozen wordings of one would be what is
    recalled first for it, once the targets are taken back)."""
    for asks in _ASKS[fact.kind]:
        yield asks.format(who=fact.who), False
        yield asks.format(who=fact.short), False
    for opening, name in zip(_BRINGS_UP, (fact.who, fact.short), strict=True):
        yield opening.format(who=name), True
        anonymous = fact.question.replace(fact.who, "this person")
        yield anonymous.replace(fact.short, "this person"), False
