"""``/v1``: chat messages in, replies out, whole or as server-sent events.

Callers that send the whole history get an answer to it and nothing is stored; with the header
``X-Conversation`` the last message is a turn of that conversation, and the memory has the rest.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Annotated, Any, TypeVar
from urllib.parse import unquote

from anyio import CancelScope, CapacityLimiter
from anyio.to_thread import run_sync
from fastapi import APIRouter, Header, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse

from guardrail.chat import GuardedChat
from guardrail.errors import InvalidInput
from guardrail.reply import Reply, ReplyStream
from guardrail.serving.access import Caller
from guardrail.serving.answers import Answer, event
from guardrail.serving.faults import told
from guardrail.serving.metrics import Metrics
from guardrail.serving.schemas import ChatRequest

__all__ = ["chat_router"]

Start = Callable[[int], ReplyStream]
Conversation = Annotated[str | None, Header(min_length=1, max_length=256)]
T = TypeVar("T")


def chat_router(chat: GuardedChat, metrics: Metrics, replies: int) -> APIRouter:
    """The routes; ``replies`` is how many may be under way, each waiting in a thread."""
    router = APIRouter(prefix="/v1")
    run = _Runner(metrics, replies)

    @router.get("/models")
    async def models() -> dict[str, Any]:
        """The one model that is served."""
        entry = {"id": chat.model.name, "object": "model", "created": 0, "owned_by": "local"}
        return {"object": "list", "data": [entry]}

    @router.post("/chat/completions")
    async def complete(
        body: ChatRequest, connection: Request, x_conversation: Conversation = None
    ) -> Response:
        """Answer chat messages."""
        caller: Caller = connection.state.caller
        start = _starter(chat, body, caller, x_conversation)
        answer = Answer(chat.model.name, details=caller.admin)
        first = start(0)
        async with _cancelled_without(connection, first):
            if not body.stream:
                made = [await run.whole(first)]
                made += [await run.whole(start(choice)) for choice in range(1, body.n)]
                return JSONResponse(answer.whole(made))
            # The first piece is awaited here: an error before it is still a proper status.
            text = await run.next(first)
        usage = bool(body.stream_options and body.stream_options.include_usage)
        later = [partial(start, choice) for choice in range(1, body.n)]
        events = _events(run, answer, (first, text), later, usage)
        return StreamingResponse(events, media_type="text/event-stream")

    return router


def _starter(
    chat: GuardedChat, body: ChatRequest, caller: Caller, conversation: str | None
) -> Start:
    """Starts a choice. Raises ``InvalidInput`` for messages that cannot be used."""
    messages = body.plain_messages()
    if conversation is None:
        return lambda choice: chat.stream_messages(messages, options=body.options(choice))
    last = messages[-1]
    if last["role"] != "user" or not isinstance(last["content"], str):
        raise InvalidInput("with X-Conversation the last message must be text of the role 'user'")
    if body.n > 1:
        raise InvalidInput("n is more than 1: a turn of a conversation has one reply")
    return lambda _: chat.stream(
        last["content"],
        user=caller.user(body.user),
        conversation=unquote(conversation),
        options=body.options(),
    )


class _Runner:
    """Iterates over streams in threads of its own, so that replies that wait for the model leave
    the threads of the other routes alone."""

    def __init__(self, metrics: Metrics, replies: int) -> None:
        self._metrics = metrics
        self._threads = CapacityLimiter(2 * replies)  # one iterates, and one may be closing

    async def next(self, stream: ReplyStream) -> str | None:
        """The next text, ``None`` at the end. A caller that is cancelled does not wait for it."""
        text = await run_sync(next, stream, None, limiter=self._threads, abandon_on_cancel=True)
        if text is None:
            self._metrics.count(stream.reply)
        return text

    async def whole(self, stream: ReplyStream) -> Reply:
        """The finished reply."""
        try:
            while await self.next(stream) is not None:
                pass
            return stream.reply
        finally:
            await self.close(stream)

    async def close(self, stream: ReplyStream) -> None:
        """Stop the stream and wait until it has."""
        with CancelScope(shield=True):  # in a cancelled task every other wait ends at once
            await run_sync(stream.close, limiter=self._threads)


@asynccontextmanager
async def _cancelled_without(connection: Request, stream: ReplyStream) -> AsyncIterator[None]:
    """Cancels the stream when the client goes away before there is a response to send."""

    async def watch() -> None:
        while (await connection.receive())["type"] != "http.disconnect":
            pass
        stream.cancelled.set()

    watcher = asyncio.create_task(watch())
    try:
        yield
    finally:
        watcher.cancel()


async def _events(
    run: _Runner,
    answer: Answer,
    begun: tuple[ReplyStream, str | None],
    later: Sequence[Callable[[], ReplyStream]],
    with_usage: bool,
) -> AsyncIterator[str]:
    """Server-sent events, one choice after the other; a client that goes away stops them."""
    stream, text = begun
    replies = []
    try:
        for index in range(len(later) + 1):
            if index:
                stream = later[index - 1]()
                text = await run.next(stream)
            yield answer.chunk({"role": "assistant", "content": text or ""}, index)
            while (text := await run.next(stream)) is not None:
                yield answer.chunk({"content": text}, index)
            replies.append(stream.reply)
            yield answer.last(stream.reply, index)
        if with_usage:
            yield answer.usage_chunk(replies)
    except Exception as error:  # noqa: BLE001 - the status is sent: the error is an event
        yield event(told(error)[1])
    finally:
        await run.close(stream)
    yield "data: [DONE]\n\n"
