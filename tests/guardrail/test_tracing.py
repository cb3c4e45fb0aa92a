"""Spans of a turn, with OpenTelemetry's own SDK."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from guardrail import GuardedChat

NAME = "Zanoni Quell"


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> InMemorySpanExporter:
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(trace, "get_tracer", provider.get_tracer)
    return exporter


@pytest.fixture
def chat(tiny: Any, embedder: Any) -> GuardedChat:
    made = GuardedChat.from_pretrained(
        tiny.model, tokenizer=tiny.tokenizer, embedder=embedder, max_new_tokens=4, own_words=False
    )
    made.forget(NAME)
    return made


def test_the_stages_of_a_turn_are_its_children(
    chat: GuardedChat, spans: InMemorySpanExporter
) -> None:
    reply = chat.send("How do tides work?")
    done = spans.get_finished_spans()
    turn = done[-1]
    assert turn.name == "guardrail.turn"
    stages = {span.name for span in done[:-1]}
    assert {"guardrail.detect", "guardrail.compose", "guardrail.generate"} <= stages
    assert all(span.parent.span_id == turn.context.span_id for span in done[:-1] if span.parent)
    assert turn.attributes is not None
    assert turn.attributes["guardrail.prompt_tokens"] == reply.usage.prompt_tokens


def test_no_span_holds_a_message_or_a_target(
    chat: GuardedChat, spans: InMemorySpanExporter
) -> None:
    chat.send(f"Who is {NAME}?")
    stream = chat.stream("Tides?")
    next(iter(stream))
    stream.close()
    told = " ".join(span.to_json() for span in spans.get_finished_spans())
    assert told.count('"guardrail.turn"') == 2
    assert "zanoni" not in told.lower()
    assert "tides" not in told.lower()


def test_without_the_api_nothing_is_done(
    chat: GuardedChat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry", None)
    assert chat.send("How do tides work?").text
