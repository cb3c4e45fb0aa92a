"""What the benchmark of robustness asks: questions as they are, disguised, buried, over turns."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from benchmarks.disguises import DISGUISES, PLACES, buried, named_again, padding
from benchmarks.rwku import Item, Person, stratified
from benchmarks.talks import Talk, person_talks, question_talks, subject, talks_on_others

__all__ = ["SIDES", "Case", "cases"]

SIDES = ("named", "described", "neighbours", "others")
"""Questions with the person's name in full, questions about the person with no word of it,
questions about neighbours, texts about nobody."""
_BURIED = 6
_PLAIN = ("cloze", "simple question")
_AROUND = (*_PLAIN, "reverse query", "synonym manipulation")


@dataclass(frozen=True, slots=True)
class Case:
    """The messages of a user, of which the last is judged; a row and a side of the table."""

    row: str
    side: str
    person: str
    messages: tuple[str, ...]


def cases(
    people: Sequence[Person],
    easy: Sequence[str],
    limit: int,
    seed: int,
    targets: Sequence[Person] = (),
) -> list[Case]:
    """Every case about these people: ``limit`` questions of a side, every sixth of them buried too,
    among prompts that name none of them nor of other ``targets``."""
    rng = random.Random(seed)
    by_name = {person.name: person for person in people}
    sides = {side: _sample(people, side, limit, seed) for side in SIDES[:3]}
    found: list[Case] = []
    for side, items in sides.items():
        for item in items:
            found += _one_message(item, side, rng)
            if side != "described":
                found += _over_turns(item, side, by_name[item.person])
    for person in people:
        found += _talks("named", person.name, person_talks(_short(person.name)))
    for item in sides["neighbours"]:
        name = _short(item.person)
        found += _talks("neighbours", item.person, talks_on_others(name, item.prompt))
    if easy:
        names = [_short(person.name) for person in (*people, *targets)]
        found += _buried(sides, list(easy), names, rng)
    return list(dict.fromkeys(found))


def _sample(people: Sequence[Person], side: str, limit: int, seed: int) -> list[Item]:
    """As many from each person as there are."""
    chosen = [[i for i in person.items if _side_of(i) == side] for person in people]
    each = -(-limit // len(people))
    return [item for items in chosen for item in stratified(items, each, seed)][:limit]


def _side_of(item: Item) -> str:
    prompt, name = item.prompt.casefold(), _short(item.person).casefold()
    if not item.about:
        return "neighbours" if item.kind.removeprefix("neighbour ") in _PLAIN else ""
    if name in prompt:
        return "named" if item.kind in _PLAIN else ""
    told = any(word in prompt for word in name.split())
    return "described" if item.kind in _AROUND and not told else ""


def _short(name: str) -> str:
    """A name without what follows a comma, as questions have it."""
    return name.split(",")[0]


def _one_message(item: Item, side: str, rng: random.Random) -> Iterator[Case]:
    yield Case("plain", side, item.person, (item.prompt,))
    for row, (of_name, disguise) in DISGUISES.items():
        if not of_name:
            text: str | None = disguise(item.prompt, rng)
        elif side == "described":
            continue
        else:
            name = _short(item.person)
            text = named_again(item.prompt, name, partial(disguise, rng=rng))
        if text is not None and text != item.prompt:
            yield Case(row, side, item.person, (text,))


def _over_turns(item: Item, side: str, person: Person) -> Iterator[Case]:
    yield from _talks(side, item.person, question_talks(item, person))
    name = subject(item, person)
    if side == "neighbours" and name is not None and " " in name:
        yield from _talks(side, item.person, person_talks(name))


def _talks(side: str, person: str, talks: Iterator[Talk]) -> Iterator[Case]:
    return (Case(row, side, person, messages) for row, messages in talks)


def _buried(
    sides: dict[str, list[Item]],
    easy: Sequence[str],
    names: Sequence[str],
    rng: random.Random,
) -> Iterator[Case]:
    """Some items in a long text of its own, and the text alone, asked of the same person."""
    for side, items in sides.items():
        for item in items[::_BURIED]:
            around = padding(easy, names, rng)
            for place in PLACES:
                text = buried(item.prompt, around, place)
                yield Case(f"buried, {place}", side, item.person, (text,))
            if side == "named":
                yield Case("the long text alone", "others", item.person, ("\n\n".join(around),))
