"""What the model itself says of a target: asked when a target comes by name alone.

It is exactly what the model could leak, and so it typifies the target where its owner gave nothing
that does. The questions run in the background and give way to every turn of a chat. However a
target came, it is asked about once: a model that had nothing to say is noted in the target too.
"""

from __future__ import annotations

import atexit
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

import structlog

from guardrail.errors import GuardrailError
from guardrail.generation.engine import GenerationOptions, generate
from guardrail.targets import ForgetSet, Target

if TYPE_CHECKING:
    from guardrail.generation.models import LoadedModel

__all__ = ["QUESTIONS", "OwnWords"]

QUESTIONS = (
    "Who or what is {}?",
    "What is {} best known for?",
    "When and where did {} begin, and what happened next?",
    "Name people, places and works that belong to {}.",
)
_SUM_UP = "Say in one short sentence what the speaker tells here:\n\n{}"
_TOKENS = 64
_SECONDS = 120.0  # for one target; what was said by then is kept
# Names found in a set that one process asks about, which is half an hour of a small model on two
# cores. A longer set is asked about over several starts: each takes the first that nobody asked.
_MOST = 100

log = structlog.get_logger(__name__)


class OwnWords:
    """Asks a model about targets, one at a time, in a thread that lives while there is work.

    What it says goes into the target's ``said``, unless the target was taken out meanwhile. Only
    with ``on`` it asks without being waited for.
    """

    def __init__(self, loaded: LoadedModel, forget_set: ForgetSet, *, on: bool = True) -> None:
        self._loaded = loaded
        self._forget_set = forget_set
        self._targets: SimpleQueue[Target] = SimpleQueue()
        self._found: set[str] = set()  # ids in the set that ``look`` has taken
        self._more = _MOST  # that it may take
        self._on = on
        self._looked: int | None = None  # the revision that ``look`` saw last
        self._turns = 0  # of chats, under way
        self._changed = threading.Condition()
        self._stop = threading.Event()  # of the answer under way
        self._closed = False
        self._worker: threading.Thread | None = None

    def ask(self, target: Target) -> None:
        """Ask about a target soon, if it is a name and nothing else; returns at once."""
        if not self._on or not _is_a_name(target):
            return
        self._targets.put(target)
        with self._changed:
            if self._worker is None and not self._closed:
                self._worker = threading.Thread(target=self._work, name="own words", daemon=True)
                # A thread that decodes while the interpreter ends takes the process down with it.
                atexit.register(self.close)
                self._worker.start()

    def look(self) -> None:
        """Ask about the targets of the set that are a name and nothing else, whoever put them
        there; returns at once. Costs nothing while the set stays as it is."""
        revision, targets = self._forget_set.snapshot()
        with self._changed:
            if revision == self._looked or not self._on:
                return
            self._looked = revision
            self._found &= {target.id for target in targets}  # what was taken out may come again
            names = [t for t in targets if _is_a_name(t) and t.id not in self._found]
            chosen = names[: self._more]
            self._more -= len(chosen)
            self._found.update(target.id for target in chosen)
        if len(names) > len(chosen):
            log.info("more names than are asked about in one go", left=len(names) - len(chosen))
        for target in chosen:
            self.ask(target)

    def ask_now(self, target: Target) -> Target | None:
        """Ask about a target and wait for it; the target as it is then, ``None`` if it is gone.

        Raises ``StorageError`` when what was said cannot be kept, ``InvalidInput``.
        """
        said = self._said_of(target)
        return None if said is None else self._keep(target, said)

    @contextmanager
    def giving_way(self) -> Iterator[None]:
        """While a turn is answered nothing is asked; an answer under way stops at its token."""
        with self._changed:
            self._turns += 1
            self._stop.set()
        try:
            yield
        finally:
            with self._changed:
                self._turns -= 1
                self._changed.notify_all()

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until everything was asked; whether it was in time."""
        with self._changed:
            return self._changed.wait_for(lambda: self._worker is None, seconds)

    def close(self) -> None:
        """Ask nothing more; returns when the model is let go."""
        with self._changed:
            self._closed = True
            self._stop.set()
            self._changed.notify_all()
        self.wait()

    def _work(self) -> None:
        while True:
            with self._changed:
                try:
                    if self._closed:
                        raise Empty
                    target = self._targets.get_nowait()
                except Empty:
                    self._worker = None
                    atexit.unregister(self.close)
                    self._changed.notify_all()
                    return
            try:
                self._ask(target)
            except Exception as error:  # noqa: BLE001 - the target is withheld without it as well
                log.warning("the model could not be asked", error=type(error).__name__)

    def _ask(self, target: Target) -> None:
        # It may have been taken out, described or renamed while it waited.
        now = next((t for t in self._forget_set if t.id == target.id and _is_a_name(t)), None)
        said = self._said_of(now) if now is not None else None
        if said is None or self._closed:
            return
        try:
            self._keep(target, said)
        except GuardrailError as error:
            log.warning("what the model said was not kept", error=type(error).__name__)

    def _said_of(self, target: Target) -> tuple[str, ...] | None:
        """What the model says of a target, ``None`` when it came to no answer at all."""
        until = time.monotonic() + _SECONDS
        answers = [self.answer(question.format(target.name), until) for question in QUESTIONS]
        if all(answer is None for answer in answers):
            return None
        return tuple(dict.fromkeys(answer for answer in answers if answer))

    def _keep(self, target: Target, said: tuple[str, ...]) -> Target | None:
        return self._forget_set.amend(target.id, **({"said": said} if said else {"asked": True}))

    def in_a_sentence(self, said: str) -> str:
        """What a turn says, in the model's words; nothing when time is up. For summaries."""
        return self.answer(_SUM_UP.format(said), time.monotonic() + _SECONDS) or ""

    def answer(self, question: str, until: float) -> str | None:
        """The model's answer, ``None`` when time is up (``time.monotonic``); waits for turns."""
        ids = self._loaded.encode([{"role": "user", "content": question}])
        while (left := until - time.monotonic()) > 0:
            with self._changed:
                self._changed.wait_for(lambda: self._turns == 0 or self._closed, left)
                if self._closed or self._turns:
                    return None
                stop = self._stop = threading.Event()
            options = GenerationOptions(max_new_tokens=_TOKENS)
            generation = generate(self._loaded, ids, options, cancelled=stop)
            text = "".join(piece.text for piece in generation).strip()
            if generation.finish_reason != "cancelled":
                return text
        return None


def _is_a_name(target: Target) -> bool:
    """Whether nothing typifies a target but its name, and the model was not asked yet."""
    return not target.texts and not target.asked
