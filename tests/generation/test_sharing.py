"""Replies on one model take turns: none waits for the end of another, and none changes another."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest

from guardrail.generation.engine import GenerationOptions, generate
from guardrail.generation.sharing import Turns

ASK = [{"role": "user", "content": "Tell me a story."}]


def test_a_short_reply_does_not_wait_for_a_long_one(tiny: Any) -> None:
    """Guards against a lock held for the whole of a reply."""
    long = generate(tiny, tiny.encode(ASK), GenerationOptions(max_new_tokens=2000, seed=1))
    next(long)
    short = generate(tiny, tiny.encode(ASK), GenerationOptions(max_new_tokens=5, seed=2))
    assert len(list(short)) >= 1
    assert len(long.token_ids) < 2000
    long.cancel()
    assert not tiny.lock.locked()


def test_eight_replies_advance_side_by_side(tiny: Any) -> None:
    """When the first of eight equal replies ends, none of the others is far behind."""
    options = GenerationOptions(max_new_tokens=60, temperature=1.0, seed=3)
    replies = [generate(tiny, tiny.encode(ASK), options) for _ in range(8)]
    ended = threading.Event()
    behind: list[int] = []

    def read(reply: Any) -> None:
        for _ in reply:
            pass
        if not ended.is_set():
            ended.set()
            behind.extend(60 - len(one.token_ids) for one in replies)

    threads = [threading.Thread(target=read, args=(reply,)) for reply in replies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({tuple(reply.token_ids) for reply in replies}) == 1
    assert max(behind) < 30  # one after the other it would be 60 for seven of them


def test_a_static_cache_is_not_shared(tiny: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """It lives on the model, so a reply with one keeps the model until its end."""
    monkeypatch.setattr(tiny.model.generation_config, "cache_implementation", "static")
    gave_way: list[bool] = []
    monkeypatch.setattr(Turns, "give_way", lambda _: gave_way.append(True))
    list(generate(tiny, tiny.encode(ASK), GenerationOptions(max_new_tokens=3)))
    assert gave_way == []


def test_turns_go_round_in_order() -> None:
    turns, order = Turns(), []
    turns.acquire()

    def work(name: str) -> None:
        with turns:
            for _ in range(3):
                order.append(name)
                turns.give_way()

    threads = _started(work, "ab", turns)
    turns.release()
    for thread in threads:
        thread.join()
    assert order == list("ababab")
    assert not turns.locked()


def test_who_comes_when_the_seats_are_taken_waits_for_one() -> None:
    turns, order = Turns(seats=2), []
    turns.acquire()

    def work(name: str) -> None:
        with turns:
            order.append(name)
            turns.give_way()
            order.append(name)

    threads = _started(work, "abc", turns)
    turns.give_way()  # a has its first turn; b and c have no seat
    assert order == ["a"]
    turns.release()
    for thread in threads:
        thread.join()
    assert order[:2] == ["a", "a"] or order[:2] == ["a", "b"]
    assert sorted(order) == list("aabbcc")
    assert not turns.locked()


def _started(work: Any, names: str, turns: Turns) -> list[threading.Thread]:
    """Threads that wait for ``turns`` in the order of their names."""
    threads = []
    for count, name in enumerate(names, 1):
        threads.append(threading.Thread(target=work, args=(name,)))
        threads[-1].start()
        deadline = time.time() + 10
        while len(turns._next) + len(turns._outside) < count and time.time() < deadline:
            time.sleep(0.001)
    return threads
