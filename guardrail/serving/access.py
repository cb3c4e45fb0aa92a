"""Who calls: API keys, the administration key, and calls that a stranger's web page makes.

Keys are compared by their digests, in constant time, every one of them. Nothing is kept in
cookies, so a form on another site has no key to send; what a browser sends from another site is
refused besides, and so is a name that does not belong to this machine while no key is asked for
(otherwise a name that resolves to 127.0.0.1 would make this server part of a stranger's site).
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from guardrail.errors import InvalidInput
from guardrail.serving.limits import Buckets, path_of, refused
from guardrail.serving.schemas import error_body
from guardrail.settings import LOOPBACK

__all__ = ["Access", "Caller", "Door"]

_ADMINISTRATION = ("/admin", "/metrics")
_WRONG_KEYS = 60  # a minute from one address


@dataclass(frozen=True, slots=True)
class Caller:
    """Who a key belongs to. ``owner`` is empty for the key of a whole service, which may speak for
    any of its users; any other key sees only what is stored under its own name. ``name`` is an
    administrator's, for the audit log."""

    owner: str = ""
    admin: bool = False
    name: str = "admin"

    def user(self, named: str | None) -> str:
        """Whose memory a request uses that names a user."""
        if not self.owner:
            return named or "default"
        return f"{self.owner}/{named}" if named else self.owner


class Access:
    """The keys. ``users`` gives each user's own key, ``api_key`` speaks for every user; with
    neither, everybody who reaches the server may call ``/v1``. ``admin_key`` opens everything, and
    so does the key of each of ``admins``, by whose name the audit log then calls them."""

    def __init__(
        self,
        *,
        admin_key: str | None = None,
        api_key: str | None = None,
        users: Mapping[str, str] | None = None,
        admins: Mapping[str, str] | None = None,
    ) -> None:
        self._callers: list[tuple[bytes, Caller]] = []
        for owner, key in (users or {}).items():
            if not owner or "/" in owner:
                raise InvalidInput("a user with an API key needs a name without '/'")
            self._add(key, Caller(owner))
        if api_key:
            self._add(api_key, Caller())
        self.open = not self._callers
        if admin_key:
            self._add(admin_key, Caller(admin=True))
        for name, key in (admins or {}).items():
            self._add(key, Caller(admin=True, name=name))

    def _add(self, key: str, caller: Caller) -> None:
        if not key:
            raise InvalidInput("an API key is empty; give it some letters")
        digest = _digest(key.encode())
        if any(digest == known for known, _ in self._callers):
            raise InvalidInput("two API keys are the same; give each its own")
        self._callers.append((digest, caller))

    def caller(self, authorization: str) -> Caller | None:
        """Whose bearer token this is; without keys, anybody who gives none."""
        scheme, _, token = authorization.partition(" ")
        given = _digest(token.strip().encode("utf-8", "surrogateescape"))
        found: Caller | None = None
        for digest, caller in self._callers:
            if hmac.compare_digest(digest, given):
                found = caller
        if found is not None and scheme.lower() == "bearer":
            return found
        # OpenAI's clients always send a key, so without keys any will do.
        return Caller() if self.open else None


def _digest(key: bytes) -> bytes:
    return hashlib.sha256(key).digest()


class Door:
    """ASGI middleware: lets nobody in without the key, before a byte of the body is read. Who
    keeps coming with a wrong one is told to wait; a right one is let in all the same, for others
    may share the address."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self._app = app
        self._access = access
        self._wrong = Buckets(_WRONG_KEYS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = self._app
        if scope["type"] == "http":
            app = self._refusal(scope) or app
        await app(scope, receive, send)

    def _refusal(self, scope: Scope) -> ASGIApp | None:
        """The answer to a call that goes no further, else ``None``."""
        headers = Headers(scope=scope)
        if self._access.open and _hostname(headers) not in LOOPBACK:
            return _refused("this name is not one of this machine's own", "wrong_host", 403)
        if _from_elsewhere(headers):
            return _refused("a page of another site must not call this server", "cross_site", 403)
        caller = self._access.caller(headers.get("authorization", ""))
        scope.setdefault("state", {})["caller"] = caller or Caller()
        path = path_of(scope)
        if _under(path, _ADMINISTRATION) and not (caller and caller.admin):
            return self._wrong_key(scope, "this needs the administration key", "invalid_admin_key")
        if _under(path, ("/v1",)) and caller is None:
            return self._wrong_key(scope, "wrong or missing API key", "invalid_api_key")
        return None

    def _wrong_key(self, scope: Scope, message: str, code: str) -> JSONResponse:
        wait = self._wrong.wait((scope.get("client") or ("",))[0])
        if wait:
            return refused("too many wrong keys; try again later", "rate_limit", 429, wait)
        return _refused(message, code, 401)


def _under(path: str, roots: tuple[str, ...]) -> bool:
    return any(path == root or path.startswith(root + "/") for root in roots)


def _hostname(headers: Headers) -> str | None:
    try:
        return urlsplit("//" + headers.get("host", "")).hostname
    except ValueError:
        return None


def _from_elsewhere(headers: Headers) -> bool:
    """Whether a browser says that another site makes this call."""
    if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return True
    origin = headers.get("origin")
    return origin is not None and origin.partition("://")[2] != headers.get("host", "")


def _refused(message: str, code: str, status: int) -> JSONResponse:
    kind = "authentication_error" if status == 401 else "permission_error"
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else None
    return JSONResponse(error_body(message, kind, code), status, headers=headers)
