"""Guards over all people of RWKU, each with a detector that has not seen the person asked about."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from benchmarks.rwku import Item, Person
from guardrail.generation.models import LoadedModel
from guardrail.guard import Guard
from guardrail.targets import ForgetSet, Target
from memory.embedding import Embedder

__all__ = ["fold_of", "guards_by_fold"]

_SETUPS = ("passages", "name")
_FOLDS = 5


def guards_by_fold(
    people: Sequence[Person], loaded: LoadedModel, embedder: Embedder
) -> dict[str, Callable[[Item], Guard]]:
    """For each way to describe a person, the guard for an item."""
    return {setup: _by_fold(people, loaded, embedder, setup) for setup in _SETUPS}


def _by_fold(
    people: Sequence[Person], loaded: LoadedModel, embedder: Embedder, setup: str
) -> Callable[[Item], Guard]:
    targets = [Target(name=p.name, exemplars=p.exemplars(setup)) for p in people]
    guard = Guard(
        ForgetSet(targets),
        tokenizer=loaded.tokenizer,
        vocab_size=loaded.vocab_size,
        embedder=embedder,
    )
    return lambda item: guard


def fold_of(people: Sequence[Person]) -> Callable[[str], int]:
    """The fold of a person, by name; of nobody (a benign prompt), the first."""
    folds = {person.name: at % _FOLDS for at, person in enumerate(people)}
    return lambda name: folds.get(name, 0)
