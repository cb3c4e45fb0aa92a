"""Gates that others put before a model: each gives a prompt one number, the larger the likelier it
is about something to forget. None sees a question about a person that it is later asked about."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from benchmarks.rwku import Item, Person
from guardrail.extraction import neutral_prompts
from memory.embedding import Embedder, embed_text, embed_texts

__all__ = ["Curate", "Gate", "GuardGate", "NearestExemplar", "Scores", "gate_scores"]

Floats = NDArray[np.float32]
Scores = Callable[[Sequence[str]], NDArray[np.float64]]
_ASKED = ("Who is {}?", "Tell me about {}.", "What is {} known for?")
_SENTENCE = re.compile(r"(?<=[.!?])\s+")
_OF_INTRO = 8  # sentences that GUARD's gate learns from, of one person
_STEPS, _PAIRS, _RATE = 200, 256, 3e-3  # of the tuning: pairs in a step
_SHARPNESS, _MIDDLE = 12.0, 0.5  # where the tuning starts: of the cosine, and where it is even


class Gate:
    """A gate to be fitted to people, described as a setup says, and to questions about others.
    ``reader`` makes of a prompt the vector that it looks at."""

    name: str
    cite: str
    reader: Embedder

    def fit(self, people: Sequence[Person], setup: str, taught: Sequence[Item]) -> Scores:
        """The fitted gate: prompts (n) to numbers (n,). ``people`` are the targets; ``taught`` are
        questions about some of them and their neighbours, with which to learn."""
        raise NotImplementedError


def gate_scores(
    gate: Gate,
    people: Sequence[Person],
    setup: str,
    items: Sequence[Item],
    fold: Sequence[int],
    neutral: Sequence[str] = (),
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Scores (items,), each by a gate that was not taught its person's questions, and of neutral
    prompts by every such gate (folds, neutral); ``fold`` is by person."""
    number = {person.name: fold[at] for at, person in enumerate(people)}
    of_item = np.array([number[item.person] for item in items])
    scores, others = np.zeros(len(items)), []
    for one in sorted(set(of_item.tolist())):
        taught = [item for item, its in zip(items, of_item, strict=True) if its != one]
        mine = np.flatnonzero(of_item == one).tolist()
        fitted = gate.fit(people, setup, taught)
        scores[mine] = fitted([items[at].prompt for at in mine])
        others.append(fitted(neutral) if neutral else np.zeros(0))
    return scores, np.stack(others)


@dataclass(frozen=True)
class NearestExemplar(Gate):
    """The best cosine of a prompt with anything given of anybody, MiniLM as it comes."""

    reader: Embedder
    name: str = "nearest exemplar"
    cite: str = "all-MiniLM-L6-v2"

    def fit(self, people: Sequence[Person], setup: str, taught: Sequence[Item]) -> Scores:
        """Nothing is learnt."""
        known = np.concatenate(_exemplars(people, setup, self.reader))
        return lambda prompts: _best(_vectors(prompts, self.reader), known)


@dataclass(frozen=True)
class Curate(Gate):
    """An encoder tuned so that a prompt is near to a stored request exactly where it asks for it,
    then the best cosine with the stored (CURaTE, arXiv 2604.14644).

    Assumed: they tune the whole encoder on made-up pairs; here a linear map behind MiniLM, from the
    identity, on the questions taught: with the nearest exemplar of their person, and with that of
    another one. What is stored are the texts given, as RWKU has no requests.
    """

    reader: Embedder
    seed: int = 0
    name: str = "tuned embedding gate (CURaTE)"
    cite: str = "CURaTE, arXiv 2604.14644"

    def fit(self, people: Sequence[Person], setup: str, taught: Sequence[Item]) -> Scores:
        """Adam on the logistic loss of pairs."""
        exemplars = _exemplars(people, setup, self.reader)
        left, right, wanted = self._pairs(people, exemplars, taught)
        turn = _tuned(left, right, wanted, np.random.default_rng(self.seed))
        known = _unit(np.concatenate(exemplars) @ turn)
        return lambda prompts: _best(
            [_unit(one @ turn) for one in _vectors(prompts, self.reader)], known
        )

    def _pairs(
        self, people: Sequence[Person], exemplars: Sequence[Floats], taught: Sequence[Item]
    ) -> tuple[Floats, Floats, Floats]:
        rng = np.random.default_rng(self.seed)
        number = {person.name: at for at, person in enumerate(people)}
        left, right, wanted = [], [], []
        for item in taught:
            vector = embed_text(item.prompt, self.reader).vectors[0]
            own = number[item.person]
            other = (own + int(rng.integers(1, len(people)))) % len(people)
            for person, together in ((own, item.about), (other, False)):
                left.append(vector)
                right.append(exemplars[person][int((exemplars[person] @ vector).argmax())])
                wanted.append(float(together))
        return np.stack(left), np.stack(right), np.array(wanted, np.float32)


@dataclass(frozen=True)
class GuardGate(Gate):
    """An MLP on the chat LM's mean-pooled penultimate states (GUARD, arXiv 2505.13312).

    Assumed: it learns from what is given of the targets (questions made of the names, sentences of
    introductions and passages) and from the questions taught, against the neutral prompts of this
    project and the neighbours' questions taught.
    """

    reader: Embedder
    seed: int = 0
    name: str = "MLP on hidden states (GUARD)"
    cite: str = "GUARD, arXiv 2505.13312"
    passages: int = 5  # of each person, of which it learns the first sentence

    def fit(self, people: Sequence[Person], setup: str, taught: Sequence[Item]) -> Scores:
        """One hidden layer of 128, early stopping."""
        about = [t for person in people for t in _sentences(person, setup, self.passages)]
        about += [item.prompt for item in taught if item.about]
        near = [*neutral_prompts(), *(item.prompt for item in taught if not item.about)]
        gate = make_pipeline(
            StandardScaler(),
            MLPClassifier((128,), max_iter=300, early_stopping=True, random_state=self.seed),
        )
        gate.fit(self.reader.encode([*about, *near]), [1] * len(about) + [0] * len(near))
        return lambda prompts: np.asarray(
            gate.predict_proba(self.reader.encode(list(prompts)))[:, 1], np.float64
        )


def _exemplars(people: Sequence[Person], setup: str, embedder: Embedder) -> list[Floats]:
    """The vectors of what is given of each person: the name, questions about it, the texts."""
    texts = [
        [p.name, *(form.format(p.name) for form in _ASKED), *p.exemplars(setup)] for p in people
    ]
    return [np.concatenate(_vectors(group, embedder)) for group in texts]


def _sentences(person: Person, setup: str, number: int) -> list[str]:
    """What GUARD's gate learns of a person."""
    intro, *passages = person.exemplars(setup) or ("",)
    found = [form.format(person.name) for form in _ASKED]
    found += _SENTENCE.split(intro)[:_OF_INTRO] if intro else []
    return found + [_SENTENCE.split(text)[0] for text in passages[:number]]


def _vectors(texts: Sequence[str], embedder: Embedder) -> list[Floats]:
    return [one.vectors for one in embed_texts(list(texts), embedder)]


def _best(windows: Sequence[Floats], known: Floats) -> NDArray[np.float64]:
    return np.array([float((one @ known.T).max()) for one in windows])


def _unit(vectors: Floats) -> Floats:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


def _tuned(left: Floats, right: Floats, wanted: Floats, rng: np.random.Generator) -> Floats:
    """The linear map (d, d) after which cosines of pairs tell which belong together."""
    turn = torch.eye(left.shape[1], requires_grad=True)
    scale = torch.tensor([_SHARPNESS, _MIDDLE], requires_grad=True)
    adam = torch.optim.Adam([turn, scale], lr=_RATE)
    for _ in range(_STEPS):
        some = rng.integers(0, len(wanted), _PAIRS)
        one, other, labels = (torch.from_numpy(array[some]) for array in (left, right, wanted))
        cosine = torch.cosine_similarity(one @ turn, other @ turn)
        loss = torch.nn.functional.binary_cross_entropy_with_logits(
            scale[0] * (cosine - scale[1]), labels
        )
        adam.zero_grad()
        loss.backward()
        adam.step()
    return turn.detach().numpy()
