"""Errors as OpenAI's clients expect them; never a stack trace, never a message's text."""

from __future__ import annotations

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from guardrail.errors import GuardrailError, InvalidInput, PromptTooLong
from guardrail.memory_link import memory as memory_package
from guardrail.serving.schemas import error_body

__all__ = ["Safe", "add_errors", "is_mendable", "told"]

log = structlog.get_logger(__name__)

FAILED = error_body("the server failed", "server_error")


def is_mendable(error: Exception) -> bool:
    """Whether who asked can mend it."""
    return isinstance(error, InvalidInput | memory_package.BadInput)


def told(error: Exception) -> tuple[int, dict[str, object]]:
    """Status and body for an error. What the caller can mend is said; of anything else nobody but
    the log learns the kind, and nobody its text, which may hold anything."""
    if is_mendable(error):
        code = "context_length_exceeded" if isinstance(error, PromptTooLong) else None
        return 400, error_body(str(error), "invalid_request_error", code)
    if isinstance(error, memory_package.MemoryFault | GuardrailError):
        log.error("the server cannot do its work", error=type(error).__name__)
        return 503, error_body("the server cannot do this now; see its log", "server_error")
    log.error("a request failed", error=type(error).__name__)
    return 500, FAILED


def add_errors(app: FastAPI) -> None:
    """Handlers for what the routes raise."""

    def expected(_: Request, error: Exception) -> JSONResponse:
        status, body = told(error)
        return JSONResponse(body, status)

    def malformed(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"][1:])
        message = f"{where}: {first['msg']}" if where else str(first["msg"])
        body = error_body(message, "invalid_request_error", param=where or None)
        return JSONResponse(body, 400)

    def http(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, HTTPException)
        body = error_body(str(error.detail), "invalid_request_error")
        return JSONResponse(body, error.status_code, headers=error.headers)

    app.add_exception_handler(GuardrailError, expected)
    app.add_exception_handler(memory_package.MemoryFault, expected)
    app.add_exception_handler(RequestValidationError, malformed)
    app.add_exception_handler(HTTPException, http)


class Safe:
    """ASGI middleware, the outermost: an error that nobody expected is answered here, because the
    server would print it with its text."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def noted(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, noted)
        except Exception as error:  # noqa: BLE001 - see above
            status, body = told(error)
            if scope["type"] == "http" and not started:
                await JSONResponse(body, status)(scope, receive, send)
