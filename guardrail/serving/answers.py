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

from guardrail.reply import Alternative, Reply

__all__ = ["Answer", "TextAnswer", "event"]


class Answer:
    """One chat completion; ``details`` for who has the administration key, ``with_usage`` where a
    stream ends with the usage."""

    kind, piece, prefix = "chat.completion", "chat.completion.chunk", "chatcmpl"

    def __init__(self, model: str, *, details: bool = False, with_usage: bool = False) -> None:
        self._details = details
        # As OpenAI has it: where the last chunk tells the usage, all others say that they do not.
        self._usage = {"usage": None} if with_usage else {}
        self._common = {
            "id": f"{self.prefix}-{uuid.uuid4().hex}",
            "created": int(time.time()),
            "model": model,
        }

    def whole(self, replies: Sequence[Reply], prompts: int = 1) -> dict[str, Any]:
        """The body of an answer that is not streamed, with one choice for each reply; the replies
        to one of several prompts stand side by side."""
        return {
            **self._common,
            "object": self.kind,
            "choices": [self._choice(reply, index) for index, reply in enumerate(replies)],
            "usage": usage(replies, prompts),
            "guardrail": self._ours(replies),
        }

    def first(self, text: str, index: int = 0) -> str:
        """The event that begins a choice."""
        return self._event({"role": "assistant", "content": text}, index)

    def chunk(self, text: str, index: int = 0) -> str:
        """One event of a stream."""
        return self._event({"content": text}, index)

    def calls(self, reply: Reply, index: int = 0) -> str:
        """The event with the calls of tools, each whole."""
        told = [{"index": at, **call} for at, call in enumerate(_calls(reply))]
        return self._event({"tool_calls": told}, index)

    def last(self, reply: Reply, index: int = 0) -> str:
        """The event that ends a choice: why, and the log-probabilities, which are known only when
        nothing was held back to the end."""
        choice = {
            "index": index,
            **self._delta({}),
            "finish_reason": reply.finish_reason,
            "logprobs": self._logprobs(reply),
        }
        return event({**self._chunk([choice]), "guardrail": self._ours([reply])})

    def usage_chunk(self, replies: Sequence[Reply], prompts: int = 1) -> str:
        """The event with the usage, which has no choice."""
        return event({**self._chunk([]), "usage": usage(replies, prompts)})

    def _event(self, delta: dict[str, Any], index: int) -> str:
        choice = {"index": index, **self._delta(delta), "finish_reason": None, "logprobs": None}
        return event(self._chunk([choice]))

    def _delta(self, delta: dict[str, Any]) -> dict[str, Any]:
        return {"delta": delta}

    def _choice(self, reply: Reply, index: int) -> dict[str, Any]:
        message: dict[str, Any] = {"role": "assistant", "content": reply.text}
        if reply.tool_calls:
            message |= {"content": reply.text or None, "tool_calls": _calls(reply)}
        return {
            "index": index,
            "message": message,
            "finish_reason": reply.finish_reason,
            "logprobs": self._logprobs(reply),
        }

    def _logprobs(self, reply: Reply) -> dict[str, Any] | None:
        if reply.logprobs is None:
            return None
        content = [
            {**_alternative(token), "top_logprobs": [_alternative(one) for one in token.top]}
            for token in reply.logprobs
        ]
        return {"content": content, "refusal": None}

    def _chunk(self, choices: list[dict[str, Any]]) -> dict[str, Any]:
        return {**self._common, "object": self.piece, "choices": choices, **self._usage}

    def _ours(self, replies: Sequence[Reply]) -> dict[str, Any]:
        first = replies[0]
        told: dict[str, Any] = {
            "withheld": any(reply.withheld for reply in replies),
            "recalled": [_recalled(episode, self._details) for episode in first.recalled],
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


class TextAnswer(Answer):
    """One completion of text, in the older of OpenAI's shapes."""

    kind = piece = "text_completion"
    prefix = "cmpl"

    def _delta(self, delta: dict[str, Any]) -> dict[str, Any]:
        return {"text": delta.get("content", "")}

    def _choice(self, reply: Reply, index: int) -> dict[str, Any]:
        return {
            "index": index,
            "text": reply.text,
            "finish_reason": reply.finish_reason,
            "logprobs": self._logprobs(reply),
        }

    def _logprobs(self, reply: Reply) -> dict[str, Any] | None:
        if reply.logprobs is None:
            return None
        offsets, at = [], 0
        for token in reply.logprobs:
            offsets.append(at)
            at += len(token.token)
        return {
            "tokens": [token.token for token in reply.logprobs],
            "token_logprobs": [token.logprob for token in reply.logprobs],
            "top_logprobs": [{o.token: o.logprob for o in t.top} for t in reply.logprobs],
            "text_offset": offsets,
        }


def usage(replies: Sequence[Reply], prompts: int = 1) -> dict[str, int]:
    """Tokens of all choices together; each prompt is counted once."""
    step = max(1, len(replies) // prompts)
    prompt = sum(reply.usage.prompt_tokens for reply in replies[::step])
    completion = sum(reply.usage.completion_tokens for reply in replies)
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
    }


def event(body: dict[str, Any]) -> str:
    """A server-sent event."""
    return f"data: {json.dumps(body, ensure_ascii=False)}\n\n"


def _alternative(token: Alternative) -> dict[str, Any]:
    return {"token": token.token, "logprob": token.logprob, "bytes": list(token.bytes)}


def _calls(reply: Reply) -> list[dict[str, Any]]:
    return [
        {
            "id": call.id,
            "type": "function",
            "function": {"name": call.name, "arguments": call.arguments},
        }
        for call in reply.tool_calls
    ]


def _recalled(episode: Any, details: bool) -> dict[str, Any]:
    """The numbers of turns run through all users: between two of one's own, they would tell how
    much the others said."""
    hidden = {"role"} if details else {"role", "turn_id"}
    return dict(episode.model_dump(mode="json", exclude=hidden))
