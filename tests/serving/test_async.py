"""The chat under asyncio."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from guardrail import GuardedChat


def test_many_conversations_at_once(tiny_chat: GuardedChat) -> None:
    async def all_of_them() -> list[str]:
        asked = (tiny_chat.asend(f"hello {n}", conversation=str(n)) for n in range(6))
        return [reply.text for reply in await asyncio.gather(*asked)]

    with tiny_chat:
        assert all(asyncio.run(all_of_them()))
        assert tiny_chat.memory.stats().turns == 12


def test_streaming_is_the_same_text(tiny_chat: GuardedChat) -> None:
    async def streamed() -> str:
        return "".join([text async for text in tiny_chat.stream("hello", remember=False)])

    with tiny_chat:
        assert asyncio.run(streamed()) == tiny_chat.send("hello", remember=False).text


def test_a_cancelled_task_stops_the_generation_and_stores_nothing(tiny_chat: GuardedChat) -> None:
    """The reply would have taken minutes."""

    async def cancelled() -> None:
        task = asyncio.create_task(tiny_chat.asend("hello", options={"max_new_tokens": 3000}))
        await asyncio.sleep(0.5)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    with tiny_chat:
        asyncio.run(cancelled())
        deadline = time.time() + 10
        while tiny_chat.model.lock.locked() and time.time() < deadline:
            time.sleep(0.02)
        assert not tiny_chat.model.lock.locked()
        assert tiny_chat.memory.stats().turns == 0
