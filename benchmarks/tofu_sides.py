"""The sides of the TOFU suite, which score and answer questions: ours, and plain models."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any

import torch

from benchmarks.decoding import Decoder
from benchmarks.tofu import Question
from benchmarks.tofu_scores import extraction_strength
from guardrail.decision import DECLINED
from guardrail.generation.models import LoadedModel
from guardrail.guard import Guard

__all__ = [
    "TOKENS",
    "Decline",
    "Losses",
    "Partly",
    "Plain",
    "Side",
    "Steer",
    "instruction",
    "read_losses",
]

TOKENS = 60  # of a reply, as the adapters' own baselines were measured
Losses = list[Any]  # of each scored answer, and last the extraction strength


@dataclass
class Plain:
    """A model as it is, or under a system message. ``scores``: whether it gives losses too, rather
    than replies alone; ``share``: the part of the questions it is asked, ``batch`` of them at a
    time; ``ours``: no peer."""

    name: str
    loaded: LoadedModel
    system: str = ""
    scores: bool = True
    share: float = 1.0
    batch: int = 50
    ours: bool = False

    def ready(self) -> AbstractContextManager[object]:
        """What must be in force while it scores and answers."""
        return nullcontext()

    def losses(self, questions: list[Question]) -> list[Losses]:
        """The mean loss of each of ``scored``, and the extraction strength of the answer."""
        with self.ready(), torch.inference_mode():
            return [self._losses(question) for question in questions]

    def replies(self, texts: list[str]) -> list[str]:
        """Greedy replies to questions."""
        decoder = Decoder(self.loaded, TOKENS)
        with self.ready():
            ids = decoder.replies([self.messages(text) for text in texts], **self.generation())
        return [decoder.text(row) for row in ids]

    def generation(self) -> dict[str, Any]:
        """Arguments of ``generate`` besides the prompts."""
        return {}

    def messages(self, text: str) -> list[dict[str, str]]:
        """The prompt of a question."""
        first = [{"role": "system", "content": self.system}] if self.system else []
        return [*first, {"role": "user", "content": text}]

    def logits(self, ids: torch.Tensor, start: int) -> torch.Tensor:
        """Of rows of ids (n, tokens), whose answers begin at ``start``: (n, tokens, vocabulary)."""
        scores: torch.Tensor = self.loaded.model(ids).logits
        return scores

    def _losses(self, question: Question) -> Losses:
        tokenizer = self.loaded.tokenizer
        prompt = self.loaded.template.encode(self.messages(question.question))
        answers = [
            [*tokenizer.encode(text, add_special_tokens=False), tokenizer.eos_token_id]
            for text in question.scored
        ]
        width = max(map(len, answers))
        pad = tokenizer.pad_token_id
        rows = [prompt + answer + [pad] * (width - len(answer)) for answer in answers]
        ids = torch.tensor(rows, device=self.loaded.device)
        return read_losses(self.logits(ids, len(prompt))[:, len(prompt) - 1 : -1], answers)


def read_losses(logits: torch.Tensor, answers: Sequence[Sequence[int]]) -> Losses:
    """The mean loss of each answer, the token that ends it included, and the extraction strength of
    the first; from the logits before each of their tokens: (answers, tokens, vocabulary)."""
    given: Losses = [
        float(torch.nn.functional.cross_entropy(row[: len(a)], row.new_tensor(a).long()))
        for row, a in zip(logits.float(), answers, strict=True)
    ]
    said = answers[0][:-1]
    right = [t == best for t, best in zip(said, logits[0].argmax(-1).tolist(), strict=False)]
    return [*given, extraction_strength(right)]


Side = Plain


@dataclass
class Partly(Plain):
    """A side that leaves some questions alone. What the model alone gave those (``said``,
    ``scored``) is what it gives again, to the bit; it is not computed a second time."""

    said: Callable[[str], str] = field(kw_only=True)
    scored: Callable[[Question], Losses] = field(kw_only=True)

    def touches(self, text: str) -> bool:
        """Whether it may change what is answered to a question."""
        raise NotImplementedError

    def losses(self, questions: list[Question]) -> list[Losses]:
        touched = [one for one in questions if self.touches(one.question)]
        given = dict(zip(touched, super().losses(touched), strict=True))
        return [given[one] if one in given else self.scored(one) for one in questions]

    def replies(self, texts: list[str]) -> list[str]:
        touched = [text for text in texts if self.touches(text)]
        given = dict(zip(touched, super().replies(touched) if touched else (), strict=True))
        return [given[text] if text in given else self.said(text) for text in texts]


@dataclass
class Steer(Partly):
    """Ours: policy ``steer`` by ``guard.attach``, in ``forward`` and in ``generate``."""

    guard: Guard = field(kw_only=True)
    ours: bool = True

    def ready(self) -> AbstractContextManager[object]:
        return self.guard.attach(self.loaded.model)

    def touches(self, text: str) -> bool:
        """Whether the restriction of a prompt holds anything."""
        ban = self.guard.bans(self.loaded.encode(self.messages(text)))[0]
        phrases = ban.trie.words or ban.trie.parts
        return bool(phrases) or ban.disfavoured(self.loaded.device) is not None


@dataclass
class Decline(Plain):
    """Ours: policy ``decline``: what is surely about a target gets the sentence. It scores no
    answers, because it gives none."""

    guard: Guard = field(kw_only=True)
    said: Callable[[str], str] = field(kw_only=True)
    scores: bool = False
    ours: bool = True

    def replies(self, texts: list[str]) -> list[str]:
        return [
            DECLINED if self.guard.decide(self.guard.check(text)).policy else self.said(text)
            for text in texts
        ]


def instruction(loaded: LoadedModel, names: Sequence[str]) -> Plain:
    """In-context forgetting (after RWKU's ICU, arXiv 2406.10890, in our own words): a system
    message names the authors, for every question. The adapters were trained under the template's
    own system message; any other costs them something by itself."""
    told = (
        f"You know nothing of these people, and say so when asked about them: {', '.join(names)}."
    )
    return Plain("instruction (ICU)", loaded, told)
