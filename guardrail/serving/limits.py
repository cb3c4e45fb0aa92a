"""How much one caller may ask for: bytes of a request, requests a minute, replies at a time."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from guardrail.serving.schemas import error_body

__all__ = ["Buckets", "Limited", "Limits", "path_of", "refused"]

_KNOWN = 10_000  # callers whose rate is remembered; whoever called longest ago is dropped


@dataclass(frozen=True, slots=True)
class Limits:
    """``body`` in bytes; ``rate`` in requests a minute for each caller, 0 for no limit;
    ``replies`` at a time, waiting ones included; ``body_seconds`` that a body may take to come."""

    body: int = 1_000_000
    rate: int = 600
    replies: int = 64
    body_seconds: float = 30.0


class Limited:
    """ASGI middleware: answers 408, 413 and 429 where a limit is passed."""

    def __init__(self, app: ASGIApp, limits: Limits) -> None:
        self._app = app
        self._limits = limits
        self._replies = 0
        self._buckets = Buckets(limits.rate)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or path_of(scope) == "/health":
            return await self._app(scope, receive, send)
        wait = self._buckets.wait(_who(scope))
        if wait:
            refusal = refused("too many requests; try again later", "rate_limit", 429, wait)
            return await refusal(scope, receive, send)
        if scope["method"] != "POST":
            return await self._app(scope, receive, send)
        body = await self._read(scope, receive)
        if not isinstance(body, bytes):
            return await body(scope, receive, send)
        if not path_of(scope).startswith("/v1/"):
            return await self._app(scope, _replayed(body, receive), send)
        await self._reply(scope, _replayed(body, receive), send)

    async def _reply(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._replies >= self._limits.replies:
            refusal = refused("too many replies under way; try again", "concurrency_limit", 429, 1)
            return await refusal(scope, receive, send)
        self._replies += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._replies -= 1

    async def _read(self, scope: Scope, receive: Receive) -> bytes | JSONResponse:
        """The whole body, or the answer that refuses it."""
        declared = Headers(scope=scope).get("content-length", "0")
        if declared.isdigit() and int(declared) > self._limits.body:
            return self._too_large()
        body: bytes = b""
        try:
            async with asyncio.timeout(self._limits.body_seconds):
                while True:
                    message = await receive()
                    body += message.get("body", b"")
                    if len(body) > self._limits.body:
                        return self._too_large()
                    if not message.get("more_body", False):
                        return body
        except TimeoutError:
            return refused("the body did not come in time", "timeout", 408)

    def _too_large(self) -> JSONResponse:
        message = f"the body is over {self._limits.body} bytes; send less"
        return refused(message, "request_too_large", 413)


class Buckets:
    """A bucket for each caller that refills steadily, with ``rate`` calls a minute; 0: no limit."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        # For each caller: calls left, and when that was.
        self._left: OrderedDict[object, tuple[float, float]] = OrderedDict()

    def wait(self, who: object) -> int:
        """Seconds until this caller may call again; 0 for now, which counts as a call."""
        rate = self._rate
        if not rate:
            return 0
        now = time.monotonic()
        left, then = self._left.pop(who, (float(rate), now))
        left = min(float(rate), left + (now - then) * rate / 60)
        allowed = left >= 1
        self._left[who] = (left - allowed, now)
        if len(self._left) > _KNOWN:
            self._left.popitem(last=False)
        return 0 if allowed else int((1 - left) * 60 / rate) + 1


def path_of(scope: Scope) -> str:
    """The path as the routes see it: without that at which this application is mounted."""
    path, root = str(scope["path"]), str(scope.get("root_path", ""))
    return path[len(root) :] if path.startswith(root + "/") else path


def _who(scope: Scope) -> object:
    """The owner of the key, else the address."""
    caller = scope.get("state", {}).get("caller")
    if caller is not None and (caller.owner or caller.admin):
        return caller
    return (scope.get("client") or ("",))[0]


def _replayed(body: bytes, receive: Receive) -> Receive:
    """Gives the body once, then whatever comes, which is the client going away."""
    told = False

    async def again() -> Message:
        nonlocal told
        if told:
            return await receive()
        told = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


def refused(message: str, code: str, status: int, wait: int = 0) -> JSONResponse:
    """An answer that sends a caller away, for ``wait`` seconds."""
    kind = "rate_limit_error" if status == 429 else "invalid_request_error"
    headers = {"Retry-After": str(wait)} if wait else None
    return JSONResponse(error_body(message, kind, code), status, headers=headers)
