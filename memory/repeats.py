"""Of what was said twice, one is recalled: the same words, apart from such as tell nothing."""

from __future__ import annotations

import re

from .turns import Episode
from .words import plain_words

__all__ = ["Distinct", "essence"]

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


class Distinct:
    """At most ``most`` episodes, given best first, of which no two say the same. Among equals the
    newest stays, unless it is clearly worse."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._chosen: dict[tuple[str, ...], Episode] = {}

    @property
    def full(self) -> bool:
        """Whether no more can be taken in."""
        return len(self._chosen) == self._most

    @property
    def episodes(self) -> list[Episode]:
        """Those chosen, best first."""
        return list(self._chosen.values())

    def add(self, episode: Episode) -> None:
        """Take one in if it says something new, or says it later."""
        key = essence(episode.text, episode.speaker)
        older = self._chosen.get(key)
        if older is None:
            if not self.full:
                self._chosen[key] = episode
        elif _later(episode, older) and episode.score >= _AS_GOOD * older.score:
            self._chosen[key] = episode.model_copy(update={"score": older.score})


def _later(one: Episode, other: Episode) -> bool:
    return (one.time, one.turn_id) > (other.time, other.turn_id)
