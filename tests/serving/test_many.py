"""Ten thousand conversations of a hundred users behind one server."""

from __future__ import annotations

import random
import zlib
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import httpx
import numpy as np
from numpy.typing import NDArray

from guardrail import GuardedChat
from guardrail.serving.access import Access
from memory import DualMemory, MemorySettings, NewTurn
from tests.serving.conftest import serving

if TYPE_CHECKING:
    from collections.abc import Sequence

    from guardrail.generation.models import LoadedModel

USERS, EACH, ASKED = 100, 100, 60
TOLD = 120  # conversations that begin over the server, before the rest is asked about


class Hashed:
    """A vector for each word, by its hash: quick, and alike for like words."""

    name, dimension = "hashed words", 64

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        found = np.zeros((len(texts), self.dimension), np.float32)
        for row, text in enumerate(texts):
            for word in text.lower().split():
                rng = np.random.default_rng(zlib.crc32(word.encode()))
                found[row] += rng.standard_normal(self.dimension).astype(np.float32)
        found /= np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-6)
        return found


def secret(user: int, conversation: int) -> str:
    return f"word{user}x{conversation}"


def said_in(user: int, conversation: int) -> str:
    return f"The password of the shed is {secret(user, conversation)}."


def filled(but: set[tuple[int, int]]) -> DualMemory:
    memory = DualMemory(":memory:", embedder=Hashed(), settings=MemorySettings(recent=1))
    for user in range(USERS):
        for conversation in range(EACH):
            if (user, conversation) in but:
                continue
            said = said_in(user, conversation)
            memory.add_turns(
                [NewTurn(role="user", text=said), NewTurn(role="assistant", text="Noted.")],
                user=f"user{user}",
                conversation=f"talk {conversation}",
            )
    return memory


def test_ten_thousand_conversations_are_kept_apart(tiny: LoadedModel) -> None:
    """Every conversation says the same but for one word, so a recall that looked too far would find
    the others' just as well. Some begin over the server, and half of those asked about are among
    them. Eight callers at once, each with its user's own key."""
    drawn = random.Random(0).sample(range(USERS * EACH), TOLD + ASKED // 2)
    places = [divmod(at, EACH) for at in drawn]
    begun, asked = places[:TOLD], places[TOLD - ASKED // 2 :]
    memory = filled(but=set(begun))
    keys = {f"user{user}": f"key-{user}" for user in range(USERS)}
    chat = GuardedChat.from_pretrained(
        tiny.model, tokenizer=tiny.tokenizer, memory=memory, embedder=Hashed(), max_new_tokens=2
    )

    with serving(chat, access=Access(users=keys)) as url, httpx.Client(timeout=60) as http:

        def say(place: tuple[int, int], text: str) -> list[str]:
            user, conversation = place
            answer = http.post(
                f"{url}/v1/chat/completions",
                json={"messages": [{"role": "user", "content": text}]},
                headers={
                    "Authorization": f"Bearer key-{user}",
                    "X-Conversation": f"talk {conversation}",
                },
            )
            body: dict[str, Any] = answer.json()
            assert answer.status_code == 200, body
            return [episode["text"] for episode in body["guardrail"]["recalled"]]

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda place: say(place, said_in(*place)), begun))
            assert memory.stats().conversations == USERS * EACH
            told = list(pool.map(lambda place: say(place, "What is the password?"), asked))
        known = memory.stats().turns
        assert not chat._conversations._queues

    for place, texts in zip(asked, told, strict=True):
        assert any(secret(*place) in text for text in texts)
        others = [t for t in texts if "password of the shed" in t and secret(*place) not in t]
        assert others == []
    assert known == 2 * USERS * EACH + 2 * ASKED
