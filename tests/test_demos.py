"""Each demo tells its story: what it prints is what its docstring promises."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
DEMOS = sorted(path.stem for path in (ROOT / "demos").glob("*.py") if path.stem != "__init__")


@pytest.fixture
def tell(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], smollm: Any, home: Path
) -> Any:
    """Runs a demo in this process, on the model that is loaded already; returns what it prints."""
    from guardrail.generation import models

    monkeypatch.setattr(models, "load", lambda *_, **__: smollm)

    def run(name: str, *arguments: str) -> str:
        importlib.import_module(f"demos.{name}").main(arguments)
        return re.sub(r"\s+", " ", capsys.readouterr().out)

    return run


@pytest.mark.parametrize("name", DEMOS)
def test_it_is_short(name: str) -> None:
    assert len((ROOT / f"demos/{name}.py").read_text(encoding="utf-8").splitlines()) < 80


def test_a_deletion_request_is_honoured_and_shown(tell: Any) -> None:
    said = tell("right_to_erasure")
    assert "'oxycodone' stands in: backup.jsonl, shop.db-wal" in said
    assert "export backup.jsonl │ 2" in said
    for gone in ("oxycodone", "left wrist", "555 0199"):
        assert f"'{gone}' stands in: no file" in said
    assert "My order 4471 has not come yet" in said
    assert "{'ruth': 0, 'omar': 2}" in said


def test_the_secret_never_comes_out(tell: Any) -> None:
    """Without the guard it does, in every way of decoding, or the demo would show nothing."""
    said = tell("leaked_secret", "--tokens", "12")
    rows = re.findall(r"│ ([\w, ]+?) │ (\d+) of \d+ │ [\d of]+ │ (\d+) of \d+ │", said)
    assert [name for name, _, _ in rows] == [
        "greedy", "4 beams, all returned", "8 samples", "streamed",
    ]  # fmt: skip
    assert all(int(without) > 0 for _, without, _ in rows)
    assert all(int(held) == 0 for _, _, held in rows)


def test_the_companion_has_every_answer_in_its_prompts(tell: Any) -> None:
    said = tell("companion", "--tokens", "4")
    assert "300 turns remembered" in said
    assert "home: Oslo" in said
    assert "5 of 5 answers were in the prompt" in said


def test_the_long_conversation(tell: Any) -> None:
    said = tell("long_conversation", "--questions", "2")
    assert "33 turns remembered" in said
    assert re.search(r"2 of 2 turns that hold an answer were in the prompt", said)


def test_the_pipeline_declines_and_remembers(tell: Any) -> None:
    said = tell("drop_in")
    assert "I can't help with that" in said
    assert re.search(r"What is my cat called\? │ [^│]+ │ My cat is called Pistachio\.", said)
    assert "still a TextGenerationPipeline: True" in said


def test_the_openai_client_talks_to_a_server(tell: Any) -> None:
    """A server of its own: this is the one demo that starts a second process."""
    said = tell("openai_client", "--tokens", "8")
    assert "Paris" in said
    assert "Who is Stephen King? I can't help with that" in said
