"""What is shown of a long turn and of a long summary: whole sentences, and something of them."""

from __future__ import annotations

from itertools import accumulate

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memory import WrittenSummarizer
from memory.embedding import fits_window, windows
from memory.excerpt import excerpt
from memory.sentences import sentences

from .conftest import HashEmbedder, opened

WORDS = st.lists(st.sampled_from("we you Mr. Fox 3.5 ein Öl heron's (so) said".split()), min_size=1)
SHORT = WORDS.map(lambda words: " ".join(words[:30]) + ".")
GIANT = st.integers(150, 400).map(lambda n: " ".join(f"w{i}" for i in range(n)) + "!")
BLOB = st.integers(200, 600).map(lambda n: "x".join(str(1000 * n + i) for i in range(n)))
UNSPACED = st.integers(1, 60).map(lambda n: "水曜日に帰ります。" * n)
TEXT = st.lists(
    st.tuples(
        SHORT | SHORT | SHORT | GIANT | BLOB | UNSPACED, st.sampled_from([" ", "\n", "\n\n "])
    ),
    min_size=1,
    max_size=40,
).map(lambda parts: "".join(part + space for part, space in parts))


@settings(max_examples=150, deadline=None)
@given(TEXT)
def test_an_excerpt_is_of_whole_sentences_and_never_empty(text: str) -> None:
    """Only a sentence too long for any window is shown in part, and says so; and all windows
    together show all of the text."""
    said = sentences(text)
    ends = set(accumulate((len(bare(sentence)) for sentence in said), initial=0))
    seen = ""
    for window in windows(text):
        shown = excerpt(text, window)
        assert shown.strip()
        if "…" not in shown:
            found = bare(shown)
            places = [n for n in ends if n + len(found) in ends]
            assert any(bare(text).startswith(found, place) for place in places)
        seen += bare(shown)
    assert all(bare(sentence) in seen for sentence in said if fits_window(sentence))


def test_a_word_that_is_a_window_by_itself_is_shown_where_it_stands() -> None:
    """It also stood at the end of the first sentence, of which it is only a part."""
    blob = "x".join(str(200_000 + n) for n in range(200))
    text = f"we heron's. {blob} {'we ' * 9}{'you ' * 8}{'herons ' * 5}heron's."
    assert windows(text)[-1] == "heron's."
    assert excerpt(text, "heron's.") == "…heron's."


def bare(text: str) -> str:
    return "".join(text.split())


def test_a_recalled_piece_of_a_long_turn_begins_with_a_sentence(hashing: HashEmbedder) -> None:
    """A piece begins with the last 25 words of the one before, and so in the middle of a
    sentence."""
    memory = opened(embedder=hashing)
    said = [f"On day {n} we walked from camp {n} to camp {n + 1} in the rain." for n in range(60)]
    memory.add("user", " ".join(said))
    for number in range(0, 60, 7):
        shown = memory.recall(f"day {number} camp {number}", k=1).episodes[0].text
        assert 1 < len(sentences(shown)) < 20
        assert set(sentences(shown)) <= set(said)
    assert len(memory.turns()[0].text) > 2000


def test_a_summary_too_long_for_the_prompt_loses_its_first_sentences(hashing: HashEmbedder) -> None:
    """It once was left out whole."""
    memory = opened(embedder=hashing)
    for text in (
        "My sister Marta lives in Porto.",
        "I was born in 1980.",
        "We have three old cats.",
        "I like walking by the sea.",
    ):
        memory.add("user", text)
    memory.add("user", "So.")
    summary = memory.summary()
    full = memory.compose("Hi?", budget=3500).tokens
    notes = {
        len(sentences(prompt.recall.summary)): prompt
        for budget in range(60, full)
        for prompt in [memory.compose("Hi?", budget=budget, k=1)]
    }
    assert set(notes) == {0, 1, 2, 3, 4}
    assert notes[2].recall.summary == " ".join(sentences(summary)[2:])
    assert f"Summary: {notes[2].recall.summary}\n" in notes[2].messages[0]["content"] + "\n"
    assert "2 sentences of the summary" in notes[2].left_out


@pytest.mark.parametrize("written", ["Lives in Lisbon with", "Lives " + "on and " * 40 + "on."])
def test_a_model_s_sentence_without_an_end_is_not_taken(
    written: str, hashing: HashEmbedder, caplog: pytest.LogCaptureFixture
) -> None:
    """It was cut at a number of words or tokens."""
    memory = opened(embedder=hashing, summarizer=WrittenSummarizer(lambda _: written))
    memory.add("user", "I moved to Lisbon in May.")
    assert memory.summary() == "user: I moved to Lisbon in May."
    assert "has no end" in caplog.text


def test_the_last_sentence_that_is_read_of_a_long_turn_is_whole(hashing: HashEmbedder) -> None:
    memory = opened(embedder=hashing)
    padding = "And so it goes on. " * 209
    memory.add("user", f"{padding}My brother Rui lives in Porto and my sister Marta in Faro.")
    assert len(padding) < 4000 < len(padding) + 40
    assert memory.summary() == ""
