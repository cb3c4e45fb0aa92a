"""Facts with validity: what is so now, what was so before, and who said it when.

The store keeps assertions ("said on that day that home is Oslo") and links between sentences that
are of one thing. What is current follows from them when asked: of the assertions of one thing the
latest holds, and it ends the ones before. So an erased turn takes its fact along and the one before
it holds again, nothing is ever current twice, and what was stays in the history.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Sequence
from threading import RLock

from .rules import ABOUT
from .scope import Scope
from .store import Store
from .threads import Row, Threads, linked_to
from .turns import Fact
from .words import terms

__all__ = ["FactMemory"]

_ALWAYS = frozenset({"name", "nickname", "pronouns"})
"""Attributes that go into every recall."""


_KEPT = 64  # scopes whose facts stay in RAM
_ENOUGH = 3  # words of a message that a statement of any kind shares to be shown with it


class _Known:
    """The facts of a scope in one state of the store."""

    def __init__(self) -> None:
        self.state = (-1, -1)
        self.threads = Threads()
        self.last, self.time = 0, float("-inf")  # the last row taken in
        self.read = 0  # facts whose words are known
        self.keyed: list[int] = []  # the facts of an attribute that has one value at a time
        self.holding: dict[str, list[int]] = {}  # the facts with a word

    def take_in(self, rows: Sequence[Row], links: dict[int, dict[int, bool]]) -> None:
        """Go on with the rows stored since, in the order of their times."""
        for row in rows:
            self.threads.add(row, links.get(row.id, {}))
            self.last, self.time = max(self.last, row.id), row.time
        for number in range(self.read, len(self.threads.facts)):
            fact = self.threads.facts[number]
            if not fact.attribute.startswith(ABOUT):
                self.keyed.append(number)
            for word in set(terms(f"{fact.subject} {fact.attribute} {fact.text}")):
                self.holding.setdefault(word, []).append(number)
        self.read = len(self.threads.facts)

    def current(self) -> list[Fact]:
        """What holds now, the latest first."""
        found = [fact for fact in self.threads.facts if fact.until is None]
        return sorted(found, key=lambda fact: (fact.since, fact.turn_id), reverse=True)


class FactMemory:
    """The facts of a scope, resolved from its assertions."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: OrderedDict[Scope, _Known] = OrderedDict()
        self._lock = RLock()

    def all(self, scope: Scope) -> list[Fact]:
        """Current and former facts, by subject, attribute and time."""
        with self._lock:
            facts = list(self._resolved(scope).threads.facts)
        return sorted(facts, key=lambda f: (f.subject.casefold(), f.attribute, f.since, f.turn_id))

    def current(self, scope: Scope) -> list[Fact]:
        """What holds now, the latest first."""
        with self._lock:
            return self._resolved(scope).current()

    def about(self, scope: Scope, query: str, limit: int) -> list[Fact]:
        """The current facts that share most with a query, names always; at most ``limit``. Of the
        statements of any kind only those that share much with it: there may be thousands."""
        if not limit:
            return []
        with self._lock:
            known, wanted = self._resolved(scope), set(terms(query))
            shared = Counter(n for word in wanted for n in known.holding.get(word, ()))
            scored = [
                (10 * (fact.attribute in _ALWAYS) + shared[number], fact.since, number)
                for number in {*shared, *known.keyed}
                for fact in [known.threads.facts[number]]
                if fact.until is None and _concerns(fact, shared[number], len(wanted))
            ]
            scored.sort(reverse=True)  # among equals the latest
            return [known.threads.facts[number] for *_, number in scored[:limit]]

    def outdated(self, scope: Scope) -> dict[int, str]:
        """The turns that state something that changed, and nothing that still holds, each with
        the sentences that do."""
        with self._lock:
            threads = self._resolved(scope).threads
            found: dict[int, str] = {}
            for fact in (threads.facts[number] for number in sorted(threads.ended)):
                if not threads.stating[fact.turn_id]:
                    found[fact.turn_id] = f"{found.get(fact.turn_id, '')} {fact.text}"
            return found

    def forget(self, user: str) -> None:
        """Drop what is kept in RAM of a user."""
        with self._lock:
            for scope in [scope for scope in self._known if scope.user == user]:
                del self._known[scope]

    def _resolved(self, scope: Scope) -> _Known:
        state = self._store.state(scope.user)
        known = self._known.get(scope)
        if known is None or known.state[1] != state[1]:
            known = self._read(scope, _Known())
        elif known.state != state:
            known = self._read(scope, known)
        known.state = state
        self._known[scope] = known
        self._known.move_to_end(scope)
        while len(self._known) > _KEPT:
            self._known.popitem(last=False)
        return known

    def _read(self, scope: Scope, known: _Known) -> _Known:
        """What came since; all of it anew where some of that was said earlier."""
        with self._store.snapshot():
            rows = self._rows(scope, known.last)
            if known.last and rows and rows[0].time < known.time:
                known = _Known()
                rows = self._rows(scope, 0)
            links = self._store.rows(
                "SELECT newer, older, changed FROM links WHERE newer IN "
                f"(SELECT id FROM facts WHERE {scope.where} AND id > ?) ORDER BY newer, older",
                (*scope.values, known.last),
            )
        known.take_in(rows, linked_to(links))
        return known

    def _rows(self, scope: Scope, after: int) -> list[Row]:
        rows = self._store.rows(
            "SELECT id, subject, attribute, value, text, turn, conversation, time, over "
            f"FROM facts WHERE {scope.where} AND id > ? ORDER BY time, id",
            (*scope.values, after),
        )
        return [Row(*row) for row in rows]


def _concerns(fact: Fact, shared: int, asked: int) -> bool:
    if not fact.attribute.startswith(ABOUT):
        return True
    return shared >= max(1, min(_ENOUGH, (asked + 1) // 2))
