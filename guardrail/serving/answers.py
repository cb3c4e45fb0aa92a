"""Replies in OpenAI's shapes, with one field of ours, ``guardrail``.

Every client is told *that* something was withheld and what was recalled from its own memory. For
which target and why is told only to who has the administration key: a client that learnt it could
read the forget set out of it, and a decline that names its target answers a reverse query.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Sequence
from typing import Any

from guardrail.reply import Reply

__all__ = ["Answer", "event"]


class Answer:
    """One completion; ``details`` for who has the administration key."""

    def __init__(self, model: str, *, details: bool = False) -> None:
        self._details = details
        self._common = {
            "id": f"chatcmpl-{uuid.uuid4().hex}",
            "created": int(time.time()),
            "model": model,
        }

    def whole(self, replies: Sequence[Reply]) -> dict[str, Any]:
        """The body of an answer that is not streamed, with one choice for each reply."""
        choices = [
            {
                "index": index,
                "message": {"role": "assistant", "content": reply.text},
                "finish_reason": reply.finish_reason,
                "logprobs": None,
            }
            for index, reply in enumerate(replies)
        ]
        return {
            **self._common,
            "object": "chat.completion",
            "choices": choices,
            "usage": usage(replies),
            "guardrail": self._ours(replies),
        }

    def chunk(self, delta: dict[str, str], index: int = 0) -> str:
        """One event of a stream."""
        return event(self._chunk([_choice(delta, index, None)]))

    def last(self, reply: Reply, index: int = 0) -> str:
        """The event that ends a choice."""
        body = self._chunk([_choice({}, index, reply.finish_reason)])
        return event({**body, "guardrail": self._ours([reply])})

    def usage_chunk(self, replies: Sequence[Reply]) -> str:
        """The event with the usage, which has no choice."""
        return event({**self._chunk([]), "usage": usage(replies)})

    def _chunk(self, choices: list[dict[str, Any]]) -> dict[str, Any]:
        return {**self._common, "object": "chat.completion.chunk", "choices": choices}

    def _ours(self, replies: Sequence[Reply]) -> dict[str, Any]:
        first = replies[0]
        told: dict[str, Any] = {
            "withheld": any(reply.withheld for reply in replies),
            "recalled": [_recalled(episode) for episode in first.recalled],
        }
        if self._details:
            told["details"] = {
                "policy": first.policy,
                "level": first.verdict.level.value,
                "scores": [score.model_dump(mode="json") for score in first.verdict.scores],
                "budget": first.usage.budget,
                "parts": first.usage.parts,
                "left_out": list(first.usage.left_out),
                "milliseconds": first.timings,
            }
        return told


def usage(replies: Sequence[Reply]) -> dict[str, int]:
    """Tokens of all choices together; the prompt is counted once."""
    prompt = replies[0].usage.prompt_tokens
    completion = sum(reply.usage.completion_tokens for reply in replies)
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
    }


def event(body: dict[str, Any]) -> str:
    """A server-sent event."""
    return f"data: {json.dumps(body, ensure_ascii=False)}\n\n"


def _choice(delta: dict[str, str], index: int, finish: str | None) -> dict[str, Any]:
    return {"index": index, "delta": delta, "finish_reason": finish, "logprobs": None}


def _recalled(episode: Any) -> dict[str, Any]:
    return dict(episode.model_dump(mode="json", exclude={"role"}))
