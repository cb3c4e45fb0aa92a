"""What is counted, and that no count holds text."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from guardrail.serving.access import Access
from tests.serving.conftest import serving
from tests.serving.test_access import ABOUT, ADMIN, USERS, ask, bearer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from guardrail import GuardedChat


@pytest.fixture
def served(tiny_chat: GuardedChat) -> Iterator[str]:
    tiny_chat.forget("Zorblatt Quimby", id="zq")
    with serving(tiny_chat, access=Access(admin_key=ADMIN, users=USERS)) as url:
        yield url


def counts(url: str) -> dict[str, float]:
    """Each count with its labels."""
    text = httpx.get(f"{url}/metrics", headers=bearer(ADMIN)).text
    assert "Quimby" not in text
    assert "zq" not in text
    lines = (line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, value in lines if "_created" not in name}


def test_replies_by_policy(served: str) -> None:
    ask(served, ABOUT, "key-of-ada")
    told = counts(served)
    assert told['guardrail_replies_total{level="sure",policy="decline"}'] == 1
    assert told["guardrail_replies_held_back_total"] == 0


def test_a_sentence_held_back_counts_whatever_the_policy(
    served: str, tiny_chat: GuardedChat, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once only replies without a policy counted, and a steered one never did."""
    monkeypatch.setattr(type(tiny_chat.guard), "allows", lambda *_: (False, ()))
    tiny_chat.change("zq", policy="steer")
    ask(served, ABOUT, "key-of-ada")
    ask(served, "Name a colour.", "key-of-ada")
    assert counts(served)["guardrail_replies_held_back_total"] == 2


def test_recall_is_timed_without_composing(
    served: str, tiny_chat: GuardedChat, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(count: Any) -> Any:
        def counted(*arguments: Any) -> Any:
            time.sleep(0.2)
            return count(*arguments)

        return counted

    model = type(tiny_chat.model)
    monkeypatch.setattr(model, "count", slow(model.count))
    ask(served, "Name a colour.", "key-of-ada", headers={"X-Conversation": "one"})
    told = counts(served)
    assert told["guardrail_recall_seconds_count"] == told["guardrail_compose_seconds_count"] == 1
    assert told["guardrail_compose_seconds_sum"] > told["guardrail_recall_seconds_sum"] + 0.2
    ask(served, "Name a colour.", "key-of-ada")
    assert counts(served)["guardrail_recall_seconds_count"] == 1


def test_what_gave_no_reply_is_counted(
    served: str, tiny_chat: GuardedChat, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(httpx.ReadTimeout):
        ask(served, "hello", "key-of-ada", timeout=1, max_tokens=3000)
    assert ask(served, " ", "key-of-ada").status_code == 400

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("Zorblatt Quimby was born in Vienna")

    monkeypatch.setattr(tiny_chat.guard, "gate", broken)
    assert ask(served, "hello", "key-of-ada").status_code == 500
    deadline = time.time() + 10
    unfinished: dict[str, float] = {}
    while len(unfinished) < 3 and time.time() < deadline:
        time.sleep(0.1)
        unfinished = {k: v for k, v in counts(served).items() if "unfinished_replies_total" in k}
    assert unfinished == {
        f'guardrail_unfinished_replies_total{{why="{why}"}}': 1
        for why in ("cancelled", "refused", "failed")
    }


def test_every_count_is_in_the_documentation(served: str) -> None:
    """By the name that Prometheus shows."""
    page = (Path(__file__).parent.parent.parent / "docs/server.md").read_text()
    text = httpx.get(f"{served}/metrics", headers=bearer(ADMIN)).text
    kinds = dict(re.findall(r"^# TYPE (\w+) (counter|histogram)$", text, re.MULTILINE))
    assert len(kinds) > 5
    for name in kinds:
        assert name.removesuffix("_created") in page, name
