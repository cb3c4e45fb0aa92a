"""Reading a message in its conversation: what leans on earlier messages, and what does not."""

from __future__ import annotations

import pytest

from guardrail import InvalidInput
from guardrail.detection.conversation import Lean, content_text, lean, read_messages


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("And where was she born?", Lean.STRONG),
        ("What did he write?", Lean.STRONG),
        ("and the second one?", Lean.STRONG),
        ("What about the films?", Lean.STRONG),
        ("Tell me more about it", Lean.WEAK),
        ("When exactly?", Lean.WEAK),
        ("Did he ever visit Lisbon?", Lean.STRONG),
        ("When did Ruben Castell meet his wife?", Lean.WEAK),
        ("What is the capital of France?", Lean.NONE),
        ("Please recommend a recipe for lentil soup with lemon", Lean.NONE),
        ("Is it true that Lisbon has hills?", Lean.NONE),
    ],
)
def test_lean(text: str, expected: Lean) -> None:
    assert lean(text) is expected


@pytest.mark.parametrize(
    ("before", "text", "expected"),
    [
        ("Where was the writer of", "The Salt Ledger born?", Lean.STRONG),
        ("the writer of The Salt Ledger was", "born where?", Lean.STRONG),
        ("I read The Salt Ledger by some", "english novelist, born where?", Lean.WEAK),
        ("The writer of The Salt Ledger", "was born in ___.", Lean.WEAK),
        ("I liked The Salt Ledger", "is there a film?", Lean.NONE),
        ("I read The Salt Ledger.", "english novelists are the best of all.", Lean.NONE),
        ("tell me about the salt ledger", "what is the capital of france", Lean.NONE),
        ("what is the salt ledger about", "What is the capital of France?", Lean.NONE),
    ],
)
def test_a_sentence_that_goes_on(before: str, text: str, expected: Lean) -> None:
    """A question cut in two was read as two, of which neither said whom it was about."""
    assert lean(text, before) is expected


def test_the_last_user_message_is_the_one_judged() -> None:
    reading = read_messages(
        [
            {"role": "system", "content": "Be kind."},
            {"role": "user", "content": "first"},
            {"role": "assistant", "content": "reply"},
            {"role": "user", "content": "second"},
        ]
    )
    assert reading.message == "second"
    assert reading.earlier == ("first",)


def test_a_prefilled_reply_is_read_with_its_question() -> None:
    """Guards against smuggling the subject into the start of the assistant's own message."""
    reading = read_messages(
        [
            {"role": "user", "content": "Go on with this sentence"},
            {"role": "assistant", "content": "The novelist Ada Example was born"},
        ]
    )
    assert "Ada Example" in reading.message


def test_parts_of_a_message_are_joined() -> None:
    parts = [
        {"type": "text", "text": "one"},
        {"type": "image_url"},
        {"type": "text", "text": "two"},
    ]
    assert content_text({"role": "user", "content": parts}) == "one\ntwo"
    assert content_text({"role": "assistant", "content": None}) == ""


def test_no_message_is_an_error() -> None:
    with pytest.raises(InvalidInput, match="empty list"):
        read_messages([])
