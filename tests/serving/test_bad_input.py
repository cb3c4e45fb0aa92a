"""Bad bodies, headers and clients: no 500, no hang, nothing lost, nothing across users."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from guardrail.serving.access import Access
from guardrail.serving.limits import Limits
from tests.serving.conftest import serving

if TYPE_CHECKING:
    from guardrail import GuardedChat
    from guardrail.generation.models import LoadedModel
    from memory.embedding import Embedder

KEY = "key-of-the-administrator"
PATHS = (
    "/v1/chat/completions",
    "/admin/targets",
    "/admin/targets/try",
    "/admin/memory/search",
    "/admin/memory/erase",
)
FIELDS = "messages role content stream n seed stop user max_tokens name id query text turn_ids k"
WORDS = st.text(max_size=12) | st.sampled_from(["user", "x", "\x00", "\ud800", "../", "default"])
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | WORDS
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(FIELDS.split()) | WORDS, inner, max_size=4)
    ),
    max_leaves=8,
)
BODIES = st.dictionaries(st.sampled_from(FIELDS.split()), VALUES, max_size=6)
TALK = st.fixed_dictionaries(
    {"messages": st.lists(st.fixed_dictionaries({"role": WORDS, "content": VALUES}), max_size=3)},
    optional={"n": LEAVES, "seed": LEAVES, "stop": VALUES, "user": LEAVES, "stream": st.booleans()},
)


@pytest.fixture(scope="module")
def served(tiny: LoadedModel, embedder: Embedder) -> Iterator[tuple[GuardedChat, str]]:
    from guardrail import GuardedChat

    chat = GuardedChat.from_pretrained(
        tiny.model, tokenizer=tiny.tokenizer, embedder=embedder, max_new_tokens=6
    )
    limits = Limits(rate=0, body_seconds=1)
    with serving(chat, access=Access(admin_key=KEY), limits=limits) as url:
        yield chat, url


@pytest.fixture(scope="module")
def http(served: tuple[GuardedChat, str]) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
    with httpx.Client(base_url=served[1], headers=headers, timeout=30) as client:
        yield client


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(path=st.sampled_from(PATHS), body=BODIES | TALK | VALUES | st.binary(max_size=60))
def test_no_body_is_too_strange(http: httpx.Client, path: str, body: Any) -> None:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer = http.post(path, content=content)
    assert answer.status_code in (200, 400), answer.text
    if answer.status_code == 400:
        assert set(answer.json()["error"]) == {"message", "type", "param", "code"}


@settings(max_examples=40, deadline=None)
@given(name=st.binary(max_size=40), length=st.binary(max_size=8))
def test_no_header_is_too_strange(
    served: tuple[GuardedChat, str], name: bytes, length: bytes
) -> None:
    """Raw bytes on the socket, which no proper client would send."""
    place = urlsplit(served[1])
    head = b"POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Conversation: " + name
    with socket.create_connection((str(place.hostname), place.port or 0), timeout=10) as raw:
        raw.sendall(head + b"\r\nContent-Length: " + length + b"\r\n\r\n")
        raw.shutdown(socket.SHUT_WR)
        first = raw.recv(4096).split(b"\r\n")[0]
    assert first == b"" or first.split()[1] in (b"400", b"403", b"413"), first


def test_a_body_that_does_not_come_is_not_waited_for(served: tuple[GuardedChat, str]) -> None:
    place = urlsplit(served[1])
    head = b"POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\n{"
    with socket.create_connection((str(place.hostname), place.port or 0), timeout=10) as raw:
        raw.sendall(head)
        assert b" 408 " in raw.recv(4096)


def test_erasing_while_others_chat(served: tuple[GuardedChat, str], http: httpx.Client) -> None:
    """What is not erased is all there, and nothing of what one user said reaches another."""
    chat, _ = served
    users = [f"user{n}" for n in range(6)]

    def talk(user: str) -> str:
        said = ""
        for turn in range(4):
            body = {"messages": [{"role": "user", "content": f"{user} says {turn}"}], "user": user}
            answer = http.post(
                "/v1/chat/completions", json=body, headers={"X-Conversation": f"talk of {user}"}
            )
            assert answer.status_code == 200, answer.text
            said += json.dumps(answer.json()["guardrail"]["recalled"])
        return said

    def erase(_: int) -> int:
        body = {"everything": True, "user": users[0]}
        return http.post("/admin/memory/erase", json=body).status_code

    with ThreadPoolExecutor(8) as pool:
        said = [pool.submit(talk, user) for user in users]
        assert set(pool.map(erase, range(4))) == {200}
    for user, recalled in zip(users, said, strict=True):
        assert not any(f"{other} says" in recalled.result() for other in users if other != user)
    for user in users[1:]:
        assert len(chat.memory.turns(user=user, conversation=f"talk of {user}")) == 8
