"""Of what was said twice, one is recalled: the same words, apart from such as tell nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .turns import Episode
from .words import plain_words

__all__ = ["distinct", "essence"]

# Not all stop words: "not", "his", "was" and "from" make another sentence.
_EMPTY = frozenset(
    "a actually ah also am an and anyway are as be been being do does hello hey hi is it its just "
    "of oh ok okay please really said so that the to too very well yeah yes".split()
)
_OWN = frozenset("i me my mine myself we us our ours ourselves you your yours".split())
_APOSTROPHE = re.compile("['’]")
_AS_GOOD = 0.9  # of the older one's score, from which on the newer takes its place


def essence(text: str, speaker: str) -> tuple[str, ...]:
    """What two texts share that say the same: their words in order, folded, without those that
    tell nothing; whether it is asked; and by whom, where the words are about the speaker."""
    words = plain_words(text)
    telling = [word for word in words if word not in _EMPTY] or words or [text]
    own = any(_APOSTROPHE.split(word)[0] in _OWN for word in words)
    asked = text.rstrip().endswith("?")
    return (speaker if own else "", "?" if asked else "", *telling)


def distinct(episodes: Sequence[Episode], most: int) -> list[Episode]:
    """At most ``most`` of the episodes, given and returned best first, of which no two say the
    same. Among equals the newest stays, unless it is clearly worse."""
    chosen: dict[tuple[str, ...], Episode] = {}
    for episode in episodes:
        key = essence(episode.text, episode.speaker)
        older = chosen.get(key)
        if older is None:
            if len(chosen) < most:
                chosen[key] = episode
        elif _later(episode, older) and episode.score >= _AS_GOOD * older.score:
            chosen[key] = episode.model_copy(update={"score": older.score})
    return list(chosen.values())


def _later(one: Episode, other: Episode) -> bool:
    return (one.time, one.turn_id) > (other.time, other.turn_id)
