"""Looking after what is stored: seeing it, pinning, erasing, verifying, moving, closing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from .background import Background
from .compact import CompactMemory
from .episodic import EpisodicMemory
from .erasure import Eraser
from .facts import FactMemory
from .rules import FactExtractor
from .scope import OWN, Own, OwnScope, Scope, some_text
from .settings import MemorySettings
from .store import Store
from .transfer import export_turns, import_turns
from .turns import Fact, Receipt, Stats, Subject, Turn, Verification
from .vector_cache import VectorCache
from .verification import verify
from .wanted import Wanted
from .withholding import Piece, withheld_pieces

__all__ = ["Upkeep"]


class Upkeep:
    """The half of ``DualMemory`` that answers no question."""

    embedder: VectorCache
    settings: MemorySettings
    _own: OwnScope
    _store: Store
    _facts: FactMemory
    _episodic: EpisodicMemory
    _compact: CompactMemory
    _background: Background
    _eraser: Eraser
    _extractor: FactExtractor | None

    def facts(
        self,
        *,
        user: str | Own = OWN,
        conversation: str | Own | None = OWN,
        history: bool = False,
    ) -> list[Fact]:
        """What speakers said of themselves and what still holds, the latest first; with
        ``history`` also what held before, by subject, attribute and time."""
        scope = self._own.of(user, conversation)
        return self._facts.all(scope) if history else self._facts.current(scope)

    def turns(
        self,
        *,
        user: str | Own = OWN,
        conversation: str | Own | None = OWN,
        limit: int | None = None,
        before: int | None = None,
    ) -> list[Turn]:
        """The turns as they were said, in order; with ``limit`` only the latest, with ``before``,
        the id of a turn, only those said before it."""
        return self._store.turns(self._own.of(user, conversation), limit, before)

    def conversations(self, *, user: str | Own = OWN) -> list[str]:
        """The names of a user's conversations, the one used last first."""
        rows = self._store.rows(
            "SELECT conversation FROM turns WHERE user = ? GROUP BY 1 ORDER BY max(id) DESC",
            self._own.of(user).values,
        )
        return [name for (name,) in rows]

    def pin(self, turn_id: int, pinned: bool = True, *, user: str | Own = OWN) -> None:
        """Keep a turn from being pruned, or no longer. Raises ``BadInput`` if there is none."""
        self._store.pin(self._own.of(user), turn_id, pinned)

    def erase(
        self,
        query: str | None = None,
        *,
        text: str | None = None,
        fact: Fact | str | None = None,
        target: Subject | str | None = None,
        turn_ids: Sequence[int] | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        everything: bool = False,
        exports: bool = False,
        user: str | Own = OWN,
        conversation: str | None = None,
        preview: bool = False,
    ) -> Receipt:
        """Remove what fits everything given, for real: rows, vectors, words, facts, summary lines,
        and the bytes in the files; with ``exports`` also the lines of the exports that are still
        where they were written or read, which the receipt otherwise names. What fits is looked for
        in them too: they may hold what was erased from the memory before. ``preview`` only says
        what would go.

        ``query`` finds turns about something, ``text`` turns that hold those very words, ``fact``
        turns that state a fact (one of ``facts()``, or words of its subject, attribute and value)
        or repeat it, ``target`` turns that name something, go on about it with "she" or "he", or
        say what a text about it says.
        Raises ``BadInput`` when nothing was given.
        """
        wanted = Wanted(query, text, fact, target, turn_ids, since, until, everything)
        scope = self._own.of(user, conversation)
        found = self._eraser.find(scope, wanted)
        receipt = self._eraser.erase(scope, found, exports=exports, preview=preview)
        if not preview:
            self._let_go(scope.user)
            # Again after what is being done in the background, which may have read it before.
            self._background.soon(("let go", scope.user), lambda: self._let_go(scope.user))
        return receipt

    def _let_go(self, user: str) -> None:
        """Keep nothing in RAM of a user's facts and of what was embedded lately."""
        self._facts.forget(user)
        self.embedder.clear()

    def forget_user(self, user: str, *, exports: bool = False, preview: bool = False) -> Receipt:
        """Remove everything of one user; with ``exports`` also every line of theirs in exports,
        whenever it was written. See ``erase``."""
        return self.erase(everything=True, user=user, exports=exports, preview=preview)

    def verify(self, texts: Sequence[str]) -> Verification:
        """Whether texts are gone: from the tables, the vectors, and every byte of the files."""
        wanted = [some_text(text, "text") for text in texts]
        try:
            return verify(self._store, self.embedder, wanted)
        finally:
            self.embedder.clear()  # of what was asked for, which should be gone

    def export(self, path: str | Path, *, user: str | Own | None = OWN) -> int:
        """Write a user's turns as JSON Lines, or everybody's with ``user=None``; returns how
        many."""
        whose = None if user is None else self._own.of(user).user
        return export_turns(self._store, Path(path), whose)

    def import_(self, path: str | Path) -> int:
        """Read an export; returns how many turns. All are added, or none. Their summaries are
        written in the background."""
        count, scopes = import_turns(self._store, Path(path), self.embedder, self._extractor)
        for scope in scopes:
            self._grown(scope)
        return count

    def stats(self) -> Stats:
        """How much is stored, all users together."""
        return self._store.stats()

    def _grown(self, scope: Scope) -> None:
        """Turns came: get ready in the background for what will be asked."""
        self._background.soon(scope, lambda: self._get_ready(scope))

    def _get_ready(self, scope: Scope) -> None:
        """Write the summary, take the turns over into RAM, and have the latest judged by who keeps
        things out, whose answers are then at hand."""
        self._compact.refresh(scope)
        self._episodic.catch_up(scope)
        if (screen := self._compact.screen) is not None:
            latest = self._store.turns(scope, self.settings.recent)
            pieces = [Piece(turn.id, turn.text) for turn in latest]
            withheld_pieces(self._store, pieces, screen, self.embedder)

    def close(self) -> None:
        """Close the file. Closing twice is harmless."""
        self._background.close()
        self._store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
