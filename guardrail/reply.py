"""What a chat gives back: a reply, or a stream that becomes one."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Generator, Iterator
from types import TracebackType
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

from guardrail.detection import Verdict
from guardrail.errors import InvalidInput
from guardrail.memory_link import memory

if TYPE_CHECKING:
    from memory import Episode
else:
    Episode = memory.Episode

__all__ = ["Alternative", "Reply", "ReplyStream", "TokenLogprob", "ToolCall", "Usage"]


class Alternative(BaseModel):
    """A token that could have come: its text, its bytes (one may be part of a character), and its
    log-probability under the restriction."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    token: str
    bytes: tuple[int, ...]
    logprob: float


class TokenLogprob(Alternative):
    """A token of a reply, with the likeliest ones in its place."""

    top: tuple[Alternative, ...] = ()


class ToolCall(BaseModel):
    """A call that the model asks for; ``arguments`` is JSON."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    name: str
    arguments: str


class Usage(BaseModel):
    """Tokens of one turn. ``parts`` is how much of the prompt each part took; ``left_out`` says
    what of the memory did not fit."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    prompt_tokens: int = 0
    completion_tokens: int = 0
    budget: int = 0
    parts: dict[str, int] = {}
    left_out: tuple[str, ...] = ()


class Reply(BaseModel):
    """One finished reply.

    ``withheld`` says that something was withheld (the prompt got a policy, or a sentence was rolled
    back, which is ``held_back``); ``policy`` which policy answered, if any. ``verdict`` says for
    whom and why, and ``timings`` milliseconds by stage, with ``first_text`` the time to first text,
    and ``recall`` a part of ``compose``: these two are for the owner, not for the person who asked;
    the rest of a decline is the same for every target. ``recalled`` are the memories that stood in
    the prompt, patterns blacked out, ``recent`` the ids of the latest turns that stood there too.
    ``logprobs`` are there when asked for, of replies of which nothing was in doubt or held back.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: str
    verdict: Verdict
    withheld: bool = False
    held_back: bool = False
    policy: str | None = None
    recalled: tuple[Episode, ...] = ()
    recent: tuple[int, ...] = ()
    usage: Usage = Usage()
    timings: dict[str, float] = {}
    finish_reason: str = "stop"
    logprobs: tuple[TokenLogprob, ...] | None = None
    tool_calls: tuple[ToolCall, ...] = ()


class ReplyStream:
    """Iterates over text as it may be shown, also with ``async for``; ``reply`` is there when
    the iteration has ended.

    Closing it early (also by leaving its ``with`` block, also from another thread) stops the
    generation at its next token; a reply that was not finished is not stored. Setting
    ``cancelled`` does the same without waiting for that token.
    """

    def __init__(
        self, turn: Generator[str, None, Reply], cancelled: threading.Event | None = None
    ) -> None:
        self.cancelled = cancelled if cancelled is not None else threading.Event()
        self._turn = turn
        self._lock = threading.RLock()  # a generator cannot be closed while it runs
        self._reply: Reply | None = None

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        try:
            with self._lock:
                return next(self._turn)
        except StopIteration as stop:
            if stop.value is not None:
                self._reply = stop.value
            raise StopIteration from None

    def __aiter__(self) -> AsyncIterator[str]:
        return self

    async def __anext__(self) -> str:
        """As ``next``, waiting in a thread; a task that is cancelled stops the generation."""
        try:
            text = await asyncio.to_thread(next, self, None)
        except asyncio.CancelledError:
            self.cancelled.set()
            raise
        if text is None:
            raise StopAsyncIteration
        return text

    @property
    def reply(self) -> Reply:
        """The finished reply. Raises ``InvalidInput`` while text is still to come."""
        if self._reply is None:
            raise InvalidInput("the reply is not finished; iterate to the end first")
        return self._reply

    def close(self) -> None:
        """Stop now."""
        self.cancelled.set()
        with self._lock:
            self._turn.close()

    def __enter__(self) -> ReplyStream:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
