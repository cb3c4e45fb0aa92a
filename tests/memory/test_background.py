"""The memory's own thread: each piece of work once, one after another, a failure harming none."""

from __future__ import annotations

import threading

from memory.background import Background


def test_work_asked_for_twice_before_its_turn_is_done_once() -> None:
    background, go, done = Background(), threading.Event(), []

    def first() -> None:
        go.wait()

    background.soon("first", first)
    for _ in range(3):
        background.soon("second", lambda: done.append("second"))
    ended = threading.Event()
    background.soon("last", ended.set)
    go.set()
    assert ended.wait(30)
    assert done == ["second"]


def test_a_failure_does_not_end_the_thread() -> None:
    """A summarizer of the caller's may raise anything."""
    background, ended = Background(), threading.Event()

    def fail() -> None:
        raise RuntimeError("a summarizer that fails")

    background.soon("fails", fail)
    background.soon("goes on", ended.set)
    assert ended.wait(30)
    background.close()


def test_closing_waits_for_what_is_being_done_and_drops_the_rest() -> None:
    background, begun, go, done = Background(), threading.Event(), threading.Event(), []

    def long() -> None:
        begun.set()
        go.wait()
        done.append("long")

    background.soon("long", long)
    background.soon("never", lambda: done.append("never"))
    assert begun.wait(30)
    threading.Timer(0.05, go.set).start()
    background.close()
    background.soon("after", lambda: done.append("after"))
    assert done == ["long"]
