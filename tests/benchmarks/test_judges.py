"""Who may judge whom in the detection benchmark, and what is kept of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks import detection_judges
from benchmarks.detection_judges import kept_fold_models, was_trained_on
from benchmarks.rwku import Person
from memory import Embedder


def person(name: str) -> Person:
    return Person(name, f"{name} keeps bees.", (), ())


def test_people_of_both_sorts_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """One new person among thirty known ones had all of them judged by what was trained on them."""
    monkeypatch.setattr(detection_judges, "seen", lambda name: name.startswith("Known"))
    assert was_trained_on([person("Known Ada"), person("Known Bo")])
    assert not was_trained_on([person("Cy"), person("Di")])
    with pytest.raises(SystemExit, match="on 2 of these people and not on Cy: put them"):
        was_trained_on([person("Known Ada"), person("Cy"), person("Known Bo")])


def test_detectors_kept_are_those_of_the_same_data_and_seed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, embedder: Embedder
) -> None:
    trained: list[int] = []

    def train(seed: int) -> tuple[None, list[Any]]:
        trained.append(seed)
        return None, []

    monkeypatch.setattr(detection_judges, "gather", lambda *_: ())
    monkeypatch.setattr(detection_judges, "model_json", train)
    path = tmp_path / "kept.folds.json"
    path.write_text(json.dumps([]))  # as it was before there was a digest
    for people, seed in ((["A"], 0), (["A"], 0), (["A"], 1), (["B"], 1)):
        kept_fold_models(path, [person(name) for name in people], (), embedder, seed)
    assert trained == [0, 1, 1]
