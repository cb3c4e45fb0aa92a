"""``GuardedChat``: guard, memory and a causal LM behind one chat interface."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from guardrail.detection import Verdict
from guardrail.errors import InvalidInput
from guardrail.guard import Guard
from guardrail.memory_link import as_subject
from guardrail.memory_link import memory as memory_package
from guardrail.messages import question_of, usable
from guardrail.own_words import OwnWords
from guardrail.queues import Queues
from guardrail.reply import Reply, ReplyStream
from guardrail.scope import ScopeArguments
from guardrail.settings import Settings
from guardrail.targets import ForgetSet, Target
from guardrail.tool_choice import chosen_tools
from guardrail.tools import as_text, with_calls
from guardrail.turn import Turn

if TYPE_CHECKING:
    from guardrail.generation.models import LoadedModel
    from memory import DualMemory, Receipt
    from memory.embedding import Embedder

__all__ = ["GuardedChat"]

DEFAULT = "default"
# The scope of a chat with one user and one conversation.
ALONE = ScopeArguments(user=DEFAULT, conversation=DEFAULT)


class GuardedChat:
    """A chat that withholds what is in its forget set and remembers what it is told.

    Thread-safe: turns of one conversation follow one another, other conversations go on beside it
    as far as the model allows. Make one with ``from_pretrained``; close it, or use ``with``.
    """

    def __init__(
        self,
        loaded: LoadedModel,
        *,
        guard: Guard | None = None,
        memory: DualMemory | None = None,
        settings: Settings | None = None,
    ) -> None:
        self.model = loaded
        self.settings = settings if settings is not None else Settings()
        self.memory = memory if memory is not None else memory_package.DualMemory(**ALONE)
        self.guard = guard if guard is not None else Guard(tokenizer=loaded.tokenizer)
        self.guard.share(self.memory.embedder)
        self.own_words = OwnWords(loaded, self.guard.forget_set, on=self.settings.own_words)
        self._conversations = Queues()
        self.memory.keep_out(self.guard.withhold)
        if self.settings.summaries == "model":
            summarizer = memory_package.WrittenSummarizer(self.own_words.in_a_sentence)
            self.memory.summarise_with(summarizer)
        self.own_words.look()

    @classmethod
    def from_pretrained(
        cls,
        model: Any = None,
        *,
        tokenizer: Any = None,
        memory: str | Path | DualMemory | None = None,
        forget: str | Path | ForgetSet | None = None,
        embedder: Embedder | None = None,
        settings: Settings | None = None,
        **overrides: Any,
    ) -> GuardedChat:
        """A chat over the default model, a hub name, a local folder, or a model already loaded.

        ``memory`` is a database file (default: in RAM, gone with the process), ``forget`` a forget
        set or file (default: an empty set in RAM). ``overrides`` are fields of ``Settings``.

        Raises ``ModelNotFound``, ``ForgetFileError``, ``SettingsError`` and the errors of
        ``memory.DualMemory``.
        """
        from guardrail.generation import models
        from guardrail.settings import load_settings

        settings = settings or load_settings(**overrides)
        store = memory if memory is not None else ":memory:"
        if not isinstance(store, memory_package.DualMemory):
            store = memory_package.DualMemory(store, embedder=embedder, **ALONE)
        forget_set = forget if forget is not None else ForgetSet()
        if not isinstance(forget_set, ForgetSet):
            forget_set = ForgetSet.load(forget_set, missing_ok=True)
        if model is None or isinstance(model, str | Path):
            name = model or settings.model
            loaded = models.load(name, device=settings.device, dtype=settings.dtype)
        else:
            loaded = models.wrap(model, tokenizer)
        guard = Guard(
            forget_set,
            tokenizer=loaded.tokenizer,
            vocab_size=loaded.vocab_size,
            embedder=embedder or store.embedder,
            thresholds=settings.thresholds,
            answer_thresholds=settings.answer_thresholds,
            meaning=settings.meaning,
        )
        return cls(loaded, guard=guard, memory=store, settings=settings)

    @property
    def forget_set(self) -> ForgetSet:
        """What this chat withholds."""
        return self.guard.forget_set

    def forget(self, name: str, **fields: Any) -> Target:
        """Withhold ``name`` from the next message on; fields are those of ``Target``. Of one that
        comes without exemplars the model is asked in the background, with ``own_words`` set.

        Raises ``InvalidInput`` for a field that cannot be used.
        """
        target = self.forget_set.add(name, **fields)
        self.memory.sweep_summaries()
        self.own_words.ask(target)
        return target

    def change(self, id_or_name: str, **fields: Any) -> Target:
        """Change fields of a target, from the next message on; returns it as it was. Raises
        ``InvalidInput``."""
        former = self.forget_set.change(id_or_name, **fields)
        self.memory.sweep_summaries()
        return former

    def unforget(self, id_or_name: str) -> Target:
        """Answer about it again, from the next message on. Raises ``InvalidInput``."""
        return self.forget_set.remove(id_or_name)

    def check(self, text: str) -> Verdict:
        """The verdict on a message by itself, without answering it."""
        return self.guard.check(text)

    def send(
        self,
        text: str | bytes,
        *,
        user: str = DEFAULT,
        conversation: str = DEFAULT,
        system: str = "",
        remember: bool = True,
        options: Mapping[str, Any] | None = None,
    ) -> Reply:
        """Answer one message and, with ``remember``, store both sides.

        ``system`` is system text of the caller's for this turn, after that of the settings; it is
        judged as an earlier message is, and not remembered. ``options`` are fields of
        ``GenerationOptions`` (``max_new_tokens``, ``temperature``, ...). Raises ``InvalidInput``
        for an empty or unusable message, ``PromptTooLong`` for one that does not fit even alone.
        """
        stream = self.stream(
            text,
            user=user,
            conversation=conversation,
            system=system,
            remember=remember,
            options=options,
        )
        for _ in stream:
            pass
        return stream.reply

    async def asend(self, text: str | bytes, **arguments: Any) -> Reply:
        """As ``send``, for asyncio: other tasks go on while the model works. A task that is
        cancelled stops the generation, and nothing is stored."""
        stream = self.stream(text, **arguments)
        async for _ in stream:
            pass
        return stream.reply

    def stream(
        self,
        text: str | bytes,
        *,
        user: str = DEFAULT,
        conversation: str = DEFAULT,
        system: str = "",
        remember: bool = True,
        options: Mapping[str, Any] | None = None,
    ) -> ReplyStream:
        """As ``send``, giving text as it may be shown; ``.reply`` is there at the end.

        Both sides are stored before the iteration ends; a reply stopped early is not stored.
        """
        scope = ScopeArguments(user=user, conversation=conversation)
        turn = self._turn(usable(text), scope, options, remember=remember, system=system)
        replying = self._conversations.one_at_a_time((user, conversation), turn.run())
        return ReplyStream(self._first(replying), turn.cancelled)

    def stream_messages(
        self,
        messages: Sequence[Mapping[str, Any]],
        *,
        options: Mapping[str, Any] | None = None,
        tools: Sequence[Mapping[str, Any]] = (),
        tool_choice: str | Mapping[str, Any] = "auto",
        parallel_tool_calls: bool = True,
    ) -> ReplyStream:
        """Answer the last of some chat messages (``role``, ``content``), for callers that keep the
        history themselves: the memory is neither read nor written.

        ``tools`` are functions in OpenAI's form; what the model calls is in ``reply.tool_calls``,
        and the next messages are those calls and results of the role ``tool``. All of it is judged
        as text. ``tool_choice`` is OpenAI's: ``auto``, ``none``, ``required``, or a function by
        name; a call that must come takes ``guardrail-memory[structured]``. Without
        ``parallel_tool_calls`` the first call is the only one. Raises ``InvalidInput`` when the
        last message is neither the user's nor a result.
        """
        if not messages or messages[-1].get("role") not in ("user", "tool"):
            raise InvalidInput("the last message must have the role 'user' (or 'tool')")
        tools, schema = chosen_tools(tools, tool_choice)
        if schema is not None:
            options = {**(options or {}), "json_schema": schema}
        plain = as_text(messages, tools)
        message = usable(plain[-1]["content"])
        asked = question_of(messages, message)
        turn = self._turn(message, ALONE, options, context=plain[:-1], question=asked)
        most = None if parallel_tool_calls else 1
        running = with_calls(turn.run(), self._clear, most) if tools else turn.run()
        return ReplyStream(self._first(running), turn.cancelled)

    def _clear(self, text: str) -> bool:
        """Whether a piece of a call of a tool may be said. An error in the check withholds."""
        try:
            return self.guard.allows("", text)[0]
        except Exception:  # noqa: BLE001 - whatever went wrong, what was not judged is not said
            return False

    def complete(self, text: str, *, options: Mapping[str, Any] | None = None) -> ReplyStream:
        """Go on with a text, without a chat around it: the memory is neither read nor written.

        The text is judged as a message is. Raises ``InvalidInput``, ``PromptTooLong``.
        """
        turn = self._turn(usable(text), ALONE, options, context=(), plain=True)
        return ReplyStream(self._first(turn.run()), turn.cancelled)

    def _turn(
        self,
        message: str,
        scope: ScopeArguments,
        options: Mapping[str, Any] | None,
        *,
        remember: bool = False,
        **how: Any,
    ) -> Turn:
        return Turn(
            message,
            loaded=self.model,
            guard=self.guard,
            memory=self.memory,
            settings=self.settings,
            scope=scope,
            options=options or {},
            remember=remember,
            **how,
        )

    def _first(self, turn: Generator[str, None, Reply]) -> Generator[str, None, Reply]:
        """A turn, before anything that runs in the background."""
        with self.own_words.giving_way():
            self.own_words.look()
            return (yield from turn)

    def erase(
        self,
        query: str | None = None,
        *,
        target: str | None = None,
        user: str = DEFAULT,
        **arguments: Any,
    ) -> Receipt:
        """Remove what the memory holds about something, for real; see ``DualMemory.erase``.

        ``target`` is the id or a name of one in the forget set, whose aliases, phrases, secrets and
        exemplars then count too, or any other name.
        """
        found = None if target is None else as_subject(target, self.guard.forget_set)
        return self.memory.erase(query, target=found, user=user, **arguments)

    def close(self) -> None:
        """Close the memory. The chat cannot be used afterwards."""
        self.own_words.close()
        self.memory.close()

    def __enter__(self) -> GuardedChat:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
