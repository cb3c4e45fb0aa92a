"""``/admin``: the forget set and the memory, for who has the administration key.

What is searched and erased travels in bodies, not in addresses, which end up in logs.
"""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Query, Request

from guardrail.chat import GuardedChat
from guardrail.errors import InvalidInput
from guardrail.extraction import extract, neutral_prompts
from guardrail.serving.admin_schemas import (
    ChangeRequest,
    EraseRequest,
    ForgetRequest,
    RemoveRequest,
    SearchRequest,
    TryRequest,
)
from guardrail.serving.audit import Audit, erased
from guardrail.targets import ForgetSet

__all__ = ["admin_router"]

User = Query("default", min_length=1, max_length=256)
Conversation = Query(None, min_length=1, max_length=256)


def admin_router(chat: GuardedChat, audit: Audit) -> APIRouter:
    """The routes of administration."""
    router = APIRouter(prefix="/admin")
    _add_forget_routes(router, chat, audit)
    _add_memory_routes(router, chat, audit)
    return router


def _add_forget_routes(router: APIRouter, chat: GuardedChat, audit: Audit) -> None:
    @router.get("/targets")
    def targets() -> list[dict[str, Any]]:
        """What is withheld."""
        return [target.model_dump(mode="json") for target in chat.forget_set]

    @router.post("/targets")
    def forget(body: ForgetRequest, request: Request) -> dict[str, Any]:
        """Withhold something from the next message on."""
        with audit.act("forget", _who(request)) as counts:
            target = chat.forget(body.name, **body.fields())
            counts["targets"] = len(chat.forget_set)
        return target.model_dump(mode="json")

    @router.post("/targets/change")
    def change(body: ChangeRequest, request: Request) -> dict[str, Any]:
        """Change fields of a target; gives it as it was, which can be posted back."""
        with audit.act("change", _who(request)) as counts:
            former = chat.change(body.id, **body.changes())
            counts["targets"] = len(chat.forget_set)
        return former.model_dump(mode="json")

    @router.post("/targets/remove")
    def unforget(body: RemoveRequest, request: Request) -> dict[str, Any]:
        """Answer about it again; gives what was taken out, which can be posted back."""
        with audit.act("unforget", _who(request)) as counts:
            target = chat.unforget(body.id)
            counts["targets"] = len(chat.forget_set)
        return target.model_dump(mode="json")

    @router.post("/targets/try")
    def try_(body: TryRequest) -> dict[str, Any]:
        """What a target would touch before it is in force, and the phrases its texts propose."""
        fields = body.fields()
        asked = fields.pop("prompts")
        prompts = neutral_prompts() if asked is None else asked
        if not all(prompt.strip() for prompt in prompts):
            raise InvalidInput("a prompt is empty; leave it out")
        target = ForgetSet().add(body.name, **fields)
        verdicts = chat.guard.dry_run(target, prompts)
        touched = [
            {"prompt": prompt, "level": verdict.level.value, "reasons": list(verdict.reasons)}
            for prompt, verdict in zip(prompts, verdicts, strict=True)
            if verdict.scores
        ]
        phrases = [candidate.model_dump() for candidate in extract(target)]
        return {"tried": len(prompts), "touched": touched, "phrases": phrases}


def _add_memory_routes(router: APIRouter, chat: GuardedChat, audit: Audit) -> None:
    memory = chat.memory

    @router.get("/memory/conversations")
    def conversations(user: str = User) -> list[str]:
        """A user's conversations, the one used last first."""
        return memory.conversations(user=user)

    @router.get("/memory/turns")
    def turns(
        user: str = User,
        conversation: str | None = Conversation,
        limit: int = Query(100, ge=1, le=1000),
        before: int | None = Query(None, ge=0, lt=2**63),
    ) -> list[dict[str, Any]]:
        """The latest turns as they were said, in order; those before the turn of an id."""
        found = memory.turns(user=user, conversation=conversation, limit=limit, before=before)
        return [turn.model_dump(mode="json") for turn in found]

    @router.get("/memory/facts")
    def facts(user: str = User, conversation: str | None = Conversation) -> list[dict[str, Any]]:
        """What speakers said of themselves, with what held before."""
        found = memory.facts(user=user, conversation=conversation, history=True)
        return [fact.model_dump(mode="json") for fact in found]

    @router.post("/memory/search")
    def search(body: SearchRequest) -> list[dict[str, Any]]:
        """The best pieces for a query, in time order. What is withheld stands here too."""
        found = memory.recall(
            body.query, k=body.k, user=body.user, conversation=body.conversation
        ).episodes
        return [episode.model_dump(mode="json") for episode in found]

    @router.post("/memory/erase")
    def erase(body: EraseRequest, request: Request) -> dict[str, Any]:
        """Remove what fits everything given, for real; answers with the receipt."""
        if body.preview:
            receipt = chat.erase(**body.model_dump())
        else:
            with audit.act("erase", _who(request)) as counts:
                receipt = chat.erase(**body.model_dump())
                counts.update(erased(receipt))
        return {
            **receipt.model_dump(mode="json"),
            "summary": receipt.summary(),
            "places": receipt.places,
        }

    @router.get("/memory/stats")
    def stats() -> dict[str, Any]:
        """How much is stored, all users together."""
        return dict(memory.stats().model_dump(mode="json"))


def _who(request: Request) -> str:
    """The administrator by the name of the key, and the address."""
    name = request.state.caller.name
    return f"{name} from {request.client.host}" if request.client else str(name)
