"""Several choices in one request: side by side, not too many, and none for nobody."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from guardrail import GuardedChat
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


def test_too_many_choices_are_refused(tiny_chat: GuardedChat) -> None:
    with serving(tiny_chat) as url, httpx.Client(base_url=url, timeout=60) as http:
        body = {"prompt": ["The sea is"] * 5, "n": 8, "max_tokens": 1}
        answer = http.post("/v1/completions", json=body)
        assert answer.status_code == 400
        assert "5 prompts with n = 8 are 40 choices" in answer.json()["error"]["message"]
        answer = http.post("/v1/completions", json={**body, "prompt": ["The sea is"] * 4})
        assert len(answer.json()["choices"]) == 32
