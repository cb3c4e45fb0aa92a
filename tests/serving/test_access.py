"""Who may call what, what each is told, and what is refused."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from guardrail.decision import DECLINED
from guardrail.errors import InvalidInput
from guardrail.serving.access import Access, Caller
from guardrail.serving.app import make_app
from guardrail.serving.audit import Audit
from guardrail.serving.limits import Limits
from tests.serving.conftest import serving

if TYPE_CHECKING:
    from guardrail import GuardedChat

USERS = {"ada": "key-of-ada", "bo": "key-of-bo"}
ADMIN = "key-of-the-administrator"
ABOUT = "Who is Zorblatt Quimby?"


def bearer(key: str, **more: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}", **more}


def ask(url: str, text: str, key: str, *, timeout: float = 60, **more: Any) -> httpx.Response:
    headers = bearer(key) | more.pop("headers", {})
    body = {"messages": [{"role": "user", "content": text}], **more}
    return httpx.post(f"{url}/v1/chat/completions", json=body, headers=headers, timeout=timeout)


@pytest.fixture
def served(tiny_chat: GuardedChat, tmp_path: Path) -> Iterator[str]:
    tiny_chat.forget("Zorblatt Quimby", id="zq")
    access = Access(admin_key=ADMIN, users=USERS)
    with serving(tiny_chat, access=access, audit=Audit(tmp_path / "audit.jsonl")) as url:
        yield url


def test_only_the_administrator_learns_which_target_and_why(served: str) -> None:
    for stream in (False, True):
        told = ask(served, ABOUT, "key-of-ada", stream=stream).text
        assert DECLINED in told
        assert '"withheld": true' in told or '"withheld":true' in told
        assert not any(word in told for word in ("zq", "Quimby", "details", "score"))
        full = ask(served, ABOUT, ADMIN, stream=stream).text
        assert '"zq"' in full
        assert "its name stands in the text" in full


@pytest.mark.parametrize("path", ["/admin/targets", "/admin/memory/stats", "/metrics", "/admin"])
@pytest.mark.parametrize("key", ["", "wrong", "key-of-ada"])
def test_administration_needs_its_own_key(served: str, path: str, key: str) -> None:
    """The counts too: one that grows with a prompt says what its reply does not."""
    answer = httpx.get(served + path, headers=bearer(key) if key else {})
    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "invalid_admin_key"


def test_a_key_sees_only_its_own_memory(served: str) -> None:
    """Naming another user does not help: the name is looked for under one's own."""
    turn: dict[str, Any] = {"headers": {"X-Conversation": "one"}}
    ask(served, "My dog is called Biscuit.", "key-of-ada", **turn)
    named: list[dict[str, Any]] = [{}, {"user": "ada"}, {"user": "../ada"}]
    for more in named:
        answer = ask(served, "What is my dog called?", "key-of-bo", **turn, **more)
        assert "Biscuit" not in json.dumps(answer.json()["guardrail"])
    url = f"{served}/admin/memory/turns"
    for user, count in {"ada": 2, "bo": 2, "bo/ada": 2, "bo/../ada": 2}.items():
        found = httpx.get(url, params={"user": user}, headers=bearer(ADMIN)).json()
        assert len(found) == count, user


def test_targets_are_tried_added_taken_out_and_put_back(served: str) -> None:
    with httpx.Client(base_url=f"{served}/admin", headers=bearer(ADMIN), timeout=60) as admin:
        tried = admin.post("/targets/try", json={"name": "Ada Lovelace"}).json()
        assert tried["tried"] > 50
        prompts = ["Who is Ada Lovelace?", "Who is Bo Diddley?"]
        tried = admin.post("/targets/try", json={"name": "Ada Lovelace", "prompts": prompts}).json()
        assert [row["prompt"] for row in tried["touched"]] == prompts[:1]
        assert [t["id"] for t in admin.get("/targets").json()] == ["zq"]
        added = admin.post("/targets", json={"name": "Ada Lovelace", "aliases": ["A. L."]}).json()
        wanted = {"id": added["id"], "name": "Ada King", "policy": "observe"}
        assert admin.post("/targets/change", json=wanted).json() == added
        assert admin.get("/targets").json()[1] == {**added, **wanted}
        assert admin.post("/targets/change", json={"id": "zq", "policy": "x"}).status_code == 400
        assert admin.post("/targets/change", json=added).json() == {**added, **wanted}
        removed = admin.post("/targets/remove", json={"id": added["id"]}).json()
        assert removed == added
        assert admin.post("/targets", json=removed).json() == added
        assert admin.post("/targets/remove", json={"id": "nobody"}).status_code == 400
        assert admin.post("/targets/change", json={"id": "nobody"}).status_code == 400


def test_erasing_gives_a_receipt_and_is_audited_without_text(served: str, tmp_path: Path) -> None:
    turn: dict[str, Any] = {"headers": {"X-Conversation": "one"}}
    ask(served, "My dog is called Biscuit.", "key-of-ada", **turn)
    with httpx.Client(base_url=f"{served}/admin", headers=bearer(ADMIN), timeout=60) as admin:
        found = admin.post("/memory/search", json={"query": "dog", "user": "ada"}).json()
        assert any("Biscuit" in row["text"] for row in found)
        facts = admin.get("/memory/facts", params={"user": "ada"}).json()
        assert any("Biscuit" in fact["value"] for fact in facts)
        wanted = {"text": "Biscuit", "user": "ada"}
        preview = admin.post("/memory/erase", json={**wanted, "preview": True}).json()
        receipt = admin.post("/memory/erase", json=wanted).json()
        assert len(receipt["turns"]) == len(preview["turns"]) > 0
        assert (
            admin.post("/memory/search", json={"query": "dog", "user": "ada"}).text.count("Biscuit")
            == 0
        )
        admin.post("/targets", json={"name": "Ada Lovelace", "aliases": ["the countess"]})
        turn["headers"]["X-Conversation"] = "two"
        ask(served, "I had tea with the Countess.", "key-of-ada", **turn)
        wanted = {"target": "ada-lovelace", "user": "ada", "since": "2020-01-01T00:00:00Z"}
        assert admin.post("/memory/erase", json={**wanted, "preview": True}).json()["turns"]
        assert not admin.post("/memory/erase", json={**wanted, "fact": "home"}).json()["turns"]
    log = (tmp_path / "audit.jsonl").read_text()
    entries = [json.loads(line) for line in log.splitlines()]
    acts = [(entry["action"], entry["step"]) for entry in entries]
    assert acts == [
        (action, step) for action in ("erase", "forget", "erase") for step in ("begins", "done")
    ]
    assert [entry["act"] for entry in entries[::2]] == [entry["act"] for entry in entries[1::2]]
    assert entries[1]["turns"] == len(receipt["turns"])
    assert receipt["places"]["vectors"] == receipt["chunks"] > 0
    assert all(entry["who"] == "admin from 127.0.0.1" and entry["time"] for entry in entries)
    assert not any(word in log.lower() for word in ("biscuit", "lovelace", "countess", "zq"))
    assert (tmp_path / "audit.jsonl").stat().st_mode & 0o777 == 0o600


def test_no_address_holds_a_name(tiny_chat: GuardedChat) -> None:
    """Addresses end up in the logs of proxies, and ids of targets are made from names."""
    paths = {path for path in make_app(tiny_chat).openapi()["paths"] if path.startswith("/admin")}
    assert "/admin/targets/remove" in paths
    assert not any("{" in path for path in paths)


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_pages_of_other_sites_are_refused(served: str, headers: dict[str, str]) -> None:
    assert ask(served, "hello", "key-of-ada", headers=headers).status_code == 403


def test_without_keys_only_names_of_this_machine(tiny_chat: GuardedChat) -> None:
    """A stranger's name that resolves to 127.0.0.1 does not make the server part of their site."""
    with serving(tiny_chat) as url:
        assert httpx.get(f"{url}/v1/models").status_code == 200
        answer = httpx.get(f"{url}/v1/models", headers={"Host": "evil.example"})
        assert answer.status_code == 403
        assert httpx.get(f"{url}/admin/targets").status_code == 401


def test_limits(tiny_chat: GuardedChat) -> None:
    limits = Limits(body=2000, rate=5, body_seconds=0.5)
    with serving(tiny_chat, access=Access(users=USERS, admin_key=ADMIN), limits=limits) as url:
        assert ask(url, "x" * 3000, "key-of-ada").status_code == 413
        pieces = (b"x" * 500 for _ in range(10))  # chunked: no length is declared
        headers = bearer("key-of-ada")
        answer = httpx.post(f"{url}/v1/chat/completions", content=pieces, headers=headers)
        assert answer.status_code == 413
        codes = [httpx.get(f"{url}/v1/models", headers=headers).status_code for _ in range(5)]
        assert codes == [200, 200, 200, 429, 429]
        answer = httpx.get(f"{url}/v1/models", headers=headers)
        assert answer.json()["error"]["code"] == "rate_limit"
        assert int(answer.headers["Retry-After"]) >= 1
        assert httpx.get(f"{url}/v1/models", headers=bearer("key-of-bo")).status_code == 200
        assert httpx.get(f"{url}/health").status_code == 200


def test_too_many_replies_at_a_time(tiny_chat: GuardedChat) -> None:
    """The one too many is refused at once; who goes away while waiting leaves the place."""
    with serving(tiny_chat, limits=Limits(replies=1)) as url, ThreadPoolExecutor() as pool:
        with tiny_chat.model.lock:
            waiting = pool.submit(ask, url, "hello", "any", timeout=1)
            time.sleep(0.3)
            answer = ask(url, "hello", "any")
            assert answer.status_code == 429
            assert answer.json()["error"]["code"] == "concurrency_limit"
            with pytest.raises(httpx.ReadTimeout):
                waiting.result()
        time.sleep(0.3)
        assert ask(url, "hello", "any").status_code == 200


@pytest.mark.parametrize("path", ["/", "/health", "/v1/models", "/nothing/here"])
def test_every_answer_has_the_headers_and_errors_their_shape(served: str, path: str) -> None:
    answer = httpx.get(served + path)
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "server" not in answer.headers
    if answer.status_code >= 400:
        assert set(answer.json()["error"]) == {"message", "type", "param", "code"}


@pytest.mark.parametrize("stream", [False, True])
def test_what_nobody_expected_is_not_told(
    served: str,
    tiny_chat: GuardedChat,
    stream: bool,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Neither to the client nor in the log: an error's text may hold anything."""

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("Zorblatt Quimby was born in Vienna")

    monkeypatch.setattr(tiny_chat.guard, "gate", broken)
    answer = ask(served, "hello", "key-of-ada", stream=stream)
    assert answer.status_code == 500
    assert answer.json()["error"]["message"] == "the server failed"
    assert "Vienna" not in answer.text + "".join(capfd.readouterr())


def test_an_error_in_mid_stream_is_an_event(
    served: str, tiny_chat: GuardedChat, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("Zorblatt Quimby was born in Vienna")

    monkeypatch.setattr("guardrail.turn.Turn._store", broken)
    turn: dict[str, Any] = {"headers": {"X-Conversation": "one"}}
    text = ask(served, ABOUT, "key-of-ada", stream=True, **turn).text
    events = [line for line in text.splitlines() if line]
    assert json.loads(events[-2].removeprefix("data: "))["error"]["message"] == "the server failed"
    assert events[-1] == "data: [DONE]"
    assert "Vienna" not in text


def test_keys_that_make_no_sense_are_refused() -> None:
    with pytest.raises(InvalidInput, match="same"):
        Access(admin_key="one", api_key="one")
    with pytest.raises(InvalidInput, match="'/'"):
        Access(users={"a/b": "one"})
    assert Access(api_key="one").caller("Bearer two") is None
    assert Access(api_key="one").caller("Basic one") is None
    assert Access().caller("Bearer anything") == Caller()
