"""The trees give what scikit-learn gives, and ship as numbers."""

from __future__ import annotations

import json

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier

from benchmarks.train_detector import flatten
from guardrail.detection.features import ANSWER, PROMPT
from guardrail.detection.model import shipped
from guardrail.detection.trees import Trees


def test_the_same_as_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(600, 5)).astype(np.float32)
    y = x[:, 0] * x[:, 1] + 0.3 * rng.normal(size=600) > 0
    model = HistGradientBoostingClassifier(max_iter=30, max_leaf_nodes=6, random_state=0).fit(x, y)
    tables = [trees[0].nodes for trees in model._predictors]
    made = {
        **flatten(tables),
        "base": float(model._baseline_prediction[0, 0]),
        "scale": 1.0,
        "shift": 0.0,
    }
    trees = Trees.from_json(json.loads(json.dumps(made)))
    fresh = rng.normal(size=(400, 5)).astype(np.float32)
    np.testing.assert_allclose(trees.log_odds(fresh), model.decision_function(fresh), atol=1e-4)
    np.testing.assert_allclose(
        trees.probability(fresh), model.predict_proba(fresh)[:, 1], atol=1e-4
    )
    assert len(trees.log_odds(fresh[:0])) == 0


def test_the_shipped_detector_fits_its_features() -> None:
    model = shipped()
    assert int(model.prompt.feature.max()) < len(PROMPT)
    assert int(model.answer.feature.max()) < len(ANSWER)
    for at in (model.prompt_at, model.answer_at):
        assert 0 < at.grey < at.sure < 1
