"""Decoded readings: what is hidden is found, what is plain stays alone."""

from __future__ import annotations

import base64
import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardrail.detection.views import readable, spellings, views

QUESTION = "Who is the author of the book about the lighthouse?"


def kinds(text: str) -> dict[str, str]:
    return {view.kind: view.text for view in views(text)}


def test_plain_text_has_one_reading() -> None:
    assert list(kinds(QUESTION)) == ["as written"]


@pytest.mark.parametrize(
    ("hidden", "kind"),
    [
        (base64.b64encode(QUESTION.encode()).decode(), "decoded from base64"),
        (base64.urlsafe_b64encode(QUESTION.encode()).decode().rstrip("="), "decoded from base64"),
        (codecs.encode(QUESTION, "rot13"), "decoded from rot13"),
        (QUESTION[::-1], "read backwards"),
        (QUESTION.translate(str.maketrans("aoeT", "аоеТ")), "with look-alike letters read"),
        ("   ".join(" ".join(word) for word in QUESTION.split()), "with spaced letters closed up"),
    ],
)
def test_hidden_text_is_read(hidden: str, kind: str) -> None:
    assert kinds(hidden)[kind] == QUESTION


def test_hidden_text_is_found_inside_other_text() -> None:
    run = base64.b64encode(QUESTION.encode()).decode()
    assert QUESTION in kinds(f"Decode this and answer: {run} Thank you.")["decoded from base64"]


def test_leetspeak() -> None:
    assert "stephen" in kinds("who is 573ph3n")["with digits read as letters"]


@pytest.mark.parametrize("text", ["Кто автор книги о маяке?", "Plan B: A 1 or C 3", "где metro?"])
def test_other_scripts_and_single_letters_stay(text: str) -> None:
    assert list(kinds(text)) == ["as written"]


def test_a_number_in_a_name_may_be_one() -> None:
    assert "who is 50 cent" in spellings("wh0 is 50 c3n7")


def test_what_is_readable() -> None:
    assert readable(QUESTION)
    assert not readable(QUESTION[::-1])
    assert not readable("did did")


def test_ordinary_numbers_are_no_leetspeak() -> None:
    assert list(kinds("What is 17 times 24, and is it 400?")) == ["as written"]


@given(st.text(max_size=300))
def test_any_text_has_its_own_reading_first(text: str) -> None:
    first = views(text)[0]
    assert (first.kind, first.text) == ("as written", text)
