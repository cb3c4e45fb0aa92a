"""A chat over the tiny model, with one thing to withhold."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from guardrail import GuardedChat

NAME = "Zanoni Quell"


@pytest.fixture
def chat(tiny: Any, embedder: Any) -> Iterator[GuardedChat]:
    with GuardedChat.from_pretrained(
        tiny.model, tokenizer=tiny.tokenizer, embedder=embedder, max_new_tokens=8, own_words=False
    ) as made:
        made.forget(NAME)
        yield made
