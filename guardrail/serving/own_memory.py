"""``/v1/memory``: what is remembered of a user, for the user: to read, to search, to erase.

A key of a user's own reaches that user's memory alone; the key of a whole service names the user.
What a reply said before a target was added is not said here again; what users said themselves is
theirs. Ids of turns run through all users, so none is told.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from fastapi import APIRouter, Request
from fastapi.exceptions import HTTPException
from pydantic import Field

from guardrail.chat import GuardedChat
from guardrail.serving.access import Caller
from guardrail.serving.admin_schemas import Wanted
from guardrail.serving.audit import Audit, erased
from guardrail.serving.schemas import Body, Name

__all__ = ["own_router"]

_HELD = "[withheld]"
_SAID = {"role", "speaker", "conversation", "time", "text"}


class Whose(Body):
    """A user, for a key that may speak for several; a conversation, or all."""

    user: Name | None = None
    conversation: Name | None = None


class OwnTurns(Whose):
    """The latest ``limit`` turns, without the ``skip`` latest of all."""

    limit: int = Field(100, ge=1, le=1000)
    skip: int = Field(0, ge=0, le=1_000_000)


class OwnSearch(Whose):
    """A search by meaning and by words."""

    query: str
    k: int = Field(10, ge=1, le=100)


class OwnErase(Wanted):
    """What to erase: what fits everything given. ``preview`` only says what would go."""

    user: Name | None = None


def own_router(chat: GuardedChat, audit: Audit, *, open_: bool) -> APIRouter:
    """The routes. With ``open_``, where nobody needs a key, only the administrator may call them:
    nobody else is known to be who they say."""
    router = APIRouter(prefix="/v1/memory")
    memory = chat.memory

    def whose(request: Request, body: Whose | OwnErase) -> str:
        caller: Caller = request.state.caller
        if open_ and not caller.admin:
            raise HTTPException(403, "this needs a key of one's own; the server asks for none")
        return caller.user(body.user)

    @router.post("/conversations")
    def conversations(body: Whose, request: Request) -> list[str]:
        """The names of one's conversations, the one used last first."""
        return memory.conversations(user=whose(request, body))

    @router.post("/turns")
    def turns(body: OwnTurns, request: Request) -> list[dict[str, Any]]:
        """The latest turns, in order."""
        user, most = whose(request, body), body.skip + body.limit
        found = memory.turns(user=user, conversation=body.conversation, limit=most)
        kept = found[: len(found) - body.skip]
        return _said(chat, kept, _SAID)

    @router.post("/facts")
    def facts(body: Whose, request: Request) -> list[dict[str, Any]]:
        """What one said of oneself, with what held before."""
        user = whose(request, body)
        found = memory.facts(user=user, conversation=body.conversation, history=True)
        own = [fact for fact in found if fact.subject != "assistant"]
        return [fact.model_dump(mode="json", exclude={"turn_id"}) for fact in own]

    @router.post("/search")
    def search(body: OwnSearch, request: Request) -> list[dict[str, Any]]:
        """The best pieces for a query, in time order."""
        user = whose(request, body)
        found = memory.recall(body.query, k=body.k, user=user, conversation=body.conversation)
        return _said(chat, found.episodes, _SAID | {"score", "why", "outdated"})

    @router.post("/erase")
    def erase(body: OwnErase, request: Request) -> dict[str, Any]:
        """Remove what fits everything given, for real; says how much."""
        user = whose(request, body)
        wanted = body.model_dump(exclude={"user"})
        if body.preview:
            receipt = chat.erase(**wanted, user=user)
        else:
            with audit.act("erase", _who(request, user)) as counts:
                receipt = chat.erase(**wanted, user=user)
                counts.update(erased(receipt))
        # The names of exports are the operator's.
        return {**erased(receipt), "preview": body.preview, "copies": len(receipt.left)}

    return router


def _said(chat: GuardedChat, found: Iterable[Any], shown: set[str]) -> list[dict[str, Any]]:
    """What was said, as its user may read it."""
    told = [one.model_dump(mode="json", include=shown) for one in found]
    replies = [row for row in told if row["role"] != "user"]
    flags = chat.guard.withhold([row["text"] for row in replies])
    for row, held in zip(replies, flags, strict=True):
        row["text"] = _HELD if held else chat.guard.shown(row["text"])
    return told


def _who(request: Request, user: str) -> str:
    caller: Caller = request.state.caller
    name = caller.name if caller.admin else (caller.owner or f"the service, for {user}")
    return f"{name} from {request.client.host}" if request.client else name
