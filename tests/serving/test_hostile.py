"""A client that wants to know what is withheld, or what others said, by the side of its replies."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from guardrail.decision import DECLINED
from guardrail.serving.access import Access
from guardrail.serving.app import make_app
from guardrail.serving.limits import Limits
from memory import NewTurn

if TYPE_CHECKING:
    from guardrail import GuardedChat

ADMIN = "key-of-the-administrator"
KEY = {"Authorization": "Bearer key-of-ada"}
ASK = "Name a colour."


@pytest.fixture
def client(tiny_chat: GuardedChat) -> Iterator[TestClient]:
    tiny_chat.forget("Zorblatt Quimby", id="zq")
    access = Access(admin_key=ADMIN, users={"ada": "key-of-ada", "bo": "key-of-bo"})
    app = make_app(tiny_chat, access=access)
    with TestClient(app, base_url="http://127.0.0.1", headers=KEY) as made:
        yield made


def ask(client: TestClient, text: str, headers: Any = None, **more: Any) -> dict[str, Any]:
    body = {"messages": [{"role": "user", "content": text}], **more}
    answer = client.post("/v1/chat/completions", json=body, headers=headers)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def test_a_stop_string_does_not_tell_the_next_word(
    client: TestClient, tiny_chat: GuardedChat, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Guards against guessing: a sentence that was cut before the word that fails its check would
    pass, and that it stopped there would tell the word."""
    said = ask(client, ASK)["choices"][0]["message"]["content"]
    word = said[5:9]
    guard = type(tiny_chat.guard)
    monkeypatch.setattr(guard, "allows", lambda _, __, text, *___: (word not in text, ()))
    told = ask(client, ASK, stop=[word])
    assert told["choices"][0]["message"]["content"].endswith(DECLINED)
    assert told["guardrail"]["withheld"] is True
    other = ask(client, ASK, stop=["no such word"])
    assert other["choices"][0]["message"]["content"].endswith(DECLINED)


def test_how_much_others_say_is_not_told(client: TestClient, tiny_chat: GuardedChat) -> None:
    """The numbers of turns run through all users."""
    texts = ["My dog is called Biscuit.", *(f"Day {n} was dry." for n in range(30))]
    for user in ("ada", "default"):
        turns = [NewTurn(role="user", text=text) for text in texts]
        tiny_chat.memory.add_turns(turns, user=user, conversation="home")
    home = {"X-Conversation": "home"}
    recalled = ask(client, "What is my dog called?", home)["guardrail"]["recalled"]
    assert "Biscuit" in str(recalled)
    assert not any({"turn_id", "role"} & set(one) for one in recalled)
    admin = {**home, "Authorization": f"Bearer {ADMIN}"}
    assert "turn_id" in str(ask(client, "What is my dog called?", admin)["guardrail"]["recalled"])


def test_a_decline_is_the_same_for_every_target(client: TestClient, tiny_chat: Any) -> None:
    """But for its id and its time: neither its size nor its usage tells one from another."""
    tiny_chat.forget("The Grand Vizier of Ankh", aliases=["Vizier"], exemplars=["He wears red."])
    about = [ask(client, f"Who is {name}?", logprobs=True, top_logprobs=5)
             for name in ("Zorblatt Quimby", "The Grand Vizier of Ankh")]  # fmt: skip
    for told in about:
        del told["id"], told["created"]
    assert about[0] == about[1]


@pytest.mark.parametrize("path", ["/admin/targets", "/metrics", "/v1/models"])
def test_mounted_in_another_application_nothing_is_open(tiny_chat: GuardedChat, path: str) -> None:
    """Guards against keys that are asked for at ``/admin`` and not at ``/guard/admin``."""
    outer = FastAPI()
    access = Access(admin_key=ADMIN, users={"ada": "key-of-ada"})
    outer.mount("/guard", make_app(tiny_chat, access=access, limits=Limits(replies=1)))
    with TestClient(outer, base_url="http://127.0.0.1") as made:
        assert made.get(f"/guard{path}").status_code == 401
        headers = {"Authorization": f"Bearer {ADMIN}"}
        assert made.get(f"/guard{path}", headers=headers).status_code == 200
        assert made.get("/guard/health").status_code == 200


def test_the_schema_and_strange_paths_tell_nothing(client: TestClient) -> None:
    for path in ("/openapi.json", "/", "/health", "/v1/models", "/page/../admin/targets"):
        assert "Quimby" not in client.get(path).text
    for path in (
        "//admin/targets",
        "/admin//targets",
        "/ADMIN/targets",
        "/admin%2Ftargets",
        "/admin;x/targets",
    ):
        answer = client.get(path)
        assert answer.status_code in (401, 404), path
