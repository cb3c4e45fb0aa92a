"""Guards over all people of RWKU, each with a detector that has not seen the person asked about."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.detection_judges import kept_fold_models, was_trained_on
from benchmarks.rwku import Item, Person
from benchmarks.train_detector import fold_of
from guardrail.detection.model import DetectorModel, shipped
from guardrail.generation.models import LoadedModel
from guardrail.guard import Guard
from guardrail.targets import ForgetSet, Target
from memory.embedding import Embedder

__all__ = ["by_fold", "described", "guards_by_fold", "models_for"]

_SETUPS = ("passages", "name")


def models_for(
    people: Sequence[Person], easy: Sequence[str], kept: Path, embedder: Embedder, seed: int
) -> list[DetectorModel]:
    """Detectors by fold for people whom the shipped one was trained on, kept in a file; for any
    others the shipped one, as it is."""
    if was_trained_on(people):
        return kept_fold_models(kept, people, easy, embedder, seed)
    return [shipped()]


def guards_by_fold(
    people: Sequence[Person],
    loaded: LoadedModel,
    embedder: Embedder,
    models: Sequence[DetectorModel],
) -> dict[str, Callable[[Item], Guard]]:
    """For each way to describe a person, the guard for an item; ``models`` are by fold."""

    def made(setup: str) -> Callable[[Item], Guard]:
        targets = [described(person, setup) for person in people]
        return by_fold(people, targets, loaded, embedder, models)

    return {setup: made(setup) for setup in _SETUPS}


def described(person: Person, setup: str) -> Target:
    """A person as a target."""
    return Target(name=person.name, exemplars=person.exemplars(setup))


def by_fold(
    people: Sequence[Person],
    targets: Sequence[Target],
    loaded: LoadedModel,
    embedder: Embedder,
    models: Sequence[DetectorModel],
    *,
    meaning: bool = False,
) -> Callable[[Item], Guard]:
    """For an item, the guard over ``targets`` whose detector has not seen the item's person."""
    guards = [
        Guard(
            ForgetSet(targets),
            tokenizer=loaded.tokenizer,
            vocab_size=loaded.vocab_size,
            embedder=embedder,
            model=model,
            meaning=meaning,
        )
        for model in models
    ]
    fold = fold_of(people)
    return lambda item: guards[fold(item.person) % len(guards)]
