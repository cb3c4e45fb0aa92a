"""Erasure: finding what is to go, removing it, and looking whether it is gone."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime

import numpy as np

from .embedding import Embedder, embed_texts
from .episodic import EpisodicMemory, match_any
from .errors import BadInput
from .store import Scope, Store
from .turns import Receipt, Verification

__all__ = ["Eraser"]

_SURE = 0.55  # cosine from which a turn is about the query
_LIKELY = 0.35  # the same when it also shares half of the query's content words
_SAME = 0.98  # cosine of a vector that still holds a text
_BLOCK = 1 << 20
_POOL = 400


class Eraser:
    """Removes turns and everything derived from them."""

    def __init__(self, store: Store, episodic: EpisodicMemory, embedder: Embedder) -> None:
        self._store = store
        self._episodic = episodic
        self._embedder = embedder

    def find(
        self,
        scope: Scope,
        *,
        query: str | None,
        text: str | None,
        turn_ids: Sequence[int] | None,
        since: datetime | None,
        until: datetime | None,
        everything: bool,
    ) -> list[int]:
        """The turns that fit all that was given. Raises ``BadInput`` when nothing was given."""
        given = (query, text, turn_ids, since, until)
        if everything == any(value is not None for value in given):
            raise BadInput(
                "say what to erase: a query, text=, turn_ids=, since= or until=, "
                "or everything=True and nothing else"
            )
        turns = self._store.turns(scope)
        found = {turn.id for turn in turns}
        if query is not None:
            found &= self._about(query, scope)
        if text is not None:
            wanted = _folded(text)
            if not wanted:
                raise BadInput("received an empty text to erase")
            found &= {turn.id for turn in turns if wanted in _folded(turn.text)}
        if turn_ids is not None:
            found &= set(turn_ids)
        if since is not None:
            found &= {turn.id for turn in turns if turn.time >= since}
        if until is not None:
            found &= {turn.id for turn in turns if turn.time < until}
        return sorted(found)

    def erase(self, ids: Sequence[int], *, preview: bool) -> Receipt:
        """Remove these turns; with ``preview`` only say what would go."""
        if not ids:
            return Receipt(preview=preview)
        if preview:
            marks = ", ".join("?" * len(ids))
            count = "SELECT count(*) FROM {} WHERE turn IN ({})"
            chunks = self._store.rows(count.format("chunks", marks), ids)[0][0]
            lines = self._store.rows(count.format("summaries", marks), ids)[0][0]
            return Receipt(turns=tuple(ids), chunks=chunks, summaries=lines, preview=True)
        chunks, summaries = self._store.delete(ids)
        finished = self._store.truncate_log()
        return Receipt(
            turns=tuple(ids), chunks=chunks, summaries=summaries, incomplete=not finished
        )

    def verify(self, texts: Sequence[str]) -> Verification:
        """Whether texts are gone from the tables, the full-text vocabulary, the vectors, and every
        byte of the files."""
        wanted = [text for text in texts if _folded(text)]
        found = [*self._in_rows(wanted), *self._in_vectors(wanted)]
        places, scanned = self._in_files(wanted)
        found += places
        return Verification(
            clean=not found, found=tuple(dict.fromkeys(found)), bytes_scanned=scanned
        )

    def _about(self, query: str, scope: Scope) -> set[int]:
        """The turns about a query: near in meaning, or fairly near with its words in them."""
        if not query.strip():
            raise BadInput("received an empty query; say what to erase")
        embedded = embed_texts([query], self._embedder)[0]
        index = self._episodic.index(scope)
        cosine: dict[int, float] = {}
        ids, scores = index.search(embedded.vectors, _POOL)
        for chunk, score in zip(ids.tolist(), scores.tolist(), strict=True):
            turn = index.turn_of[chunk]
            cosine[turn] = max(score, cosine.get(turn, -1.0))
        expression = match_any(query)
        terms = expression.split(" OR ")
        shared: dict[int, int] = {}
        for term in terms:
            for turn, _ in self._store.search_words(scope, term, -1):
                shared[turn] = shared.get(turn, 0) + 1
        return {
            turn
            for turn, score in cosine.items()
            if score >= _SURE or (score >= _LIKELY and shared.get(turn, 0) * 2 >= len(terms))
        }

    def _in_rows(self, texts: Sequence[str]) -> list[str]:
        found = []
        for table, column in (
            ("turns", "text"),
            ("chunks", "text"),
            ("summaries", "text"),
            ("words", "body"),
        ):
            for (value,) in self._store.rows(f"SELECT {column} FROM {table}"):
                if any(_folded(text) in _folded(value) for text in texts):
                    found.append(f"table {table}")
                    break
        return found

    def _in_vectors(self, texts: Sequence[str]) -> list[str]:
        rows = self._store.rows("SELECT vector FROM chunks")
        if not rows or not texts:
            return []
        matrix = np.frombuffer(b"".join(row[0] for row in rows), "<f4")
        matrix = matrix.reshape(len(rows), self._store.dimension)
        queries = np.concatenate([e.vectors for e in embed_texts(texts, self._embedder)])
        return ["vectors"] if bool((matrix @ queries.T).max() >= _SAME) else []

    def _in_files(self, texts: Sequence[str]) -> tuple[list[str], int]:
        """A scan of every file for the texts and for each word that only they hold.

        Words, because the full-text index stores words one by one.
        """
        needles = {text.casefold().encode() for text in texts}
        found, scanned = [], 0
        longest = max(map(len, needles), default=1)
        for path in self._store.files():
            if not path.exists():
                continue
            with path.open("rb") as file:
                tail = b""
                while block := file.read(_BLOCK):
                    scanned += len(block)
                    window = (tail + block).lower()
                    if any(needle in window for needle in needles):
                        found.append(f"file {path.name}")
                        break
                    tail = window[-longest:]
        return found, scanned


def _folded(text: str) -> str:
    """Case, width and spacing aside."""
    return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", text).casefold()).strip()
