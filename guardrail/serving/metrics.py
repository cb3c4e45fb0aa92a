"""Counts for Prometheus. No label holds anything of a message or of a target."""

from __future__ import annotations

from typing import Literal

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

from guardrail.reply import Reply

__all__ = ["Metrics"]

_SECONDS = (0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100)


class Metrics:
    """The counts of one server, in a registry of its own. Only who has the administration key may
    read them: a count of verdicts that grows with one's own prompt tells what its reply does not.
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        registry = self.registry
        self._tokens = Counter(
            "guardrail_tokens", "Tokens read and said", ["kind"], registry=registry
        )
        self._verdicts = Counter(
            "guardrail_replies",
            "Finished replies by level and policy",
            ["level", "policy"],
            registry=registry,
        )
        self._held_back = Counter(
            "guardrail_replies_held_back",
            "Finished replies of which at least one sentence was held back, whatever the policy",
            registry=registry,
        )
        self._unfinished = Counter(
            "guardrail_unfinished_replies",
            "Replies begun that gave none: cancelled by who asked, refused (4xx), or failed",
            ["why"],
            registry=registry,
        )
        self._stages = {
            "first_text": _seconds("first_text", "To the first text", registry),
            "recall": _seconds("recall", "Recall from the memory", registry),
            "compose": _seconds("compose", "Composing of the prompt, recall included", registry),
            "total": _seconds("reply", "Whole replies", registry),
        }

    def count(self, reply: Reply) -> None:
        """Add one finished reply."""
        self._tokens.labels("prompt").inc(reply.usage.prompt_tokens)
        self._tokens.labels("completion").inc(reply.usage.completion_tokens)
        self._verdicts.labels(reply.verdict.level.value, reply.policy or "answer").inc()
        if reply.held_back:
            self._held_back.inc()
        for stage, histogram in self._stages.items():
            if stage in reply.timings:
                histogram.observe(reply.timings[stage] / 1000)

    def count_unfinished(self, why: Literal["cancelled", "refused", "failed"]) -> None:
        """Add one reply that was begun and not finished."""
        self._unfinished.labels(why).inc()

    def text(self) -> bytes:
        """All of it, as Prometheus reads it."""
        return bytes(generate_latest(self.registry))


def _seconds(name: str, about: str, registry: CollectorRegistry) -> Histogram:
    return Histogram(f"guardrail_{name}_seconds", about, buckets=_SECONDS, registry=registry)
