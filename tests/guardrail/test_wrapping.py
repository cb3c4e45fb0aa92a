"""``wrap``: the same types and the same calls, with a guard and if asked a memory."""

from __future__ import annotations

import copy
import io
import pickle
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import GenerationConfig, LogitsProcessor, TextStreamer, pipeline
from transformers.pipelines.text_generation import ReturnType, TextGenerationPipeline
from transformers.utils.chat_template_utils import Chat

import guardrail
from guardrail.decision import DECLINED
from guardrail.errors import CopyRefused, InvalidInput
from guardrail.guard import Guard
from guardrail.pipelines import _Record
from memory import DualMemory

NAME = "Zanoni Quell"
ABOUT = f"Who is {NAME}?"
OTHER = "How do tides work?"
SHORT: dict[str, Any] = {"max_new_tokens": 8, "do_sample": False}


def chat(text: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": text}]


@pytest.fixture(scope="module")
def plain(tiny: Any) -> Any:
    return pipeline("text-generation", model=tiny.model, tokenizer=tiny.tokenizer)


@pytest.fixture(scope="module")
def pipe(plain: Any) -> Any:
    return guardrail.wrap(plain, forget=[NAME])


def test_the_type_is_kept_and_the_original_is_left_alone(plain: Any, pipe: Any) -> None:
    assert isinstance(pipe, TextGenerationPipeline)
    assert isinstance(pipe, type(plain))
    assert type(plain) is TextGenerationPipeline
    assert pipe.model is plain.model


@pytest.mark.parametrize(
    ("prompt", "settings"),
    [
        (OTHER, {}),
        (OTHER, {"return_full_text": False}),
        (chat(OTHER), {}),
        (chat(OTHER), {"return_full_text": False}),
        ([OTHER, "Name a colour."], {}),
        ([chat(OTHER), chat("Name a colour.")], {"batch_size": 2}),
        ([*chat(OTHER), {"role": "assistant", "content": "Tides are"}], {}),
        (OTHER, {"num_return_sequences": 2, "num_beams": 2}),
        (OTHER, {"return_tensors": True}),
    ],
)
def test_everything_else_is_answered_as_before(
    plain: Any, pipe: Any, prompt: Any, settings: dict[str, Any]
) -> None:
    assert pipe(prompt, **SHORT, **settings) == plain(prompt, **SHORT, **settings)


def test_a_declined_prompt_in_every_shape(pipe: Any, tiny: Any) -> None:
    assert pipe(ABOUT, **SHORT) == [{"generated_text": ABOUT + DECLINED}]
    assert pipe(ABOUT, return_full_text=False, **SHORT) == [{"generated_text": DECLINED}]
    (answer,) = pipe(chat(ABOUT), **SHORT)
    assert answer["generated_text"][-1] == {"role": "assistant", "content": DECLINED}
    ids = pipe(ABOUT, return_tensors=True, **SHORT)[0]["generated_token_ids"]
    assert tiny.tokenizer.decode(ids) == ABOUT + DECLINED
    both = pipe(ABOUT, num_return_sequences=2, num_beams=2, **SHORT)
    assert [one["generated_text"] for one in both] == [ABOUT + DECLINED] * 2


def test_a_batch_is_judged_row_by_row(plain: Any, pipe: Any) -> None:
    prompts = [chat(OTHER), chat(ABOUT), chat("Name a colour.")]
    first, second, third = pipe(prompts, batch_size=3, **SHORT)
    assert second[0]["generated_text"][-1]["content"] == DECLINED
    alone = plain([prompts[0], prompts[1], prompts[2]], batch_size=3, **SHORT)
    assert [first, third] == [alone[0], alone[2]]


def test_a_name_that_is_pushed_does_not_come_out(pipe: Any, plain: Any, tiny: Any) -> None:
    ids = tiny.tokenizer.encode(f" {NAME}", add_special_tokens=False)

    class Push(LogitsProcessor):
        def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
            said = input_ids[0].tolist()
            best = max((n for n in range(len(ids)) if n == 0 or said[-n:] == ids[:n]), default=0)
            return scores.index_fill(1, torch.tensor([ids[best]]), 1e4)

    push = {"logits_processor": [Push()], **SHORT}
    assert NAME in plain(OTHER, **push)[0]["generated_text"]
    assert NAME not in pipe(OTHER, **push)[0]["generated_text"]


def test_a_sentence_that_fails_is_replaced_with_all_after_it(
    plain: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipe = guardrail.wrap(plain, forget=[NAME])
    monkeypatch.setattr(type(pipe.guarding.guard), "allows", lambda *_: (False, ()))
    (answer,) = pipe(OTHER, return_full_text=False, **SHORT)
    assert answer["generated_text"] == DECLINED


def test_an_error_in_a_check_declines(plain: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    pipe = guardrail.wrap(plain, forget=[NAME])

    def broken(*_: Any) -> Any:
        raise ZeroDivisionError

    monkeypatch.setattr(type(pipe.guarding.guard), "check", broken)
    assert pipe(OTHER, return_full_text=False, **SHORT)[0]["generated_text"] == DECLINED


def test_a_pattern_is_blacked_out(plain: Any) -> None:
    targets = guardrail.ForgetSet()
    targets.add("addresses", patterns=["email"])
    pipe = guardrail.wrap(plain, forget=targets)
    shown = pipe.guarding.checked(
        OTHER, "Write to ann@example.org today.", pipe.guarding.decide("x")
    )
    assert "ann@example.org" not in shown
    assert shown.startswith("Write to ")


@pytest.mark.parametrize(
    ("arguments", "kept"),
    [
        ({"query": NAME}, False),
        ('{"query": "Zanoni \\u0051uell"}', False),
        ({"first": "Zanoni", "last": "Quell"}, False),
        ({"query": "tides"}, True),
    ],
)
def test_a_call_of_a_tool_is_read_as_it_decodes(pipe: Any, arguments: Any, kept: bool) -> None:
    call = {"function": {"name": "search", "arguments": arguments}}
    message = {"role": "assistant", "content": "Wait.", "tool_calls": [call]}
    record = {"generated_text": [*chat(OTHER), message]}
    asked: Any = chat(OTHER)
    made = _Record(record, Chat(asked), 0, ReturnType.FULL_TEXT)
    shown = made.checked(pipe.guarding, pipe.guarding.decide(OTHER))
    assert ("tool_calls" in shown.record["generated_text"][-1]) is kept


def test_a_streamer_gets_what_is_shown(pipe: Any, capsys: pytest.CaptureFixture[str]) -> None:
    streamer = TextStreamer(pipe.tokenizer, skip_prompt=True)
    pipe(chat(ABOUT), streamer=streamer, **SHORT)
    assert capsys.readouterr().out.strip() == DECLINED


def test_a_chat_is_remembered(plain: Any, tmp_path: Path) -> None:
    with DualMemory(tmp_path / "memory.db") as memory:
        pipe = guardrail.wrap(plain, forget=[NAME], memory=memory, user="ann")
        system = {"role": "system", "content": "Be brief."}
        (told,) = pipe([system, *chat("My dog is called Biscuit.")], **SHORT)
        reply = told["generated_text"][-1]["content"]
        turns = memory.turns(user="ann", conversation="default")
        assert [turn.text for turn in turns] == ["My dog is called Biscuit.", reply]
        seen: list[str] = []
        real = pipe.tokenizer.apply_chat_template

        def spy(messages: Any, **arguments: Any) -> Any:
            seen.append(str(messages))
            return real(messages, **arguments)

        pipe.tokenizer.apply_chat_template = spy
        try:
            (asked,) = pipe([system, *chat("What is my dog called?")], **SHORT)
        finally:
            del pipe.tokenizer.apply_chat_template
        assert any("Biscuit" in prompt and "Be brief." in prompt for prompt in seen)
        assert asked["generated_text"][:2] == [system, *chat("What is my dog called?")]
        pipe(OTHER, **SHORT)
        assert len(memory.turns(user="ann", conversation="default")) == 4


def test_a_model_becomes_the_answer_of_the_policy(tiny: Any) -> None:
    tokenizer = tiny.tokenizer
    texts = [
        tokenizer.apply_chat_template(chat(t), tokenize=False, add_generation_prompt=True)
        for t in (OTHER, ABOUT)
    ]
    inputs = tokenizer(texts, return_tensors="pt", padding=True, padding_side="left")
    before = tiny.model.generate(**inputs, max_new_tokens=30, do_sample=False)
    model = guardrail.wrap(tiny.model, forget=[NAME], tokenizer=tokenizer)
    assert model is tiny.model
    try:
        settings = GenerationConfig(max_new_tokens=30, do_sample=False)
        said = model.generate(inputs["input_ids"][1:], settings)[0, inputs["input_ids"].shape[1] :]
        assert tokenizer.decode(said, skip_special_tokens=True) == DECLINED
        for beams in (1, 2):
            after = model.generate(**inputs, max_new_tokens=30, do_sample=False, num_beams=beams)
            start = inputs["input_ids"].shape[1]
            said = tokenizer.batch_decode(after[:, start:], skip_special_tokens=True)
            assert said[1] == DECLINED
            if beams == 1:
                assert after[0].tolist()[:start] == before[0].tolist()[:start]
                assert said[0] == tokenizer.decode(before[0, start:], skip_special_tokens=True)
    finally:
        del model.generate, model.forward
        vars(model).pop("generate_batch", None)


def test_what_cannot_be_wrapped(tiny: Any, pipe: Any, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="a guard already"):
        guardrail.wrap(pipe, forget=[NAME])
    with pytest.raises(InvalidInput, match="received a str"):
        guardrail.wrap("gpt2")
    with pytest.raises(InvalidInput, match="tokenizer"):
        guardrail.wrap(tiny.model, forget=[NAME])
    with pytest.raises(InvalidInput, match="pipeline"):
        guardrail.wrap(tiny.model, tokenizer=tiny.tokenizer, memory=tmp_path / "memory.db")


@pytest.mark.parametrize(
    "copied",
    [copy.deepcopy, pickle.dumps, lambda x: torch.save(x, io.BytesIO())],
)
def test_no_copy_comes_without_its_guard(plain: Any, pipe: Any, tiny: Any, copied: Any) -> None:
    """It says what to do instead, and at once: not after the weights have been copied."""
    with pytest.raises(CopyRefused, match="before a guard is put on it"):
        copied(pipe)
    attached = Guard(tokenizer=tiny.tokenizer).attach(tiny.model)
    try:
        with pytest.raises(CopyRefused, match="save_pretrained"):
            copied(tiny.model)
    finally:
        attached.detach()
    copied(tiny.model)  # taken off, nothing is left of it


def test_a_shallow_copy_and_what_is_saved(pipe: Any, tmp_path: Path) -> None:
    """The one has the same guard; the other is the model as it is, to be wrapped where it is
    loaded."""
    (answer,) = copy.copy(pipe)(chat(ABOUT), **SHORT)
    assert answer["generated_text"][-1]["content"] == DECLINED
    pipe.save_pretrained(tmp_path)
    loaded = pipeline("text-generation", model=str(tmp_path))
    assert "generate" not in vars(loaded.model)
    (answer,) = guardrail.wrap(loaded, forget=[NAME])(chat(ABOUT), **SHORT)
    assert answer["generated_text"][-1]["content"] == DECLINED
