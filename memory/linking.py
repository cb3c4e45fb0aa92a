"""Whether two statements of one speaker are of the same thing, so that the newer ends the older.

Nothing but their words: what they share, what either has alone and where it stands, whose it is,
which values differ, and words of change, of the past and of plans. Boosted trees weigh that; they
were grown by scikit-learn on sentences of ours (``benchmarks.train_links``) and ship as numbers in
``linking.json``, with the figures of their training. The threshold favours leaving things alone.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from .statements import Statement

__all__ = ["FEATURES", "Link", "features", "link"]

FEATURES = tuple(
    "changed same_value word number money clock date day colour name unit other_unit shared "
    "older_alone newer_alone older_covered newer_covered older_first newer_first older_last "
    "both_beside newer_beside older_beside newer_persons older_persons shared_persons change "
    "newer_also older_also newer_past older_past newer_event older_event newer_plan older_plan "
    "same_subject older_i newer_i same_place newer_attached older_attached names_gone names_new "
    "things own_things older_things newer_things older_any newer_any kinds ".split()
)
_KINDS = ("number", "money", "clock", "date", "day", "colour", "name")
_ALONE = FEATURES.index("older_alone"), FEATURES.index("newer_alone")
_MOST = 2  # words beside the last that may differ, where that is the value: it is not in long ones
_BEFORE_THINGS = frozenset("my our the a an his her their # ".split())
_PAIRS = (
    "open close|begin end|start finish|begin finish|start end|first last|front back|left right|"
    "pick drop|leav arriv|departur arriv|buy sell|love hate|lunch dinner|breakfast dinner|"
    "breakfast lunch|morn even|mother father|mum dad|son daughter|brother sister|dog cat|"
    "night morn|upper lower|summer winter|come leav|get bed|earn spend|win lose|big small|"
    "old young|most least|boy girl|home work|day night"
)
_OPPOSITE: dict[str, set[str]] = {}
for _pair in _PAIRS.split("|"):
    for _one, _other in (_pair.split(), _pair.split()[::-1]):
        _OPPOSITE.setdefault(_one, set()).add(_other)


@dataclass(frozen=True, slots=True)
class Link:
    """Two statements are of one thing; ``changed``: they say different things of it."""

    changed: bool


def link(older: Statement, newer: Statement) -> Link | None:
    """What the newer makes of the older; None where it leaves it alone."""
    if _repeats(older, newer):
        return Link(older.denied != newer.denied)
    if not set(older.content) & set(newer.content) or _opposite(older, newer):
        return None
    row = features(older, newer)
    if not row[0] and row[_ALONE[0]] + row[_ALONE[1]] > _MOST:
        return None
    if _model().log_odds(row) < _model().threshold:
        return None
    return Link(bool(row[0] or row[2]))


def _repeats(older: Statement, newer: Statement) -> bool:
    """Whether they have the same words and values, denied or not."""
    return (
        older.persons == newer.persons
        and set(older.typed) == set(newer.typed)
        and set(older.content) == set(newer.content)
        and bool(older.content)
    )


def _opposite(older: Statement, newer: Statement) -> bool:
    """Whether one says something of the start and the other of the end, or the like."""
    alone, new = older.words - newer.words, newer.words - older.words
    return any(_OPPOSITE.get(word, set()) & new for word in alone)


def features(older: Statement, newer: Statement) -> list[float]:
    """(features,) what the trees look at, named by ``FEATURES``."""
    had, has = _values(older), _values(newer)
    changed = {kind for kind in had if has.get(kind, set()) - had[kind]}
    same = any(kind in has and not has[kind] - had[kind] for kind in had)
    one, other = set(older.content), set(newer.content)
    shared = one & other
    alone, new = one - other, other - one
    was = _last(older, alone) if not changed else ""
    now = _last(newer, new) if not changed else ""
    alone, new = alone - {was}, new - {now}
    before, after = _before(older), _before(newer)
    names = bool(changed - {"name"})
    gone = had.get("name", set()) - has.get("name", set())
    come = has.get("name", set()) - had.get("name", set())
    found = [
        bool(changed),
        same and not changed,
        bool(was and now),
        *(kind in changed for kind in _KINDS),
        bool(set(older.units) & set(newer.units)),
        "number" in changed and not set(older.units) & set(newer.units),
        len(shared),
        len(alone),
        len(new),
        len(shared) / max(1, len(shared | alone)),
        len(shared) / max(1, len(shared | new)),
        bool(older.content) and older.content[0] in other,
        bool(newer.content) and newer.content[0] in one,
        bool(older.content) and older.content[-1] in other,
        *_beside(shared, before, after, alone, new),
        len(newer.persons - older.persons),
        len(older.persons - newer.persons),
        len(older.persons & newer.persons),
        *_told(older, newer),
        bool(was and now) and before[was] == after[now],
        sum(what in new and w in shared for w, what in zip(newer.content, newer.of, strict=True)),
        sum(what in alone and w in shared for w, what in zip(older.content, older.of, strict=True)),
        names * len(gone),
        names * len(come),
        sum(before[w] in _BEFORE_THINGS or after[w] in _BEFORE_THINGS for w in shared),
        sum(before[w] == after[w] in _BEFORE_THINGS - {"#"} for w in shared),
        sum(before[word] in _BEFORE_THINGS for word in alone),
        sum(after[word] in _BEFORE_THINGS for word in new),
        sum(word in ("a", "an") for word in older.before),
        sum(word in ("a", "an") for word in newer.before),
        len(changed),
    ]
    return [float(value) for value in found]


def _told(older: Statement, newer: Statement) -> tuple[bool, ...]:
    """How either says it, and who."""
    return (
        newer.change,
        newer.also,
        older.also,
        newer.past,
        older.past,
        newer.event,
        older.event,
        newer.plan,
        older.plan,
        older.subject == newer.subject,
        older.subject == "i",
        newer.subject == "i",
    )


def _values(statement: Statement) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for kind, value in statement.typed:
        found.setdefault(kind, set()).add(value)
    return found


def _last(statement: Statement, words: set[str]) -> str:
    """The last of some words: where no number or name tells, the value stands at the end."""
    return next((word for word in reversed(statement.content) if word in words), "")


def _before(statement: Statement) -> dict[str, str]:
    return dict(zip(statement.content, statement.before, strict=True))


def _beside(
    shared: set[str],
    before: dict[str, str],
    after: dict[str, str],
    alone: set[str],
    new: set[str],
) -> tuple[int, int, int]:
    """How many shared words follow one that only the older or newer has ("cellar key", "attic
    key"): both, the newer, the older."""
    marks = [(before[word] in alone, after[word] in new) for word in shared]
    return (
        sum(old and young for old, young in marks),
        sum(young and not old for old, young in marks),
        sum(old and not young for old, young in marks),
    )


@dataclass(frozen=True, slots=True)
class _Trees:
    """Trees as nested lists: a leaf is a number, a node (feature, threshold, below, above)."""

    trees: Sequence[Any]
    base: float
    threshold: float

    def log_odds(self, row: Sequence[float]) -> float:
        """Of their being of one thing."""
        total = self.base
        for node in self.trees:
            while isinstance(node, list):
                node = node[2] if row[node[0]] <= node[1] else node[3]
            total += node
        return total


@cache
def _model() -> _Trees:
    text = resources.files("memory").joinpath("linking.json").read_text("utf-8")
    made = json.loads(text)
    return _Trees(made["trees"], made["base"], made["threshold"])
