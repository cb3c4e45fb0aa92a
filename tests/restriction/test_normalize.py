"""Normalisation: piece by piece is the same as all at once, and look-alikes are alike."""

from __future__ import annotations

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.oracle import letters
from guardrail.restriction.matcher import Matcher
from guardrail.restriction.normalize import BOUNDARY, normalize, squeeze
from guardrail.restriction.phrases import Phrase, forms


@given(st.text(), st.text())
def test_a_homomorphism(one: str, other: str) -> None:
    """What lets a phrase be followed across token borders at all."""
    assert normalize(one + other) == normalize(one) + normalize(other)


@given(st.text())
def test_normal_text_stays_as_it_is(text: str) -> None:
    assert normalize(normalize(text)) == normalize(text)


@pytest.mark.parametrize(
    "written",
    [  # fullwidth letters and bold ones take two columns each
     "Stephen King", "STEPHEN KING", "stephen-king", "S.t.e.p.h.e.n K.i.n.g",
     "Ste\u200bphen\xa0King", "Ｓｔｅｐｈｅｎ　Ｋｉｎｇ",
     "Stéphèn Kîng", "Stерhеn Кіng", "𝐒𝐭𝐞𝐩𝐡𝐞𝐧 𝕂𝕚𝕟𝕘", "Ste\u00adphen_King",
     "Ⓢⓣⓔⓟⓗⓔⓝ Ⓚⓘⓝⓖ", "🅢🅣🅔🅟🅗🅔🅝 🄺🄸🄽🄶", "🇸🇹🇪🇵🇭🇪🇳 🇰🇮🇳🇬", "ꜱᴛᴇᴘʜᴇɴ ᴋɪɴɢ", "ꓢꓔꓰꓑꓧꓰꓠ ꓗꓲꓠꓖ",
     "Steph\u3164en\u3164King", "ˢᵗᵉᵖʰᵉⁿ Kıng", "S\u0336tephen King"],
)  # fmt: skip
def test_what_looks_the_same_is_the_same(written: str) -> None:
    assert squeeze(normalize(written)) == "stephenking"


@pytest.mark.parametrize("separator", [" ", "\n", "-", "_", "…", "/", "\t", "«", "🙂"])
def test_each_separator_is_one_boundary(separator: str) -> None:
    assert normalize(f"a{separator}b") == f"a{BOUNDARY}b"


@pytest.mark.parametrize("number", ["555-0199", "٥٥٥ ٠١٩٩", "⁵⁵⁵₀₁₉₉", "➄➄➄⓪①⑨⑨", "𝟻𝟻𝟻𝟶𝟷𝟿𝟿"])
def test_digits_of_every_script_are_the_same(number: str) -> None:
    """A telephone number is as secret in another script's digits."""
    assert squeeze(normalize(number)) == "5550199"


@pytest.mark.parametrize("sign", ["™", "¹", "🇬🇧", "ᵃ", "®", "\u02bc", "\ua78c"])
def test_a_sign_after_a_name_ends_it(sign: str) -> None:
    """A trade mark, a footnote, a flag or an apostrophe that is a letter by name would else turn
    the name into a longer word."""
    assert Matcher([Phrase("King")]).contains(f"by King{sign}")


def test_every_character_is_read_as_the_oracle_reads_it() -> None:
    """All of Unicode: what the oracle, with no list of look-alikes, reads as Latin letters and
    digits is read as the same. Circled letters were once taken for separators. Signs of several
    letters, such as the trade mark's, are separators to us: "Stephen™ King" holds the name."""
    plain = set("abcdefghijklmnopqrstuvwxyz0123456789")
    for code in range(sys.maxunicode + 1):
        read, _ = letters(chr(code))
        several = len(read) > 1 and unicodedata.category(chr(code))[0] == "S"
        if read and plain.issuperset(read) and not several:
            assert squeeze(normalize(chr(code))) == read, hex(code)


def test_every_normal_form_is_its_own() -> None:
    for code in range(sys.maxunicode + 1):
        normal = normalize(chr(code))
        assert normalize(normal) == normal, hex(code)


def test_digits_are_kept_apart_from_letters() -> None:
    assert normalize("K1ng") != normalize("King")


def test_forms_of_a_phrase() -> None:
    assert forms(Phrase("King", inflections=True)) == [
        ("king", True),
        ("kings", True),
        ("kinges", True),
    ]
    assert forms(Phrase("tango-7", whole_words=False)) == [("tango7", False)]
    assert forms(Phrase("…")) == []
    assert forms(Phrase("東京")) == [("東京", False)]
