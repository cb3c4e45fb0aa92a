"""One turn, from the user's message to the stored reply, in the order of docs/design.md."""

from __future__ import annotations

import threading
import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import structlog
from pydantic import ValidationError

from guardrail.decision import DECLINED, Decision
from guardrail.detection import Verdict
from guardrail.errors import InvalidInput, PromptTooLong
from guardrail.generation.engine import GenerationOptions, generate
from guardrail.guard import Guard
from guardrail.logprobs import shown_logprobs
from guardrail.memory_link import memory as memory_package
from guardrail.messages import given_prompt, plain_prompt
from guardrail.release import Release
from guardrail.reply import Reply, Usage
from guardrail.restriction.phrases import Phrase
from guardrail.scope import ScopeArguments
from guardrail.settings import Settings
from guardrail.target import Policy, describe
from guardrail.tracing import TurnSpan

if TYPE_CHECKING:
    from guardrail.generation.engine import Generation
    from guardrail.generation.models import LoadedModel
    from memory import DualMemory, Episode, Prompt
    from memory.embedding import Embedded

__all__ = ["Turn"]

log = structlog.get_logger(__name__)

_STEERED = (
    "Some information is withheld from this conversation. Do not guess at it and do not make up "
    "a replacement for it; say plainly when you cannot answer."
)
_LOOKBACK = 8  # earlier turns that detection reads
_NOTHING_KNOWN = Decision(policy=Policy.DECLINE, answer=DECLINED)


class Turn:
    """One message on its way to a reply. ``run`` may be used once. With ``plain`` the message is
    text to go on with, not a chat message. ``system`` is the caller's own system text, which is
    judged as an earlier message is. ``question`` is what is judged in its place: of the
    result of a tool, with what it was called for."""

    def __init__(
        self,
        message: str,
        *,
        loaded: LoadedModel,
        guard: Guard,
        memory: DualMemory,
        settings: Settings,
        scope: ScopeArguments,
        options: Mapping[str, Any],
        remember: bool = True,
        context: Sequence[Mapping[str, str]] | None = None,
        plain: bool = False,
        system: str = "",
        question: str | None = None,
    ) -> None:
        self._message = message
        self._question = message if question is None else question
        self._plain = plain
        self._system = system.strip()
        self._loaded = loaded
        self._guard = guard
        self._memory = memory
        self._settings = settings
        self._scope = scope
        self._options = _options(settings, options)
        self._remember = remember
        self._context = context
        self.cancelled = threading.Event()
        self._started = time.perf_counter()
        self._timings: dict[str, float] = {}

    def run(self) -> Generator[str, None, Reply]:
        """Yields text as it may be shown; returns the reply, both sides of the turn stored."""
        self._span = TurnSpan()
        try:
            reply = yield from self._run()
            self._span.end(
                prompt_tokens=reply.usage.prompt_tokens,
                completion_tokens=reply.usage.completion_tokens,
                recalled=len(reply.recalled),
            )
            return reply
        finally:
            self._span.end()

    def _run(self) -> Generator[str, None, Reply]:
        self._refuse_too_long()
        with self._timed("embed"):
            embedded = memory_package.embed_text(self._question, self._memory.embedder)
        with self._timed("detect"):
            verdict, decision = self._detect(embedded)
        if decision.answer is not None:
            text = decision.answer
            reply = Reply(text=text, verdict=verdict, withheld=True, policy=decision.policy)
            yield self._first(text)
        else:
            reply = yield from self._answer(embedded, verdict, decision)
        if self._remember and reply.finish_reason != "cancelled":
            with self._timed("store"):
                self._store(reply.text, embedded)
        self._timings["total"] = self._since(self._started)
        return reply.model_copy(update={"timings": self._timings})

    def _detect(self, embedded: Embedded) -> tuple[Verdict, Decision]:
        if self._context is None:
            earlier = self._memory.turns(**self._scope, limit=_LOOKBACK)
            messages = [{"role": "system", "content": self._system}] if self._system else []
            messages += [{"role": turn.role, "content": turn.text} for turn in earlier]
        else:
            messages = [dict(message) for message in self._context]
        messages.append({"role": "user", "content": self._question})
        try:
            shared = self._guard.embedder.name == self._memory.embedder.name
            verdict = self._guard.check(messages, embedded=embedded if shared else None)
            return verdict, self._guard.decide(verdict)
        except Exception as error:  # noqa: BLE001 - an error in a check withholds, whatever it was
            log.error("detection failed; the prompt is declined", error=type(error).__name__)
            return Verdict(), _NOTHING_KNOWN

    def _answer(
        self, embedded: Embedded, verdict: Verdict, decision: Decision
    ) -> Generator[str, None, Reply]:
        with self._timed("compose"):
            prompt = self._compose(embedded, decision)
        release = Release(
            self._guard,
            self._question,
            self._starter(prompt),
            restricted=decision.restricted,
            check=self._settings.sentence_check and len(self._guard.forget_set) > 0,
        )
        with self._timed("generate"):
            for text in release.run():
                yield self._first(text)
        return Reply(
            text=release.text,
            verdict=verdict,
            withheld=release.withheld or decision.policy is Policy.STEER,
            held_back=release.withheld,
            policy=decision.policy,
            recalled=tuple(self._as_shown(episode) for episode in prompt.recall.episodes),
            recent=tuple(turn.id for turn in prompt.recall.recent),
            usage=Usage(
                prompt_tokens=prompt.tokens,
                completion_tokens=self._counted(release),
                budget=prompt.budget,
                parts=dict(prompt.parts),
                left_out=tuple(prompt.left_out),
            ),
            finish_reason=release.finish_reason,
            logprobs=shown_logprobs(release, self._guard, self._loaded.tokenizer),
        )

    def _as_shown(self, episode: Episode) -> Episode:
        """A memory as a reply may show it: patterns blacked out, as in the reply itself."""
        return episode.model_copy(update={"text": self._guard.shown(episode.text)})

    def _counted(self, release: Release) -> int:
        """Tokens of the reply. Those of what was rolled back would tell how much there was."""
        if not release.withheld:
            return release.tokens
        return len(self._loaded.tokenizer.encode(release.text, add_special_tokens=False))

    def _compose(self, embedded: Embedded, decision: Decision) -> Prompt:
        system = self._system_text(decision)
        if self._plain:
            return plain_prompt(self._message, self._loaded, self._budget())
        if self._context is not None:
            said = [*self._context, {"role": "user", "content": self._message}]
            return given_prompt(said, system, self._loaded, self._guard.withhold, self._budget())
        with self._timed("recall"):
            recalled = self._memory.recall(
                self._message,
                withhold=self._guard.withhold,
                embedded=embedded,
                recent=self._memory.settings.recent,
                **self._scope,
            )
        try:
            return self._memory.compose(
                self._message,
                system=system,
                budget=self._budget(),
                count_tokens=self._loaded.count,
                recall=recalled,
            )
        except memory_package.PromptTooLong as error:
            raise PromptTooLong(str(error)) from None

    def _system_text(self, decision: Decision) -> str:
        """The settings' own, what a restricted reply is told, the caller's unless withheld."""
        texts = [self._settings.system]
        if decision.policy is Policy.STEER:
            texts.append(_STEERED)
        if self._system and not any(self._guard.withhold([self._system])):
            texts.append(self._system)
        return "\n\n".join(filter(None, texts))

    def _refuse_too_long(self) -> None:
        """Before the work of embedding: a megabyte that cannot be answered is not read. A short
        message is counted only where the prompt is."""
        if self._plain:
            needed = self._loaded.encode_text(self._message).shape[1]
        elif len(self._message) <= self._budget() // 2:
            return
        else:
            needed = self._loaded.count([{"role": "user", "content": self._message}])
        if needed > self._budget():
            raise PromptTooLong(
                f"the message alone takes {needed} tokens, the budget is {self._budget()}; "
                "shorten it, or raise the budget if the model's window allows"
            )

    def _budget(self) -> int:
        """Tokens that the prompt may take: the budget of the settings, or what a smaller window
        leaves beside the reply, and at least half of the window."""
        window = self._loaded.window
        return min(self._settings.budget, max(window - self._options.max_new_tokens, window // 2))

    def _starter(self, prompt: Prompt) -> Any:
        """Starts a generation that goes on after the text already shown."""
        import torch

        if self._plain:
            base = self._loaded.encode_text(self._message)
        else:
            base = self._loaded.encode(prompt.messages)
        left = self._options.max_new_tokens

        def start(shown: str, restricted: tuple[str, ...], extra: tuple[Phrase, ...]) -> Generation:
            said = self._loaded.tokenizer.encode(shown, add_special_tokens=False) if shown else []
            ids = torch.cat([base, torch.tensor([said], dtype=base.dtype, device=base.device)], 1)
            limit = max(1, min(left - len(said), self._loaded.window - ids.shape[1]))
            options = self._options.model_copy(update={"max_new_tokens": limit})
            processors: list[Any] = []
            if options.json_schema is not None:
                processors.append(self._structured(options.json_schema, said))
            if len(self._guard.forget_set):
                processors.append(
                    self._guard.logits_processor(ids, restricted=restricted, extra=extra)
                )
            return generate(
                self._loaded, ids, options, processors=processors, cancelled=self.cancelled
            )

        return start

    def _structured(self, schema: Mapping[str, Any], said: Sequence[int]) -> Any:
        from guardrail.generation.structured import Structured

        loaded = self._loaded
        return Structured(schema, loaded.tokenizer, loaded.vocab_size, said)

    def _store(self, text: str, embedded: Embedded) -> None:
        """Both sides in one transaction: after a crash there is the whole turn or none of it."""
        new = memory_package.NewTurn
        self._memory.add_turns(
            [new(role="user", text=self._message), new(role="assistant", text=text)],
            embedded=[embedded, None],
            **self._scope,
        )

    def _first(self, text: str) -> str:
        self._timings.setdefault("first_text", self._since(self._started))
        return text

    @contextmanager
    def _timed(self, stage: str) -> Iterator[None]:
        start = time.perf_counter()
        try:
            with self._span.stage(stage):
                yield
        finally:
            self._timings[stage] = self._since(start)

    @staticmethod
    def _since(start: float) -> float:
        return round((time.perf_counter() - start) * 1000, 3)


def _options(settings: Settings, given: Mapping[str, Any]) -> GenerationOptions:
    names = ("max_new_tokens", "temperature", "top_p", "seed")
    defaults = {name: getattr(settings, name) for name in names}
    try:
        return GenerationOptions(**{**defaults, **given})
    except ValidationError as error:
        raise InvalidInput(f"not usable generation options: {describe(error)}") from None
