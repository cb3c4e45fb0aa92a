"""OpenTelemetry spans of a turn, where its API is installed; without it nothing is done.

A turn is a generator that other turns run between, so no span is made the current one: the stages
are children of the turn's span by name. No attribute holds anything of a message or of a target.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

__all__ = ["TurnSpan"]


class TurnSpan:
    """The span ``guardrail.turn`` and its stages, from the making of this to ``end``."""

    def __init__(self) -> None:
        try:
            from opentelemetry import trace
        except ImportError:
            self._tracer: Any = None
            return
        self._tracer = trace.get_tracer("guardrail")
        self._turn = self._tracer.start_span("guardrail.turn")
        self._parent = trace.set_span_in_context(self._turn)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """The span of a stage: ``guardrail.detect``, ``guardrail.generate``, ..."""
        if self._tracer is None:
            yield
            return
        span = self._tracer.start_span(f"guardrail.{name}", context=self._parent)
        try:
            yield
        finally:
            span.end()

    def end(self, **numbers: int | str | bool) -> None:
        """End the turn, with counts. A second call does nothing."""
        if self._tracer is not None:
            for name, number in numbers.items():
                self._turn.set_attribute(f"guardrail.{name}", number)
            self._turn.end()
            self._tracer = None
