"""Erasure: finding what is to go, and removing it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from .about import about, plainly
from .embedding import Embedder, embed_text
from .episodic import EpisodicMemory
from .errors import BadInput
from .scope import Scope, some_text
from .store import Store
from .turns import Receipt, Turn

__all__ = ["Eraser", "Wanted", "folded"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an erasure is to remove: the turns that fit all that is given."""

    query: str | None = None
    text: str | None = None
    turn_ids: Sequence[int] | None = None
    since: datetime | None = None
    until: datetime | None = None
    everything: bool = False

    def check(self) -> None:
        """Raises ``BadInput`` when nothing was given, or everything and something else."""
        given = (self.query, self.text, self.turn_ids, self.since, self.until)
        if self.everything == any(value is not None for value in given):
            raise BadInput(
                "say what to erase: a query, text=, turn_ids=, since= or until=, "
                "or everything=True and nothing else"
            )
        for name, value in (("query", self.query), ("text", self.text)):
            if value is not None:
                some_text(value, f"{name} to erase")


class Eraser:
    """Removes turns and everything derived from them."""

    def __init__(self, store: Store, episodic: EpisodicMemory, embedder: Embedder) -> None:
        self._store = store
        self._episodic = episodic
        self._embedder = embedder

    def find(self, scope: Scope, wanted: Wanted) -> list[int]:
        """The turns that fit all that was given. Raises ``BadInput`` when nothing was given."""
        wanted.check()
        found = [turn.id for turn in self._store.turns(scope) if _fits(turn, wanted)]
        if wanted.query is None:
            return found
        wide = self._about(wanted.query, scope.user)
        return [turn for turn in found if turn in wide]

    def erase(self, scope: Scope, ids: Sequence[int], *, preview: bool) -> Receipt:
        """Remove these turns of a scope; with ``preview`` only say what would go."""
        if not ids:
            return Receipt(preview=preview)
        if preview:
            return self._preview(ids)
        deleted = self._store.delete(scope, ids)
        self._episodic.partitions.drop(scope.user)
        return Receipt(
            turns=tuple(ids),
            chunks=deleted.chunks,
            facts=deleted.facts,
            summaries=deleted.summaries,
            incomplete=not self._store.truncate_log(),
        )

    def _preview(self, ids: Sequence[int]) -> Receipt:
        counts = {
            table: sum(
                self._store.rows(f"SELECT count(*) FROM {table} WHERE turn = ?", (turn,))[0][0]
                for turn in ids
            )
            for table in ("chunks", "facts", "summaries")
        }
        return Receipt(turns=tuple(ids), **counts, preview=True)

    def _about(self, query: str, user: str) -> set[int]:
        """The turns about a query, see ``about``."""
        partition = self._episodic.partitions.get(user)
        with partition.lock:
            plain = plainly(partition, embed_text(query, self._embedder))
            turns = self._store.turns_by_id(Scope(user), partition.turns[plain].tolist())
            wide = about(partition, query, plain, [turn.text for turn in turns.values()])
            return set(partition.turns[wide].tolist())


def _fits(turn: Turn, wanted: Wanted) -> bool:
    if wanted.text is not None and folded(wanted.text) not in folded(turn.text):
        return False
    if wanted.turn_ids is not None and turn.id not in wanted.turn_ids:
        return False
    if wanted.since is not None and turn.time < _aware(wanted.since):
        return False
    return wanted.until is None or turn.time < _aware(wanted.until)


def _aware(time: datetime) -> datetime:
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def folded(text: str) -> str:
    """Case, width and spacing aside."""
    return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", text).casefold()).strip()
