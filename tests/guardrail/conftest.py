"""A chat over the real small model, with nothing remembered and nothing withheld yet."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from guardrail import GuardedChat
    from guardrail.generation.models import LoadedModel
    from memory import Embedder


@pytest.fixture
def chat(smollm: LoadedModel, embedder: Embedder, home: object) -> Iterator[GuardedChat]:
    from guardrail import GuardedChat

    with GuardedChat.from_pretrained(
        smollm.model,
        tokenizer=smollm.tokenizer,
        embedder=embedder,
        max_new_tokens=32,
        own_words=False,
    ) as made:
        yield made
