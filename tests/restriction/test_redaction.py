"""Secrets given as patterns: found whole, and in a stream as in the whole text."""

from __future__ import annotations

import json
import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardrail import InvalidInput
from guardrail.restriction.gate import StreamGate
from guardrail.restriction.matcher import Matcher
from guardrail.restriction.phrases import Phrase
from guardrail.restriction.redaction import REDACTED, RedactingGate, redact
from guardrail.targets import ForgetSet

PATTERNS = ("email", "phone", "sk-*", "##-###-##", "k?-##")
PIECES = st.sampled_from(
    "a|k|sk-|1|23|-|@|.|b.c|(at)|+44|(0|k1-22|x@y.z|555|_|)|é| |555 0199| and | (dot) "
    '|\u200b|\u0301|\u2011|＠|ｓ|１|ﬁ|²|\\n|\\|\\u00|40|\\u0040|\\u0073k|\\ud835|\\udc1a|"'.split(
        "|"
    )
)


@pytest.mark.parametrize(
    ("pattern", "marked"),
    [
        ("email", "Write to <jo.doe+x@mail.example.com>, please."),
        ("email", "Write to <jo (at) example (dot) com>!"),
        ("phone", "Call <+44 20 7946 0958> now"),
        ("phone", "Call <(555) 010-0199>."),
        ("sk-*", "The key is <SK-live_4f-7> and"),
        ("AKIA????????", "AKIAZ3MGN0TAKEY is longer, <AKIAZ3MGN0TA> is one"),
        ("##-###-##", "<12-345-67>; 112-345-67 is another"),
    ],
)
def test_what_has_the_form_is_blacked_out(pattern: str, marked: str) -> None:
    text = marked.replace("<", "").replace(">", "")
    assert redact(text, [pattern]) == re.sub("<.*>", REDACTED, marked)


@pytest.mark.parametrize(
    "text", ["In 1984 it cost 12,500 dollars.", "born 12 March 1990, pages 10-12", "a@b", "2 + 2"]
)
def test_other_text_is_left_alone(text: str) -> None:
    assert redact(text, ["email", "phone", "sk-*"]) == text


@given(st.lists(PIECES, max_size=14), st.sets(st.sampled_from(PATTERNS), min_size=1), st.integers())
def test_a_stream_shows_what_the_whole_would(
    pieces: list[str], patterns: set[str], seed: int
) -> None:
    """However the text is cut: nothing is shown that more text makes part of a secret."""
    text, cuts = "".join(pieces), random.Random(seed)
    gate, shown, at = RedactingGate(StreamGate(Matcher()), sorted(patterns)), "", 0
    while at < len(text):
        length = cuts.randint(1, 4)
        shown += gate.feed(text[at : at + length])
        at += length
    assert shown + gate.finish() == redact(text, sorted(patterns))


SECRETS = {"email": "jo.doe@mail.example.com", "sk-*": "sk-live_4f", "##-###": "12-345"}
UNSEEN = st.text(st.sampled_from("\u200b\u200d\u2060\u00ad\ufeff\u034f\u0301\ufe0f\x00\U000e0041"))
DRAWN = {"-": "\u2010\u2011\u2012\u2013\u2212\uff0d", "@": "\ufe6b"}


@given(st.sampled_from(sorted(SECRETS)), st.data())
def test_a_secret_drawn_in_another_way_is_the_same_secret(
    pattern: str, data: st.DataObject
) -> None:
    """Invisible characters anywhere inside, any character wide, escaped or drawn otherwise, and the
    stream cut anywhere: of the secret nothing is shown, and nothing beside it is touched."""
    drawn = []
    for letter in SECRETS[pattern]:
        ways = [letter, chr(ord(letter) + 0xFEE0), f"\\u{ord(letter):04x}", *DRAWN.get(letter, "")]
        drawn.append(data.draw(st.sampled_from(ways)))
    text = "Say " + "".join(f"{data.draw(UNSEEN)}{letter}" for letter in drawn).lstrip() + ", now"
    shown = redact(text, [pattern])
    assert re.sub(r"[^ -~]", "", shown) == f"Say {REDACTED}, now"
    gate, cut = (
        RedactingGate(StreamGate(Matcher()), [pattern]),
        data.draw(st.integers(0, len(text))),
    )
    assert gate.feed(text[:cut]) + gate.feed(text[cut:]) + gate.finish() == shown


@given(st.text())
def test_text_without_a_secret_is_not_changed(text: str) -> None:
    assert redact(text, ["zq-9-*-zq"]) == text


def test_an_escape_beside_a_secret_is_kept_or_goes_whole() -> None:
    """Half an escape would make the JSON around it unreadable."""
    text = json.dumps({"a": "Mail:\njo@mail.example", "b\tjo@mail.example": "\ud83d\ude00"})
    told = json.loads(redact(text, ["email"]))
    assert list(told.values())[1] == "\U0001f600"
    assert "jo" not in str(told)
    assert str(told).count(REDACTED) == 2


def test_a_forbidden_phrase_still_blocks() -> None:
    gate = RedactingGate(StreamGate(Matcher([Phrase("plum lane")])), ["email"])
    shown = gate.feed("Mail a@b.example from Plum Lane now") + gate.finish()
    assert (shown, gate.blocked) == (f"Mail {REDACTED} from ", True)
    assert gate.refused.startswith("Plum Lane")


@pytest.mark.parametrize("pattern", ["email", "phone", "sk-*", "##-###", "AKIA????????????????"])
def test_the_forms_that_the_documentation_names_can_be_used(pattern: str) -> None:
    """``sk-*`` was named everywhere and refused: its hyphen did not count."""
    assert ForgetSet().add("keys", patterns=[pattern]).patterns == (pattern,)


@pytest.mark.parametrize("pattern", ["*", "??", "-*-", "---*", "# *"])
def test_a_pattern_that_would_black_out_everything_is_refused(pattern: str) -> None:
    with pytest.raises(InvalidInput, match="is not email, phone, or a shape"):
        ForgetSet().add("keys", patterns=[pattern])
