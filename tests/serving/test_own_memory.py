"""What users can see and erase of their own memory, and nobody else's."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from starlette.testclient import TestClient

from guardrail.serving.access import Access
from guardrail.serving.app import make_app
from guardrail.serving.audit import Audit
from memory import NewTurn
from tests.serving.test_access import ADMIN, USERS, bearer

if TYPE_CHECKING:
    from guardrail import GuardedChat

PATHS = ("conversations", "turns", "facts", "search", "erase")


@pytest.fixture
def client(tiny_chat: GuardedChat, tmp_path: Path) -> Iterator[TestClient]:
    for user in USERS:
        turns = [
            NewTurn(role="user", text=f"My dog is called {user.title()}bello."),
            NewTurn(role="assistant", text="A name like that of Zorblatt Quimby."),
            NewTurn(role="assistant", text="Write to them at quimby@example.org."),
            NewTurn(role="user", text="Zorblatt Quimby is my neighbour."),
        ]
        tiny_chat.memory.add_turns(turns, user=user, conversation=f"talk of {user}")
    access = Access(admin_key=ADMIN, users=USERS, api_key="key-of-the-service")
    app = make_app(tiny_chat, access=access, audit=Audit(tmp_path / "audit.jsonl"))
    with TestClient(app, base_url="http://127.0.0.1", headers=bearer("key-of-ada")) as made:
        yield made


def call(client: TestClient, path: str, key: str = "key-of-ada", **body: Any) -> Any:
    answer = client.post(f"/v1/memory/{path}", json=body, headers=bearer(key))
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_key_reads_its_own_memory_alone(client: TestClient) -> None:
    """Naming another user does not help, and numbers that run through all users are not told."""
    assert call(client, "conversations") == ["talk of ada"]
    for path in ("turns", "facts", "search"):
        body = {"query": "dog"} if path == "search" else {}
        told = json.dumps(call(client, path, **body))
        assert "Adabello" in told
        assert "Bobello" not in told
        assert "id" not in json.loads(told)[0]
        assert "turn_id" not in told
        assert call(client, path, user="bo", **body) == []
        assert "Bobello" in json.dumps(call(client, path, "key-of-the-service", user="bo", **body))
    texts = [turn["text"] for turn in call(client, "turns", limit=1, skip=1)]
    assert texts == ["Write to them at quimby@example.org."]
    assert call(client, "turns", skip=9) == []


def test_what_a_reply_must_not_say_any_more_is_not_read_again(
    client: TestClient, tiny_chat: GuardedChat
) -> None:
    """What the user said of it is the user's."""
    tiny_chat.forget("Zorblatt Quimby", patterns=["email"])
    told = [turn["text"] for turn in call(client, "turns")]
    assert told[1] == "[withheld]"
    assert "Write to them at" in told[2]
    assert "example.org" not in told[2]
    assert told[3] == "Zorblatt Quimby is my neighbour."
    found = call(client, "search", query="Zorblatt Quimby")
    replies = [row["text"] for row in found if row["role"] == "assistant"]
    assert "[withheld]" in replies
    assert not any("Quimby" in text or "example.org" in text for text in replies)


def test_a_user_erases_and_it_is_noted(
    client: TestClient, tiny_chat: GuardedChat, tmp_path: Path
) -> None:
    shown = call(client, "erase", text="Adabello", preview=True)
    assert (shown["turns"], shown["preview"]) == (1, True)
    assert call(client, "erase", text="Adabello")["turns"] == 1
    assert call(client, "erase", text="Bobello")["turns"] == 0
    assert call(client, "erase", everything=True)["turns"] == 3
    assert call(client, "turns") == []
    assert len(tiny_chat.memory.turns(user="bo", conversation=None)) == 4
    log = (tmp_path / "audit.jsonl").read_text()
    entries = [json.loads(line) for line in log.splitlines()]
    assert [entry["step"] for entry in entries] == ["begins", "done"] * 3
    assert {entry["who"] for entry in entries} == {"ada from testclient"}
    assert "bello" not in log


@pytest.mark.parametrize("path", PATHS)
def test_who_is_not_known_reads_nothing(
    client: TestClient, tiny_chat: GuardedChat, path: str
) -> None:
    """Neither without a key nor where nobody needs one: anyone could name any user."""
    body = {"query": "dog"} if path in ("search", "erase") else {}
    answer = client.post(f"/v1/memory/{path}", json=body, headers=bearer("wrong"))
    assert answer.status_code == 401
    with TestClient(make_app(tiny_chat), base_url="http://127.0.0.1") as open_:
        answer = open_.post(f"/v1/memory/{path}", json={**body, "user": "ada"})
        assert answer.status_code == 403
        assert "bello" not in answer.text
