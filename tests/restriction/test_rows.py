"""Rows of the logits processor: reordered, repeated, shortened, changed under way, or foreign."""

from __future__ import annotations

import random
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.oracle import emitted
from guardrail import InvalidInput, UnsupportedGeneration
from guardrail.restriction.lift import Ban
from guardrail.restriction.phrases import Phrase
from guardrail.restriction.processor import GuardLogitsProcessor
from guardrail.restriction.vocabulary import Vocabulary

PIECES = [b"", b"a", b"b", b" ", b"ab", b" a", b"b ", b"aba", b"\xc3", b"\xa1"]
TINY = Vocabulary(PIECES)
EOS = 0


def banned(processor: GuardLogitsProcessor, rows: list[list[int]]) -> list[set[int]]:
    scores = processor(torch.tensor(rows), torch.zeros(len(rows), TINY.size))
    return [set(torch.isneginf(row).nonzero().flatten().tolist()) for row in scores]


@settings(max_examples=60)
@given(st.randoms(use_true_random=False))
def test_the_state_is_a_function_of_the_tokens(rng: random.Random) -> None:
    """Beams pick rows from anywhere, drafts are taken back: whatever was called before, the ban of
    a row is that of a processor that sees it for the first time. Two prompts with bans of their
    own, three rows each."""
    bans = [Ban(TINY, [Phrase("abab", False)]), Ban(TINY, [Phrase("bab"), Phrase("á")])]
    prompts = [[1, 2], [3, 4]]
    processor = GuardLogitsProcessor(bans, prompts, eos_token_id=EOS)
    rows = [list(prompt) for prompt in prompts for _ in range(3)]
    for _ in range(8):
        fresh = GuardLogitsProcessor(bans, prompts, eos_token_id=EOS)
        assert banned(processor, rows) == banned(fresh, rows)
        picked = [rows[rng.randrange(3) + 3 * (row // 3)] for row in range(6)]
        if rng.random() < 0.2 and len(rows[0]) > 4:
            rows = [row[: len(row) - 2] for row in picked]
        else:
            rows = [[*row, rng.randrange(len(PIECES))] for row in picked]


def test_a_phrase_added_when_it_has_begun_is_in_force_at_the_next_step() -> None:
    """The states of before know nothing of it; they are followed anew."""
    ban = Ban(TINY, [Phrase("bb", False)])
    processor = GuardLogitsProcessor(ban, [[3]])
    assert banned(processor, [[3, 1]]) == [set()]
    ban.add(Phrase("aba", whole_words=False))
    assert 1 in banned(processor, [[3, 1, 2]])[0]
    ban.remove(Phrase("aba", whole_words=False))
    assert 1 not in banned(processor, [[3, 1, 2, 2]])[0]


def test_a_reply_begins_at_a_words_edge_whatever_the_prompt_ends_in() -> None:
    """What is shown begins with the reply: after a prompt that ends in a letter, the reply's first
    letters stand there as a word. And what goes on from the prompt is stopped all the same."""
    word = GuardLogitsProcessor(Ban(TINY, [Phrase("b")]), [[1]])
    assert banned(word, [[1]])[0].issuperset({2, 6})
    across = GuardLogitsProcessor(Ban(TINY, [Phrase("aab")]), [[1, 1]])
    assert banned(across, [[1, 1]])[0] == {2, 6}


def test_removing_what_was_not_added_is_refused() -> None:
    ban = Ban(TINY, [Phrase("ab")])
    with pytest.raises(InvalidInput, match="a phrase that is not banned"):
        ban.remove(Phrase("ab", whole_words=False))
    ban.remove(Phrase("ab"))
    assert ban.banned(ban.start()) == set()
    with pytest.raises(InvalidInput):
        ban.remove(Phrase("ab"))


@pytest.mark.parametrize(
    ("ids", "scores"),
    [
        ([[7, 2, 3]], (1, 10)),  # another prompt
        ([[1]], (1, 10)),  # less than the prompt: embeddings, or one packed token
        ([[1, 2, 3]], (1, 4, 10)),  # continuous batching: one packed row, scores of three axes
        ([[1, 2, 3]], (2, 10)),
    ],
)
def test_rows_that_are_not_the_text_so_far_are_refused(
    ids: list[list[int]], scores: tuple[int, ...]
) -> None:
    processor = GuardLogitsProcessor(Ban(TINY, [Phrase("ab")]), [[1, 2]])
    with pytest.raises(UnsupportedGeneration):
        processor(torch.tensor(ids), torch.zeros(scores))


@pytest.mark.parametrize("kind", [torch.float32, torch.float16, torch.bfloat16, torch.float64])
def test_scores_of_every_kind_keep_it(kind: torch.dtype) -> None:
    processor = GuardLogitsProcessor(Ban(TINY, [Phrase("aba", False)]), [[3]])
    scores = processor(torch.tensor([[3, 1, 2]]), torch.zeros(1, TINY.size, dtype=kind))
    assert scores.dtype == kind
    assert torch.isneginf(scores[0, 1])


@pytest.mark.parametrize(
    "how",
    [
        {"prompt_lookup_num_tokens": 3},
        {"assistant_early_exit": 1},
        {"num_beams": 3, "do_sample": True},
        {"num_beams": 4, "early_stopping": True, "num_return_sequences": 2},
        {"min_new_tokens": 12},
        {"do_sample": True, "top_k": 2},
        {"do_sample": True, "top_p": 0.01},
        {"use_cache": False},
    ],
    ids=str,
)
def test_every_way_of_decoding_a_random_model(tiny: Any, how: dict[str, Any]) -> None:
    """Its noise holds short phrases all the time; restricted, it never does."""
    vowels = [Phrase(letter, whole_words=False) for letter in "aeiou"]
    ban = Ban(Vocabulary.from_tokenizer(tiny.tokenizer), vowels)
    ids = torch.tensor([[9, 500, 9, 500, 9]])
    torch.manual_seed(2)
    processor = GuardLogitsProcessor(ban, ids.tolist(), eos_token_id=tiny.tokenizer.eos_token_id)
    arguments: dict[str, Any] = {"do_sample": False, "max_new_tokens": 16, **how}
    out = tiny.model.generate(
        ids, attention_mask=torch.ones_like(ids), logits_processor=[processor], **arguments
    )
    for text in tiny.tokenizer.batch_decode(out[:, 5:], skip_special_tokens=True):
        assert not emitted(text, vowels), text


def test_assisted_decoding_says_the_same(tiny: Any) -> None:
    """The drafts of another model, rejected again and again, leave no trace in the state."""
    import copy

    assistant = copy.deepcopy(tiny.model)
    with torch.no_grad(), torch.random.fork_rng():
        torch.manual_seed(3)
        for weight in assistant.parameters():
            weight.add_(torch.randn_like(weight) * 0.02)
    ban = Ban(Vocabulary.from_tokenizer(tiny.tokenizer), [Phrase(x, False) for x in "aeiou"])
    ids = torch.tensor([[9, 500, 11]])

    def reply(**how: Any) -> list[int]:
        processor = GuardLogitsProcessor(ban, ids.tolist())
        out = tiny.model.generate(
            ids,
            attention_mask=torch.ones_like(ids),
            do_sample=False,
            max_new_tokens=20,
            logits_processor=[processor],
            **how,
        )
        return list(out[0].tolist())

    assert reply(assistant_model=assistant) == reply()


def test_a_kept_mask_of_many_phrases_takes_little(smollm: Any) -> None:
    """Ten thousand one-word phrases are thousands of ids at every word's edge: one tensor for all
    states, or the masks would fill the memory."""
    vocabulary = Vocabulary.from_tokenizer(smollm.tokenizer)
    words = sorted({word for text in vocabulary.normal if len(word := text.strip()) > 4})
    ban = Ban(vocabulary, [Phrase(word) for word in words[:10_000]])
    cpu = torch.device("cpu")
    edge = ban.mask(ban.start(), cpu).banned
    period = smollm.tokenizer.encode(".")[0]
    other = ban.mask(ban.follow([period]), cpu).banned
    assert edge is not None
    assert len(edge) > 1_000
    assert other is edge
