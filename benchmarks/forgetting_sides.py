"""The sides of the forgetting benchmark: what answers a question, ours and each peer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import torch

from benchmarks.decoding import Decoder, Replay, first_touched
from benchmarks.rwku import Item
from guardrail.detection import Verdict
from guardrail.generation.engine import GenerationOptions, generate
from guardrail.guard import Guard
from guardrail.release import Release
from guardrail.restriction.phrases import Phrase

__all__ = ["Asked", "Ours", "Side", "Unguarded"]

# The form in which a model of 135 million parameters takes an answer from its system message: nine
# in ten, where eight other wordings that were tried gave one in four.
_BOOK = (
    "Example:\nUser: {question}\nAssistant: The answer is {answer}.\n\nAnswer as in the example."
)


@dataclass(frozen=True, slots=True)
class Asked:
    """An item asked with the answer in the system message (``open``) or without it."""

    item: Item
    open: bool

    @property
    def key(self) -> str:
        """What tells this question from every other."""
        return f"{'open' if self.open else 'closed'}/{self.item.id}"

    def messages(self, system: str = "") -> list[dict[str, str]]:
        """The prompt, ``system`` before what the book says."""
        if self.open:
            book = _BOOK.format(question=self.item.prompt, answer=self.item.answer)
            system = f"{system}\n\n{book}".strip()
        first = [{"role": "system", "content": system}] if system else []
        return [*first, {"role": "user", "content": self.item.prompt}]


class Side(Protocol):
    """Something that answers. ``share`` is the part of the sample it is asked: less than 1 for
    what takes several times as long."""

    name: str
    cite: str
    share: float

    def answer(self, asked: list[Asked]) -> list[Any]:
        """A reply to each, as text, or as the unguarded side keeps it."""


@dataclass
class Unguarded:
    """The model alone. Its answers are token ids: what others leave as it is comes from them."""

    decoder: Decoder
    name: str = "no guard"
    cite: str = ""
    share: float = 1.0

    def answer(self, asked: list[Asked]) -> list[list[int]]:
        """Greedy replies, as ids."""
        return self.decoder.replies([one.messages() for one in asked])


@dataclass
class Ours:
    """This library: the checks of a prompt, generation under restriction, the checks of a reply.

    The answer is put into the system message after the checks of the prompt, as the issue of the
    benchmark asks. ``guard_for`` gives the guard whose detector has not seen that person;
    ``before`` the unguarded reply as ids, which is only decoded anew from where the restriction
    touches it (``first_touched``). Both checks can be left out, to see what each adds.
    """

    decoder: Decoder
    guard_for: Callable[[Item], Guard]
    before: Callable[[Asked], Sequence[int]]
    name: str = "ours"
    cite: str = ""
    share: float = 1.0
    sampling: Mapping[str, Any] = field(default_factory=dict)
    prompt_check: bool = True
    sentence_check: bool = True

    def answer(self, asked: list[Asked]) -> list[dict[str, Any]]:
        """The text shown, and at which door the reply was changed, if at one."""
        return [self._one(one) for one in asked]

    def _one(self, asked: Asked) -> dict[str, Any]:
        guard = self.guard_for(asked.item)
        verdict = guard.check(asked.item.prompt) if self.prompt_check else Verdict()
        decision = guard.decide(verdict)
        if decision.answer is not None:
            return {"text": decision.answer, "door": "prompt"}
        release = self.release(guard, asked, decision.restricted, self.before(asked))
        for _ in release.run():
            pass
        unchanged = release.text.strip() == self.decoder.text(self.before(asked))
        door = "reply" if release.withheld else "" if unchanged else "restriction"
        return {"text": release.text.strip(), "door": door}

    def release(
        self, guard: Guard, asked: Asked, restricted: tuple[str, ...], before: Sequence[int]
    ) -> Release:
        """One reply on its way out, from the ids of the unguarded one."""
        prompt = self.decoder.loaded.template.encode(asked.messages())

        def start(shown: str, now: tuple[str, ...], extra: tuple[Phrase, ...]) -> Any:
            return self._start(guard, prompt, [] if shown else before, shown, now, extra)

        return Release(
            guard, asked.item.prompt, start, restricted=restricted, check=self.sentence_check
        )

    def _start(
        self,
        guard: Guard,
        prompt: list[int],
        before: Sequence[int],
        shown: str,
        restricted: tuple[str, ...],
        extra: tuple[Phrase, ...],
    ) -> Any:
        loaded = self.decoder.loaded
        head: list[int] = []
        left = self.decoder.tokens
        if shown:
            said = loaded.tokenizer.encode(shown, add_special_tokens=False)
            prompt, left = prompt + said, left - len(said)
        else:
            (ban,) = guard.bans(prompt, restricted=restricted, extra=extra)
            touched = first_touched(ban, prompt, before)
            if touched is None:
                return Replay(loaded.tokenizer, before)
            head = list(before[:touched])
            left -= touched
        processor = guard.logits_processor(prompt, restricted=restricted, extra=extra)
        ids = torch.tensor([prompt + head], device=loaded.device)
        options = GenerationOptions(max_new_tokens=max(1, left), **self.sampling)
        return Replay(
            loaded.tokenizer, head, generate(loaded, ids, options, processors=[processor])
        )
