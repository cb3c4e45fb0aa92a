"""What the README says is run: its Python, its commands, and what it claims to print."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


@pytest.mark.parametrize("code", blocks("python"), ids=lambda code: code.splitlines()[0][:40])
def test_the_python_runs(code: str, tmp_path: Path, smollm: Any, home: Path) -> None:
    """Each block by itself, in an empty folder, as a reader would paste it."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-W", "error::UserWarning", "-c", code],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    # A comment after a print says what it prints.
    said = [
        line.split("# ", 1)[1] for line in code.splitlines() if "print(" in line and "# " in line
    ]
    for expected in said:
        assert expected in done.stdout


def test_its_commands_exist(home: Path) -> None:
    makefile = (ROOT / "Makefile").read_text()
    for target in re.findall(r"make (?:-s )?(\w+)", README):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
    pages = "\n".join(page.read_text(encoding="utf-8") for page in (ROOT / "docs").glob("*.md"))
    named = r"guardrail ((?:chat|ask|forget|memory|doctor|setup)(?: [a-z]+)?)"
    for command in set(re.findall(named, README + pages)):
        words = command.split()
        done = subprocess.run(
            [sys.executable, "-m", "guardrail.cli", *words[:2], "--help"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, (command, done.stderr)


def test_its_links_and_files_are_there() -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / target).exists(), target
    for path in re.findall(r"`((?:demos|docs|guardrail|memory|tests)/[\w./-]*)`", README):
        assert (ROOT / path).exists(), path


def test_the_demo_prints_what_it_shows(smollm: Any) -> None:
    """The table under the demo, line by line."""
    shown = next(block for block in blocks("text") if "kind of question" in block)
    done = subprocess.run(
        [sys.executable, "demos/forget_person.py"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    printed = {" ".join(line.split()) for line in done.stdout.splitlines()}
    for line in shown.splitlines():
        assert " ".join(line.split()) in printed, line
