"""The records: what was said, what is recalled of it, what was erased."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from .scope import some_text

__all__ = [
    "Episode",
    "Fact",
    "NewTurn",
    "Recall",
    "Receipt",
    "Stats",
    "Subject",
    "Turn",
    "Verification",
]


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


class Subject(_Record):
    """Something that turns may be about: a person, a work, a secret. ``name`` and ``aliases`` are
    what it is called, ``phrases`` stand only in what is about it, ``texts`` typify it."""

    name: str
    aliases: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()

    def check(self) -> None:
        """Raises ``BadInput`` for a text that is empty or no valid Unicode."""
        for text in (self.name, *self.aliases, *self.phrases, *self.texts):
            some_text(text, "name, phrase or text of a target")


class Receipt(_Record):
    """What an erasure removed from where, or with ``preview`` would remove: the rows of ``turns``
    (by id), ``chunks`` (each with its vector), full-text ``terms``, ``facts``, lines of
    ``summaries``, and lines of each file of ``exports``. ``left``: exports that hold some of it
    still. ``incomplete``: another connection was reading, so old pages are still in the
    write-ahead log; the next opening finishes it."""

    turns: tuple[int, ...] = ()
    chunks: int = 0
    terms: int = 0
    facts: int = 0
    summaries: int = 0
    exports: dict[str, int] = {}
    left: tuple[str, ...] = ()
    preview: bool = False
    incomplete: bool = False

    @property
    def places(self) -> dict[str, int]:
        """How much went from each place."""
        return {
            "table turns": len(self.turns),
            "table chunks": self.chunks,
            "vectors": self.chunks,
            "full-text terms": self.terms,
            "table facts": self.facts,
            "table summaries": self.summaries,
            **{f"export {name}": lines for name, lines in self.exports.items()},
        }

    def summary(self) -> str:
        """In words, without the text."""
        words = (
            f"{len(self.turns)} turns, {self.chunks} chunks, {self.facts} facts "
            f"and {self.summaries} summary lines"
        )
        if self.exports:
            words += f", {sum(self.exports.values())} lines of {', '.join(sorted(self.exports))}"
        if self.left:
            words += f" (copies are still in the exports {', '.join(self.left)})"
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
