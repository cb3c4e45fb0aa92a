"""Erasure: finding what is to go, and removing it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from .about import about, near
from .currency import forget_readings
from .embedding import Embedder, embed_text, embed_texts
from .episodic import EpisodicMemory
from .everything import Everything
from .exports import Copy, copies, erased_from
from .partition import Ints, UserPartition
from .removal import derived, remove
from .scope import Scope
from .statements import forget_statements
from .store import Store
from .turns import Fact, Receipt, Subject, Turn
from .wanted import Wanted, fits, folded, going_on, holds, naming, same_fact

__all__ = ["Eraser"]


class Eraser:
    """Removes turns and everything derived from them."""

    def __init__(self, store: Store, episodic: EpisodicMemory, embedder: Embedder) -> None:
        self._store = store
        self._episodic = episodic
        self._embedder = embedder

    def find(self, scope: Scope, wanted: Wanted) -> list[Turn]:
        """The turns that fit all that was given: also those that were pruned, and, with ids below
        nothing, those that only exports still hold. Raises ``BadInput`` when nothing was given.
        What has no vectors is embedded anew, unless only words, times or ids were given."""
        wanted.check()
        turns = self._store.turns(scope)
        copied = self._copies(scope, turns) if wanted.turn_ids is None else []
        turns = self._in_order(scope, turns, copied)
        search = _Search(self._store, self._episodic, self._embedder, scope, turns, copied)
        derived = search.holding(wanted.text)
        found = [turn for turn in turns if fits(turn, wanted, derived)]
        for meant in search.of(wanted):
            found = [turn for turn in found if turn.id in meant]
        return found

    def erase(
        self, scope: Scope, turns: Sequence[Turn], *, exports: bool, preview: bool
    ) -> Receipt:
        """Remove these turns of a scope, with ``exports`` also from the exports; with ``preview``
        only say what would go."""
        if not turns:
            return Receipt(preview=preview)
        ids = sorted(turn.id for turn in turns if turn.id > 0)
        # Exports first: killed after them, the turns are still there to be erased again.
        gone, left = erased_from(self._store, turns, rewrite=exports, preview=preview)
        counts = derived(self._store, ids)
        incomplete = False
        if ids and not preview:
            remove(self._store, scope, ids)
            self._episodic.partitions.drop(scope.user)
            forget_readings()
            forget_statements()
            incomplete = not self._store.truncate_log()
        return Receipt(
            turns=tuple(ids),
            chunks=counts.chunks,
            terms=counts.terms,
            facts=counts.facts,
            summaries=counts.summaries,
            exports=gone,
            left=left,
            preview=preview,
            incomplete=incomplete,
        )

    def _in_order(self, scope: Scope, turns: list[Turn], copied: Sequence[Copy]) -> list[Turn]:
        """The turns with the copied ones in between, where they stood: who "she" is depends on what
        was said before."""
        if not copied:
            return turns
        places = dict(
            self._store.rows(f"SELECT id, ordinal FROM turns WHERE {scope.where}", scope.values)
        )
        places |= {copy.turn.id: copy.place for copy in copied}
        whole = [*turns, *(copy.turn for copy in copied)]
        return sorted(whole, key=lambda turn: places.get(turn.id, 0))

    def _copies(self, scope: Scope, turns: Sequence[Turn]) -> list[Copy]:
        return copies(self._store, scope, turns, self._embedder)


class _Search:
    """What one erasure looks through: the turns of a scope, and on demand the user's chunks."""

    def __init__(
        self,
        store: Store,
        episodic: EpisodicMemory,
        embedder: Embedder,
        scope: Scope,
        turns: Sequence[Turn],
        copied: Sequence[Copy],
    ) -> None:
        self._store = store
        self._episodic = episodic
        self._embedder = embedder
        self._scope = scope
        self._turns = {turn.id: turn for turn in turns}
        self._unseen = {copy.turn.id: copy.embedded for copy in copied if copy.embedded}
        self._copied = copied

    def of(self, wanted: Wanted) -> list[set[int]]:
        """The turns that each thing given means, beyond their very words."""
        meant = []
        if wanted.query is not None:
            meant.append(self._about(wanted.query))
        if wanted.fact is not None:
            meant.append(self._stating(wanted.fact))
        if wanted.target is not None:
            meant.append(self._naming(wanted.target))
        return meant

    def holding(self, text: str | None) -> set[int]:
        """The turns whose facts or lines of a summary hold a text, which may be in other words
        than the turn."""
        if text is None:
            return set()
        facts = (
            (turn, words) for turn, *_, value, told in self._facts() for words in (value, told)
        )
        # Without the speaker before the line: "user" is no word of every turn.
        lines = self._store.rows(
            "SELECT s.turn, substr(s.text, length(t.speaker) + 3) FROM summaries s "
            f"JOIN turns t ON t.id = s.turn WHERE s.{self._scope.where.replace('AND ', 'AND s.')}",
            self._scope.values,
        )
        wanted = folded(text)
        # "dislikes coffee" is a value; its first word is ours and not the turn's.
        ours = wanted in "dislikes "
        return {turn for turn, words in (*facts, *lines) if not ours and wanted in folded(words)}

    def _facts(self) -> list[tuple[int, str, str, str, str]]:
        """The turn, subject, attribute, value and text of each assertion."""
        stored = self._store.rows(
            f"SELECT turn, subject, attribute, value, text FROM facts WHERE {self._scope.where}",
            self._scope.values,
        )
        copied = (
            (copy.turn.id, copy.turn.speaker, fact.attribute, fact.value, fact.text)
            for copy in self._copied
            for fact in copy.facts
        )
        return [*((t, s, a, v, x) for t, s, a, v, x in stored), *copied]

    @contextmanager
    def _chunks(self) -> Iterator[Everything]:
        """The user's chunks, with those of the scope that no recall sees: of pruned turns and of
        copies."""
        base = self._episodic.partitions.get(self._scope.user)
        self._embed(base)  # may take long: nobody who recalls should wait for it
        with base.lock:
            self._embed(base)  # what was pruned meanwhile
            yield Everything(base, self._unseen)

    def _embed(self, base: UserPartition) -> None:
        known = self._unseen.keys() | set(base.turns.tolist())
        missing = [turn for turn in self._turns.values() if turn.id not in known]
        if missing:
            embedded = embed_texts([turn.text for turn in missing], self._embedder)
            self._unseen |= {t.id: each for t, each in zip(missing, embedded, strict=True)}

    def _about(self, query: str) -> set[int]:
        """The turns about a query, see ``about``."""
        embedded = embed_text(query, self._embedder)
        with self._chunks() as chunks:
            wide = about(chunks, embedded, lambda mask: self._read(chunks.turns[mask]))
            return set(chunks.turns[wide].tolist())

    def _read(self, ids: Ints) -> list[str]:
        wanted = set(ids.tolist())
        elsewhere = self._store.turns_by_id(Scope(self._scope.user), wanted - self._turns.keys())
        here = [self._turns[turn] for turn in wanted & self._turns.keys()]
        return [turn.text for turn in (*here, *elsewhere.values())]

    def _stating(self, fact: Fact | str) -> set[int]:
        """The turns that state a fact or deny it, and those about it that hold its value: what
        the other speaker answered."""
        stated = [row for row in self._facts() if same_fact(fact, *row[1:4]) or _is(fact, row)]
        found = {turn for turn, *_ in stated}
        for attribute, value in {(row[2], _plain(row[3])) for row in stated}:
            wide = self._about(f"{attribute.split(': ')[0]} {value}")
            found |= {
                turn for turn in wide & self._turns.keys() if holds(self._turns[turn].text, value)
            }
        return found

    def _naming(self, target: Subject | str) -> set[int]:
        """The turns that name a target or go on about it, and those near in meaning to a text
        about it."""
        subject = Subject(name=target) if isinstance(target, str) else target
        turns = list(self._turns.values())
        found = going_on(turns, naming(turns, subject))
        if subject.texts:
            texts = embed_texts(subject.texts, self._embedder)
            with self._chunks() as chunks:
                found |= set(chunks.turns[near(chunks, texts)].tolist())
        return found


def _is(fact: Fact | str, row: tuple[int, str, str, str, str]) -> bool:
    """Whether a row is where a fact is from: one of a thread is called as the thread is."""
    return isinstance(fact, Fact) and (row[0], row[4]) == (fact.turn_id, fact.text)


def _plain(value: str) -> str:
    """A value without "likes" or "dislikes" before it."""
    return value.removeprefix("dislikes ").removeprefix("likes ")
