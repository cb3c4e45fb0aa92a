"""What the detector is trained and measured on: RWKU's questions, turned into features."""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from benchmarks.rwku import Item, Person
from guardrail.detection.features import ANSWER, PROMPT, answer_features, compare, prompt_features
from guardrail.detection.references import References
from guardrail.targets import Target
from memory.embedding import Embedder, embed_texts

__all__ = ["answered", "asked", "drafts", "read_texts", "references"]

Floats = NDArray[np.float32]
# Replies that give nothing away, whatever was asked.
_EMPTY = (
    "I am not sure about that.",
    "That is a good question.",
    "Let me think about it for a moment.",
    "I do not have that information.",
    "There are several ways to look at this.",
    "Sure, I can help you with that!",
    "It depends on whom you ask.",
    "Here is what I know.",
)


def references(people: Sequence[Person], setup: str, embedder: Embedder) -> References:
    """All people as targets, described as ``setup`` says."""
    targets = [Target(name=person.name, exemplars=person.exemplars(setup)) for person in people]
    return References(targets, embedder, {})


def read_texts(texts: Sequence[str], embedder: Embedder) -> dict[str, Floats]:
    """The vectors (windows, d) of each text."""
    return {one.text: one.vectors for one in embed_texts(list(dict.fromkeys(texts)), embedder)}


def asked(known: References, texts: Sequence[str], embedder: Embedder) -> Floats:
    """(n, targets, PROMPT) for prompts."""
    vectors = read_texts(texts, embedder)
    everyone = np.arange(len(known))
    compared = (one for t in texts for one in compare(known, [t], [vectors[t]]))
    rows = [prompt_features(known, one, everyone) for one in compared]
    return np.array(rows, np.float32).reshape(len(texts), len(known), len(PROMPT))


def answered(known: References, pairs: Sequence[tuple[str, str]], embedder: Embedder) -> Floats:
    """(n, targets, ANSWER) for prompts with answers."""
    vectors = read_texts([t for q, a in pairs for t in (q, a, f"{q} {a}")], embedder)
    everyone = np.arange(len(known))
    rows = []
    for question, answer in pairs:
        texts = [question, answer, f"{question} {answer}"]
        before, alone, both = compare(known, texts, [vectors[text] for text in texts])
        rows.append(answer_features(known, before, alone, both, everyone))
    return np.array(rows, np.float32).reshape(len(pairs), len(known), len(ANSWER))


def drafts(items: Sequence[Item], seed: int) -> list[tuple[Item, str, bool]]:
    """More answers to train on, as a model would draft them: for half of the items a sentence with
    the answer, for half of those about a person one that gives nothing away. The last tells whether
    the answer is one to withhold."""
    rng = random.Random(seed)
    made = []
    for item in items:
        if rng.random() < 0.5:
            blank = item.prompt.removeprefix("Fill in the blank: ")
            filled = (
                blank.replace("___", item.answer) if "___" in blank else f"It is {item.answer}."
            )
            made.append((item, filled, item.about))
        if item.about and rng.random() < 0.5:
            made.append((item, rng.choice(_EMPTY), False))
    return made
