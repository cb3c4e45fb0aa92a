"""The records: what was said, what is recalled of it, what was erased."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict

__all__ = ["Episode", "Fact", "NewTurn", "Recall", "Receipt", "Stats", "Turn", "Verification"]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class NewTurn(_Record):
    """A turn to be stored. ``speaker`` defaults to the role, ``time`` to now; a time without a
    zone is UTC. A pinned turn is never pruned."""

    role: str
    text: str
    speaker: str | None = None
    time: datetime | None = None
    pinned: bool = False


class Turn(_Record):
    """A stored turn. Ids grow in the order of storing and are never used again."""

    id: int
    user: str
    conversation: str
    role: str
    speaker: str
    text: str
    time: datetime
    pinned: bool = False


class Episode(_Record):
    """A recalled piece of one turn (all of it, unless it is long), with its score in [0, 1]
    relative to the best, and why it was recalled. ``outdated``: it states a fact that changed
    later."""

    text: str
    turn_id: int
    conversation: str
    role: str
    speaker: str
    time: datetime
    score: float
    why: str
    outdated: bool = False


class Fact(_Record):
    """Something a speaker said of themselves: ``text`` in their words, ``attribute`` and ``value``
    as far as the rules understood it. It held from ``since``; ``until`` is when something else was
    said, None while it is current."""

    subject: str
    attribute: str
    value: str
    text: str
    turn_id: int
    conversation: str
    since: datetime
    until: datetime | None = None


class Recall(_Record):
    """What the memory has for a query: the running summary, current facts, episodes in time order,
    and the latest turns in order."""

    query: str
    summary: str = ""
    facts: tuple[Fact, ...] = ()
    episodes: tuple[Episode, ...] = ()
    recent: tuple[Turn, ...] = ()


class Receipt(_Record):
    """What an erasure removed, or with ``preview`` would remove. ``incomplete``: another connection
    was reading, so old pages are still in the write-ahead log; the next opening finishes it."""

    turns: tuple[int, ...] = ()
    chunks: int = 0
    facts: int = 0
    summaries: int = 0
    preview: bool = False
    incomplete: bool = False

    def summary(self) -> str:
        """In words, without the text."""
        words = (
            f"{len(self.turns)} turns, {self.chunks} chunks, {self.facts} facts "
            f"and {self.summaries} summary lines"
        )
        return words + (" (finishes at the next start)" if self.incomplete else "")


class Verification(_Record):
    """Whether texts are gone from every file of the store; ``found`` names the places that are
    not clean, without the text."""

    clean: bool
    found: tuple[str, ...] = ()
    bytes_scanned: int = 0


class Stats(_Record):
    """How much is stored."""

    turns: int
    chunks: int
    facts: int
    conversations: int
    users: int
    bytes: int
