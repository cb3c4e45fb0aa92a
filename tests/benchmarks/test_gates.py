"""The gates of others, on people who exist only here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from benchmarks.detection_gates import gate_figures
from benchmarks.kept_vectors import KeptVectors
from benchmarks.peers.gates import Curate, Gate, GuardGate, NearestExemplar, Scores, gate_scores
from benchmarks.peers.hidden_states import HiddenStates
from benchmarks.rwku import SETUPS, Item, Person
from benchmarks.tables import TABLES
from memory import Embedder

TRADES = {
    "Odalys Fenwick": ("lighthouse keeper", "Cornwall"),
    "Teodor Brandvik": ("glass blower", "Bergen"),
    "Ilse Maran": ("ballet dancer", "Graz"),
    "Ruben Castell": ("beekeeper", "Girona"),
}
ABOUT = ("Where did {0} live?", "Was {0} a {1}?", "What did the {1} {0} do in {2}?")
NEAR = ("What does a {1} earn?", "How large is {2}?", "Which trains run to {2}?")
FOLD = [0, 1, 0, 1]


def person(name: str) -> Person:
    trade, place = TRADES[name]
    items = tuple(
        Item(
            f"{name}/{form}",
            name,
            "made up",
            form.format(name, trade, place),
            place,
            forms is ABOUT,
        )
        for forms in (ABOUT, NEAR)
        for form in forms
    )
    return Person(name, f"{name} was a {trade} of {place}.", (f"In {place} lived {name}.",), items)


PEOPLE = [person(name) for name in TRADES]
ITEMS = [item for one in PEOPLE for item in one.items]


class Noted(Gate):
    """A gate that keeps what it was taught and asked."""

    def __init__(self) -> None:
        self.seen: list[tuple[set[str], set[str]]] = []

    def fit(self, people: Sequence[Person], setup: str, taught: Sequence[Item]) -> Scores:
        def scores(prompts: Sequence[str]) -> NDArray[np.float64]:
            if prompts != ["Hello there"]:
                self.seen.append(({item.prompt for item in taught}, set(prompts)))
            return np.array([float(len(prompt)) for prompt in prompts])

        return scores


def test_no_gate_is_asked_what_it_was_taught() -> None:
    gate = Noted()
    scores, neutral = gate_scores(gate, PEOPLE, "intro", ITEMS, FOLD, ["Hello there"])
    assert neutral.tolist() == [[11.0], [11.0]]
    assert scores.tolist() == [float(len(item.prompt)) for item in ITEMS]
    assert len(gate.seen) == 2
    for taught, asked in gate.seen:
        assert taught
        assert asked
        assert not taught & asked


@pytest.fixture(scope="module")
def states(smollm: Any, tmp_path_factory: pytest.TempPathFactory) -> KeptVectors:
    folder = tmp_path_factory.mktemp("states")
    return KeptVectors(folder / "states.safetensors", HiddenStates(smollm))


@pytest.mark.parametrize("which", [NearestExemplar, Curate, GuardGate])
def test_each_tells_people_from_their_neighbours(
    which: Any, embedder: Embedder, states: Embedder
) -> None:
    gate = which(states if which is GuardGate else embedder)
    scores, _ = gate_scores(gate, PEOPLE, "passages", ITEMS, FOLD)
    assert roc_auc_score([item.about for item in ITEMS], scores) > 0.75


def test_states_are_the_mean_of_the_layer_before_the_last(
    smollm: Any, states: HiddenStates
) -> None:
    """A text alone and beside a longer one gives the same, padding or not."""
    texts = ["Who is Ilse Maran?", "Which trains run to Bergen on a Sunday in the winter?"]
    found = states.encode(texts)
    for text, row in zip(texts, found, strict=True):
        ids = torch.tensor([smollm.tokenizer.encode(text)])
        with torch.inference_mode():
            layer = smollm.model(ids, output_hidden_states=True).hidden_states[-2]
        mean = layer[0].float().mean(dim=0).numpy()
        cosine = float(row @ mean / np.linalg.norm(row) / np.linalg.norm(mean))
        assert cosine > 0.999, "bfloat16 alone may differ in the last digits"
    assert states.encode(["", "x"]).shape == (2, states.dimension)


class Lengths(Gate):
    """A gate to which a longer text is likelier about somebody; it keeps what it was asked."""

    name = "lengths"

    def __init__(self, reader: Any) -> None:
        self.reader = reader
        self.asked: list[str] = []

    def fit(self, people: Sequence[Person], setup: str, taught: Sequence[Item]) -> Scores:
        def scores(prompts: Sequence[str]) -> NDArray[np.float64]:
            self.asked += prompts
            return np.array([float(len(prompt)) for prompt in prompts])

        return scores


class Reader:
    name, dimension = "a reader", 1

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.ones((len(texts), 1), np.float32)


def test_a_gate_has_its_figures_under_our_names() -> None:
    """What it flags of prompts, of prompts with answers, by kind, of neutral ones; and its times,
    apart from those of reading. Thresholds lie on the neighbours themselves."""
    gate = Lengths(Reader())
    found = gate_figures(gate, PEOPLE, "passages", ITEMS, ["Hello there"])
    about = np.array([len(item.prompt) for item in ITEMS if item.about])
    near = np.array([len(item.prompt) for item in ITEMS if not item.about])
    for name, share in (("5pct", 0.95), ("1pct", 0.99)):
        above = float((about > np.quantile(near, share)).mean())
        assert found[f"tpr_at_{name}"] == pytest.approx(above, abs=1e-4)
        low, high = found[f"tpr_at_{name}_interval"]
        assert low < above < high
    assert found["per_kind"] == {"made up": found["tpr_at_5pct"]}
    assert found["easy_fpr"] == found["easy_fpr_sure"] == 0
    assert {"qa_auroc_neighbours", "qa_tpr_at_5pct", "qa_tpr_at_1pct"} <= set(found)
    assert {f"{item.prompt} {item.answer}" for item in ITEMS} <= set(gate.asked)
    assert set(found["ms_per_prompt"]) == {str(len(PEOPLE))}
    assert found["ms_per_prompt"]["4"] >= 0
    assert found["ms_per_prompt_reading"] >= 0


def test_every_gate_has_its_rows_in_the_table() -> None:
    reader: Any = Reader()
    found = {
        setup: gate_figures(Lengths(reader), PEOPLE, setup, ITEMS, ["Hello there"])
        for setup in SETUPS
    }
    gates = (NearestExemplar(reader), Curate(reader, 0), GuardGate(reader, 0))
    figures = {"items": len(ITEMS), "seed": 0, **{gate.name: found for gate in gates}}
    rows = TABLES["detection-gates"][1](figures).splitlines()[2:]
    assert len(rows) == len(gates) * len(SETUPS)
    for row in rows:
        assert f"{found['name']['tpr_at_5pct']:.3f}".lstrip("0") in row
        assert row.endswith("| .00 % / .00 % |")
    assert sum(row.startswith("|  |") for row in rows) == 6
