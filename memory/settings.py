"""What can be set on a memory."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["MemorySettings", "Retention"]


class Retention(BaseModel):
    """Semantic forgetting: every ``every`` turns of a conversation, the ``share`` of its turns
    with the lowest salience is no longer recalled. The turns stay in the history; the latest
    ``spare`` and pinned ones are left alone."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    every: int = Field(100, ge=1)
    share: float = Field(0.05, gt=0, lt=1)
    spare: int = Field(200, ge=0)


class MemorySettings(BaseModel):
    """Settings of a ``DualMemory``; none of them changes what is stored of a turn."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    recent: int = Field(8, ge=0, description="latest turns that a prompt may carry word for word")
    facts: int = Field(10, ge=0, description="current facts that a recall may carry")
    cached_chunks: int = Field(200_000, ge=1, description="chunks of all users kept in RAM")
    exact_chunks: int = Field(
        50_000, ge=1, description="chunks from which on a recall scores a shortlist of them only"
    )
    wait: float = Field(10.0, ge=0, description="seconds to wait for other processes")
    retention: Retention | None = None
