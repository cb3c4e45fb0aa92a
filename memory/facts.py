"""Facts with validity: what is so now, what was so before, and who said it when.

The store keeps assertions ("said on that day that home is Oslo"). What is current follows from
them when asked: of the assertions with one subject and attribute the latest holds, and it ends the
ones before. So an erased turn takes its fact along and the one before it holds again, nothing is
ever current twice, and what was stays in the history.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from threading import Lock
from typing import Any

from .scope import Scope
from .store import Store
from .turns import Fact
from .words import terms

__all__ = ["FactMemory"]

_ALWAYS = frozenset({"name", "nickname", "pronouns"})
"""Attributes that go into every recall."""


_KEPT = 64  # scopes whose facts stay in RAM


@dataclass(frozen=True, slots=True)
class _Known:
    """The facts of a scope in one state of the store; ``words`` of the current ones."""

    state: tuple[int, int]
    facts: tuple[Fact, ...]
    current: tuple[Fact, ...]
    words: tuple[frozenset[str], ...]


class FactMemory:
    """The facts of a scope, resolved from its assertions."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: OrderedDict[Scope, _Known] = OrderedDict()
        self._lock = Lock()

    def all(self, scope: Scope) -> list[Fact]:
        """Current and former facts, by subject, attribute and time."""
        return list(self._resolved(scope).facts)

    def current(self, scope: Scope) -> list[Fact]:
        """What holds now, the latest first."""
        return list(self._resolved(scope).current)

    def about(self, scope: Scope, query: str, limit: int) -> list[Fact]:
        """The current facts that share most with a query, names always; at most ``limit``."""
        if not limit:
            return []
        known, wanted = self._resolved(scope), set(terms(query))
        scored = [
            10 * (fact.attribute in _ALWAYS) + len(words & wanted)
            for fact, words in zip(known.current, known.words, strict=True)
        ]
        order = sorted(range(len(scored)), key=lambda i: -scored[i])  # among equals the latest
        return [known.current[i] for i in order[:limit]]

    def outdated(self, scope: Scope) -> dict[int, str]:
        """The turns that state something that changed, and nothing that still holds, each with
        the sentences that do."""
        known = self._resolved(scope)
        holding = {fact.turn_id for fact in known.current}
        found: dict[int, str] = {}
        for fact in known.facts:
            if fact.until is not None and fact.turn_id not in holding:
                found[fact.turn_id] = f"{found.get(fact.turn_id, '')} {fact.text}"
        return found

    def forget(self, user: str) -> None:
        """Drop what is kept in RAM of a user."""
        with self._lock:
            for scope in [scope for scope in self._known if scope.user == user]:
                del self._known[scope]

    def _resolved(self, scope: Scope) -> _Known:
        state = self._store.state(scope.user)
        with self._lock:
            known = self._known.get(scope)
        if known is None or known.state != state:
            known = _known(state, self._read(scope))
            with self._lock:
                self._known[scope] = known
                while len(self._known) > _KEPT:
                    self._known.popitem(last=False)
        return known

    def _read(self, scope: Scope) -> list[Fact]:
        rows = self._store.rows(
            "SELECT subject, attribute, value, text, turn, conversation, time, over "
            f"FROM facts WHERE {scope.where} ORDER BY lower(subject), attribute, time, id",
            scope.values,
        )
        found: list[Fact] = []
        for _, group in groupby(rows, key=lambda row: (row[0].lower(), row[1])):
            found += _timeline(list(group))
        return found


def _known(state: tuple[int, int], facts: list[Fact]) -> _Known:
    current = [fact for fact in facts if fact.until is None]
    current.sort(key=lambda fact: (fact.since, fact.turn_id), reverse=True)
    words = [frozenset(terms(f"{f.subject} {f.attribute} {f.text}")) for f in current]
    return _Known(state, tuple(facts), tuple(current), tuple(words))


def _timeline(rows: Sequence[tuple[Any, ...]]) -> list[Fact]:
    """The facts of one subject and attribute, from its assertions in order."""
    found: list[Fact] = []
    for subject, attribute, value, text, turn, conversation, time, over in rows:
        when = datetime.fromtimestamp(time, UTC)
        holds = found[-1] if found and found[-1].until is None else None
        if over or holds is not None:
            same = holds is not None and _same(holds.value, value)
            if holds is not None and same != bool(over):
                continue  # said again, or denied of something else: nothing changes
            if holds is not None:
                found[-1] = holds.model_copy(update={"until": when})
            if over:
                continue
        found.append(
            Fact.model_construct(
                subject=subject,
                attribute=attribute,
                value=value,
                text=text,
                turn_id=turn,
                conversation=conversation,
                since=when,
                until=None,
            )
        )
    return found


def _same(one: str, other: str) -> bool:
    """Whether two values say the same: one's words are among the other's ("Oslo", "Oslo,
    Norway"), and likes are not dislikes."""
    a, b = set(terms(one)), set(terms(other))
    return a <= b or b <= a
