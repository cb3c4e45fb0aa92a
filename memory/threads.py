"""Assertions in the order of time, resolved: what holds of each thing, and until when what held.

A thread is all that was said of one thing: assertions with the same attribute, where the attribute
is one of which there is one value at a time, and statements that are linked as being of one thing.
It has at most one current fact.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from .rules import ABOUT
from .turns import Fact
from .words import terms

__all__ = ["Row", "Threads", "linked_to"]


@dataclass(frozen=True, slots=True)
class Row:
    """An assertion as it is stored."""

    id: int
    subject: str
    attribute: str
    value: str
    text: str
    turn: int
    conversation: str
    time: float
    over: int

    @property
    def keyed(self) -> bool:
        """Whether the attribute itself says what it is of, and has one value at a time."""
        return not self.attribute.startswith(ABOUT)

    @property
    def key(self) -> tuple[str, str]:
        """Whose attribute it is."""
        return self.subject.casefold(), self.attribute


class Threads:
    """The facts of a scope. ``facts`` in the order of their times, ``ended`` the places of those
    that hold no longer, ``stating`` how many that hold each turn states."""

    def __init__(self) -> None:
        self.facts: list[Fact] = []
        self.ended: list[int] = []
        self.stating: Counter[int] = Counter()
        self._joined: list[int] = []  # of each thread the one that it went into, or itself
        self._holds: dict[int, int] = {}  # the fact that holds in a thread
        self._keys: dict[tuple[str, str], int] = {}  # thread of a keyed attribute, never joined
        self._keyed: set[int] = set()
        self._names: list[str] = []  # what a thread is called
        self._taken: dict[tuple[str, str], int] = {}  # threads of that name
        self._rows: dict[int, tuple[int, int, bool]] = {}  # thread, fact and kind of a row

    def add(self, row: Row, linked: Mapping[int, bool]) -> None:
        """Take in the next assertion. ``linked``: the rows before it of the same thing, and
        whether it says something else of it than they."""
        changed: dict[int, bool] = {}
        for other, differs in linked.items():
            if other in self._rows and not (row.keyed and self._rows[other][2]):
                fact = self._rows[other][1]
                changed[fact] = changed.get(fact, False) or differs
        threads = self._threads(row, linked)
        thread = threads[0] if threads else self._new(row)
        self._say(row, thread, threads, changed)
        for other in threads[1:]:
            self._joined[other] = thread

    def _threads(self, row: Row, linked: Mapping[int, bool]) -> list[int]:
        """What a row goes on with: at most one thread of a keyed attribute, which comes first."""
        kept = [self._rows[other] for other in linked if other in self._rows]
        found = {self._end(thread) for thread, _, keyed in kept if not (row.keyed and keyed)}
        plain = sorted(found - self._keyed)
        if not row.keyed:
            return [*sorted(found & self._keyed)[-1:], *plain]
        if row.key in self._keys:
            return [self._keys[row.key], *plain]
        for thread in plain[:1]:
            self._keys[row.key] = thread
            self._keyed.add(thread)
        return plain

    def _say(
        self, row: Row, thread: int, threads: Sequence[int], changed: Mapping[int, bool]
    ) -> None:
        """End what the row ends, and add the fact that it states, if it is a new one."""
        when = datetime.fromtimestamp(row.time, UTC)
        held = {each: self._holds[each] for each in threads if each in self._holds}
        same = [each for each, fact in held.items() if self._is_same(fact, row, changed)]
        again = None if row.over else next(iter(same), None)
        for each in same if row.over else held:
            if each != again:
                fact = self._holds.pop(each)
                self.facts[fact] = self.facts[fact].model_copy(update={"until": when})
                self.ended.append(fact)
                self.stating[self.facts[fact].turn_id] -= 1
        if row.over:
            return
        if again is not None:  # said again
            fact = self._holds.pop(again)
        else:
            fact = len(self.facts)
            self.facts.append(self._fact(row, thread, when))
            self.stating[row.turn] += 1
        self._holds[thread] = fact
        self._rows[row.id] = (thread, fact, row.keyed)

    def _is_same(self, fact: int, row: Row, changed: Mapping[int, bool]) -> bool:
        if fact in changed:
            return not changed[fact]
        return _same(self.facts[fact].value, row.value)

    def _fact(self, row: Row, thread: int, when: datetime) -> Fact:
        return Fact.model_construct(
            subject=row.subject,
            attribute=row.attribute if row.keyed else self._names[thread],
            value=row.value,
            text=row.text,
            turn_id=row.turn,
            conversation=row.conversation,
            since=when,
            until=None,
        )

    def _new(self, row: Row) -> int:
        thread = len(self._joined)
        self._joined.append(thread)
        number = self._taken[row.key] = self._taken.get(row.key, 0) + 1
        self._names.append(row.attribute if number == 1 else f"{row.attribute} ({number})")
        if row.keyed:
            self._keys[row.key] = thread
            self._keyed.add(thread)
        return thread

    def _end(self, thread: int) -> int:
        while self._joined[thread] != thread:
            thread = self._joined[thread]
        return thread


def linked_to(links: Iterable[tuple[int, int, int]]) -> dict[int, dict[int, bool]]:
    """Links by the newer row."""
    found: dict[int, dict[int, bool]] = {}
    for newer, older, changed in links:
        found.setdefault(newer, {})[older] = bool(changed)
    return found


def _same(one: str, other: str) -> bool:
    """Whether two values say the same: one's words are among the other's ("Oslo", "Oslo,
    Norway"), and likes are not dislikes."""
    a, b = set(terms(one)), set(terms(other))
    return a <= b or b <= a
