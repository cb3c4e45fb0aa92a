"""Episodic memory: which turns matter for a query, and what of them is shown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

import numpy as np
from numpy.typing import NDArray

from .currency import latest_first
from .embedding import Embedded
from .excerpt import excerpts
from .facts import FactMemory
from .partition import Partition, Partitions, UserPartition
from .queries import subject, without_names
from .ranking import Scores, prepare, score
from .repeats import distinct
from .scope import Scope
from .shortlist import Shortlist
from .store import Store
from .times import Anchor, Span, anchor, spans
from .turns import Episode, Turn
from .vector_cache import VectorCache
from .withholding import Piece, Withhold, withheld_pieces

__all__ = ["EpisodicMemory", "Filter"]

_SPEAKERS = 100  # with more, their names are no longer looked for in a query
_MORE = 3  # episodes read beyond those wanted, in place of some that do not stay


@dataclass(frozen=True, slots=True)
class Filter:
    """What a recall is limited to: times in [since, until), a speaker, and turns to leave out."""

    since: datetime | None = None
    until: datetime | None = None
    speaker: str | None = None
    skip: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class _Hit:
    """The best chunk of a turn."""

    chunk: int
    turn: int
    score: float
    why: str
    outdated: bool


class EpisodicMemory:
    """Retrieval over the turns of a scope."""

    def __init__(
        self,
        store: Store,
        embedder: VectorCache,
        facts: FactMemory,
        cached_chunks: int = 200_000,
        exact_chunks: int = 20_000,
    ) -> None:
        self._store = store
        self._embedder = embedder
        self._exact = exact_chunks
        self.partitions = Partitions(store, facts, cached_chunks)

    def catch_up(self, scope: Scope) -> None:
        """Take over what was stored into what is kept in RAM, before the next recall has to."""
        partition = self.partitions.catch_up(scope.user)
        if partition is not None and len(partition) <= self._exact:
            with partition.lock:
                prepare(partition)

    def search(
        self,
        query: Embedded,
        scope: Scope,
        *,
        k: int = 10,
        withhold: Withhold | None = None,
        only: Filter | None = None,
        now: datetime | None = None,
    ) -> list[Episode]:
        """The ``k`` best episodes in time order, none withheld, none saying the same as another,
        each of whole sentences. ``now`` is when it is asked: what "last week" counts from."""
        partition = self.partitions.get(scope.user)
        asked, query = query.text, self._meant(query, partition)
        event = anchor(asked)
        told = self._embedded(event.event) if event else None
        with partition.lock:
            allowed = _mask(partition, scope, only or Filter())
            times = spans(asked, _utc(now or datetime.now(UTC)).date())
            if event and told:
                times += self._counted_from(event, told, partition, allowed)
            hits = self._ranked(partition, query, allowed, 5 * k + 20, times)
        chosen = self._chosen(self._episodes(scope, hits, k + _MORE), k, withhold)
        ordered = latest_first(asked, chosen)
        turns = self._store.turns_by_id(scope, [episode.turn_id for episode in ordered])
        return sorted(excerpts(ordered, turns), key=lambda episode: (episode.time, episode.turn_id))

    def _chosen(
        self, batches: Iterator[list[Episode]], k: int, withhold: Withhold | None
    ) -> list[Episode]:
        """The first ``k`` of which none is withheld and no two say the same. Judging takes longer
        than choosing: only what would be chosen is judged."""
        read: list[Episode] = []
        chosen: list[Episode] = []
        judged: set[tuple[int, str]] = set()
        for batch in batches:
            read += batch
            while True:
                chosen = distinct(read, k)
                new = [episode for episode in chosen if _place(episode) not in judged]
                judged.update(map(_place, new))
                if not (out := self._withheld(new, withhold)):
                    break
                read = [episode for episode in read if _place(episode) not in out]
            if len(chosen) == k:
                break
        return chosen

    def _withheld(
        self, episodes: Sequence[Episode], withhold: Withhold | None
    ) -> set[tuple[int, str]]:
        pieces = [Piece(episode.turn_id, episode.text) for episode in episodes]
        flags = withheld_pieces(self._store, pieces, withhold, self._embedder)
        return {_place(e) for e, flag in zip(episodes, flags, strict=True) if flag}

    def _ranked(
        self,
        partition: UserPartition,
        query: Embedded,
        allowed: NDArray[np.bool_],
        most: int,
        times: Sequence[Span],
    ) -> list[_Hit]:
        if len(partition) <= self._exact or not allowed.any():
            return _hits(partition, query, allowed, most, times)
        short = Shortlist(partition, query, allowed, times)
        return _hits(short, query, allowed[short.places], most, times)

    def _counted_from(
        self,
        event: Anchor,
        told: Embedded,
        partition: UserPartition,
        allowed: NDArray[np.bool_],
    ) -> list[Span]:
        """The days meant by "two weeks before the trip": the trip is where it is most spoken of."""
        hits = self._ranked(partition, told, allowed, 1, ())
        if not hits:
            return []
        day = int(partition.day[np.searchsorted(partition.ids, hits[0].chunk)])
        return [event.span(date.fromordinal(day))]

    def _meant(self, query: Embedded, partition: UserPartition) -> Embedded:
        """The query's subject, with vectors that do not see the speakers' names."""
        with partition.lock:
            speakers = list(partition.speakers.numbers)
        if len(query.windows) > 1:
            return query
        text = meaning = subject(query.text)
        if 1 < len(speakers) <= _SPEAKERS:
            meaning = without_names(text, speakers)
        if meaning == query.text:
            return query
        return replace(query, text=text, vectors=self._embedder.encode([meaning]))

    def _embedded(self, text: str) -> Embedded:
        return Embedded(text, (text,), self._embedder.encode([text]))

    def _episodes(self, scope: Scope, hits: Sequence[_Hit], size: int) -> Iterator[list[Episode]]:
        """Episodes best first, read from the store a batch at a time."""
        best = max((hit.score for hit in hits), default=1.0) or 1.0
        for start in range(0, len(hits), size):
            batch = hits[start : start + size]
            turns = self._store.turns_by_id(scope, [hit.turn for hit in batch])
            texts = self._store.chunk_texts([hit.chunk for hit in batch])
            yield [
                _episode(hit, turns[hit.turn], texts[hit.chunk], best)
                for hit in batch
                if hit.turn in turns and hit.chunk in texts  # not erased meanwhile
            ]


def _mask(partition: Partition, scope: Scope, only: Filter) -> NDArray[np.bool_]:
    """(n,) which chunks a recall may give."""
    allowed = np.ones(len(partition), np.bool_)
    if scope.conversation is not None:
        number = partition.conversations.numbers.get(scope.conversation, -1)
        allowed &= partition.conversation == number
    if only.since is not None:
        allowed &= partition.time >= _seconds(only.since)
    if only.until is not None:
        allowed &= partition.time < _seconds(only.until)
    if only.speaker is not None:
        wanted = only.speaker.casefold()
        names = partition.speakers.numbers.items()
        numbers = [number for name, number in names if name.casefold() == wanted]
        allowed &= np.isin(partition.speaker, numbers)
    if only.skip:
        allowed &= ~np.isin(partition.turns, list(only.skip))
    return allowed


def _hits(
    partition: Partition,
    query: Embedded,
    allowed: NDArray[np.bool_],
    most: int,
    times: Sequence[Span] = (),
) -> list[_Hit]:
    """The best chunk of each of the best turns, best first."""
    if not allowed.any():
        return []
    scores = score(partition, query.text, query.vectors, allowed, times)
    # A turn is as good as its best chunk: the first one of it in this order.
    order = _best(scores.total, 8 * most)
    _, first = np.unique(partition.turns[order], return_index=True)
    return [_hit(partition, scores, place) for place in order[np.sort(first)][:most].tolist()]


def _best(total: NDArray[np.float32], most: int) -> NDArray[np.int64]:
    """The places of the best scores above nothing, best first, the earlier of equals first."""
    if len(total) > most:
        least = np.partition(total, -most)[-most]
        places = np.flatnonzero((total >= least) & (total > 0))
    else:
        places = np.flatnonzero(total > 0)
    return places[np.argsort(-total[places], kind="stable")][:most]


def _hit(partition: Partition, scores: Scores, place: int) -> _Hit:
    turn = int(partition.turns[place])
    reasons = [f"meaning {max(0.0, float(scores.cosine[place])):.2f}"]
    if scores.words[place] > 0:
        reasons.append(f"words {scores.words[place]:.2f}")
    if scores.then[place]:
        reasons.append("the time asked for")
    outdated = turn in partition.outdated
    if outdated:
        reasons.append("changed later")
    return _Hit(
        int(partition.ids[place]), turn, float(scores.total[place]), ", ".join(reasons), outdated
    )


def _episode(hit: _Hit, turn: Turn, text: str | None, best: float) -> Episode:
    return Episode.model_construct(
        text=turn.text if text is None else text,
        turn_id=turn.id,
        conversation=turn.conversation,
        role=turn.role,
        speaker=turn.speaker,
        time=turn.time,
        score=round(min(1.0, hit.score / best), 4),
        why=hit.why,
        outdated=hit.outdated,
    )


def _place(episode: Episode) -> tuple[int, str]:
    return episode.turn_id, episode.text


def _seconds(time: datetime) -> float:
    return _utc(time).timestamp()


def _utc(time: datetime) -> datetime:
    return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
