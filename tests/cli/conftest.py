"""A home for the command."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def environment(home: Path, smollm: Any) -> dict[str, str]:
    """A home of the test's own, and the model already converted."""
    return {**os.environ, "GUARDRAIL_HOME": str(home), "COLUMNS": "100", "NO_COLOR": "1"}
