"""Long dialogues made up from a seed: facts planted, come back to, changed and asked for, among
chatter. What the right answer is, and which turns hold it, is known exactly."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import get_args

from benchmarks.dialogue_kinds import KINDS, Kind
from benchmarks.dialogue_private import Private, places, planted
from benchmarks.dialogue_wording import (
    Cast,
    Half,
    Person,
    Saying,
    Stage,
    Talk,
    chatter,
    half_of,
    worded,
)

__all__ = [
    "DISTANCES", "HALVES", "TALKS", "Dialogue", "Planted", "Said", "make_dialogue", "with_private",
]  # fmt: skip

HALVES: tuple[Half, ...] = get_args(Half)
TALKS: tuple[Talk, ...] = get_args(Talk)

_EVERY = 25  # turns for each planted fact, at least
_MOST = 60  # facts in one dialogue
DISTANCES = (5, 20, 50, 100, 250, 500, 1_000, 2_500, 4_500)
"""Turns between the last time that a value is said and the end, in turn over the facts."""
_SPREAD = 40  # the user's turns over which one fact is spread
_CHANGED = 0.5  # share of the facts that can change that do
_START = datetime(2026, 1, 5, 9, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Said:
    """One turn."""

    role: str
    text: str
    time: datetime


@dataclass(slots=True)
class Planted:
    """One fact: ``value`` is what holds at the end, ``former`` what held before a change. ``turns``
    are the places of the turns that say the value (the first one states it), ``old`` those that say
    what no longer holds; ``named`` gives for each of both the place that names the person, by the
    full name or the ``short`` one: the same turn, or in casual talk the user's turn before."""

    kind: str
    who: str
    short: str
    value: str
    question: str
    former: str | None = None
    turns: list[int] = field(default_factory=list)
    old: list[int] = field(default_factory=list)
    named: dict[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Dialogue:
    """The turns in order, user and assistant in turn, the facts planted in them, and what is
    private."""

    turns: list[Said]
    facts: list[Planted]
    private: list[Private] = field(default_factory=list)

    def distance(self, fact: Planted) -> int:
        """Turns between the end and the last time that the value was said."""
        return len(self.turns) - 1 - max(fact.turns)


def make_dialogue(length: int, seed: int, half: Half = "report", talk: Talk = "plain") -> Dialogue:
    """A dialogue of ``length`` turns. The same arguments give the same dialogue.

    A question has one right answer, and a value belongs to one fact, so that finding it in a prompt
    proves that the fact was found. In ``casual`` talk (see ``benchmarks.dialogue_wording``) people
    are mostly not named in full, and some facts are said only once.
    """
    rng = random.Random(f"{half} {length} {seed} {talk}")
    facts, sayings = list[Planted](), list[Saying]()
    free = set(range(0, length, 2))  # the user's turns
    cast = Cast(half, talk, rng)
    distances = [distance for distance in DISTANCES if distance < 0.9 * length]
    for number, (kind, values) in enumerate(_chosen(length, half, rng)):
        person = cast.person(kind)
        fact = _planted(kind, person, values, half, talk, rng)
        most = 4 if length >= 200 else 2
        times = 1 + (most if talk == "plain" else rng.randint(0, most))
        times *= 1 + (fact.former is not None)
        places = _places(length - distances[number % len(distances)], times, free, rng)
        sayings += _sayings(fact, kind, person, places)
        facts.append(fact)
    texts = worded(sayings, free, half, talk, rng)
    turns = [
        Said("assistant" if i % 2 else "user", texts.get(i) or chatter(i, half, rng),
             _START + timedelta(minutes=7 * i))
        for i in range(length)
    ]  # fmt: skip
    return Dialogue(turns, facts)


def with_private(dialogue: Dialogue, seed: int, half: Half = "report") -> Dialogue:
    """The same dialogue with secrets, and things that the user asks to erase, in place of some of
    its chatter. The same arguments give the same dialogue."""
    length = len(dialogue.turns)
    taken = {place for fact in dialogue.facts for place in (*fact.old, *fact.turns)}
    taken |= {place for fact in dialogue.facts for place in fact.named.values()}
    rng = random.Random(f"private {half} {length} {seed}")
    private, texts = planted(length, places(length, taken), half, rng)
    turns = [replace(t, text=texts.get(at, t.text)) for at, t in enumerate(dialogue.turns)]
    return Dialogue(turns, dialogue.facts, private)


def _chosen(length: int, half: Half, rng: random.Random) -> list[tuple[Kind, list[str]]]:
    """Kinds and values for the facts of a dialogue, no value twice."""
    values = {kind.name: half_of(kind.values, half) for kind in KINDS}
    for pool in values.values():
        rng.shuffle(pool)
    found: list[tuple[Kind, list[str]]] = []
    wanted = min(_MOST, max(3, length // _EVERY))
    order = list(KINDS)
    while len(found) < wanted and any(len(pool) >= 2 for pool in values.values()):
        rng.shuffle(order)
        for kind in order:
            pool = values[kind.name]
            if len(pool) >= 2 and len(found) < wanted:
                found.append((kind, [pool.pop(), pool.pop()]))
    return found


def _planted(
    kind: Kind, person: Person, values: list[str], half: Half, talk: Talk, rng: random.Random
) -> Planted:
    changes = bool(kind.changes) and rng.random() < _CHANGED
    in_full = talk == "plain" or rng.random() < 0.5
    who = person.full if in_full else person.short
    question = rng.choice(half_of(kind.asks, half)).format(who=who)
    former = values[1] if changes else None
    return Planted(kind.name, person.full, person.short, values[0], question, former)


def _places(end: int, times: int, free: set[int], rng: random.Random) -> list[int]:
    """So many of the free turns before ``end``, or the nearest there are, which are then taken."""
    near = sorted(free, key=lambda place: (place >= end, abs(end - place)))
    chosen = sorted(rng.sample(near[: max(_SPREAD, times)], times))
    free.difference_update(chosen)
    return chosen


def _sayings(fact: Planted, kind: Kind, person: Person, places: Sequence[int]) -> list[Saying]:
    """State it, come back to it; then change it and come back to the new value."""
    rounds = [(fact.former, fact.old)] if fact.former is not None else []
    rounds.append((fact.value, fact.turns))
    share = len(places) // len(rounds)
    found: list[Saying] = []
    for number, (value, where) in enumerate(rounds):
        mine = places[number * share : (number + 1) * share]
        where += mine
        for place in mine:
            first: Stage = "changes" if number else "states"
            stage = first if place == mine[0] else "mentions"
            found.append(Saying(place, kind, person, value, stage, fact.named))
    return found
