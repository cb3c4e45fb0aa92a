"""One user's chunks in RAM, ready to be scored at once: vectors, postings, and who, when, where.

Derived from the store and brought up to date before each use: what this or another process added
is appended, what one took away makes the partition start anew. Nothing of it is ever on disk.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from threading import Lock, RLock
from typing import Any, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from .facts import FactMemory
from .index import FaissIndex
from .lexical import Postings
from .scope import Scope
from .store import Rows, Store
from .words import date_terms, hashes, terms

__all__ = ["Ints", "Partition", "Partitions", "UserPartition"]

Ints = NDArray[np.int64]
Thing = TypeVar("Thing")

_EPOCH = date(1970, 1, 1).toordinal()


@dataclass(slots=True)
class _Names:
    """Strings as small numbers."""

    numbers: dict[str, int] = field(default_factory=dict)

    def of(self, names: Sequence[str]) -> list[int]:
        """The number of each, a new one for each new name."""
        for name in dict.fromkeys(names):
            self.numbers.setdefault(name, len(self.numbers))
        return [self.numbers[name] for name in names]


class Partition:
    """Chunks of one user by position, in the order of storing: what a ranking sees.

    Arrays of n chunks: ``ids``, ``turns``, ``conversation`` and ``speaker`` (numbers of the names),
    ``time`` (seconds), ``day`` (ordinal), ``size`` (terms), ``question``, ``asker`` (said by an
    unnamed user), ``before`` and ``after`` (position of the neighbour in the conversation or -1).
    ``dated``: the days by the terms of their dates. ``outdated``: turns that state
    what holds no longer, with the hashed terms of the sentences that do.
    """

    ids: Ints
    turns: Ints
    conversation: Ints
    speaker: Ints
    day: Ints
    size: Ints
    before: Ints
    after: Ints
    time: NDArray[np.float64]
    question: NDArray[np.bool_]
    asker: NDArray[np.bool_]
    conversations: _Names
    speakers: _Names
    dated: dict[int, list[int]]
    outdated: dict[int, frozenset[int]]

    def __init__(self) -> None:
        self._made: dict[Any, Any] = {}

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def whole(self) -> int:
        """How many chunks the user has: n, or more when these are a shortlist of them."""
        return len(self)

    def cosines(self, queries: NDArray[np.float32]) -> NDArray[np.float32]:
        """(n,) the best cosine of each chunk with any of the queries (q, d)."""
        raise NotImplementedError

    def average(self, cosines: NDArray[np.float32]) -> float:
        """The mean of all the user's cosines, given those of these chunks."""
        return float(cosines.mean())

    def find(self, term: int) -> tuple[Ints, NDArray[np.int32]]:
        """Where a hashed term is: positions (m,) and counts (m,)."""
        raise NotImplementedError

    def frequency(self, term: int) -> int:
        """How many of all the user's chunks hold a term."""
        return len(self.find(term)[0])

    def once(self, make: Callable[[Partition], Thing]) -> Thing:
        """What ``make`` makes of this partition, kept until the partition changes."""
        if make not in self._made:
            self._made[make] = make(self)
        return cast(Thing, self._made[make])

    def named(self, query: set[int]) -> Ints:
        """The speakers, by number, one of whose names has a term of the query."""
        names = self.speakers.numbers.items()
        return np.array([n for name, n in names if query & _name_terms(name)], np.int64)


class UserPartition(Partition):
    """All chunks of one user. Lock ``lock`` while reading."""

    def __init__(self, store: Store, facts: FactMemory, user: str) -> None:
        super().__init__()
        self._store = store
        self._user = user
        self.lock = RLock()
        self._facts = facts
        self._state = (0, 0)
        self._hashed: dict[str, frozenset[int]] = {}
        self._reset()

    def _reset(self) -> None:
        self.index = FaissIndex(self._store.dimension)
        self.postings = Postings()
        self.conversations = _Names()
        self.speakers = _Names()
        self._last: dict[int, int] = {}  # position of each conversation's latest chunk
        empty = np.zeros(0, np.int64)
        self.ids = self.turns = self.conversation = self.speaker = self.day = empty
        self.size = self.before = self.after = empty
        self.time = np.zeros(0, np.float64)
        self.question = self.asker = np.zeros(0, np.bool_)
        self.outdated = {}
        self.dated = {}
        self._days: set[int] = set()

    def cosines(self, queries: NDArray[np.float32]) -> NDArray[np.float32]:
        """See ``Partition``."""
        return self.index.cosines(queries)

    def find(self, term: int) -> tuple[Ints, NDArray[np.int32]]:
        """See ``Partition``."""
        return self.postings.find(term)

    def refresh(self) -> None:
        """Take over what changed in the store, by this process or another."""
        state = self._store.state(self._user)
        with self.lock:
            if state == self._state:
                return
            self._made.clear()
            if state[1] != self._state[1]:
                self._reset()
            while rows := self._store.chunks(self._user, int(self.turns[-1]) if len(self) else 0):
                self._append(rows)
            stale = self._facts.outdated(Scope(self._user))
            known = self._hashed  # of hundreds of texts one is new
            self._hashed = {t: known[t] if t in known else _hashed(t) for t in stale.values()}
            self.outdated = {turn: self._hashed[text] for turn, text in stale.items()}
            # A turn stored since the state was read is found again next time, by its id.
            self._state = state

    def _append(self, rows: Rows) -> None:
        start = len(self)
        ids, turns, conversations, roles, speakers, times, questions = rows.columns
        conversation = self.conversations.of(conversations)
        self.ids = _joined(self.ids, ids)
        self.turns = _joined(self.turns, turns)
        self.conversation = _joined(self.conversation, conversation)
        self.speaker = _joined(self.speaker, self.speakers.of(speakers))
        self.time = _joined(self.time, times)
        days = _days(self.time[start:])
        self._date(set(days.tolist()) - self._days)
        self._days.update(days.tolist())
        self.day = _joined(self.day, days)
        self.size = _joined(self.size, rows.sizes)
        self.question = _joined(self.question, np.array(questions, np.bool_))
        asker = [r == "user" == s for r, s in zip(roles, speakers, strict=True)]
        self.asker = _joined(self.asker, np.array(asker, np.bool_))
        self._link(start, conversation)
        self.index.add(self.ids[start:], rows.vectors)
        positions = np.repeat(np.arange(start, len(self)), rows.sizes)
        self.postings.add(rows.terms, positions)

    def _date(self, days: set[int]) -> None:
        for day in sorted(days):
            for term in date_terms(day):
                self.dated.setdefault(term, []).append(day)

    def _link(self, start: int, conversation: list[int]) -> None:
        """Neighbours of the new chunks."""
        before = np.full(len(conversation), -1, np.int64)
        self.after = _joined(self.after, before)
        for offset, number in enumerate(conversation):
            last = self._last.get(number, -1)
            before[offset] = last
            if last >= 0:
                self.after[last] = start + offset
            self._last[number] = start + offset
        self.before = _joined(self.before, before)


class Partitions:
    """The partitions of the users seen lately, as many as fit in so many chunks."""

    def __init__(self, store: Store, facts: FactMemory, most: int) -> None:
        self._store = store
        self._facts = facts
        self._most = most
        self._lock = Lock()
        self._kept: OrderedDict[str, UserPartition] = OrderedDict()

    def get(self, user: str) -> UserPartition:
        """A user's partition, up to date."""
        with self._lock:
            partition = self._kept.get(user)
            if partition is None:
                partition = self._kept[user] = UserPartition(self._store, self._facts, user)
            self._kept.move_to_end(user)
        partition.refresh()
        with self._lock:
            while len(self._kept) > 1 and sum(map(len, self._kept.values())) > self._most:
                self._kept.popitem(last=False)
        return partition

    def catch_up(self, user: str) -> UserPartition | None:
        """A user's partition, up to date, if it is kept."""
        with self._lock:
            partition = self._kept.get(user)
        if partition is not None:
            partition.refresh()
        return partition

    def drop(self, user: str) -> None:
        """Forget a user's partition, so that what was erased is not in RAM either."""
        with self._lock:
            self._kept.pop(user, None)


def _joined(array: NDArray[Any], new: Any) -> NDArray[Any]:
    return np.concatenate([array, np.asarray(new, array.dtype)])


@lru_cache(maxsize=4096)
def _name_terms(name: str) -> frozenset[int]:
    return _hashed(name)


def _hashed(text: str) -> frozenset[int]:
    return frozenset(hashes(terms(text)).tolist())


def _days(times: NDArray[np.float64]) -> Ints:
    """The ordinals of the days, in UTC, of seconds since 1970."""
    return np.floor(times / 86_400).astype(np.int64) + _EPOCH
