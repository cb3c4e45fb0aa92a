"""The documentation builds, its code runs, and it names everything that is public."""

from __future__ import annotations

import ast
import re
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import guardrail
import memory

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"


def code(page: str) -> str:
    """The Python of a page, as one program."""
    text = (DOCS / page).read_text(encoding="utf-8")
    return "\n".join(re.findall(r"```python\n(.*?)```", text, re.DOTALL))


@pytest.mark.parametrize("page", ["tutorial.md", "howto.md", "integrations.md", "server.md"])
def test_its_code_runs(
    page: str,
    smollm: Any,
    home: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """In an empty folder, top to bottom; a comment after a print says what it prints."""
    from guardrail.generation import models

    monkeypatch.setattr(models, "load", lambda *_, **__: smollm)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "page.py").write_text(code(page), encoding="utf-8")
    runpy.run_path("page.py")
    said = capsys.readouterr().out.splitlines()
    lines = [line for line in code(page).splitlines() if re.search(r"print\(.*\)  # ", line)]
    for line in lines:
        assert line.split("  # ", 1)[1] in said, line
    assert lines


def test_it_builds_without_a_warning(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", str(DOCS), "html"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "html/reference.html").stat().st_size > 50_000


@pytest.mark.parametrize("package", [guardrail, memory])
def test_the_reference_has_every_public_name(package: Any) -> None:
    text = (DOCS / "reference.md").read_text(encoding="utf-8")
    named = set(re.findall(rf":: {package.__name__}\.(\w+)", text))
    assert named == set(package.__all__)


def undocumented(node: ast.AST, inside: str) -> list[str]:
    """Public modules, classes and functions below ``node`` that have no docstring."""
    found = []
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            name = f"{inside}.{child.name}"
            if not child.name.startswith("_"):
                found += [] if ast.get_docstring(child) else [name]
                found += undocumented(child, name) if isinstance(child, ast.ClassDef) else []
    return found


@pytest.mark.parametrize("package", ["guardrail", "memory"])
def test_everything_public_has_a_docstring(package: str) -> None:
    missing = []
    for path in sorted((ROOT / package).rglob("*.py")):
        tree, name = ast.parse(path.read_text(encoding="utf-8")), str(path.relative_to(ROOT))
        missing += ([] if ast.get_docstring(tree) else [name]) + undocumented(tree, name)
    assert missing == []


@pytest.mark.parametrize("package", ["guardrail", "memory"])
def test_the_rooms_are_those_of_the_tree(package: str) -> None:
    """Every module of the two packages, or its folder, once under "Rooms" of the design."""
    rooms = (DOCS / "design.md").read_text(encoding="utf-8").split("```")[1]
    part = re.split(r"^(?:memory|benchmarks)/", rooms, flags=re.MULTILINE)[package == "memory"]
    listed = [
        name
        for line in part.splitlines()
        for name in re.findall(r"([\w.]+/?)(?= |$)", re.split(r"\s{2,}(?=\S)", line.strip())[0])
        if name.endswith((".py", "/"))
    ]
    there = [
        path.name + "/" * path.is_dir()
        for path in (ROOT / package).iterdir()
        if path.suffix == ".py" or (path / "__init__.py").exists()
    ]
    assert sorted(set(listed)) == sorted(listed), "listed twice"
    assert set(there) - {"__init__.py", "_lazy.py"} == set(listed) - {f"{package}/"}
