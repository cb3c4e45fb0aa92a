"""A text-generation pipeline with a guard: each of its three steps does its part.

``preprocess`` puts the memory's prompt in the place of a chat's, ``_forward`` judges the prompts
and restricts what is decoded, ``postprocess`` checks the reply. So every input that a pipeline
takes (text, chats, lists, datasets) and every generation argument keep working.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import structlog
import torch
from transformers.pipelines.text_generation import ReturnType
from transformers.utils.chat_template_utils import Chat

from guardrail.attach import refuse_copy
from guardrail.decision import DECLINED, Decision
from guardrail.generation.engine import Piece
from guardrail.generation.models import wrap as loaded_from
from guardrail.guard import Guard
from guardrail.memory_link import memory as memory_package
from guardrail.release import Release
from guardrail.restriction.processor import GuardLogitsProcessor
from guardrail.scope import ScopeArguments
from guardrail.targets import Policy
from guardrail.tools import spoken

if TYPE_CHECKING:
    from memory import DualMemory

__all__ = ["Guarding", "guarded_type"]

_BUDGET = 3500  # tokens of a prompt that the memory composes
_REPLY = 256  # left for the reply where the window is smaller
_NOTHING_KNOWN = Decision(policy=Policy.DECLINE, answer=DECLINED)

log = structlog.get_logger(__name__)


@cache
def guarded_type(kind: type) -> type:
    """The guarded class of pipelines of a kind."""
    return type(f"Guarded{kind.__name__}", (_Guarded, kind), {})


class Guarding:
    """What a guarded pipeline asks: of prompts, of replies, and of the memory."""

    def __init__(
        self,
        guard: Guard,
        memory: DualMemory | None,
        scope: ScopeArguments,
        model: Any,
        tokenizer: Any,
    ) -> None:
        self.guard = guard
        self.tokenizer = tokenizer
        self._memory = memory
        self._scope = scope
        self._loaded = loaded_from(model, tokenizer)
        if memory is not None:
            memory.keep_out(guard.withhold)

    def decide(self, prompt: Any) -> Decision:
        """What becomes of a prompt: text, or a ``Chat``. An error in a check declines."""
        try:
            given: Any = prompt.messages if isinstance(prompt, Chat) else prompt
            return self.guard.decide(self.guard.check(given))
        except Exception as error:  # noqa: BLE001 - an error in a check withholds
            log.error("detection failed; the prompt is declined", error=type(error).__name__)
            return _NOTHING_KNOWN

    def processor(self, ids: torch.Tensor, decisions: Sequence[Decision]) -> GuardLogitsProcessor:
        """The restriction of rows (batch, n), each as its own decision says."""
        rows = ids.tolist()
        bans = [
            self.guard.bans(row, restricted=decision.restricted)[0]
            for row, decision in zip(rows, decisions, strict=True)
        ]
        return GuardLogitsProcessor(bans, rows, eos_token_id=self.tokenizer.eos_token_id)

    def checked(self, prompt: Any, said: str, decision: Decision) -> str:
        """A reply as it may be shown."""
        if decision.answer is not None:
            return decision.answer
        if not len(self.guard.forget_set):
            return said
        there: Any = _Said(said)
        release = Release(
            self.guard,
            _question(prompt),
            lambda *_: there,
            restricted=decision.restricted,
            tries=1,
        )
        for _ in release.run():
            pass
        return release.text

    def remembered(self, chat: Chat) -> Chat:
        """The chat that the memory composes for its last message; the chat itself without one."""
        if self._memory is None or chat.messages[-1].get("role") != "user":
            return chat
        system = [str(m["content"]) for m in chat.messages if m["role"] == "system"]
        window = self._loaded.window
        prompt = self._memory.compose(
            _question(chat),
            system="\n\n".join(system),
            budget=min(_BUDGET, max(window - _REPLY, window // 2)),
            count_tokens=self._loaded.count,
            withhold=self.guard.withhold,
            **self._scope,
        )
        composed: Any = prompt.messages
        return Chat(composed)

    def store(self, prompt: Any, reply: str) -> None:
        """Both sides of the turn, where there is a memory and the prompt was a turn."""
        if self._memory is None or not isinstance(prompt, Chat):
            return
        if prompt.messages[-1].get("role") == "user":
            new = memory_package.NewTurn
            turn = [new(role="user", text=_question(prompt)), new(role="assistant", text=reply)]
            self._memory.add_turns(turn, **self._scope)


class _Guarded:
    """The steps of a pipeline, in front of those of its own class."""

    guarding: Guarding
    __deepcopy__ = __reduce_ex__ = refuse_copy

    def __copy__(self) -> Any:
        """Another pipeline with the same guard, model and memory."""
        made = type(self).__new__(type(self))
        vars(made).update(vars(self))
        return made

    def preprocess(self, prompt_text: Any, *arguments: Any, **settings: Any) -> Any:
        shown = prompt_text
        if isinstance(prompt_text, Chat):
            shown = self.guarding.remembered(prompt_text)
        inputs = super().preprocess(shown, *arguments, **settings)  # type: ignore[misc]
        inputs["prompt_text"] = prompt_text
        return inputs

    def _forward(self, model_inputs: Any, **generation: Any) -> Any:
        given = model_inputs["prompt_text"]
        prompts = given if isinstance(given, list) else [given]
        decisions = [self.guarding.decide(prompt) for prompt in prompts]
        streamer = generation.pop("streamer", None)
        ids = model_inputs["input_ids"]
        if all(decision.answer is not None for decision in decisions):
            copies = generation.get("num_return_sequences") or 1
            outputs = {
                "generated_sequence": ids[:, None].expand(-1, copies, -1),
                "input_ids": ids,
                "prompt_text": model_inputs.pop("prompt_text"),
            }
        else:
            theirs = generation.pop("logits_processor", None) or ()
            ours = self.guarding.processor(ids, decisions)
            outputs = super()._forward(  # type: ignore[misc]
                model_inputs, logits_processor=[*theirs, ours], **generation
            )
        return {**outputs, "decision": decisions, "streamer": [streamer] * len(decisions)}

    def postprocess(
        self,
        model_outputs: Any,
        return_type: ReturnType = ReturnType.FULL_TEXT,
        **settings: Any,
    ) -> Any:
        outputs = dict(model_outputs)
        decision, streamer = _one(outputs.pop("decision")), _one(outputs.pop("streamer"))
        records = super().postprocess(outputs, return_type, **settings)  # type: ignore[misc]
        prompt, start = outputs["prompt_text"], outputs["input_ids"].shape[-1]
        checked = [
            _Record(record, prompt, start, return_type).checked(self.guarding, decision)
            for record in records
        ]
        reply = checked[0].said(self.guarding.tokenizer)
        self.guarding.store(prompt, reply)
        if streamer is not None:
            _stream(streamer, outputs["input_ids"], reply, self.guarding.tokenizer)
        return [one.record for one in checked]


@dataclass(frozen=True, slots=True)
class _Record:
    """One record of a pipeline; what was said stands after the prompt, or in its last message."""

    record: dict[str, Any]
    prompt: Any
    start: int
    kind: ReturnType

    def checked(self, guarding: Guarding, decision: Decision) -> _Record:
        """The record with the reply as it may be shown; scores of another text go."""
        said = self.said(guarding.tokenizer)
        shown = guarding.checked(self.prompt, said, decision)
        if shown == said and self._rest_is_clear(guarding, decision):
            return self
        return _Record(self._with(shown, guarding.tokenizer), self.prompt, self.start, self.kind)

    def said(self, tokenizer: Any) -> str:
        """The text of the reply."""
        if self.kind is ReturnType.TENSORS:
            ids = self.record["generated_token_ids"][self.start :]
            return str(tokenizer.decode(ids, skip_special_tokens=True))
        text = self.record["generated_text"]
        if isinstance(text, list):
            return str(text[-1].get("content") or "")
        full = self.kind is ReturnType.FULL_TEXT and isinstance(self.prompt, str)
        return str(text[len(self.prompt) :] if full else text)

    def _rest_is_clear(self, guarding: Guarding, decision: Decision) -> bool:
        """What a message has beside its text, such as calls of tools, is read as text too."""
        text = self.record.get("generated_text")
        if not isinstance(text, list):
            return True
        rest = {k: v for k, v in text[-1].items() if k not in ("role", "content")}
        return all(guarding.checked(self.prompt, one, decision) == one for one in spoken(rest))

    def _with(self, shown: str, tokenizer: Any) -> dict[str, Any]:
        if self.kind is ReturnType.TENSORS:
            prompt = self.record["generated_token_ids"][: self.start]
            said = tokenizer.encode(shown, add_special_tokens=False)
            return {"generated_token_ids": [*prompt, *said]}
        text = self.record["generated_text"]
        if isinstance(text, list):
            return {"generated_text": [*text[:-1], {"role": text[-1]["role"], "content": shown}]}
        full = self.kind is ReturnType.FULL_TEXT and isinstance(self.prompt, str)
        return {"generated_text": self.prompt + shown if full else shown}


class _Said:
    """A reply that is there already, as a generation."""

    finish_reason = "stop"
    stopped_at = ""

    def __init__(self, text: str) -> None:
        self._text = text

    def __iter__(self) -> Iterator[Piece]:
        yield Piece(self._text, ())

    def cancel(self) -> None:
        """Nothing is under way."""


def _one(value: Any) -> Any:
    """The value of one input: a pipeline takes lists apart only where it made a batch."""
    return value[0] if isinstance(value, list) else value


def _question(prompt: Any) -> str:
    """What is asked: the text, or a chat's last message of the user."""
    if not isinstance(prompt, Chat):
        return str(prompt)
    asked: Mapping[str, Any] = next(
        (m for m in reversed(prompt.messages) if m["role"] == "user"), prompt.messages[-1]
    )
    content = asked.get("content")
    parts = content if isinstance(content, list) else [{"text": content}]
    return "\n".join(str(part["text"]) for part in parts if part.get("text"))


def _stream(streamer: Any, prompt: torch.Tensor, reply: str, tokenizer: Any) -> None:
    """The checked reply to a streamer of ``generate``."""
    streamer.put(prompt)
    for token in tokenizer.encode(reply, add_special_tokens=False):
        streamer.put(torch.tensor([token]))
    streamer.end()
