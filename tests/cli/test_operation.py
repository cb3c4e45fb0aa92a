"""What an operator needs of the command: new vectors, and logs that programs can read."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tests.cli.test_cli import ROOT, run


class Other:
    """An embedder of another kind."""

    name, dimension = "other", 8

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.full((len(texts), 8), 8**-0.5, np.float32)


def test_a_memory_of_another_embedder_is_reembedded(
    environment: dict[str, str], tmp_path: Path
) -> None:
    from memory import DualMemory

    where = ("--memory", str(tmp_path / "m.db"))
    with DualMemory(where[1], user="default", embedder=Other()) as memory:
        memory.add("user", "My sister Marta lives in Porto.", conversation="default")
    assert "reembed" in run(environment, "memory", "search", "sister", *where, code=1).stderr
    assert "1 pieces have vectors" in run(environment, "memory", "reembed", *where).stderr
    found = json.loads(run(environment, "memory", "search", "sister", *where, "--json").stdout)
    assert "Marta" in found[0]["text"]
    none = ("--memory", str(tmp_path / "none.db"))
    assert "there is no memory" in run(environment, "memory", "reembed", *none, code=1).stderr


def test_logs_are_json_where_nobody_reads_them(environment: dict[str, str]) -> None:
    """Those of the memory and of the HTTP server too, and never with the text of an error."""
    code = """
import logging, structlog
from guardrail.cli.session import settings_from
settings_from()
structlog.get_logger("guardrail").warning("ours", count=1)
logging.getLogger("memory.summarizers").warning("of the %s", "memory")
logging.getLogger("uvicorn.error").info("not at this level")
try:
    raise RuntimeError("Zorblatt Quimby was born in Vienna")
except RuntimeError:
    logging.getLogger("uvicorn.error").exception("of the server")
"""
    for form, level in {"auto": "warning", "json": "info", "text": "warning"}.items():
        wanted = {"GUARDRAIL_LOG_FORMAT": form, "GUARDRAIL_LOG_LEVEL": level}
        done = subprocess.run(
            [sys.executable, "-c", code], env={**environment, **wanted}, cwd=ROOT, check=True,
            capture_output=True, text=True,
        )  # fmt: skip
        assert "Vienna" not in done.stderr
        assert "RuntimeError" in done.stderr
        if form == "text":
            assert "[warning  ] of the memory" in done.stderr
            continue
        lines = [json.loads(line) for line in done.stderr.splitlines()]
        assert [line["event"] for line in lines] == [
            "ours", "of the memory", *["not at this level"] * (level == "info"), "of the server",
        ]  # fmt: skip
        assert all(line["timestamp"] and line["level"] for line in lines)
