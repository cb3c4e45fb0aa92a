"""Compact memory: a running summary, and a summary of the summaries of finished blocks.

After HEMA (arXiv 2504.16754): S_t = summarise(S_{t-1}, turn), and every 100 turns a block closes,
so that what went wrong in one block cannot spread into the next. A block is a range of places in
its conversation, so it stays the same when turns are erased; the erased turn's block, and it alone,
is summarised anew from what is left.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from threading import Lock

import apsw

from .scope import Scope
from .store import Store
from .summarizers import ExtractiveSummarizer, Line, Summarizer
from .vector_cache import VectorCache
from .withholding import Piece, Withhold, withheld_pieces

__all__ = ["BLOCK", "CompactMemory"]

BLOCK = 100
"""Turns of a block."""
_PAGE = 500  # lines of summaries that are looked at at once, with the turns around them
_ABOVE = -1  # the number under which the summary of finished blocks is kept


class CompactMemory:
    """Summaries of conversations. They follow the turns when ``refresh`` is called, not before, so
    that no reply waits for a summarizer, however slow."""

    def __init__(
        self,
        store: Store,
        summarizer: Summarizer | None = None,
        cache: VectorCache | None = None,
    ) -> None:
        self._store = store
        self._cache = cache
        self.summarizer = summarizer or ExtractiveSummarizer()
        self.screen: Withhold | None = None  # no line that it flags is written
        self._busy = Lock()  # one refresh at a time

    def text(self, scope: Scope, withhold: Withhold | None = None) -> str:
        """The summary of a conversation in one paragraph, as far as it is written; lines that are
        withheld left out."""
        latest = self._store.length(scope) // BLOCK
        found = [
            line for number in (_ABOVE, latest - 1, latest) for line in self._lines(scope, number)
        ]
        lines = list({line.text: line for line in found}.values())
        flags = self._flagged(lines, withhold)
        return " ".join(line.text for line, flag in zip(lines, flags, strict=True) if not flag)

    def sweep(self) -> None:
        """Remove the lines written before that would not be written now."""
        with self._busy:
            rows = self._store.rows("SELECT DISTINCT turn, text, score FROM summaries")
            for start in range(0, len(rows), _PAGE):
                self._drop_flagged([Line(*row) for row in rows[start : start + _PAGE]])

    def _flagged(self, lines: Sequence[Line], withhold: Withhold | None) -> list[bool]:
        """Which lines are withheld. They are judged without their "user: ", as the sentences that
        they are: those have been embedded. A name in that place is judged with them."""
        said = [line.text.removeprefix("user: ").removeprefix("assistant: ") for line in lines]
        pieces = [Piece(line.turn, text) for line, text in zip(lines, said, strict=True)]
        return withheld_pieces(self._store, pieces, withhold, self._cache)

    def _drop_flagged(self, lines: Sequence[Line]) -> None:
        flags = self._flagged(lines, self.screen)
        flagged = [(p.turn, p.text) for p, flag in zip(lines, flags, strict=True) if flag]
        if flagged:
            with self._store.transaction() as connection:
                connection.executemany("DELETE FROM summaries WHERE turn = ? AND text = ?", flagged)

    def refresh(self, scope: Scope) -> None:
        """Take in the turns that came since the last time: linear in their number."""
        with self._busy:
            self._refresh(scope)

    def _refresh(self, scope: Scope) -> None:
        length = self._store.length(scope)
        done = self._progress(scope)
        for block in self._behindhand(scope, length, done):
            self._summarise(scope, block, done.get(block, 0))
        finished = max(0, length // BLOCK - 1)  # the last finished one is shown by itself
        merged = done.get(_ABOVE, 0)
        if merged < finished:
            lines = self._lines(scope, merged, finished)
            above = self.summarizer.merge([*self._lines(scope, _ABOVE), *lines])
            self._write(scope, _ABOVE, above, finished)

    def _behindhand(self, scope: Scope, length: int, done: dict[int, int]) -> Iterator[int]:
        """The blocks with turns that are not taken in. Those without any, all of them erased, are
        passed over at once, however many they are."""
        place = 0
        while place < length:
            block = place // BLOCK
            if done.get(block, 0) < min(length, (block + 1) * BLOCK):
                (first,) = self._store.rows(
                    f"SELECT min(ordinal) FROM turns WHERE {scope.where} AND ordinal >= ?",
                    (*scope.values, place),
                )[0]
                if first is None:  # erased meanwhile
                    return
                block = first // BLOCK
                if done.get(block, 0) < min(length, (block + 1) * BLOCK):
                    yield block
            place = (block + 1) * BLOCK

    def _summarise(self, scope: Scope, block: int, upto: int) -> None:
        rows = self._store.rows(
            f"SELECT id, speaker, text, ordinal FROM turns WHERE {scope.where} "
            "AND ordinal >= ? AND ordinal < ? ORDER BY ordinal",
            (*scope.values, max(upto, block * BLOCK), (block + 1) * BLOCK),
        )
        lines = self._lines(scope, block)
        for turn, speaker, text, _ in rows:
            lines = self.summarizer.update(lines, turn, speaker, text)
        length = self._store.length(scope)
        end = (block + 1) * BLOCK if length >= (block + 1) * BLOCK else 0
        self._write(scope, block, lines, end or (rows[-1][3] + 1 if rows else length))

    def _progress(self, scope: Scope) -> dict[int, int]:
        """The place up to which each block is summarised."""
        return dict(
            self._store.rows(f"SELECT block, upto FROM blocks WHERE {scope.where}", scope.values)
        )

    def _lines(self, scope: Scope, block: int, end: int | None = None) -> list[Line]:
        """The lines of a block, or of those before ``end``."""
        found = self._store.rows(
            f"SELECT turn, text, score FROM summaries WHERE {scope.where} "
            "AND block >= ? AND block < ? ORDER BY block, position",
            (*scope.values, block, block + 1 if end is None else end),
        )
        return [Line(*row) for row in found]

    def _write(self, scope: Scope, block: int, lines: Sequence[Line], upto: int) -> None:
        """Replace a block's lines. When another process erased one of their turns meanwhile, the
        foreign key refuses them; then nothing is written and the next call begins anew."""
        key = (*scope.values, block)
        flags = self._flagged(lines, self.screen)
        lines = [line for line, flag in zip(lines, flags, strict=True) if not flag]
        try:
            with self._store.transaction() as connection:
                connection.execute(f"DELETE FROM summaries WHERE {scope.where} AND block = ?", key)
                connection.executemany(
                    "INSERT INTO summaries VALUES (?, ?, ?, ?, ?, ?, ?)",
                    [
                        (*key, position, line.turn, line.text, line.score)
                        for position, line in enumerate(lines)
                    ],
                )
                connection.execute(
                    "INSERT OR REPLACE INTO blocks VALUES (?, ?, ?, ?)", (*key, upto)
                )
        except apsw.ConstraintError:
            return
