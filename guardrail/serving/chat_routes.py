"""``/v1``: chat messages or text in, replies out, whole or as server-sent events.

Callers that send the whole history get an answer to it and nothing is stored; with the header
``X-Conversation`` the last message is a turn of that conversation, and the memory has the rest.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any
from urllib.parse import unquote

from anyio import CancelScope, CapacityLimiter
from anyio.to_thread import run_sync
from fastapi import APIRouter, Header, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse

from guardrail.chat import GuardedChat
from guardrail.errors import InvalidInput
from guardrail.reply import Reply, ReplyStream
from guardrail.serving.access import Caller
from guardrail.serving.answers import Answer, TextAnswer, event
from guardrail.serving.faults import told
from guardrail.serving.metrics import Metrics
from guardrail.serving.schemas import ChatRequest, CompletionRequest

__all__ = ["chat_router"]

Start = Callable[[], ReplyStream]
Conversation = Annotated[str | None, Header(min_length=1, max_length=256)]
_EVENTS: dict[int | str, dict[str, Any]] = {
    200: {"description": "The answer, or its events", "content": {"text/event-stream": {}}}
}


def chat_router(chat: GuardedChat, metrics: Metrics, replies: int) -> APIRouter:
    """The routes; ``replies`` is how many may be under way, each waiting in a thread."""
    router = APIRouter(prefix="/v1")
    run = _Runner(metrics, replies)

    @router.get("/models")
    async def models() -> dict[str, Any]:
        """The one model that is served."""
        entry = {"id": chat.model.name, "object": "model", "created": 0, "owned_by": "local"}
        return {"object": "list", "data": [entry]}

    @router.post("/chat/completions", responses=_EVENTS)
    async def chat_completions(
        body: ChatRequest, connection: Request, x_conversation: Conversation = None
    ) -> Response:
        """Answer chat messages."""
        caller: Caller = connection.state.caller
        start = _starter(chat, body, caller, x_conversation)
        answer = Answer(chat.model.name, details=caller.admin)
        starts = [partial(start, choice) for choice in range(body.n)]
        return await _respond(run, connection, answer, _Asked(starts, body))

    @router.post("/completions", responses=_EVENTS)
    async def completions(body: CompletionRequest, connection: Request) -> Response:
        """Go on with a text; nothing is remembered."""
        caller: Caller = connection.state.caller
        answer = TextAnswer(chat.model.name, details=caller.admin)
        starts = [
            partial(chat.complete, prompt, options=body.options(choice))
            for prompt in body.prompts
            for choice in range(body.n)
        ]
        return await _respond(run, connection, answer, _Asked(starts, body, len(body.prompts)))

    return router


@dataclass(frozen=True, slots=True)
class _Asked:
    """What starts each choice of a request, and how it wants them."""

    starts: Sequence[Start]
    body: ChatRequest | CompletionRequest
    prompts: int = 1

    @property
    def with_usage(self) -> bool:
        """Whether a stream ends with the usage."""
        options = self.body.stream_options
        return bool(options and options.include_usage)


async def _respond(run: _Runner, connection: Request, answer: Answer, asked: _Asked) -> Response:
    """The choices of a request, one after the other, whole or as events."""
    first = asked.starts[0]()
    async with _cancelled_without(connection, first):
        if not asked.body.stream:
            made = [await run.whole(first)]
            made += [await run.whole(start()) for start in asked.starts[1:]]
            return JSONResponse(answer.whole(made, asked.prompts))
        # The first piece is awaited here: an error before it is still a proper status.
        text = await run.next(first)
    events = _events(run, answer, (first, text), asked)
    return StreamingResponse(events, media_type="text/event-stream")


def _starter(
    chat: GuardedChat, body: ChatRequest, caller: Caller, conversation: str | None
) -> Callable[[int], ReplyStream]:
    """Starts a choice. Raises ``InvalidInput`` for messages that cannot be used."""
    messages = body.plain_messages()
    if body.top_logprobs is not None and not body.logprobs:
        raise InvalidInput("top_logprobs needs logprobs to be true")
    offered = body.offered()
    if conversation is None:
        return lambda choice: chat.stream_messages(
            messages, options=body.options(choice), **offered
        )
    if offered.get("tool_choice", "none") != "none":
        raise InvalidInput("with X-Conversation no tools can be called: send the messages instead")
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
    run: _Runner, answer: Answer, begun: tuple[ReplyStream, str | None], asked: _Asked
) -> AsyncIterator[str]:
    """Server-sent events, one choice after the other; a client that goes away stops them."""
    stream, text = begun
    replies = []
    try:
        for index, start in enumerate(asked.starts):
            if index:
                stream = start()
                text = await run.next(stream)
            yield answer.first(text or "", index)
            while (text := await run.next(stream)) is not None:
                yield answer.chunk(text, index)
            replies.append(stream.reply)
            if stream.reply.tool_calls:
                yield answer.calls(stream.reply, index)
            yield answer.last(stream.reply, index)
        if asked.with_usage:
            yield answer.usage_chunk(replies, asked.prompts)
    except Exception as error:  # noqa: BLE001 - the status is sent: the error is an event
        yield event(told(error)[1])
    finally:
        await run.close(stream)
    yield "data: [DONE]\n\n"
