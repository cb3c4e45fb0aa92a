"""The HTTP application over one ``GuardedChat``.

``POST /v1/chat/completions`` (also streamed), ``GET /v1/models``, ``GET /health``. Callers that
send the whole history get an answer to it and nothing is stored; with the header
``X-Conversation`` the last message is a turn of that conversation, and the memory has the rest.
A declined prompt is a normal reply: which target it was is told to nobody here.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import structlog
from anyio import CancelScope
from anyio.to_thread import run_sync
from fastapi import FastAPI, Header, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response, StreamingResponse
from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Receive, Scope, Send

from guardrail.chat import GuardedChat
from guardrail.errors import GuardrailError, InvalidInput, PromptTooLong
from guardrail.memory_link import memory as memory_package
from guardrail.reply import Reply, ReplyStream
from guardrail.serving.schemas import ChatRequest, error_body

__all__ = ["make_app"]

log = structlog.get_logger(__name__)


def make_app(chat: GuardedChat, *, api_key: str | None = None) -> FastAPI:
    """The application; with ``api_key`` every call under ``/v1`` needs it as a bearer token."""
    app = FastAPI(title="guardrail-memory", docs_url=None, redoc_url=None)
    _add_errors(app)
    if api_key:
        app.add_middleware(_KeyCheck, api_key=api_key)

    @app.get("/health")
    def health() -> dict[str, str]:
        """Whether the server answers."""
        return {"status": "ok"}

    @app.get("/v1/models")
    def models() -> dict[str, Any]:
        """The one model that is served."""
        entry = {"id": chat.model.name, "object": "model", "created": 0, "owned_by": "local"}
        return {"object": "list", "data": [entry]}

    @app.post("/v1/chat/completions")
    async def complete(
        request: ChatRequest, connection: Request, x_conversation: str | None = Header(None)
    ) -> Response:
        """Answer chat messages."""
        stream = _start(chat, request, x_conversation)
        answer = _Answer(chat.model.name)
        async with _cancelled_without(connection, stream):
            if not request.stream:
                return JSONResponse(answer.whole(await run_in_threadpool(_finish, stream)))
            # The first piece is awaited here: an error before it is still a proper status.
            first = await run_in_threadpool(next, stream, None)
        usage = bool(request.stream_options and request.stream_options.include_usage)
        return StreamingResponse(
            _events(stream, first, answer, usage), media_type="text/event-stream"
        )

    return app


def _start(chat: GuardedChat, request: ChatRequest, conversation: str | None) -> ReplyStream:
    messages = request.plain_messages()
    if conversation is None:
        return chat.stream_messages(messages, options=request.options())
    last = messages[-1]
    if last["role"] != "user" or not isinstance(last["content"], str):
        raise InvalidInput("with X-Conversation the last message must be text of the role 'user'")
    return chat.stream(
        last["content"],
        user=request.user or "default",
        conversation=conversation,
        options=request.options(),
    )


def _finish(stream: ReplyStream) -> Reply:
    with stream:
        for _ in stream:
            pass
        return stream.reply


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
    stream: ReplyStream, first: str | None, answer: _Answer, usage: bool
) -> AsyncIterator[str]:
    """Server-sent events; a client that goes away stops the generation."""
    try:
        yield answer.chunk({"role": "assistant", "content": first or ""})
        # A client that goes away cancels this task, which must not wait for the text to come.
        while (text := await run_sync(next, stream, None, abandon_on_cancel=True)) is not None:
            yield answer.chunk({"content": text})
        yield answer.chunk({}, stream.reply.finish_reason)
        if usage:
            yield answer.usage_chunk(stream.reply)
    except (GuardrailError, memory_package.MemoryFault) as error:
        yield _event(error_body(str(error), "invalid_request_error"))
    except Exception as error:  # noqa: BLE001 - told without its text, which may hold anything
        log.error("a reply failed", error=type(error).__name__)
        yield _event(error_body("the server failed", "server_error"))
    finally:
        with CancelScope(shield=True):  # in a cancelled task every other wait ends at once
            await run_in_threadpool(stream.close)
    yield "data: [DONE]\n\n"


class _Answer:
    """One completion in OpenAI's shapes."""

    def __init__(self, model: str) -> None:
        self._common = {
            "id": f"chatcmpl-{uuid.uuid4().hex}",
            "created": int(time.time()),
            "model": model,
        }

    def whole(self, reply: Reply) -> dict[str, Any]:
        """The body of an answer that is not streamed."""
        message = {"role": "assistant", "content": reply.text}
        choice = {
            "index": 0,
            "message": message,
            "finish_reason": reply.finish_reason,
            "logprobs": None,
        }
        return {
            **self._common,
            "object": "chat.completion",
            "choices": [choice],
            "usage": _usage(reply),
            "guardrail": {"withheld": reply.withheld, "recalled": len(reply.recalled)},
        }

    def chunk(self, delta: dict[str, str], finish: str | None = None) -> str:
        """One event of a stream."""
        choice = {"index": 0, "delta": delta, "finish_reason": finish, "logprobs": None}
        return _event({**self._common, "object": "chat.completion.chunk", "choices": [choice]})

    def usage_chunk(self, reply: Reply) -> str:
        """The event with the usage, which has no choice."""
        body = {"object": "chat.completion.chunk", "choices": [], "usage": _usage(reply)}
        return _event({**self._common, **body})


def _usage(reply: Reply) -> dict[str, int]:
    prompt, completion = reply.usage.prompt_tokens, reply.usage.completion_tokens
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
    }


def _event(body: dict[str, Any]) -> str:
    return f"data: {json.dumps(body, ensure_ascii=False)}\n\n"


def _add_errors(app: FastAPI) -> None:
    """Errors as OpenAI's clients expect them; never a stack trace, never a message's text."""

    def invalid(_: Request, error: Exception) -> JSONResponse:
        code = "context_length_exceeded" if isinstance(error, PromptTooLong) else None
        return JSONResponse(error_body(str(error), "invalid_request_error", code), 400)

    def malformed(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"][1:])
        message = f"{where}: {first['msg']}" if where else str(first["msg"])
        return JSONResponse(error_body(message, "invalid_request_error"), 400)

    def failed(_: Request, error: Exception) -> JSONResponse:
        log.error("a request failed", error=type(error).__name__)
        return JSONResponse(error_body("the server failed", "server_error"), 500)

    app.add_exception_handler(InvalidInput, invalid)
    app.add_exception_handler(memory_package.BadInput, invalid)
    app.add_exception_handler(RequestValidationError, malformed)
    app.add_exception_handler(Exception, failed)


class _KeyCheck:
    """Lets nobody under ``/v1`` without the key, before a byte of the body is read."""

    def __init__(self, app: ASGIApp, api_key: str) -> None:
        self._app = app
        self._key = api_key.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = self._app
        if scope["type"] == "http" and scope["path"].startswith("/v1"):
            given = dict(scope["headers"]).get(b"authorization", b"").removeprefix(b"Bearer ")
            if not hmac.compare_digest(given, self._key):
                message, kind = "wrong or missing API key", "authentication_error"
                app = JSONResponse(error_body(message, kind, "invalid_api_key"), 401)
        await app(scope, receive, send)
