"""How the things said in a made-up dialogue are worded.

``plain``: people are named in full whenever something is said of them. ``casual``: in full the
first time, then by the short name, which no other has, or by a pronoun whose person has just been
named, in the same turn or in the user's turn before. A reader can always tell who is meant.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeVar

from benchmarks.dialogue_casual import ASIDES, INTRODUCED, NEWS
from benchmarks.dialogue_kinds import Kind
from benchmarks.dialogue_words import CHATTER, LAST, MEN, OBJECTS, REPLIES, TOPICS, WOMEN

__all__ = ["Cast", "Half", "Person", "Saying", "Stage", "Talk", "chatter", "half_of", "worded"]

Half = Literal["tuning", "report"]
Talk = Literal["plain", "casual"]
Stage = Literal["states", "mentions", "changes"]
Thing = TypeVar("Thing")

_AGAIN = 0.4  # share of the facts, where talk is casual, that are about someone known
_AMONG = 0.5  # share of the things that are said among other things
_WAYS = {"short": 0.4, "same": 0.3, "before": 0.3}


@dataclass(frozen=True, slots=True)
class Person:
    """Someone who is spoken of. ``doctor``: is called by the last name."""

    first: str
    last: str
    doctor: bool = False

    @property
    def full(self) -> str:
        """First and last name."""
        return f"{self.first} {self.last}"

    @property
    def short(self) -> str:
        """The one name that is used once a person is known."""
        return self.last if self.doctor else self.first

    @property
    def pronouns(self) -> dict[str, str]:
        """What stands for the name."""
        he, him, his = ("she", "her", "her") if self.first in WOMEN else ("he", "him", "his")
        return {"he": he, "him": him, "his": his, "He": he.title(), "His": his.title()}


@dataclass(frozen=True, slots=True)
class Saying:
    """One thing that is said at a place: first (``states``), again (``mentions``), or that it
    changed (``changes``). ``named`` is where the turns that name the person are noted."""

    place: int
    kind: Kind
    person: Person
    value: str
    stage: Stage
    named: dict[int, int]


@dataclass(slots=True)
class Cast:
    """The people of a dialogue. In plain talk a fact has a person of its own; in casual talk no
    short name belongs to two people, and several facts of different kinds may be about one."""

    half: Half
    talk: Talk
    rng: random.Random
    _free: list[Person] = field(init=False)
    _last: list[str] = field(init=False)
    _known: dict[Person, set[str]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        first = half_of((*WOMEN, *MEN), self.half)
        self._last = half_of(LAST, self.half)
        if self.talk == "plain":
            self._free = [Person(a, b) for a in first for b in self._last]
        else:
            self._free = [Person(a, self.rng.choice(self._last)) for a in first]
        self.rng.shuffle(self._free)
        self.rng.shuffle(self._last)

    def person(self, kind: Kind) -> Person:
        """Whom the next fact, of this kind, is about."""
        if self.talk == "plain":
            return self._free.pop()
        if kind.name == "appointment":
            return Person(self._free.pop().first, self._last.pop(), doctor=True)
        fitting = [person for person, kinds in self._known.items() if kind.name not in kinds]
        again = fitting and self.rng.random() < _AGAIN
        person = self.rng.choice(fitting) if again else self._free.pop()
        self._known.setdefault(person, set()).add(kind.name)
        return person


def half_of(things: Sequence[Thing], half: Half) -> list[Thing]:
    """Every other one."""
    return list(things[half == "report" :: 2])


def worded(
    sayings: Sequence[Saying], free: set[int], half: Half, talk: Talk, rng: random.Random
) -> dict[int, str]:
    """The texts of the turns in which something is said; ``free`` turns may name a person."""
    texts: dict[int, str] = {}
    known: set[Person] = set()
    for saying in sorted(sayings, key=lambda saying: saying.place):
        way = "full" if talk == "plain" or saying.person not in known else _way(saying, free, rng)
        known.add(saying.person)
        before = saying.place - 2 if way == "before" else saying.place
        saying.named[saying.place] = before
        text = _sentence(saying, way, half, rng)
        if way in ("same", "before"):
            title = "Doctor " if saying.person.doctor else ""
            name = _one(INTRODUCED, half, rng).format(who=title + saying.person.short)
            if way == "before":
                texts[before] = f"{_small_talk(CHATTER, half, rng)} {name}"
                free.discard(before)
            else:
                text = f"{name} {text}"
        if rng.random() < _AMONG or text in texts.values():  # no turn is like another to the letter
            other = _small_talk(CHATTER, half, rng)
            text = f"{text} {other}" if way == "before" else f"{other} {text}"
        texts[saying.place] = text
    return texts


def _way(saying: Saying, free: set[int], rng: random.Random) -> str:
    """How someone known is referred to."""
    way = rng.choices(list(_WAYS), list(_WAYS.values()))[0]
    if saying.stage == "states":
        return "short"
    return "same" if way == "before" and saying.place - 2 not in free else way


def _sentence(saying: Saying, way: str, half: Half, rng: random.Random) -> str:
    if way in ("full", "short"):
        wordings: tuple[str, ...] = getattr(saying.kind, saying.stage)
        who = saying.person.full if way == "full" else saying.person.short
        return _one(wordings, half, rng).format(who=who, value=saying.value)
    wordings = (NEWS if saying.stage == "changes" else ASIDES)[saying.kind.name]
    text = _one(wordings, half, rng).format(value=saying.value, **saying.person.pronouns)
    return text[0].upper() + text[1:]


def chatter(place: int, half: Half, rng: random.Random) -> str:
    """A turn in which nothing is said."""
    wordings = REPLIES if place % 2 else CHATTER
    return " ".join(_small_talk(wordings, half, rng) for _ in range(2))


def _small_talk(wordings: Sequence[str], half: Half, rng: random.Random) -> str:
    topic, thing = _one(TOPICS, half, rng), _one(OBJECTS, half, rng)
    text = _one(wordings, half, rng).format(topic=topic, object=thing)
    return text[0].upper() + text[1:]


def _one(things: Sequence[str], half: Half, rng: random.Random) -> str:
    return rng.choice(half_of(things, half))
