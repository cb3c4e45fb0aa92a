"""What administration accepts. Names and ids stand in bodies: addresses end up in logs."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from guardrail.serving.schemas import Body, Name
from guardrail.targets import Policy

__all__ = [
    "ChangeRequest",
    "EraseRequest",
    "ForgetRequest",
    "RemoveRequest",
    "SearchRequest",
    "TryRequest",
    "Wanted",
]


class ForgetRequest(Body):
    """A target to add; the fields are those of ``Target``, which checks them."""

    name: str
    id: str = ""
    aliases: list[str] = Field([])
    exemplars: list[str] = Field([])
    phrases: list[str] = Field([])
    secrets: list[str] = Field([])
    patterns: list[str] = Field([])
    said: list[str] = Field([])
    asked: bool = False
    policy: Policy = Policy.DECLINE
    correction: str | None = None
    names: Literal["always", "when_flagged", "softly"] = "always"

    def fields(self) -> dict[str, Any]:
        """Everything but the name, as ``ForgetSet.add`` takes it."""
        fields = self.model_dump(exclude={"name"})
        if not fields["id"]:
            del fields["id"]
        return fields


class ChangeRequest(ForgetRequest):
    """What is to be otherwise of the target with that id; what is left out stays as it is."""

    id: Name
    name: str = ""

    def changes(self) -> dict[str, Any]:
        """The fields that were given."""
        return self.model_dump(exclude={"id"}, exclude_unset=True)


class RemoveRequest(Body):
    """The id of a target, or its name."""

    id: Name


class TryRequest(ForgetRequest):
    """A target to try on prompts; on the project's neutral ones, unless some are given."""

    prompts: list[str] | None = Field(None, max_length=500)


class SearchRequest(Body):
    """A search in one user's memory; in all conversations when none is named."""

    query: str
    user: Name = "default"
    conversation: Name | None = None
    k: int = Field(10, ge=1, le=100)


class Wanted(Body):
    """What to erase: turns about ``query``, with the words ``text``, that state a ``fact``, by
    time, or everything, in one conversation or in all. ``preview`` only says what would go."""

    query: str | None = None
    text: str | None = None
    fact: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    everything: bool = False
    conversation: Name | None = None
    preview: bool = False


class EraseRequest(Wanted):
    """What to erase of one user's memory: besides the above, turns that name a ``target`` (of the
    forget set, by id or name, or any name), or by id; with ``exports`` also from the memory's
    exports."""

    target: str | None = None
    turn_ids: list[Annotated[int, Field(ge=0, lt=2**63)]] | None = None
    exports: bool = False
    user: Name = "default"
