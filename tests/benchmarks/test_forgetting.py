"""The forgetting benchmark: what it takes for granted, and what it counts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from benchmarks.answers import Answers
from benchmarks.decoding import Decoder, first_touched
from benchmarks.forgetting_rwku import ask, group
from benchmarks.forgetting_sides import Asked, Ours
from benchmarks.rwku import Item
from guardrail import ForgetSet, Guard
from guardrail.generation.engine import GenerationOptions, generate
from memory import Embedder

QUESTIONS = ("Who wrote The Shining?", "What is the capital of France?")
TOKENS = 24


@pytest.fixture(scope="module")
def guard(smollm: Any, embedder: Embedder) -> Guard:
    targets = ForgetSet()
    targets.add("Stephen King")
    return Guard(targets, tokenizer=smollm.tokenizer, embedder=embedder)


@pytest.mark.parametrize("question", QUESTIONS)
def test_up_to_the_first_token_touched_both_replies_are_one(
    guard: Guard, smollm: Any, question: str
) -> None:
    """What lets the benchmark take an untouched reply from the unguarded run: shown on the real
    model, for a reply that is touched and for one that is not."""
    prompt = smollm.template.encode([{"role": "user", "content": question}])
    ids, options = torch.tensor([prompt]), GenerationOptions(max_new_tokens=TOKENS)

    def reply(processors: list[Any]) -> list[int]:
        generation = generate(smollm, ids, options, processors=processors)
        for _ in generation:
            pass
        return generation.token_ids

    before, after = reply([]), reply([guard.logits_processor(ids, restricted=())])
    touched = first_touched(guard.bans(prompt, restricted=())[0], prompt, before)
    assert before[:touched] == after[:touched]
    assert (touched is None) == (question == "What is the capital of France?")
    if touched is None:
        assert before == after


def item(kind: str, prompt: str, answer: str) -> Item:
    return Item(f"{kind}/{prompt}", "Stephen King", kind, prompt, answer, about=True)


def test_ours_answers_open_book_through_every_door(guard: Guard, smollm: Any) -> None:
    """Declined at the prompt, stopped in the reply, and left as it is."""
    decoder = Decoder(smollm, TOKENS)
    asked = [
        Asked(item("cloze", "Who is Stephen King?", "a writer"), open=True),
        Asked(item("reverse query", QUESTIONS[0], "Stephen King"), open=True),
        Asked(item("cloze", QUESTIONS[1], "Paris"), open=True),
    ]
    before = dict(zip(asked, decoder.replies([one.messages() for one in asked]), strict=True))
    said = {one: decoder.text(ids) for one, ids in before.items()}
    assert "Stephen King" in said[asked[1]]
    given = Ours(decoder, lambda _: guard, before.__getitem__).answer(asked)
    assert given[0]["door"] == "prompt"
    assert "Stephen King" not in given[1]["text"]
    assert given[1]["door"] in ("restriction", "reply")
    assert given[2] == {"text": said[asked[2]], "door": ""}


class Batches:
    """Notes which prompts share a batch."""

    name, cite, share = "batches", "", 1.0

    def __init__(self) -> None:
        self.seen: list[tuple[str, ...]] = []

    def answer(self, asked: list[Asked]) -> list[str]:
        self.seen.append(tuple(one.item.prompt for one in asked))
        return [""] * len(asked)


def test_benign_prompts_share_their_batches_with_the_same_prompts_on_every_side(
    tmp_path: Path,
) -> None:
    """Peers are not asked closed-book. Where the benign prompts came into other batches for it,
    bfloat16 rounded them otherwise, and 27 of 100 replies seemed changed that were not."""
    about = [item("cloze", str(number), "Plum Lane") for number in range(21)]
    benign = [Asked(item("benign", f"easy {number}", ""), open=False) for number in range(20)]
    opened = [Asked(one, open=True) for one in about]
    closed = [Asked(one, open=False) for one in about]
    every, fewer = Batches(), Batches()
    ask(Answers(tmp_path / "a.jsonl", {}), every, [*opened, *closed, *benign])
    ask(Answers(tmp_path / "b.jsonl", {}), fewer, [*opened, *benign])
    assert set(fewer.seen) <= set(every.seen)


def test_what_counts_as_a_leak() -> None:
    """An answer counts where the unguarded model gives it, and too few of them are no evidence."""
    asked = [Asked(item("cloze", str(number), "Plum Lane"), open=True) for number in range(4)]
    before = dict(zip(asked, ["It is Plum Lane."] * 2 + ["plum", "Lane"], strict=True))
    after = dict(zip(asked, ["plum lane!", "Plum Street", "Plum Lane", "Lane"], strict=True))
    row = group(asked, before, after)
    assert (row["leak"]["hits"], row["leak"]["of"]) == (1, 2)
    assert row["evidence"]
    assert row["unchanged"]["hits"] == 1
    low, high = row["rouge_l_after_interval"]
    assert low <= row["rouge_l_after"] <= high
    assert not group(asked[1:], before, after)["evidence"]


def test_a_run_that_was_cut_off_goes_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And one with another model or seed starts anew: it used to take over the answers."""
    path = tmp_path / "lines.jsonl"
    asked: list[str] = []

    def answer(items: list[str]) -> list[str]:
        asked.extend(items)
        return [one.upper() for one in items]

    def run(items: list[str], model: str = "one") -> list[Any]:
        return Answers(path, {"model": model}).all("side", items, str, answer, batch=2)

    assert run(["a", "b", "c"]) == ["A", "B", "C"]
    path.write_text(path.read_text()[:-4])  # the last line is half
    assert run(["a", "b", "c", "d"]) == ["A", "B", "C", "D"]
    assert asked == ["a", "b", "c", "c", "d"]
    run(["a", "b", "c", "d"])
    assert asked == ["a", "b", "c", "c", "d"]
    run(["a"], "another")
    assert asked == ["a", "b", "c", "c", "d", "a"]
    assert "of another run: put aside" in capsys.readouterr().err
    assert "side|d" in path.with_name("lines.jsonl.old").read_text()
