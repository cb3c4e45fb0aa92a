"""Several choices in one request: side by side, not too many, and none for nobody."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from contextlib import aclosing, suppress
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx
import pytest

from guardrail import GuardedChat
from guardrail.serving.choices import Choices, Runner
from guardrail.serving.metrics import Metrics
from tests.serving.conftest import serving

if TYPE_CHECKING:
    from guardrail.reply import ReplyStream

ASK = [{"role": "user", "content": "Name a colour."}]


class Counted:
    """Counts the replies that a chat begins, and how many were under way at once."""

    def __init__(self, chat: GuardedChat, monkeypatch: pytest.MonkeyPatch) -> None:
        self.streams: list[ReplyStream] = []
        self.together = 0
        for name in ("stream_messages", "complete"):
            monkeypatch.setattr(chat, name, self._counting(getattr(chat, name)))

    def _counting(self, begin: Any) -> Any:
        def counting(*arguments: Any, **more: Any) -> ReplyStream:
            stream: ReplyStream = begin(*arguments, **more)
            self.streams.append(stream)
            self.together = max(self.together, sum(one._reply is None for one in self.streams))
            return stream

        return counting


def leave_after_a_second(url: str, body: dict[str, Any]) -> None:
    began = time.monotonic()
    with httpx.Client(timeout=1) as http, http.stream("POST", url, json=body) as answer:
        for _ in answer.iter_lines():
            if time.monotonic() > began + 1:
                return


@pytest.mark.parametrize("stream", [False, True])
def test_a_client_that_goes_away_begins_no_more_choices(
    tiny_chat: GuardedChat, monkeypatch: pytest.MonkeyPatch, stream: bool
) -> None:
    """Each of the eight replies would take minutes; once seven more were begun for nobody."""
    begun = Counted(tiny_chat, monkeypatch)
    body = {"messages": ASK, "n": 8, "max_tokens": 3000, "stream": stream}
    with serving(tiny_chat) as url:
        with suppress(httpx.ReadTimeout):
            leave_after_a_second(f"{url}/v1/chat/completions", body)
        time.sleep(1)
        assert 1 <= len(begun.streams) <= 4
        assert not tiny_chat.model.lock.locked()


def test_choices_are_written_side_by_side(
    tiny_chat: GuardedChat, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Four of one request at a time, so that it does not take the room of all others."""
    begun = Counted(tiny_chat, monkeypatch)
    with serving(tiny_chat) as url, httpx.Client(base_url=url, timeout=60) as http:
        body = {"messages": ASK, "n": 8, "max_tokens": 40, "temperature": 1, "seed": 3}
        whole = http.post("/v1/chat/completions", json=body).json()
        assert [choice["index"] for choice in whole["choices"]] == list(range(8))
        assert len({choice["message"]["content"] for choice in whole["choices"]}) == 8
        assert begun.together == 4
        lines = http.post("/v1/chat/completions", json={**body, "stream": True}).text.splitlines()
    assert lines[-2] == "data: [DONE]"
    chunks = [json.loads(line.removeprefix("data: ")) for line in lines[:-2] if line]
    choices = [chunk["choices"][0] for chunk in chunks]
    for index in range(8):
        own = [choice for choice in choices if choice["index"] == index]
        assert [at for at, one in enumerate(own) if "role" in one["delta"]] == [0]
        assert [at for at, one in enumerate(own) if one["finish_reason"]] == [len(own) - 1]


class Endless:
    """Stands for a reply of ever more words."""

    def __init__(self) -> None:
        self.given, self.closed = 0, False

    def __next__(self) -> str:
        self.given += 1
        return "word "

    def close(self) -> None:
        self.closed = True


def test_what_nobody_reads_is_not_written() -> None:
    """A client that is slow to read holds up its own replies, rather than fill the memory."""
    made: list[Any] = [Endless() for _ in range(6)]

    async def read_two() -> list[int]:
        starts = [partial(made.__getitem__, index) for index in range(len(made))]
        pieces = Choices(Runner(Metrics(), 4), starts).pieces()
        async with aclosing(pieces):
            assert (await anext(pieces))[1] == "word "
            await anext(pieces)
            await asyncio.sleep(0.3)
            return [stream.given for stream in made]

    given = asyncio.run(read_two())
    assert sum(given) <= 8
    assert given[4:] == [0, 0]
    assert [stream.closed for stream in made] == [True] * 4 + [False] * 2


def test_a_client_that_does_not_read_holds_up_nobody_else(tiny_chat: GuardedChat) -> None:
    """Over a socket whose window is full; when it goes away, its replies end."""
    body = {"messages": ASK, "n": 8, "max_tokens": 3000, "stream": True}
    with serving(tiny_chat) as url, httpx.Client(base_url=url, timeout=30) as http:
        place = urlsplit(url)
        with socket.socket() as slow:
            slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            slow.connect((place.hostname, place.port))
            told = json.dumps(body).encode()
            head = f"Host: {place.netloc}\r\nContent-Length: {len(told)}\r\n\r\n"
            slow.sendall(f"POST /v1/chat/completions HTTP/1.1\r\n{head}".encode() + told)
            time.sleep(1)
            for _ in range(4):
                other = http.post("/v1/chat/completions", json={"messages": ASK, "max_tokens": 4})
                assert other.status_code == 200
        deadline = time.monotonic() + 10
        while tiny_chat.model.lock.locked() and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not tiny_chat.model.lock.locked()


def test_too_many_choices_are_refused(tiny_chat: GuardedChat) -> None:
    with serving(tiny_chat) as url, httpx.Client(base_url=url, timeout=60) as http:
        body = {"prompt": ["The sea is"] * 5, "n": 8, "max_tokens": 1}
        answer = http.post("/v1/completions", json=body)
        assert answer.status_code == 400
        assert "5 prompts with n = 8 are 40 choices" in answer.json()["error"]["message"]
        answer = http.post("/v1/completions", json={**body, "prompt": ["The sea is"] * 4})
        assert len(answer.json()["choices"]) == 32
