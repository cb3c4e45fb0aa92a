"""Erasure: finding what is to go, and removing it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .about import Mask, about, near
from .embedding import Embedder, embed_text, embed_texts
from .episodic import EpisodicMemory
from .exports import erased_from
from .removal import derived, remove
from .scope import Scope
from .store import Store
from .turns import Fact, Receipt, Subject, Turn
from .wanted import Wanted, fits, holds, naming, same_fact

__all__ = ["Eraser"]


class Eraser:
    """Removes turns and everything derived from them."""

    def __init__(self, store: Store, episodic: EpisodicMemory, embedder: Embedder) -> None:
        self._store = store
        self._episodic = episodic
        self._embedder = embedder

    def find(self, scope: Scope, wanted: Wanted) -> list[Turn]:
        """The turns that fit all that was given. Raises ``BadInput`` when nothing was given."""
        wanted.check()
        turns = self._store.turns(scope)
        found = [turn for turn in turns if fits(turn, wanted)]
        for meant in self._meant(scope, wanted, turns):
            found = [turn for turn in found if turn.id in meant]
        return found

    def erase(
        self, scope: Scope, turns: Sequence[Turn], *, exports: bool, preview: bool
    ) -> Receipt:
        """Remove these turns of a scope, with ``exports`` also from the exports; with ``preview``
        only say what would go."""
        if not turns:
            return Receipt(preview=preview)
        ids = [turn.id for turn in turns]
        # Exports first: killed after them, the turns are still there to be erased again.
        gone, left = erased_from(self._store, turns, rewrite=exports, preview=preview)
        counts = derived(self._store, ids)
        incomplete = False
        if not preview:
            remove(self._store, scope, ids)
            self._episodic.partitions.drop(scope.user)
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

    def _meant(self, scope: Scope, wanted: Wanted, turns: Sequence[Turn]) -> Iterator[set[int]]:
        """The turns that each thing given means, beyond their very words."""
        if wanted.query is not None:
            yield self._about(wanted.query, scope.user)
        if wanted.fact is not None:
            yield self._stating(scope, wanted.fact, turns)
        if wanted.target is not None:
            yield self._of(scope, wanted.target, turns)

    def _about(self, query: str, user: str) -> set[int]:
        """The turns about a query, see ``about``."""
        partition = self._episodic.partitions.get(user)

        def read(chunks: Mask) -> list[str]:
            turns = self._store.turns_by_id(Scope(user), set(partition.turns[chunks].tolist()))
            return [turn.text for turn in turns.values()]

        with partition.lock:
            wide = about(partition, embed_text(query, self._embedder), read)
            return set(partition.turns[wide].tolist())

    def _stating(self, scope: Scope, fact: Fact | str, turns: Sequence[Turn]) -> set[int]:
        """The turns that state a fact or deny it, and those about it that hold its value: what
        the other speaker answered."""
        rows = self._store.rows(
            f"SELECT turn, subject, attribute, value FROM facts WHERE {scope.where}", scope.values
        )
        stated = [row for row in rows if same_fact(fact, *row[1:])]
        found = {turn for turn, *_ in stated}
        for attribute, value in {(row[2], _plain(row[3])) for row in stated}:
            wide = self._about(f"{attribute.split(': ')[0]} {value}", scope.user)
            found |= {turn.id for turn in turns if turn.id in wide and holds(turn.text, value)}
        return found

    def _of(self, scope: Scope, target: Subject | str, turns: Sequence[Turn]) -> set[int]:
        """The turns that name a target, and those near in meaning to a text about it."""
        subject = Subject(name=target) if isinstance(target, str) else target
        found = naming(turns, subject)
        if subject.texts:
            texts = embed_texts(subject.texts, self._embedder)
            partition = self._episodic.partitions.get(scope.user)
            with partition.lock:
                found |= set(partition.turns[near(partition, texts)].tolist())
        return found


def _plain(value: str) -> str:
    """A value without "likes" or "dislikes" before it."""
    return value.removeprefix("dislikes ").removeprefix("likes ")
