"""Episodic memory: which turns matter for a query, by meaning, by words and by neighbourhood.

Dense and lexical scores are fused by weights; a turn also counts for its neighbours, because an
answer often stands beside the words that were asked for; and turns of a speaker whom the query
names count more. Leads and their gains: docs/design.md.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from .embedding import Embedded
from .index import ScopeIndex, ScopeIndexes
from .store import Scope, Store
from .turns import Episode, Turn

__all__ = ["EpisodicMemory", "Withhold"]

Withhold = Callable[[Sequence[str]], Sequence[bool]]
"""Which texts must not reach the prompt. An exception withholds them all."""

_POOL = 200  # candidates of each kind
_DENSE, _WORDS = 0.45, 0.55
_NEIGHBOURS = {1: 0.35, 2: 0.2}  # share of its score that a turn lends at this distance
_SPEAKER = 1.3
_WEAK = 4.0  # a best BM25 score under this is a chance hit, and not scaled up to a full one
_TERM = re.compile(r"\w+")
_STOP = frozenset(
    "a about after all also am an and any are as at be been before being but by can could did do "
    "does doing for from had has have having he her hers him his how i if in into is it its just "
    "know me more most my no nor not now of on once only or other our ours out over own said same "
    "she should so some such tell than that the their theirs them then there these they this those "
    "through to too under until up us very was we were what when where which while who whom why "
    "will with would you your yours".split()
)


@dataclass(slots=True)
class _Candidate:
    score: float = 0.0
    chunk: int | None = None
    cosine: float = 0.0
    words: float = 0.0


class EpisodicMemory:
    """Retrieval over the turns of a scope."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._indexes = ScopeIndexes(store)

    def index(self, scope: Scope) -> ScopeIndex:
        """The vectors of a scope, up to date."""
        return self._indexes.get(scope)

    def search(
        self,
        query: Embedded,
        scope: Scope,
        *,
        k: int = 10,
        withhold: Withhold | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        speaker: str | None = None,
        skip: frozenset[int] = frozenset(),
    ) -> list[Episode]:
        """The ``k`` best episodes in time order, none of them withheld or nearly alike.

        ``skip`` are turns that are not wanted, because the prompt has them already.
        """
        candidates = self._candidates(query, scope)
        turns = self._store.turns_by_id(scope, candidates)
        self._favour_speaker(query.text, candidates, turns)
        ranked = sorted(candidates, key=lambda turn: -candidates[turn].score)
        chosen: list[Episode] = []
        best = max((c.score for c in candidates.values()), default=1.0) or 1.0
        for start in range(0, len(ranked), 4 * k):
            batch = [
                self._episode(turns[turn], candidates[turn], best)
                for turn in ranked[start : start + 4 * k]
                if turn in turns
                and turn not in skip
                and _within(turns[turn], since, until, speaker)
            ]
            for episode in _allowed(self._with_chunks(batch, candidates), withhold):
                if len(chosen) < k and not any(_alike(episode.text, c.text) for c in chosen):
                    chosen.append(episode)
            if len(chosen) == k:
                break
        return sorted(chosen, key=lambda episode: (episode.time, episode.turn_id))

    def _candidates(self, query: Embedded, scope: Scope) -> dict[int, _Candidate]:
        """Every turn that meaning, words or a neighbour speaks for."""
        index = self._indexes.get(scope)
        found: dict[int, _Candidate] = {}
        ids, cosines = index.search(query.vectors, _POOL)
        for chunk, cosine in zip(ids.tolist(), cosines.tolist(), strict=True):
            candidate = found.setdefault(index.turn_of[chunk], _Candidate())
            if candidate.chunk is None:  # best chunk first
                candidate.chunk, candidate.cosine = chunk, max(cosine, 0.0)
        words = self._store.search_words(scope, match_any(query.text), _POOL)
        top = max(_WEAK, *(score for _, score in words)) if words else _WEAK
        for turn, score in words:
            found.setdefault(turn, _Candidate()).words = max(score, 0.0) / top
        for candidate in found.values():
            candidate.score = _DENSE * candidate.cosine + _WORDS * candidate.words
        return self._spread(found, index.turns)

    def _spread(self, found: dict[int, _Candidate], order: list[int]) -> dict[int, _Candidate]:
        """Add to each turn the shares of its neighbours in the order of the conversation."""
        if not found:
            return found
        sequence = np.array(order, np.int64)
        own = np.zeros(len(sequence), np.float64)
        at = np.searchsorted(sequence, np.fromiter(found, np.int64))
        inside = at < len(sequence)  # a turn another process added since the index was refreshed
        scores = np.fromiter((c.score for c in found.values()), np.float64)
        own[at[inside]] = scores[inside]
        total = own.copy()
        for distance, share in _NEIGHBOURS.items():
            total[distance:] += share * own[:-distance]
            total[:-distance] += share * own[distance:]
        for position in np.flatnonzero(total).tolist():
            found.setdefault(int(sequence[position]), _Candidate()).score = float(total[position])
        return found

    def _favour_speaker(
        self, query: str, candidates: dict[int, _Candidate], turns: dict[int, Turn]
    ) -> None:
        named = {word.casefold() for word in _TERM.findall(query)}
        for id_, turn in turns.items():
            if turn.speaker.casefold() in named:
                candidates[id_].score *= _SPEAKER

    def _episode(self, turn: Turn, candidate: _Candidate, best: float) -> Episode:
        reasons = []
        if candidate.cosine:
            reasons.append(f"meaning {candidate.cosine:.2f}")
        if candidate.words:
            reasons.append(f"words {candidate.words:.2f}")
        return Episode.model_construct(
            text=turn.text,
            turn_id=turn.id,
            conversation=turn.conversation,
            role=turn.role,
            speaker=turn.speaker,
            time=turn.time,
            score=round(min(1.0, candidate.score / best), 4),
            why=", ".join(reasons) or "beside a turn that matches",
        )

    def _with_chunks(
        self, episodes: list[Episode], candidates: dict[int, _Candidate]
    ) -> list[Episode]:
        """Long turns are cut to the chunk that matched."""
        wanted = {e.turn_id: candidates[e.turn_id].chunk for e in episodes}
        texts = self._store.chunk_texts(c for c in wanted.values() if c is not None)
        return [
            e.model_copy(update={"text": texts[chunk]})
            if (chunk := wanted[e.turn_id]) is not None and chunk in texts
            else e
            for e in episodes
        ]


def match_any(text: str) -> str:
    """An FTS5 query for any of the content words of ``text``; all words if it has no others."""
    terms = list(dict.fromkeys(term.casefold() for term in _TERM.findall(text)))
    content = [term for term in terms if term not in _STOP] or terms or ["_"]
    return " OR ".join(f'"{term}"' for term in content[:64])


def _within(
    turn: Turn, since: datetime | None, until: datetime | None, speaker: str | None
) -> bool:
    if speaker is not None and turn.speaker.casefold() != speaker.casefold():
        return False
    return (since is None or turn.time >= since) and (until is None or turn.time < until)


def _allowed(episodes: list[Episode], withhold: Withhold | None) -> list[Episode]:
    flags = withheld([episode.text for episode in episodes], withhold)
    return [episode for episode, flag in zip(episodes, flags, strict=True) if not flag]


def withheld(texts: Sequence[str], withhold: Withhold | None) -> Sequence[bool]:
    """The filter's answers; all true when it fails, because what was not judged is not shown."""
    if withhold is None or not texts:
        return [False] * len(texts)
    try:
        return withhold(texts)
    except Exception:  # noqa: BLE001 - fail closed, whatever it was
        return [True] * len(texts)


def _alike(one: str, other: str) -> bool:
    """The same words: a repeated turn tells nothing new."""
    return one.casefold().split() == other.casefold().split()
