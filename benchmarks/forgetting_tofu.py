"""TOFU: invented authors that a model was tuned on, withheld from it by the guard.

    python -m benchmarks.forgetting --suite tofu --data TOFU --adapter ADAPTERS [--json F]

``ADAPTERS`` holds two LoRA adapters of the model: ``full``, tuned on the authors to be forgotten
and on others, and ``retain``, tuned on the others alone: the model that never learnt. The owner of
the forget set gives each author's own questions and answers; what is asked is their paraphrases.
``even`` and ``odd`` in the figures are the authors by number: settings were chosen on the even ones
and are reported on the odd ones too.

A reply is right that has at least half of the answer's words in their order (ROUGE-L recall of .5).
Where the unguarded model is right less than half the time, its questions are no evidence of
forgetting or of anything kept, and their rows say so.
"""

from __future__ import annotations

import argparse
from typing import Any

from benchmarks import tofu
from benchmarks.answers import Answers, depends_on
from benchmarks.detection_tofu import tofu_people
from benchmarks.kept_vectors import KeptVectors
from benchmarks.peers.hidden_states import HiddenStates
from benchmarks.tofu_figures import RIGHT, change, gap, side_figures
from benchmarks.tofu_peers import fold_owners, peers
from benchmarks.tofu_runs import RETAIN, UNGUARDED, Data, Runs
from benchmarks.tofu_show import show
from benchmarks.tofu_sides import TOKENS, Decline, Plain, Side, Steer
from guardrail.generation.models import LoadedModel, load
from guardrail.guard import Guard
from guardrail.targets import ForgetSet, Policy
from memory import default_embedder

__all__ = ["headline", "run"]

_LIMIT = 100  # questions of each split


def run(arguments: argparse.Namespace) -> dict[str, Any]:
    """The figures of every side."""
    import torch

    torch.manual_seed(arguments.seed)
    limit = None if arguments.full else arguments.limit or _LIMIT
    data = {name: tofu.sample(tofu.read(arguments.data, name), limit) for name in tofu.SPLITS}
    answers = Answers(arguments.lines, depends_on(arguments, TOKENS))
    runs = Runs(data, answers, arguments.seed)
    runs.add(Plain(RETAIN, _load(arguments, "retain")), only=("forget",))
    full = _load(arguments, "full")
    runs.add(Plain(UNGUARDED, full))
    for side in [*_ours(arguments, full, runs), *_peers(arguments, full, runs, data)]:
        if side.ours or arguments.peers is None or side.name in arguments.peers.split(","):
            runs.add(side)
    figures = {
        "suite": "tofu",
        "model": full.name,
        "seed": arguments.seed,
        "settings": {"limit": limit, "tokens": TOKENS, "dtype": str(full.model.dtype)}
        | {"right_from": RIGHT, "shares": {name: s.share for name, s in runs.sides.items()}},
        "questions": {name: len(questions) for name, questions in data.items()},
        "sides": {name: side_figures(runs, name) for name in runs.sides},
    }
    show(figures)
    return headline(figures, runs)


def headline(figures: dict[str, Any], runs: Runs) -> dict[str, Any]:
    """The figures with those of ``steer`` at the top, of ``decline`` beside them; ``paraphrased``
    where the questions were asked in other words."""
    sides = figures["sides"]
    steer, never, decline = (sides[name]["all"] for name in ("steer", RETAIN, "decline"))
    gaps = {
        "gap_to_retain": gap(runs, "steer", lambda one: one.question),
        "gap_to_retain_paraphrased": gap(runs, "steer", lambda one: one.asked),
    }
    changed = change(runs, "steer")
    return {
        **_rouge("forget", steer),
        **_rouge("retain_model", never),
        **{name: found["mean"] for name, found in gaps.items()},
        "utility": sides["steer"]["utility"]["mean"],
        "utility_unguarded": sides[UNGUARDED]["utility"]["mean"],
        "utility_change": changed["mean"],
        "forget_quality": steer["forget_quality"]["p"],
        **{k: steer[k]["mean"] for k in ("truth_ratio", "probability", "extraction_strength")},
        **_rouge("decline_forget", decline),
        "decline_utility": sides["decline"]["utility"]["mean"],
        "evidence": _evidence(sides["steer"]),
        "differences": {**gaps, "utility_change": changed},
        **figures,
        "peers": {name: found for name, found in sides.items() if not runs.sides[name].ours},
    }


def _rouge(name: str, side: dict[str, Any]) -> dict[str, float]:
    return {
        f"{name}_rouge_l": side["questions"]["rouge_l"]["mean"],
        f"{name}_rouge_l_paraphrased": side["paraphrased"]["rouge_l"]["mean"],
    }


def _evidence(side: dict[str, Any]) -> dict[str, bool]:
    rows = {f"forget_{name}": side["all"][name] for name in ("questions", "paraphrased")}
    return {name: row["evidence"] for name, row in (rows | side["rest"]).items()}


def _load(arguments: argparse.Namespace, adapter: str) -> LoadedModel:
    from peft import PeftModel

    loaded = load(arguments.model, device=arguments.device)
    tuned: Any = PeftModel.from_pretrained(loaded.model, str(arguments.adapter / adapter))
    loaded.model = tuned.merge_and_unload().eval()
    return loaded


def _ours(arguments: argparse.Namespace, full: LoadedModel, runs: Runs) -> list[Side]:
    known = tofu.read(arguments.data, "forget")
    embedder = default_embedder()

    def guard(policy: Policy) -> Guard:
        targets = ForgetSet(tofu.targets(known, policy))
        return Guard(
            targets, tokenizer=full.tokenizer, vocab_size=full.vocab_size, embedder=embedder
        )

    return [
        Steer("steer", full, guard=guard(Policy.STEER), said=runs.said, scored=runs.losses),
        Decline("decline", full, guard=guard(Policy.DECLINE), said=runs.said),
    ]


def _peers(arguments: argparse.Namespace, full: LoadedModel, runs: Runs, data: Data) -> list[Side]:
    people = tofu_people(arguments.data)
    return peers(
        full,
        people,
        fold_owners(data, people),
        runs.said,
        runs.losses,
        default_embedder(),
        KeptVectors(arguments.lines.with_suffix(".states.safetensors"), HiddenStates(full)),
    )
