"""Compact memory: a running summary, and a summary of the summaries of finished blocks.

After HEMA (arXiv 2504.16754): S_t = summarise(S_{t-1}, turn), and every 100 turns a block closes,
so that what went wrong in one block cannot spread into the next. Every line keeps the turn it came
from, so erasing a turn removes its lines and the rest is derived again.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from .episodic import Withhold, withheld
from .store import Scope, Store
from .summarizers import ExtractiveSummarizer, Line, Summarizer

__all__ = ["BLOCK", "CompactMemory"]

BLOCK = 100
"""Turns after which a block of the running summary closes."""
_RUNNING, _ABOVE = 1, 2


class CompactMemory:
    """Summaries of conversations, brought up to date when asked for, off the reply's path."""

    def __init__(self, store: Store, summarizer: Summarizer | None = None) -> None:
        self._store = store
        self._summarizer = summarizer or ExtractiveSummarizer()

    def text(self, scope: Scope, withhold: Withhold | None = None) -> str:
        """The summary of a conversation in one paragraph, lines that are withheld left out."""
        self.refresh(scope)
        lines = [text for _, text in self._lines(scope)]
        flags = withheld(lines, withhold)
        kept = [line for line, flag in zip(lines, flags, strict=True) if not flag]
        return " ".join(dict.fromkeys(kept))

    def refresh(self, scope: Scope) -> None:
        """Take in the turns that came since the last time: linear in their number."""
        upto, count = self._progress(scope)
        rows = self._store.rows(
            f"SELECT id, speaker, text FROM turns WHERE {scope.where} AND id > ? ORDER BY id",
            (*scope.values, upto),
        )
        if not rows:
            return
        numbered = [((count + offset) // BLOCK, *row) for offset, row in enumerate(rows)]
        updated: dict[int, list[Line]] = {}
        for block, turns in groupby(numbered, key=lambda row: row[0]):
            lines = self._block(scope, _RUNNING, block)
            for _, turn, speaker, text in turns:
                lines = self._summarizer.update(lines, turn, speaker, text)
            updated[block] = lines
        above = self._block(scope, _ABOVE, 0)
        # The blocks that these turns closed: from the block of the last turn known before.
        for block in range(max(0, count - 1) // BLOCK, numbered[-1][0]):
            lines = updated.get(block) or self._block(scope, _RUNNING, block)
            above = self._summarizer.merge([*above, *lines])
        self._write(scope, updated, above, upto=rows[-1][0], turns=count + len(rows))

    def _progress(self, scope: Scope) -> tuple[int, int]:
        found = self._store.rows(
            f"SELECT upto, turns FROM summarised WHERE {scope.where}", scope.values
        )
        return (int(found[0][0]), int(found[0][1])) if found else (0, 0)

    def _block(self, scope: Scope, level: int, block: int) -> list[Line]:
        found = self._store.rows(
            f"SELECT turn, text, score FROM summaries WHERE {scope.where} "
            "AND level = ? AND block = ? ORDER BY position",
            (*scope.values, level, block),
        )
        return [Line(*row) for row in found]

    def _lines(self, scope: Scope) -> list[tuple[int, str]]:
        """The summary of finished blocks, then that of the block under way."""
        return [
            (row[0], row[1])
            for row in self._store.rows(
                f"SELECT turn, text FROM summaries WHERE {scope.where} AND (level = ? OR block = "
                f"(SELECT max(block) FROM summaries WHERE {scope.where} AND level = ?)) "
                "ORDER BY level DESC, position",
                (*scope.values, _ABOVE, *scope.values, _RUNNING),
            )
        ]

    def _write(
        self,
        scope: Scope,
        updated: dict[int, list[Line]],
        above: Sequence[Line],
        *,
        upto: int,
        turns: int,
    ) -> None:
        blocks = {(_RUNNING, block): lines for block, lines in updated.items()}
        blocks[_ABOVE, 0] = list(above)
        with self._store.transaction() as connection:
            # Another process may have erased turns meanwhile: a line without its turn is refused
            # by the foreign key, and the next call starts from what is there.
            for (level, block), lines in blocks.items():
                connection.execute(
                    f"DELETE FROM summaries WHERE {scope.where} AND level = ? AND block = ?",
                    (*scope.values, level, block),
                )
                connection.executemany(
                    "INSERT INTO summaries VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    [
                        (*scope.values, level, block, position, line.turn, line.text, line.score)
                        for position, line in enumerate(lines)
                    ],
                )
            connection.execute(
                "INSERT OR REPLACE INTO summarised VALUES (?, ?, ?, ?)",
                (*scope.values, upto, turns),
            )
