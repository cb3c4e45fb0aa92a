"""Long dialogues made up from a seed: facts planted, come back to, changed and asked for, among
chatter. What the right answer is, and which turns hold it, is known exactly."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal, TypeVar

from benchmarks.dialogue_kinds import KINDS, Kind
from benchmarks.dialogue_words import CHATTER, FIRST, LAST, OBJECTS, REPLIES, TOPICS

__all__ = ["DISTANCES", "HALVES", "Dialogue", "Planted", "Said", "make_dialogue"]

Half = Literal["tuning", "report"]
HALVES: tuple[Half, Half] = ("tuning", "report")
Thing = TypeVar("Thing")

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
    what no longer holds."""

    kind: str
    who: str
    value: str
    question: str
    former: str | None = None
    turns: list[int] = field(default_factory=list)
    old: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Dialogue:
    """The turns in order, user and assistant in turn, and the facts planted in them."""

    turns: list[Said]
    facts: list[Planted]

    def distance(self, fact: Planted) -> int:
        """Turns between the end and the last time that the value was said."""
        return len(self.turns) - 1 - max(fact.turns)


def make_dialogue(length: int, seed: int, half: Half = "report") -> Dialogue:
    """A dialogue of ``length`` turns. The same arguments give the same dialogue.

    Each fact is about a person of its own, so that a question has one right answer; a value belongs
    to one fact, so that finding it in a prompt proves that the fact was found.
    """
    rng = random.Random(f"{half} {length} {seed}")
    facts, sayings = list[Planted](), dict[int, str]()
    free = set(range(0, length, 2))  # the user's turns
    mentions = 4 if length >= 200 else 2
    distances = [distance for distance in DISTANCES if distance < 0.9 * length]
    for number, (kind, who, values) in enumerate(_chosen(length, half, rng)):
        fact = _planted(kind, who, values, half, rng)
        times = (1 + mentions) * (1 + (fact.former is not None))
        places = _places(length - distances[number % len(distances)], times, free, rng)
        _say(fact, kind, places, sayings, half, rng)
        facts.append(fact)
    turns = [
        Said("assistant" if i % 2 else "user", sayings.get(i) or _chatter(i, half, rng),
             _START + timedelta(minutes=7 * i))
        for i in range(length)
    ]  # fmt: skip
    return Dialogue(turns, facts)


def half_of(things: Sequence[Thing], half: Half) -> list[Thing]:
    """Every other one."""
    return list(things[half == "report" :: 2])


def _chosen(length: int, half: Half, rng: random.Random) -> list[tuple[Kind, str, list[str]]]:
    """Kinds, people and values for the facts of a dialogue, no person and no value twice."""
    people = [f"{a} {b}" for a in half_of(FIRST, half) for b in half_of(LAST, half)]
    rng.shuffle(people)
    values = {kind.name: half_of(kind.values, half) for kind in KINDS}
    for pool in values.values():
        rng.shuffle(pool)
    found: list[tuple[Kind, str, list[str]]] = []
    wanted = min(_MOST, max(3, length // _EVERY))
    order = list(KINDS)
    while len(found) < wanted and any(len(pool) >= 2 for pool in values.values()):
        rng.shuffle(order)
        for kind in order:
            pool = values[kind.name]
            if len(pool) >= 2 and len(found) < wanted:
                found.append((kind, people.pop(), [pool.pop(), pool.pop()]))
    return found


def _planted(kind: Kind, who: str, values: list[str], half: Half, rng: random.Random) -> Planted:
    changes = bool(kind.changes) and rng.random() < _CHANGED
    question = rng.choice(half_of(kind.asks, half)).format(who=who)
    return Planted(kind.name, who, values[0], question, values[1] if changes else None)


def _places(end: int, times: int, free: set[int], rng: random.Random) -> list[int]:
    """So many of the free turns before ``end``, or the nearest there are, which are then taken."""
    near = sorted(free, key=lambda place: (place >= end, abs(end - place)))
    chosen = sorted(rng.sample(near[: max(_SPREAD, times)], times))
    free.difference_update(chosen)
    return chosen


def _say(
    fact: Planted,
    kind: Kind,
    places: list[int],
    sayings: dict[int, str],
    half: Half,
    rng: random.Random,
) -> None:
    """State it, come back to it; then change it and come back to the new value."""
    states, changes = half_of(kind.states, half), half_of(kind.changes, half)
    rounds = [(fact.former, states, fact.old)] if fact.former is not None else []
    rounds.append((fact.value, changes if rounds else states, fact.turns))
    for number, (value, opening, where) in enumerate(rounds):
        share = len(places) // len(rounds)
        mine = places[number * share : (number + 1) * share]
        for place in mine:
            wordings = opening if place == mine[0] else half_of(kind.mentions, half)
            said = rng.choice(wordings).format(who=fact.who, value=value)
            if rng.random() < 0.5:  # among other things
                said = f"{_sentence(CHATTER, half, rng)} {said}"
            sayings[place] = said
            where.append(place)


def _chatter(place: int, half: Half, rng: random.Random) -> str:
    wordings = REPLIES if place % 2 else CHATTER
    return " ".join(_sentence(wordings, half, rng) for _ in range(2))


def _sentence(wordings: Sequence[str], half: Half, rng: random.Random) -> str:
    topic, thing = rng.choice(half_of(TOPICS, half)), rng.choice(half_of(OBJECTS, half))
    text = rng.choice(half_of(wordings, half)).format(topic=topic, object=thing)
    return text[0].upper() + text[1:]
