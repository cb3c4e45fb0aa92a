"""``DualMemory``: the one door to the memory."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from types import TracebackType

from .compact import CompactMemory
from .embedding import Embedded, Embedder, default_embedder, embed_text, embed_texts
from .episodic import EpisodicMemory, Withhold, withheld
from .erasure import Eraser
from .errors import BadInput
from .prompt import CountTokens, Prompt, compose, estimate_tokens
from .store import Scope, Store, clean_text
from .summarizers import Summarizer
from .transfer import export_turns, import_turns
from .turns import NewTurn, Recall, Receipt, Stats, Turn, Verification

__all__ = ["DualMemory"]

DEFAULT = "default"
_RECENT = 12  # latest turns that a prompt may carry word for word


class DualMemory:
    """Remembers conversations of any length and recalls what matters inside a fixed budget.

    Compact memory (a running summary) and episodic memory (the turns themselves) over one SQLite
    file. Every call is scoped to a ``user`` and, unless ``conversation`` is ``None`` where that is
    allowed, to one conversation. Thread-safe; several processes may use one file.

    Raises ``StoreBroken``, ``StoreTooNew``, ``StoreUnwritable``, ``EmbedderMismatch`` on opening.
    """

    def __init__(
        self,
        path: str | Path = ":memory:",
        *,
        embedder: Embedder | None = None,
        summarizer: Summarizer | None = None,
    ) -> None:
        self.embedder = embedder if embedder is not None else default_embedder()
        self._store = Store(path, embedder=self.embedder.name, dimension=self.embedder.dimension)
        self._episodic = EpisodicMemory(self._store)
        self._compact = CompactMemory(self._store, summarizer)
        self._eraser = Eraser(self._store, self._episodic, self.embedder)

    def add(
        self,
        role: str,
        text: str,
        *,
        user: str = DEFAULT,
        conversation: str = DEFAULT,
        speaker: str | None = None,
        time: datetime | None = None,
        embedded: Embedded | None = None,
    ) -> Turn:
        """Remember one turn. ``time`` defaults to now; without a zone it is UTC. ``embedded`` is
        the text already embedded.

        Raises ``BadInput`` for a text that is empty or no valid Unicode.
        """
        new = NewTurn(role=role, text=clean_text(text), speaker=speaker, time=time)
        return self.add_turns([new], user=user, conversation=conversation, embedded=[embedded])[0]

    def add_turns(
        self,
        turns: Sequence[NewTurn],
        *,
        user: str = DEFAULT,
        conversation: str = DEFAULT,
        embedded: Sequence[Embedded | None] | None = None,
    ) -> list[Turn]:
        """Remember several turns in one transaction: after a crash all are there, or none."""
        scope = Scope(user, conversation)
        given = list(embedded) if embedded is not None else [None] * len(turns)
        if len(given) != len(turns):
            raise BadInput(f"received {len(turns)} turns and {len(given)} embedded texts")
        missing = [turn.text for turn, e in zip(turns, given, strict=True) if e is None]
        made = iter(embed_texts(missing, self.embedder) if missing else [])
        vectors = [e if e is not None else next(made) for e in given]
        return self._store.add(scope, turns, vectors)

    def recall(
        self,
        query: str,
        *,
        k: int = 10,
        user: str = DEFAULT,
        conversation: str | None = DEFAULT,
        withhold: Withhold | None = None,
        embedded: Embedded | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        speaker: str | None = None,
        recent: int = 0,
    ) -> Recall:
        """What the memory has for a query: the summary, the ``k`` best episodes in time order, and
        the ``recent`` latest turns, which are then not episodes.

        ``conversation=None`` searches all of the user's. ``withhold`` says which texts must not be
        recalled; if it fails, none are. Raises ``BadInput``.
        """
        if not query.strip():
            raise BadInput("received an empty query; say what to recall")
        if k < 1:
            raise BadInput(f"k is {k}; ask for at least 1 episode")
        scope = Scope(user, conversation)
        embedded = (
            embedded if embedded is not None else embed_text(clean_text(query), self.embedder)
        )
        latest = self._store.turns(scope, recent) if recent else []
        episodes = self._episodic.search(
            embedded,
            scope,
            k=k,
            withhold=withhold,
            since=since,
            until=until,
            speaker=speaker,
            skip=frozenset(turn.id for turn in latest),
        )
        flags = withheld([turn.text for turn in latest], withhold)
        return Recall(
            query=query,
            summary=self._compact.text(scope, withhold) if conversation is not None else "",
            episodes=tuple(episodes),
            recent=tuple(turn for turn, flag in zip(latest, flags, strict=True) if not flag),
        )

    def compose(
        self,
        message: str,
        *,
        system: str = "",
        budget: int = 3500,
        count_tokens: CountTokens | None = None,
        user: str = DEFAULT,
        conversation: str = DEFAULT,
        k: int = 10,
        withhold: Withhold | None = None,
        embedded: Embedded | None = None,
    ) -> Prompt:
        """The prompt for a message, inside ``budget`` tokens.

        ``count_tokens`` counts a list of chat messages with the model's own tokenizer and chat
        template; without it a safe estimate is used. Raises ``PromptTooLong`` when system text and
        message alone are over the budget.
        """
        recall = self.recall(
            message,
            k=k,
            user=user,
            conversation=conversation,
            withhold=withhold,
            embedded=embedded,
            recent=_RECENT,
        )
        return compose(
            recall,
            system=system,
            message=message,
            budget=budget,
            count=count_tokens or estimate_tokens,
        )

    def summary(
        self,
        *,
        user: str = DEFAULT,
        conversation: str = DEFAULT,
        withhold: Withhold | None = None,
    ) -> str:
        """The running summary of a conversation."""
        return self._compact.text(Scope(user, conversation), withhold)

    def turns(
        self,
        *,
        user: str = DEFAULT,
        conversation: str | None = DEFAULT,
        limit: int | None = None,
    ) -> list[Turn]:
        """The turns as they were said, in order; with ``limit`` only the latest."""
        return self._store.turns(Scope(user, conversation), limit)

    def conversations(self, *, user: str = DEFAULT) -> list[str]:
        """The names of a user's conversations, the one used last first."""
        rows = self._store.rows(
            "SELECT conversation FROM turns WHERE user = ? GROUP BY 1 ORDER BY max(id) DESC",
            Scope(user).values,
        )
        return [name for (name,) in rows]

    def erase(
        self,
        query: str | None = None,
        *,
        text: str | None = None,
        turn_ids: Sequence[int] | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        everything: bool = False,
        user: str = DEFAULT,
        conversation: str | None = None,
        preview: bool = False,
    ) -> Receipt:
        """Remove what fits everything given, for real: rows, vectors, words, summary lines, and
        the bytes in the files. ``preview`` only says what would go.

        ``query`` finds turns about something, ``text`` turns that hold those very words.
        Raises ``BadInput`` when nothing was given.
        """
        scope = Scope(user, conversation)
        ids = self._eraser.find(
            scope,
            query=query,
            text=text,
            turn_ids=turn_ids,
            since=since,
            until=until,
            everything=everything,
        )
        return self._eraser.erase(ids, preview=preview)

    def forget_user(self, user: str) -> Receipt:
        """Remove everything of one user."""
        return self.erase(everything=True, user=user)

    def verify(self, texts: Sequence[str]) -> Verification:
        """Whether texts are gone: from the tables, the vectors, and every byte of the files."""
        return self._eraser.verify(texts)

    def export(self, path: str | Path, *, user: str | None = None) -> int:
        """Write all turns, or one user's, as JSON Lines; returns how many."""
        return export_turns(self._store, Path(path), user)

    def import_(self, path: str | Path) -> int:
        """Read an export; returns how many turns. All are added, or none."""
        return import_turns(self._store, Path(path), self.embedder)

    def stats(self) -> Stats:
        """How much is stored."""
        return self._store.stats()

    def close(self) -> None:
        """Close the file."""
        self._store.close()

    def __enter__(self) -> DualMemory:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
