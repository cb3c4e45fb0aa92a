"""Matcher and gate: they agree with an independent oracle, and nothing is shown and taken back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.oracle import emitted
from guardrail.restriction.gate import StreamGate
from guardrail.restriction.matcher import Matcher
from guardrail.restriction.phrases import Phrase

NAMES = [Phrase("Stephen King", inflections=True), Phrase("cher"), Phrase("tango-7", False)]
# Few letters, so that matches and near misses are common.
WORDY = st.text("abAB -.\u0430\u200b", max_size=24)
PHRASES = st.lists(
    st.builds(Phrase, st.text("ab", min_size=1, max_size=4), st.booleans()), min_size=1, max_size=4
)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("by STEPHEN  KING.", ["STEPHEN  KING"]),
        ("Ste\u200bphen Kings book", ["Ste\u200bphen Kings"]),
        ("st.ephen kіng!", ["st.ephen kіng"]),
        ("Stephen King's", ["Stephen King", "Stephen King's"]),
        ("Stephen Kingdom", []),
        ("such error", []),
        ("Cher sang", ["Cher"]),
        ("xTANGO 71", ["TANGO 7"]),
        ("Stephen", []),
        ("", []),
    ],
)
def test_find(text: str, found: list[str]) -> None:
    assert [text[match.start : match.end] for match in Matcher(NAMES).find(text)] == found


@pytest.mark.parametrize(
    ("name", "text"),
    [("스티븐 킹", "스티븐 킹은 작가"), ("東京", "私は東京都に"), ("สมชาย", "คุณสมชายมา")],
)
def test_names_without_spaces_around_them(name: str, text: str) -> None:
    """Particles follow a Korean name without a space, and other scripts have none at all."""
    assert Matcher([Phrase(name)]).contains(text)


@given(WORDY, PHRASES)
def test_agrees_with_the_oracle(text: str, phrases: list[Phrase]) -> None:
    found = {match.phrase.text for match in Matcher(phrases).find(text)}
    # Two phrases with the same letters and edges are one to the matcher.
    expected = {(p.text, p.whole_words) for p in phrases if emitted(text, [p])}
    assert {(m.phrase.text, m.phrase.whole_words) for m in Matcher(phrases).find(text)} == expected
    assert bool(found) == Matcher(phrases).contains(text)


@given(WORDY, PHRASES, st.data())
def test_the_gate_never_takes_back(text: str, phrases: list[Phrase], data: st.DataObject) -> None:
    """However the text is cut into deltas: what is shown is a prefix of it, holds no phrase, and is
    all of it when there is none."""
    gate, shown, rest = StreamGate(Matcher(phrases)), "", text
    while rest:
        size = data.draw(st.integers(1, len(rest)))
        shown += gate.feed(rest[:size])
        rest = rest[size:]
        assert text.startswith(shown)
        # Should the stream break off here, no phrase stands at its end either.
        assert not emitted(shown, phrases)
    shown += gate.finish()
    assert gate.blocked == bool(emitted(text, phrases))
    assert shown == text or gate.blocked
    assert text.startswith(shown)
    assert not emitted(shown, phrases)


def test_only_a_beginning_is_held_back() -> None:
    gate = StreamGate(Matcher([Phrase("Stephen King")]))
    assert gate.feed("I like Ste") == "I like "
    assert gate.feed("amboats and ") == "Steamboats and "
    assert gate.feed("Stephen K") == ""
    assert gate.feed("ind") == "Stephen Kind"


def test_a_word_cut_short_by_a_phrase_shows_no_other() -> None:
    """ "aab" holds "ab"; its first letter, had it passed, would stand there as the word "a"."""
    gate = StreamGate(Matcher([Phrase("a"), Phrase("ab", whole_words=False)]))
    assert gate.feed("see aa") == "see "
    assert gate.feed("b") == ""
    assert gate.blocked


def test_what_was_shown_is_not_counted_back() -> None:
    """ "ab" has passed when it turns out that "abc" is no place to stop at: nothing more passes
    then, and nothing of what is held is lost."""
    gate = StreamGate(Matcher([Phrase("abc"), Phrase("cabac", False), Phrase("aca", False)]))
    assert [gate.feed(letter) for letter in "abcacb"] == ["", "", "", "ab", "", "cacb"]


def test_nothing_is_shown_after_a_phrase() -> None:
    gate = StreamGate(Matcher([Phrase("Stephen King")]))
    assert gate.feed("by Stephen King and others") == "by "
    assert gate.blocked
    assert gate.feed(" more") == ""
    assert gate.finish() == ""
