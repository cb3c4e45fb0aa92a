"""What is noted of changes, and when."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from guardrail.serving.access import Access
from guardrail.serving.audit import Audit
from tests.serving.conftest import serving
from tests.serving.test_access import ADMIN, bearer

if TYPE_CHECKING:
    from guardrail import GuardedChat


def test_an_act_is_noted_before_it_is_done(tiny_chat: GuardedChat, tmp_path: Path) -> None:
    """An erasure was once done and then refused with 503, because it could not be noted."""
    path = tmp_path / "audit.jsonl"
    access = Access(admin_key=ADMIN, admins={"grace": "key-of-grace"})
    tiny_chat.memory.add("user", "My dog is called Biscuit.")
    wanted = {"text": "Biscuit"}
    with serving(tiny_chat, access=access, audit=Audit(path)) as url:
        erase = f"{url}/admin/memory/erase"
        path.mkdir()
        assert httpx.post(erase, json=wanted, headers=bearer(ADMIN)).status_code == 503
        assert len(tiny_chat.memory.turns()) == 1
        path.rmdir()
        assert httpx.post(erase, json={}, headers=bearer(ADMIN)).status_code == 400
        assert httpx.post(erase, json=wanted, headers=bearer("key-of-grace")).status_code == 200
        assert tiny_chat.memory.turns() == []
    entries = [json.loads(line) for line in path.read_text().splitlines()]
    assert [entry["step"] for entry in entries] == ["begins", "failed", "begins", "done"]
    assert [entry["who"] for entry in entries[1:3]] == [
        "admin from 127.0.0.1",
        "grace from 127.0.0.1",
    ]
    assert entries[1]["error"] == "BadInput"


def test_an_end_that_cannot_be_noted_undoes_nothing(
    tiny_chat: GuardedChat, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk is full after the first line: the act is done, so it must not answer 503."""
    path = tmp_path / "audit.jsonl"
    tiny_chat.memory.add("user", "My dog is called Biscuit.")
    with serving(tiny_chat, access=Access(admin_key=ADMIN), audit=Audit(path)) as url:
        erase = type(tiny_chat.memory).erase

        def full(*arguments: Any, **more: Any) -> Any:
            path.unlink()
            path.mkdir()
            return erase(*arguments, **more)

        monkeypatch.setattr(type(tiny_chat.memory), "erase", full)
        wanted = {"text": "Biscuit"}
        answer = httpx.post(f"{url}/admin/memory/erase", json=wanted, headers=bearer(ADMIN))
        assert answer.json()["turns"] == [1]
