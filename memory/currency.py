"""Which of the turns recalled states a value as it is now, and which as it was.

For what the rules of ``facts`` do not understand: where a query asks what something *is*, and a
speaker said one thing of it and later another, the later turn goes first. Either the later turn
speaks of a change and both give a value (a number, a name), or both are short statements that
share what the query asks about and differ in the rest. Nothing is invalidated by this, only the
order of the best few changes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from .queries import asks_what_is
from .turns import Episode
from .words import terms

__all__ = ["forget_readings", "latest_first"]

_BEST = 10  # so many are put in order
_SHARED = 0.5  # share of the older turn's words of the query that the newer has too
_READ = 1000  # letters of a turn
_SHORT = 8  # terms beside the query's, of a statement that says one thing
# Whose it is, when not the speaker's.
_OTHERS = re.compile(
    r"\b(?:his|her|hers|their|theirs|\w+['’]s|(?:grand|step|half-)?(?:mother|father|"
    r"mum|mom|dad|son|daughter|brother|sister|parents?|child|children)s?|wife|husband|partner|"
    r"aunt|uncle|cousin|niece|nephew|friend|neighbou?r|colleague|boss)\b",
    re.I,
)
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
    terms: tuple[str, ...]
    words: frozenset[str]
    values: frozenset[str]
    others: frozenset[str]
    change: bool


def latest_first(query: str, episodes: Sequence[Episode]) -> list[Episode]:
    """The episodes, which come best first, in the order of their scores once each pair of an old
    value before its new one has changed places."""
    if len(episodes) < 2 or not asks_what_is(query):
        return list(episodes)
    asked = _read(query)
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


def _updates(old: _Reading, new: _Reading, asked: _Reading) -> bool:
    """Whether the newer gives another value for what the query asks about."""
    about = old.words & asked.words
    enough = len(about & new.words) >= _SHARED * len(about)
    if enough and new.change and old.values and new.values - old.values:
        return True
    return enough and bool(about & new.words) and _restates(old, new, asked, about)


def _restates(old: _Reading, new: _Reading, asked: _Reading, about: frozenset[str]) -> bool:
    """Whether the two are short statements about one thing that differ in what they say of it."""
    one, other = old.words - about, new.words - about
    if max(len(one), len(other)) > _SHORT or not (one - other and other - one):
        return False
    if new.others - old.others - asked.others:
        return False
    return not _of_something_else(old, new, about)


def _of_something_else(old: _Reading, new: _Reading, about: frozenset[str]) -> bool:
    """Whether the newer lacks what tells the older's subject from others: a word before one that
    both have ("yoga class", "pottery class"), or the last ("at home"). A verb that it lacks tells
    nothing: "I keep 5 chickens", "that makes 7 chickens"."""
    lacking = about - new.words
    return old.terms[-1] in lacking or any(
        first in lacking and second in new.words for first, second in pairwise(old.terms)
    )


@lru_cache(maxsize=2048)
def _read(text: str) -> _Reading:
    return _Reading(
        found := tuple(terms(text)),
        frozenset(found),
        frozenset(_VALUE.findall(text)),
        frozenset(word.casefold() for word in _OTHERS.findall(text)),
        bool(_CHANGE.search(text)),
    )


def forget_readings() -> None:
    """Drop the words of turns that are kept in RAM to be quick."""
    _read.cache_clear()
