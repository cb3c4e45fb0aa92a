"""TOFU: invented authors that a model was tuned on, withheld from it by the guard.

    python -m benchmarks.forgetting --suite tofu --data TOFU --adapter ADAPTERS [--json F]

``ADAPTERS`` holds two LoRA adapters of the model: ``full``, tuned on the authors to be forgotten
and on others, and ``retain``, tuned on the others alone: the model that never learnt. The owner of
the forget set gives each author's own questions and answers; what is asked is their paraphrases.
``even`` and ``odd`` in the figures are the authors by number: settings were chosen on the even ones
and are reported on the odd ones too.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

from benchmarks import tofu
from benchmarks.answers import Answers, depends_on
from benchmarks.scores import mean
from benchmarks.tofu import Question
from benchmarks.tofu_scores import Scored, forget_quality, rouge, truth_ratio, utility
from benchmarks.tofu_show import show
from benchmarks.tofu_sides import TOKENS, BadWords, Decline, Plain, Side, Steer, instruction
from guardrail.generation.models import LoadedModel, load
from guardrail.guard import Guard
from guardrail.targets import ForgetSet, Policy
from memory import default_embedder

__all__ = ["run"]

_LIMIT = 100  # questions of each split
_BATCH = 20
_UNGUARDED, _RETAIN = "unguarded", "retain model"
Data = dict[str, list[Question]]


def run(arguments: argparse.Namespace) -> dict[str, Any]:
    """The figures of every side."""
    import torch

    torch.manual_seed(arguments.seed)
    limit = None if arguments.full else arguments.limit or _LIMIT
    data = {name: tofu.sample(tofu.read(arguments.data, name), limit) for name in tofu.SPLITS}
    runs = _Runs(data, Answers(arguments.lines, depends_on(arguments, TOKENS)))
    runs.add(Plain(_RETAIN, _load(arguments, "retain")), only=("forget",))
    full = _load(arguments, "full")
    runs.add(Plain(_UNGUARDED, full))
    for side in _guarded(arguments, full, runs):
        if arguments.peers is None or side.name in arguments.peers.split(","):
            runs.add(side)
    figures = {
        "suite": "tofu",
        "model": full.name,
        "questions": {name: len(questions) for name, questions in data.items()},
        "sides": {name: runs.figures(name) for name in runs.sides},
    }
    show(figures)
    return figures


def _load(arguments: argparse.Namespace, adapter: str) -> LoadedModel:
    from peft import PeftModel

    loaded = load(arguments.model, device=arguments.device)
    tuned: Any = PeftModel.from_pretrained(loaded.model, str(arguments.adapter / adapter))
    loaded.model = tuned.merge_and_unload().eval()
    return loaded


def _guarded(arguments: argparse.Namespace, full: LoadedModel, runs: _Runs) -> list[Side]:
    known = tofu.read(arguments.data, "forget")
    embedder = default_embedder()

    def guard(policy: Policy) -> Guard:
        targets = ForgetSet(tofu.targets(known, policy))
        return Guard(
            targets,
            tokenizer=full.tokenizer,
            vocab_size=full.vocab_size,
            embedder=embedder,
        )

    named = tofu.targets(known, Policy.DECLINE)
    return [
        Steer("steer", full, guard=guard(Policy.STEER), said=runs.said, scored=runs.scored),
        Decline("decline", full, guard=guard(Policy.DECLINE), said=runs.said),
        BadWords("bad-words list", full, targets=named),
        instruction(full, named),
    ]


class _Runs:
    """What each side scored and answered."""

    def __init__(self, data: Data, answers: Answers) -> None:
        self._data = data
        self._answers = answers
        self._scored: dict[str, dict[str, list[Scored]]] = {}
        self._said: dict[str, dict[str, str]] = {}
        self._losses: dict[str, dict[Question, list[Any]]] = defaultdict(dict)
        self.sides: dict[str, Side] = {}

    def add(self, side: Side, only: Sequence[str] = tuple(tofu.SPLITS)) -> None:
        """Let a side score and answer the questions of these splits."""
        self.sides[side.name] = side
        asked = {name: self._data[name] for name in only}
        texts = [text for name in asked for text in self._texts(name)]
        replies = self._answers.all(f"{side.name}|said", texts, str, side.replies, _BATCH)
        self._said[side.name] = dict(zip(texts, replies, strict=True))
        self._scored[side.name] = (
            {name: self._score(side, questions) for name, questions in asked.items()}
            if side.scores
            else {}
        )

    def said(self, text: str) -> str:
        """What the unguarded model replied."""
        return self._said[_UNGUARDED][text]

    def scored(self, question: Question) -> list[Any]:
        """The losses that the unguarded model gave a question."""
        return self._losses[_UNGUARDED][question]

    def _texts(self, split: str) -> list[str]:
        """As the authors asked, and for what is to be forgotten also in other words."""
        questions = self._data[split]
        again = [one.asked for one in questions] if split == "forget" else []
        return list(dict.fromkeys([*(one.question for one in questions), *again]))

    def _score(self, side: Side, questions: list[Question]) -> list[Scored]:
        given = self._answers.all(
            f"{side.name}|losses", questions, lambda one: one.key, side.losses, _BATCH
        )
        self._losses[side.name] |= dict(zip(questions, given, strict=True))
        return [Scored.of(one, self._losses[side.name][one]) for one in questions]

    def figures(self, side: str) -> dict[str, Any]:
        """Of one side: on the authors to be forgotten, on all of them and on either half; and the
        utility of the rest. A side that scores nothing has ROUGE-L only."""
        halves: dict[str, Callable[[Question], bool]] = {
            "all": lambda one: True,
            "even": lambda one: one.author % 2 == 0,
            "odd": lambda one: one.author % 2 == 1,
        }
        found: dict[str, Any] = {n: self._forgotten(side, half) for n, half in halves.items()}
        if len(self._said[side]) > len(self._texts("forget")):
            found |= self._kept(side)
        return found

    def _forgotten(self, side: str, half: Callable[[Question], bool]) -> dict[str, Any]:
        questions = [one for one in self._data["forget"] if half(one)]
        said = self._said[side]
        found: dict[str, Any] = {
            "questions": len(questions),
            "rouge_l": mean([rouge(one.answer, said[one.question]) for one in questions]),
            "rouge_l_paraphrased": mean([rouge(one.answer, said[one.asked]) for one in questions]),
        }
        if self._scored[side]:
            ours, never = (self._half(name, half) for name in (side, _RETAIN))
            ratios = truth_ratio(ours)
            found |= {
                "probability": mean([one.probability for one in ours]),
                "truth_ratio": mean([min(r, 1 / r) for r in ratios.tolist()]),
                "truth_ratio_median": mean([float(sorted(ratios)[len(ratios) // 2])]),
                "extraction_strength": mean([one.strength for one in ours]),
                "forget_quality": forget_quality(ours, never),
            }
        return found

    def _half(self, side: str, half: Callable[[Question], bool]) -> list[Scored]:
        pairs = zip(self._data["forget"], self._scored[side]["forget"], strict=True)
        return [scored for question, scored in pairs if half(question)]

    def _kept(self, side: str) -> dict[str, Any]:
        """Model utility and its nine parts. What scores nothing leaves scores as they were."""
        scored = self._scored[side] or self._scored[_UNGUARDED]
        parts: dict[str, float] = {}
        for split in ("retain", "real_authors", "world_facts"):
            rows, said = scored[split], self._said[side]
            chances = [r.probability if split == "retain" else r.among_options for r in rows]
            parts |= {
                f"{split}_probability": sum(chances) / len(rows),
                f"{split}_rouge_l": sum(
                    rouge(one.answer, said[one.question]) for one in self._data[split]
                )
                / len(rows),
                f"{split}_truth_ratio": sum(max(0.0, 1 - r) for r in truth_ratio(rows).tolist())
                / len(rows),
            }
        return {"utility": round(utility(list(parts.values())), 4)} | {
            name: round(value, 4) for name, value in parts.items()
        }
