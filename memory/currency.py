"""Which of the turns recalled states a value as it is now, and which as it was.

For what the rules of ``facts`` do not understand: where a query asks what something *is*, and a
speaker gave a number or a name for it and later, in words of change, another, the later turn goes
first. Nothing is invalidated by this, only the order of the best few changes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from .queries import asks_what_is
from .turns import Episode
from .words import terms

__all__ = ["latest_first"]

_BEST = 10  # so many are put in order
_SHARED = 0.5  # share of the older turn's words of the query that the newer has too
_READ = 1000  # letters of a turn
_VALUE = re.compile(r"\d+(?:[.,:]\d+)*|(?<=[a-z,] )[A-Z][a-z]{2,}")
_CHANGE = re.compile(
    r"\b(?:now|new|newly|updat|increas|decreas|chang|reschedul|mov(?:ed|ing)|recent|exten[ds]|"
    r"adjust|switch|no longer|any ?more|instead|reach|improv|rais|lower|dropp|grown|grew|added|"
    r"adding|actually|since|shift|push|postpon|delay|brought|went (?:up|down)|gone (?:up|down)|"
    r"up to|down to|cut to|relocat|replac|swap|different|another|lately|these days|already|quit|"
    r"left|join|stretch|became|start(?:ed|ing) at|just (?:started|got|began)|finish|so far|by now|"
    r"from (?:now|today)|after (?:the|a|another))",
    re.I,
)


@dataclass(frozen=True, slots=True)
class _Reading:
    terms: frozenset[str]
    values: frozenset[str]
    change: bool


def latest_first(query: str, episodes: Sequence[Episode]) -> list[Episode]:
    """The episodes, which come best first, in the order of their scores once each pair of an old
    value before its new one has changed places."""
    if len(episodes) < 2 or not asks_what_is(query):
        return list(episodes)
    asked = frozenset(terms(query))
    best = sorted(episodes[:_BEST], key=lambda episode: (episode.time, episode.turn_id))
    read = [_read(episode.text[:_READ]) for episode in best]
    scores = [episode.score for episode in best]
    for old in range(len(best)):
        for new in range(old + 1, len(best)):
            behind = scores[new] < scores[old] and _same_speaker(best[old], best[new])
            if behind and _updates(read[old], read[new], asked):
                scores[old], scores[new] = scores[new], scores[old]
    again = [e.model_copy(update={"score": s}) for e, s in zip(best, scores, strict=True)]
    again.sort(key=lambda episode: -episode.score)
    return [*again, *episodes[_BEST:]]


def _same_speaker(one: Episode, other: Episode) -> bool:
    return (one.role, one.speaker) == (other.role, other.speaker)


def _updates(old: _Reading, new: _Reading, asked: frozenset[str]) -> bool:
    """Whether the newer gives another value for what the query asks about."""
    about = old.terms & asked
    return (
        new.change
        and bool(old.values)
        and bool(new.values - old.values)
        and len(about & new.terms) >= _SHARED * len(about)
    )


@lru_cache(maxsize=2048)
def _read(text: str) -> _Reading:
    return _Reading(
        frozenset(terms(text)), frozenset(_VALUE.findall(text)), bool(_CHANGE.search(text))
    )
