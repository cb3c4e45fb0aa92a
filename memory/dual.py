"""``DualMemory``: the one door to the memory."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from .background import Background
from .compact import CompactMemory
from .embedding import Embedded, Embedder, default_embedder, embed_text, embed_texts
from .episodic import EpisodicMemory, Filter
from .erasure import Eraser
from .errors import BadInput
from .facts import FactMemory
from .prompt import CountTokens, Prompt, check_fits, compose, estimate_tokens
from .retention import Retainer
from .rules import FactExtractor, stated
from .scope import OWN, Own, OwnScope, some_text
from .settings import MemorySettings
from .store import Store
from .summarizers import Summarizer
from .telling import StatementExtractor
from .turns import NewTurn, Recall, Turn
from .upkeep import Upkeep
from .vector_cache import VectorCache
from .withholding import LONG, Piece, Withhold, withheld_pieces

__all__ = ["DualMemory"]

Thing = TypeVar("Thing")


class DualMemory(Upkeep):
    """Remembers conversations of any length and recalls what matters inside a fixed budget.

    Compact memory (a running summary), episodic memory (the turns themselves) and facts with
    validity over one SQLite file. Every call is scoped to a ``user`` and, unless ``conversation``
    is ``None`` where that is allowed, to one conversation; what a call does not say is what the
    memory was opened with, and without either it raises ``BadInput``. Thread-safe; several
    processes may use one file. ``extractor`` finds the facts in a turn: rules, and the statements
    that they have none for, by default; None for none.

    Raises ``BadInput``, ``StoreBroken``, ``StoreTooNew``, ``StoreUnwritable`` and
    ``EmbedderMismatch`` on opening.
    """

    def __init__(
        self,
        path: str | Path = ":memory:",
        *,
        user: str | None = None,
        conversation: str | None = None,
        embedder: Embedder | None = None,
        summarizer: Summarizer | None = None,
        extractor: FactExtractor | None = StatementExtractor(),  # noqa: B008 - it keeps no state
        settings: MemorySettings | None = None,
    ) -> None:
        self._own = OwnScope(user, conversation)
        self.embedder = VectorCache(embedder if embedder is not None else default_embedder())
        self.settings = settings or MemorySettings()
        self._extractor = extractor
        self._store = Store(
            path,
            embedder=self.embedder.name,
            dimension=self.embedder.dimension,
            wait=self.settings.wait,
        )
        self._facts = FactMemory(self._store)
        self._episodic = EpisodicMemory(
            self._store,
            self.embedder,
            self._facts,
            self.settings.cached_chunks,
            self.settings.exact_chunks,
        )
        self._compact = CompactMemory(self._store, summarizer, self.embedder)
        self._background = Background()
        self._eraser = Eraser(self._store, self._episodic, self.embedder)
        retention = self.settings.retention
        self._retainer = Retainer(self._store, retention) if retention else None

    def add(
        self,
        role: str,
        text: str,
        *,
        user: str | Own = OWN,
        conversation: str | Own = OWN,
        speaker: str | None = None,
        time: datetime | None = None,
        embedded: Embedded | None = None,
        pinned: bool = False,
    ) -> Turn:
        """Remember one turn. ``time`` defaults to now; without a zone it is UTC. ``embedded`` is
        the text already embedded.

        Raises ``BadInput`` for a text that is empty or no valid Unicode.
        """
        some_text(text, "text; there is nothing to remember")  # before pydantic quotes it
        new = NewTurn(role=role, text=text, speaker=speaker, time=time, pinned=pinned)
        return self.add_turns([new], user=user, conversation=conversation, embedded=[embedded])[0]

    def add_turns(
        self,
        turns: Sequence[NewTurn],
        *,
        user: str | Own = OWN,
        conversation: str | Own = OWN,
        embedded: Sequence[Embedded | None] | None = None,
    ) -> list[Turn]:
        """Remember several turns in one transaction: after a crash all are there, or none."""
        scope = self._own.of(user, conversation)
        given = list(embedded) if embedded is not None else [None] * len(turns)
        if len(given) != len(turns):
            raise BadInput(f"received {len(turns)} turns and {len(given)} embedded texts")
        for turn in turns:
            some_text(turn.text, "text; there is nothing to remember")
        missing = [turn.text for turn, e in zip(turns, given, strict=True) if e is None]
        made = iter(embed_texts(missing, self.embedder) if missing else [])
        vectors = [e if e is not None else next(made) for e in given]
        facts = [stated(turn, self._extractor) for turn in turns]
        stored = self._store.add(scope, turns, vectors, facts)
        if self._retainer is not None:
            self._retainer.added(scope, len(stored))
        self._grown(scope)
        return stored

    def summarise_with(self, summarizer: Summarizer) -> None:
        """Let another summarizer write the summaries from the next turn on."""
        self._compact.summarizer = summarizer

    def keep_out(self, withhold: Withhold) -> None:
        """Never write into a summary what ``withhold`` flags; if it fails, write nothing. Turns
        are stored all the same: pass ``withhold`` to ``recall`` and ``compose`` for those."""
        self._compact.screen = withhold

    def sweep_summaries(self) -> None:
        """What is kept out has changed: look again at the lines written before, in the
        background, and remove those that are flagged now."""
        self._background.soon("sweep", self._compact.sweep)

    def recall(
        self,
        query: str,
        *,
        k: int = 10,
        user: str | Own = OWN,
        conversation: str | Own | None = OWN,
        withhold: Withhold | None = None,
        embedded: Embedded | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        speaker: str | None = None,
        recent: int = 0,
        now: datetime | None = None,
    ) -> Recall:
        """What the memory has for a query: the summary, current facts, the ``k`` best episodes in
        time order, and the ``recent`` latest turns, which are then not episodes (unless they are
        long, for a long turn may not fit into a prompt whole).

        ``now`` is when it is asked, from which times such as "last spring" count; the default is
        the present. ``conversation=None`` searches all of the user's. ``withhold`` says which texts
        must not be recalled; if it fails, none are. Raises ``BadInput``.
        """
        some_text(query, "query; say what to recall")
        if k < 1:
            raise BadInput(f"k is {k}; ask for at least 1 episode")
        scope = self._own.of(user, conversation)
        vectors = embedded if embedded is not None else embed_text(query, self.embedder)
        latest = self._store.turns(scope, recent) if recent else []
        whole = frozenset(turn.id for turn in latest if len(turn.text) <= LONG)
        only = Filter(since, until, speaker, whole)
        episodes = self._episodic.search(vectors, scope, k=k, withhold=withhold, only=only, now=now)
        if self._retainer is not None:
            self._retainer.recalled([episode.turn_id for episode in episodes])
        facts = self._facts.about(scope, query, self.settings.facts)
        return Recall(
            query=query,
            summary=self._compact.text(scope, withhold) if conversation is not None else "",
            facts=self._shown(facts, [Piece(f.turn_id, f.text, True) for f in facts], withhold),
            episodes=tuple(episodes),
            recent=self._shown(latest, [Piece(turn.id, turn.text) for turn in latest], withhold),
        )

    search = recall

    def compose(
        self,
        message: str,
        *,
        system: str = "",
        budget: int = 3500,
        count_tokens: CountTokens | None = None,
        user: str | Own = OWN,
        conversation: str | Own = OWN,
        k: int = 10,
        withhold: Withhold | None = None,
        embedded: Embedded | None = None,
        recall: Recall | None = None,
    ) -> Prompt:
        """The prompt for a message, inside ``budget`` tokens, with what is recalled for it, or with
        ``recall`` if that is given.

        ``count_tokens`` counts a list of chat messages with the model's own tokenizer and chat
        template; without it a safe estimate is used. Raises ``PromptTooLong`` when system text and
        message alone are over the budget.
        """
        count = count_tokens or estimate_tokens
        some_text(message, "message")
        check_fits(system, message, budget, count)  # before the work of reading it
        if recall is None:
            recall = self.recall(
                message,
                k=k,
                user=user,
                conversation=conversation,
                withhold=withhold,
                embedded=embedded,
                recent=self.settings.recent,
            )
        return compose(recall, system=system, message=message, budget=budget, count=count)

    def summary(
        self,
        *,
        user: str | Own = OWN,
        conversation: str | Own = OWN,
        withhold: Withhold | None = None,
    ) -> str:
        """The running summary of a conversation, up to its last turn."""
        scope = self._own.of(user, conversation)
        self._compact.refresh(scope)
        return self._compact.text(scope, withhold)

    def _shown(
        self, things: Sequence[Thing], pieces: Sequence[Piece], withhold: Withhold | None
    ) -> tuple[Thing, ...]:
        """Those that are not withheld."""
        flags = withheld_pieces(self._store, pieces, withhold, self.embedder)
        return tuple(thing for thing, flag in zip(things, flags, strict=True) if not flag)
