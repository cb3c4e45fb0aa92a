"""``/v1``: chat messages or text in, replies out, whole or as server-sent events.

Callers that send the whole history get an answer to it and nothing is stored; with the header
``X-Conversation`` the last message is a turn of that conversation, system messages are read for
this turn, and the memory has the rest.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any
from urllib.parse import unquote

from fastapi import APIRouter, Header, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse

from guardrail.chat import GuardedChat
from guardrail.errors import InvalidInput
from guardrail.reply import Reply, ReplyStream
from guardrail.serving.access import Caller
from guardrail.serving.answers import Answer, TextAnswer, event
from guardrail.serving.choices import Choices, Piece, Runner, Start, while_connected
from guardrail.serving.faults import told
from guardrail.serving.metrics import Metrics
from guardrail.serving.schemas import ChatRequest, CompletionRequest

__all__ = ["chat_router"]

_MOST_CHOICES = 32  # of one request: prompts times n
_CLIENT_GONE = 499  # nobody gets it
Conversation = Annotated[str | None, Header(min_length=1, max_length=256)]
_EVENTS: dict[int | str, dict[str, Any]] = {
    200: {"description": "The answer, or its events", "content": {"text/event-stream": {}}}
}


def chat_router(chat: GuardedChat, metrics: Metrics, replies: int) -> APIRouter:
    """The routes; ``replies`` is how many may be under way, each waiting in a thread."""
    router = APIRouter(prefix="/v1")
    run = Runner(metrics, replies)

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
        answer = Answer(chat.model.name, details=caller.admin, with_usage=body.with_usage)
        starts = [partial(start, choice) for choice in range(body.n)]
        return await _respond(run, connection, answer, _Asked(starts, body))

    @router.post("/completions", responses=_EVENTS)
    async def completions(body: CompletionRequest, connection: Request) -> Response:
        """Go on with a text; nothing is remembered."""
        caller: Caller = connection.state.caller
        choices = len(body.prompts) * body.n
        if choices > _MOST_CHOICES:
            raise InvalidInput(
                f"{len(body.prompts)} prompts with n = {body.n} are {choices} choices; "
                f"a request may have {_MOST_CHOICES}: send several"
            )
        answer = TextAnswer(chat.model.name, details=caller.admin, with_usage=body.with_usage)
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


async def _respond(run: Runner, connection: Request, answer: Answer, asked: _Asked) -> Response:
    """The choices of a request, whole or as events."""
    choices = Choices(run, asked.starts)
    if not asked.body.stream:
        made = await while_connected(connection, choices.whole())
        if made is None:
            return Response(status_code=_CLIENT_GONE)
        return JSONResponse(answer.whole(made, asked.prompts))
    # The first piece is awaited here: an error before it is still a proper status.
    pieces = choices.pieces()
    first = await while_connected(connection, _next(pieces))
    if first is None:
        return Response(status_code=_CLIENT_GONE)
    events = _events(answer, first, pieces, asked)
    return StreamingResponse(events, media_type="text/event-stream")


async def _next(pieces: AsyncGenerator[Piece, None]) -> Piece:
    return await anext(pieces)


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
    # Clients send all that was said before, each time: the memory has it, less what was erased.
    system = [m["content"] for m in messages[:-1] if m["role"] == "system"]
    if not all(isinstance(text, str) for text in system):
        raise InvalidInput("with X-Conversation a message of the role 'system' must be text")
    if body.n > 1:
        raise InvalidInput("n is more than 1: a turn of a conversation has one reply")
    return lambda _: chat.stream(
        last["content"],
        user=caller.user(body.user),
        conversation=unquote(conversation),
        system="\n\n".join(system),
        options=body.options(),
    )


async def _events(
    answer: Answer, first: Piece, pieces: AsyncGenerator[Piece, None], asked: _Asked
) -> AsyncIterator[str]:
    """Server-sent events; a client that goes away stops all choices."""
    begun: set[int] = set()
    replies: dict[int, Reply] = {}

    def told_of(index: int, piece: str | Reply) -> list[str]:
        """The events for one piece."""
        said = piece if isinstance(piece, str) else ""
        events = [] if index in begun else [answer.first(said, index)]
        if isinstance(piece, Reply):
            replies[index] = piece
            events += [answer.calls(piece, index)] if piece.tool_calls else []
            events += [answer.last(piece, index)]
        elif index in begun:
            events += [answer.chunk(said, index)]
        begun.add(index)
        return events

    try:
        async with aclosing(pieces):
            for one in told_of(*first):
                yield one
            async for piece in pieces:
                for one in told_of(*piece):
                    yield one
        if asked.body.with_usage:
            made = [replies[index] for index in sorted(replies)]
            yield answer.usage_chunk(made, asked.prompts)
    except Exception as error:  # noqa: BLE001 - the status is sent: the error is an event
        yield event(told(error)[1])
    yield "data: [DONE]\n\n"
