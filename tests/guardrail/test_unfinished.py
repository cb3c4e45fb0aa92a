"""A reply that is cut in a word is judged by what the word may have been."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from guardrail import ForgetSet, Guard
from guardrail.decision import DECLINED
from guardrail.generation.engine import Piece
from guardrail.release import Release
from guardrail.unfinished import Unfinished

FACT = "Zanoni Quell was born in 1947 in Portsmouth, where his father built boats."
QUESTION = "When was Quell born?"
CUT = "He was born in 1947 in Ports"


class Cut:
    """A generation that ends where its tokens are used up, or at a stop string."""

    def __init__(self, text: str, stop: str = "") -> None:
        self.finish_reason = "stop" if stop else "length"
        self.stopped_at = stop
        self._text = text

    def __iter__(self) -> Iterator[Piece]:
        yield Piece(self._text, (0,))

    def cancel(self) -> None:
        """Nothing is under way."""


@pytest.fixture
def guard(embedder: Any) -> Guard:
    targets = ForgetSet()
    targets.add("Zanoni Quell", exemplars=[FACT])
    return Guard(targets, embedder=embedder)


def shown(guard: Guard, text: str, stop: str = "") -> str:
    generation: Any = Cut(text, stop)
    release = Release(guard, QUESTION, lambda *_: generation, tries=1)
    for _ in release.run():
        pass
    return release.text


def test_a_word_is_finished_as_the_texts_would() -> None:
    words = Unfinished([FACT])
    assert words.endings("He was born in 19") == ["He was born in 1947"]
    assert words.endings("near Ports") == ["near portsmouth"]
    for none in ("He was born in ", "in 1947", "near Leeds", "where", "", "He."):
        assert words.endings(none) == []


@pytest.mark.parametrize(("text", "stop"), [("194", ""), ("19", "4"), ("19", "47"), ("1", "947")])
def test_most_of_a_year_tells_the_year(
    guard: Guard, monkeypatch: pytest.MonkeyPatch, text: str, stop: str
) -> None:
    """The check of sentences is made exact, so that only what it is asked is tried."""

    def exact(_: Guard, __: str, text: str, ___: Any, also: Any) -> tuple[bool, tuple[str, ...]]:
        return not any("1947" in each for each in (text, *also)), ()

    monkeypatch.setattr(Guard, "allows", exact)
    assert shown(guard, f"He was born in {text}", stop) == DECLINED
    assert shown(guard, "He was born in 18", stop) == "He was born in 18"


def test_the_shipped_detector_sees_it_too(guard: Guard) -> None:
    """Nothing made exact: it lets the cut sentence pass, and not the whole one."""
    assert guard.allows(QUESTION, f"{CUT}mouth.")[0] is False
    assert guard.allows(QUESTION, CUT)[0] is True
    assert shown(guard, CUT) == DECLINED
    other = "The tides are made by the moon and by the su"
    assert shown(guard, other) == other
