"""The logits processor in transformers' own ``generate``: greedy, beams, batches, sampling."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from benchmarks.oracle import emitted
from guardrail import InvalidInput, UnsupportedGeneration
from guardrail.restriction.lift import Ban
from guardrail.restriction.phrases import Phrase
from guardrail.restriction.processor import GuardLogitsProcessor
from guardrail.restriction.vocabulary import Vocabulary

KING = Phrase("Stephen King", inflections=True)
QUESTION = [{"role": "user", "content": "Who wrote The Shining?"}]


@pytest.fixture(scope="module")
def ban(smollm: Any) -> Ban:
    return Ban(Vocabulary.from_tokenizer(smollm.tokenizer, smollm.vocab_size), [KING])


def replies(smollm: Any, ids: torch.Tensor, processor: Any, **how: Any) -> list[str]:
    how = {"max_new_tokens": 24, "do_sample": False, **how}
    out = smollm.model.generate(
        ids,
        attention_mask=how.pop("attention_mask", torch.ones_like(ids)),
        logits_processor=[processor] if processor else [],
        **how,
    )
    return list(smollm.tokenizer.batch_decode(out[:, ids.shape[1] :], skip_special_tokens=True))


@pytest.mark.parametrize(
    "how",
    [
        {},
        {"num_beams": 4},
        {"num_beams": 3, "num_return_sequences": 3},
        {"do_sample": True, "num_return_sequences": 4, "temperature": 1.5},
        {"cache_implementation": "static"},
        {"repetition_penalty": 1.3},
    ],
    ids=str,
)
def test_the_real_model_cannot_say_it(smollm: Any, ban: Ban, how: dict[str, Any]) -> None:
    ids = smollm.encode(QUESTION)
    torch.manual_seed(0)
    for text in replies(smollm, ids, GuardLogitsProcessor(ban, ids.tolist()), **how):
        assert not emitted(text, [KING]), text


def test_without_it_the_real_model_says_it(smollm: Any) -> None:
    """Or the tests above would show nothing."""
    assert emitted(replies(smollm, smollm.encode(QUESTION), None)[0], [KING])


def test_rows_of_a_padded_batch_are_restricted_differently(smollm: Any, ban: Ban) -> None:
    """Left padding with the end-of-text token, as this model has no other. The replies are begun:
    in bfloat16 it depends on the processor whom the model calls the author in a padded row."""
    tokenizer = smollm.tokenizer
    empty = Ban(ban.vocabulary, [])
    begun = "The Shining was written by Stephen"
    prompts = [
        smollm.render(QUESTION) + begun,
        smollm.render([*QUESTION, *QUESTION]) + begun,
        smollm.render(QUESTION) + begun,
    ]
    batch = tokenizer(prompts, return_tensors="pt", padding=True, padding_side="left")
    ids = batch["input_ids"]
    processor = GuardLogitsProcessor([ban, ban, empty], ids.tolist())
    texts = replies(smollm, ids, processor, attention_mask=batch["attention_mask"])
    said = [bool(emitted("Stephen" + text, [KING])) for text in texts]
    assert said == [False, False, True]


def test_the_prompt_counts_as_what_was_said(smollm: Any, ban: Ban) -> None:
    """A completion prompt that ends in the first name does not get the last one."""
    ids = torch.tensor([smollm.tokenizer.encode("The Shining was written by Stephen")])
    assert replies(smollm, ids, None, max_new_tokens=1) == [" King"]
    text = replies(smollm, ids, GuardLogitsProcessor(ban, ids.tolist()), max_new_tokens=8)[0]
    assert not emitted("Stephen" + text, [KING])


def test_a_name_in_the_prompt_bans_nothing_more(smollm: Any, ban: Ban) -> None:
    ids = torch.tensor([smollm.tokenizer.encode("Stephen King")])
    scores = torch.zeros(1, smollm.vocab_size)
    restricted = GuardLogitsProcessor(ban, ids.tolist())(ids, scores)
    assert torch.isfinite(restricted[0, smollm.tokenizer.encode(" lives")[0]])


def test_an_unrestricted_reply_is_the_same(smollm: Any, ban: Ban) -> None:
    ids = smollm.encode([{"role": "user", "content": "What is the capital of France?"}])
    assert replies(smollm, ids, GuardLogitsProcessor(ban, ids.tolist())) == replies(
        smollm, ids, None
    )


def test_the_raw_logits_tell_nothing_more(smollm: Any, ban: Ban) -> None:
    """``generate`` can return the logits before the processors; the banned token must not stand
    out there either."""
    ids = torch.tensor([smollm.tokenizer.encode("The Shining was written by Stephen")])
    king = smollm.tokenizer.encode(" King")[0]
    how: dict[str, Any] = {"max_new_tokens": 1, "do_sample": False}
    how |= {"return_dict_in_generate": True}
    how |= {"output_logits": True, "attention_mask": torch.ones_like(ids)}
    plain = smollm.model.generate(ids, **how)
    assert int(plain.logits[0][0].argmax()) == king
    processor = GuardLogitsProcessor(ban, ids.tolist())
    guarded = smollm.model.generate(ids, logits_processor=[processor], **how)
    assert torch.isneginf(guarded.logits[0][0, king])


def test_padded_logits_are_left_alone_and_missing_ones_refused(smollm: Any, ban: Ban) -> None:
    """Many models pad their vocabulary to a round number."""
    ids = torch.tensor([smollm.tokenizer.encode(" Stephen")])
    wide = torch.zeros(1, smollm.vocab_size + 64)
    restricted = GuardLogitsProcessor(ban, ids.tolist())(ids, wide)
    assert torch.isneginf(restricted[0, smollm.tokenizer.encode(" King")[0]])
    assert torch.equal(restricted[0, smollm.vocab_size :], torch.zeros(64))
    with pytest.raises(InvalidInput, match="the model has 10 logits"):
        GuardLogitsProcessor(ban, [[5]])(torch.tensor([[5]]), torch.zeros(1, 10))


def test_a_row_is_never_left_without_a_token(smollm: Any, ban: Ban) -> None:
    """When other processors left only what is banned, the text ends instead of turning to NaN."""
    tokenizer = smollm.tokenizer
    ids = torch.tensor([tokenizer.encode(" Stephen")])
    scores = torch.full((1, smollm.vocab_size), -torch.inf)
    scores[0, tokenizer.encode(" King")[0]] = 5.0
    processor = GuardLogitsProcessor(ban, ids.tolist(), eos_token_id=tokenizer.eos_token_id)
    restricted = processor(ids, scores)
    assert int(restricted.argmax()) == tokenizer.eos_token_id
    assert not torch.isnan(restricted.softmax(-1)).any()


def test_packed_rows_are_refused(ban: Ban) -> None:
    processor = GuardLogitsProcessor([ban, ban], [[5, 6], [5, 7]])
    with pytest.raises(UnsupportedGeneration, match="received 3 rows of ids and scores"):
        processor(torch.zeros((3, 1), dtype=torch.long), torch.zeros(3, 10))
    with pytest.raises(InvalidInput, match="received 1 bans for 2 prompts"):
        GuardLogitsProcessor([ban], [[5], [6]])


def test_noise_from_a_random_model_holds_no_phrase(tiny: Any) -> None:
    """A model that says anything at all, asked for short phrases that noise would hit."""
    letters = [Phrase(letter, whole_words=False) for letter in "aeiou"]
    ban = Ban(Vocabulary.from_tokenizer(tiny.tokenizer), letters)
    ids = torch.tensor([[5, 6, 7]] * 4)
    torch.manual_seed(1)
    out = tiny.model.generate(
        ids,
        attention_mask=torch.ones_like(ids),
        max_new_tokens=60,
        do_sample=True,
        logits_processor=[GuardLogitsProcessor(ban, ids.tolist())],
    )
    for text in tiny.tokenizer.batch_decode(out[:, 3:], skip_special_tokens=True):
        assert not emitted(text, letters)
