"""What is known of the last texts, by digest."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from guardrail.recent import Recent, digest

TEXTS = st.lists(st.text(max_size=4), max_size=4)


@given(TEXTS, TEXTS)
def test_a_digest_stands_for_these_texts_alone(one: list[str], other: list[str]) -> None:
    """Also where the same letters are cut elsewhere: ("ab", "c") is not ("a", "bc")."""
    assert (digest(*one) == digest(*other)) == (one == other)


def test_half_a_character_has_a_digest() -> None:
    assert digest("\ud83d") != digest("\ud83e")


def test_those_not_asked_for_longest_leave() -> None:
    recent: Recent[int] = Recent(2)
    a, b, c = digest("a"), digest("b"), digest("c")
    recent.keep({a: 1, b: 2})
    assert recent.known([a, c]) == {a: 1}
    recent.keep({c: 3})
    assert recent.known([a, b, c]) == {a: 1, c: 3}
