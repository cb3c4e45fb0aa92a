"""What each part of the guard adds on RWKU: the ban of names, the verdict on the prompt, the check
of each sentence, phrases out of the texts, and words of like meaning. Open-book, as in the suite
``rwku``, whose unguarded answers it shares when given the same ``--lines``."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.answers import Answers, depends_on
from benchmarks.decoding import Decoder
from benchmarks.forgetting_guards import by_fold, described, models_for
from benchmarks.forgetting_rwku import ask, one_book, questions, text_of
from benchmarks.forgetting_sides import Asked, Ours, Unguarded
from benchmarks.kept_vectors import KeptVectors
from benchmarks.rwku import Person, neutral_prompts, read_people
from guardrail.extraction import extract
from guardrail.targets import Policy, Target

__all__ = ["run"]

_TOKENS = 32
_PHRASES = 20  # most of a target: an owner looks at them before they are taken


def run(arguments: argparse.Namespace) -> dict[str, Any]:
    """The figures of every combination, printed as a table too."""
    from guardrail.generation.models import load

    people = read_people(arguments.data)
    sample = [one for one in questions(people, arguments) if one.open]
    decoder = Decoder(load(arguments.model, device=arguments.device), _TOKENS)
    answers = Answers(arguments.lines, depends_on(arguments, _TOKENS))
    before = dict(zip(sample, ask(answers, Unguarded(decoder), sample), strict=True))
    said = {one: decoder.text(ids) for one, ids in before.items()}
    figures: dict[str, Any] = {"model": decoder.loaded.name, "seed": arguments.seed, "parts": {}}
    for side in _sides(people, decoder, arguments, before):
        given = ask(answers, side, sample)
        after = {one: text_of(reply) for one, reply in zip(sample, given, strict=True)}
        figures["parts"][side.name] = one_book(sample, said, after)
    _show(figures["parts"])
    return figures


def _sides(
    people: Sequence[Person],
    decoder: Decoder,
    arguments: argparse.Namespace,
    before: dict[Asked, list[int]],
) -> list[Ours]:
    """From the ban of names alone to everything, one part more each."""
    embedder = KeptVectors(arguments.lines.with_suffix(".safetensors"))
    folds = arguments.lines.with_suffix(".folds.json")
    models = models_for(people, neutral_prompts(arguments.data), folds, embedder, arguments.seed)
    plain = [described(person, "passages") for person in people]
    phrased = [_phrased(target) for target in plain]
    steered = [target.model_copy(update={"policy": Policy.STEER}) for target in phrased]

    def side(
        name: str,
        targets: Sequence[Target],
        *,
        prompt: bool = True,
        sentence: bool = True,
        meaning: bool = False,
    ) -> Ours:
        return Ours(
            decoder,
            by_fold(people, targets, decoder.loaded, embedder, models, meaning=meaning),
            before.__getitem__,
            name=f"parts: {name}",
            prompt_check=prompt,
            sentence_check=sentence,
        )

    return [
        side("names alone", plain, prompt=False, sentence=False),
        side("names, verdict on the prompt", plain, sentence=False),
        side("names, sentence check", plain, prompt=False),
        side("names, both", plain),
        side("both, 20 phrases of the passages", phrased),
        side("both, phrases, like meaning", phrased, meaning=True),
        side("steer", steered, sentence=False),
        side("steer, like meaning", steered, meaning=True, sentence=False),
        side("steer, sentence check", steered),
    ]


def _phrased(target: Target) -> Target:
    phrases = [candidate.text for candidate in extract(target, most=_PHRASES)]
    return target.model_copy(update={"phrases": tuple(phrases)})


def _show(parts: dict[str, Any]) -> None:
    table = Table("part", "leaks", "neighbours unchanged", "named unchanged", "gibberish")
    for name, book in parts.items():
        leak, same = book["forget"]["leak"], book["neighbours"]["unchanged"]
        named = book["neighbours_named"]["unchanged"]
        table.add_row(
            name.removeprefix("parts: "),
            *(f"{row['hits']} of {row['of']}" for row in (leak, same, named)),
            str(book["forget"]["gibberish_after"]["hits"]),
        )
    Console(width=110).print(table)
