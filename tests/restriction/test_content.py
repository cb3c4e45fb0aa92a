"""The words of a target's texts become tokens that lose logits; the prompt's own words do not."""

from __future__ import annotations

from typing import Any

from guardrail.restriction.content import STRENGTH, content_tokens, content_words
from guardrail.restriction.lift import Ban
from guardrail.restriction.phrases import Phrase
from guardrail.restriction.vocabulary import Vocabulary


def test_words_of_texts_less_common_ones() -> None:
    words = content_words(["The Shining is set in Colorado.", "COLORADO, 1977"], {"the", "is"})
    assert words == {"shining", "set", "in", "colorado", "1977"}


def tokens(smollm: Any, words: list[str], asked: str = "") -> set[str]:
    found = content_tokens(words, asked, ["in", "the"], smollm.tokenizer)
    return {smollm.tokenizer.decode([token]) for token in found}


def test_every_spelling_of_a_word_is_found(smollm: Any) -> None:
    assert {" Paris", "Paris", " PAR"} <= tokens(smollm, ["paris"])


def test_what_the_prompt_says_is_spared(smollm: Any) -> None:
    assert {" Paris"} <= tokens(smollm, ["paris", "lyon"])
    assert not {" Paris", "Paris", " paris"} & tokens(smollm, ["paris", "lyon"], "Is Paris big?")


def test_no_common_word_begins_with_what_is_found(smollm: Any) -> None:
    assert not {" in", " In", " the", " The"} & tokens(smollm, ["inn", "thee", "intheinn"])


def test_a_view_of_a_ban_leaves_the_ban_as_it_was(smollm: Any) -> None:
    vocabulary = Vocabulary.from_tokenizer(smollm.tokenizer, smollm.vocab_size)
    ban = Ban(vocabulary, [Phrase("Paris")], {5: 20.0, 6: 1.0})
    view = ban.discouraging([5, 6, 7], STRENGTH)
    lost = view.disfavoured(smollm.device)
    kept = ban.disfavoured(smollm.device)
    assert lost
    assert dict(zip(lost[0].tolist(), lost[1].tolist(), strict=True)) == {
        5: 20.0,
        6: STRENGTH,
        7: STRENGTH,
    }
    assert kept
    assert kept[0].tolist() == [5, 6]
    assert view.banned(view.start()) == ban.banned(ban.start())
