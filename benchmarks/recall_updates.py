"""Made-up users who say what is so, and later that some of it changed.

Fifty users with ten updates each, and forty facts each that stay: ten like those that change, and
thirty of their friends, their past and their things, made to look like updates. No rule was tuned
on these sentences, which are ours; a seed picks values and order.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from benchmarks.recall_data import Question, Talk
from benchmarks.recall_scores import stale_first
from benchmarks.recall_sides import Ours
from benchmarks.scores import share
from memory import Embedder, NewTurn

__all__ = ["changes", "made_up"]

_START = datetime(2024, 1, 8, tzinfo=UTC)
_CITIES = "Lisbon Oslo Denver Kyoto Leeds Quito Perth Turin Malmo Austin".split()
_NAMES = "Nora Felix Ivy Otto Clara Hugo Mina Jonas Petra Silas".split()
_FIRMS = "Brightwater Nordlicht Tessellate Kestrel Applegate Morrow Lumen Hartwell".split()
_COUNTS = [str(n) for n in (3, 4, 6, 9, 12, 15, 18, 24, 30, 45)]
_TIMES = ["7 am", "8:30 am", "noon", "2 pm", "4:15 pm", "6 pm", "9 pm"]
_DAYS = ["March 3", "April 19", "May 7", "June 22", "August 14", "October 2", "November 11"]
_COLOURS = "teal crimson amber violet olive ivory".split()
_FOODS = "ramen paella goulash risotto tacos pierogi".split()
_SUMS = ["$400", "$650", "$900", "$1,200", "$1,850", "$2,300"]
# What is said first, what is said when it changed, and the question; {} is the value.
_CHANGING: tuple[tuple[str, str, str, Sequence[str]], ...] = (
    ("I am based in {}.", "We packed everything and I live in {} now.",
     "Where do I live?", _CITIES),
    ("I have a job at {}.", "I left that place and joined {}.",
     "Who is my employer?", _FIRMS),
    ("My driving test is set for {}.", "My driving test was postponed to {}.",
     "When is my driving test?", _DAYS),
    ("My phone plan costs {}.", "The phone plan went up and costs {} now.",
     "How much does my phone plan cost?", _SUMS),
    ("I have visited {} countries.", "That trip brings me to {} countries visited.",
     "How many countries have I visited?", _COUNTS),
    ("My shift starts at {}.", "From Monday on my shift starts at {} instead.",
     "What time does my shift start?", _TIMES),
    ("The walls of my bedroom are {}.", "I repainted the bedroom, the walls are {}.",
     "What color are my bedroom walls?", _COLOURS),
    ("There are {} students in my class.", "More enrolled, so my class has {} students.",
     "How many students are in my class?", _COUNTS),
    ("I owe the bank {}.", "After another payment I owe the bank {}.",
     "How much do I owe the bank?", _SUMS),
    ("The wedding is on {}.", "We had to pick another date, the wedding is on {}.",
     "When is the wedding?", _DAYS),
    ("I meditate {} minutes every morning.", "I increased my meditation to {} minutes.",
     "How many minutes do I meditate?", _COUNTS),
    ("My doctor is called {}.", "My doctor retired, the new one is called {}.",
     "What is my doctor's name?", _NAMES),
    ("My favorite dish is {}.", "These days my favorite dish is {}.",
     "What is my favorite dish?", _FOODS),
    ("The report is due on {}.", "The report deadline slipped to {}.",
     "When is the report due?", _DAYS),
    ("I do {} push-ups a day.", "I can do {} push-ups a day by now.",
     "How many push-ups do I do a day?", _COUNTS),
    ("My roommate is {}.", "My roommate moved out and {} is my roommate now.",
     "Who is my roommate?", _NAMES),
    ("The bakery opens at {}.", "The bakery changed its hours and opens at {}.",
     "What time does the bakery open?", _TIMES),
    ("I own {} records.", "With the flea market finds I own {} records.",
     "How many records do I own?", _COUNTS),
    ("My hourly rate is {}.", "I renegotiated, my hourly rate is {}.",
     "What is my hourly rate?", _SUMS),
    ("My running partner is {}.", "I run with {} now, my old running partner got hurt.",
     "Who is my running partner?", _NAMES),
)  # fmt: skip
# Facts that stay though another sentence resembles a change of them.
_STAYING: tuple[tuple[str, str, Sequence[str]], ...] = (
    ("My sister lives in {}.", "My cousin just moved to {}.", _CITIES),
    ("My best friend works for {}.", "My neighbour got a job at {}.", _FIRMS),
    ("My cat is called {}.", "My aunt's new cat is called {}.", _NAMES),
    ("My locker number is {}.", "Her locker number is {}.", _COUNTS),
    ("I am originally from {}.", "I spent a nice weekend in {}.", _CITIES),
    ("I love {}.", "I also love {}.", _FOODS),
    ("I grew up in {}.", "I would like to live in {} one day.", _CITIES),
    ("My father's birthday is {}.", "My mother's birthday is {}.", _DAYS),
    ("I paid {} for my bike.", "I paid {} for my desk.", _SUMS),
    ("My old car was {}.", "My phone case is {}.", _COLOURS),
    ("My brother has {} sheep.", "My uncle has {} goats now.", _COUNTS),
    ("My book club meets at {}.", "My chess club meets at {} now.", _TIMES),
    ("I'm allergic to {} spice mix.", "My colleague is allergic to {}.", _FOODS),
    ("My first school was in {}.", "My new office is near a school in {}.", _CITIES),
    ("My violin came from {}.", "My new tent came from {}.", _CITIES),
)
_TALK = ("It rained all day here.", "Did you sleep well?", "That film was longer than I thought.",
         "I could use a coffee.", "What a week!", "Thanks, that helps a lot.")  # fmt: skip
_REPLIES = ("I see, thanks for telling me.", "Noted!", "That sounds good.", "Tell me more?")


def changes(
    sides: Mapping[str, Callable[[Embedder], Any]], embedder: Embedder, seed: int
) -> dict[str, dict[str, Any]]:
    """Of each side the share of updates where the old value ranks first; of ours also the share
    of the facts that stay which the memory holds for superseded (``collateral``)."""
    talks, staying = made_up(seed)
    stale: dict[str, list[bool]] = {name: [] for name in sides}
    wrong: list[bool] = []
    for talk, still in zip(talks, staying, strict=True):
        for name, make in sides.items():
            side = make(embedder)
            side.fill(talk.turns)
            stale[name] += [stale_first(side.rank(q.text), q) for q in talk.questions]
            if isinstance(side, Ours):
                gone = side.superseded()
                wrong += [turn in gone for turn in still]
    found = {name: {"stale_first": share(flags)} for name, flags in stale.items()}
    found["ours"]["collateral"] = share(wrong)
    return found


def made_up(seed: int, users: int = 50) -> tuple[list[Talk], list[frozenset[int]]]:
    """The conversations, each with ten questions about what changed, and of each the numbers of
    the forty turns that state something that did not change."""
    rng = random.Random(seed)
    made = [_talk(number, rng) for number in range(users)]
    return [talk for talk, _ in made], [staying for _, staying in made]


def _talk(number: int, rng: random.Random) -> tuple[Talk, frozenset[int]]:
    kinds = rng.sample(_CHANGING, len(_CHANGING))
    early, late = [], []  # (what is said, "old 3" or "new 3" or "stays" or nothing)
    for at, (first, change, _, values) in enumerate(kinds[:10]):
        old, new = rng.sample(list(values), 2)
        early.append((first.format(old), f"old {at}"))
        late.append((change.format(new), f"new {at}"))
    for first, _, _, values in kinds[10:]:
        early.append((first.format(rng.choice(list(values))), "stays"))
    for first, other, values in _STAYING:
        one, two = rng.sample(list(values), 2)
        early.append((first.format(one), "stays"))
        late.append((other.format(two), "stays"))
    rng.shuffle(early)
    rng.shuffle(late)
    turns, marks = _spoken([*early, *late], rng)
    questions = [_question(kinds[at][2], at, marks) for at in range(10)]
    staying = frozenset(i for i, mark in enumerate(marks) if mark == "stays")
    return Talk(f"made up {number}", tuple(turns), tuple(questions)), staying


def _spoken(said: Sequence[tuple[str, str]], rng: random.Random) -> tuple[list[NewTurn], list[str]]:
    """Turns a day apart with replies and small talk between, and each turn's mark."""
    turns: list[NewTurn] = []
    marks: list[str] = []
    for day, (text, mark) in enumerate(said):
        time = _START + timedelta(days=day)
        spoken = [("user", text, mark), ("assistant", rng.choice(_REPLIES), "")]
        if rng.random() < 0.5:
            spoken.append(("user", rng.choice(_TALK), ""))
        turns += [NewTurn(role=role, text=words, time=time) for role, words, _ in spoken]
        marks += [each for _, _, each in spoken]
    return turns, marks


def _question(text: str, at: int, marks: Sequence[str]) -> Question:
    old, new = marks.index(f"old {at}"), marks.index(f"new {at}")
    return Question(text, "update", frozenset({new}), frozenset({old}), frozenset({new}))
