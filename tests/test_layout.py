"""The shape of the project: arrows, public names, weight of the imports, error tree."""

from __future__ import annotations

import ast
import inspect
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import guardrail
import memory
from guardrail import errors

ROOT = Path(__file__).parent.parent
HEAVY = ("torch", "transformers", "sentence_transformers", "faiss", "sklearn", "numba")
# Rooms by height: a module may import its own room and the rooms below, never those above.
ROOMS = {
    "guardrail.cli": 7,
    "guardrail.serving": 6,
    "guardrail.integrations": 6,
    "guardrail.chat": 5,
    "guardrail.turn": 4,
    "guardrail.release": 3,
    "guardrail.guard": 2,
    "guardrail.detection": 1,
    "guardrail.restriction": 0,
    "guardrail.generation": 0,
}


def room(module: str) -> tuple[str, int] | None:
    for name, height in ROOMS.items():
        if module == name or module.startswith(name + "."):
            return name, height
    return None


def modules(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def imports(path: Path) -> list[str]:
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            found += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return found


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@pytest.mark.parametrize("path", modules("guardrail"), ids=module_name)
def test_arrows_point_one_way(path: Path) -> None:
    here = room(module_name(path))
    for imported in imports(path):
        there = room(imported)
        if here and there and here[0] != there[0]:
            assert there[1] < here[1], f"{module_name(path)} must not import {imported}"


@pytest.mark.parametrize("path", modules("memory"), ids=module_name)
def test_memory_stands_alone(path: Path) -> None:
    for imported in imports(path):
        assert imported.split(".")[0] not in ("guardrail", "memory"), (
            f"{module_name(path)} imports {imported}: memory uses relative imports only"
        )


def test_guardrail_reaches_memory_in_one_module() -> None:
    """At run time; annotations under TYPE_CHECKING may name its types."""
    for path in modules("guardrail"):
        if path.name == "memory_link.py":
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
                node.body = []
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module:
                assert node.module.split(".")[0] != "memory", path


@pytest.mark.parametrize("package", [guardrail, memory])
def test_public_names_are_sorted_and_there(package: object) -> None:
    names = list(package.__all__)  # type: ignore[attr-defined]
    assert names == sorted(names)
    for name in names:
        assert getattr(package, name) is not None


def test_a_name_that_does_not_exist_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        guardrail.Nothing  # noqa: B018


def test_the_error_tree_is_the_one_drawn() -> None:
    drawn = errors.__doc__ or ""
    for name in errors.__all__:
        kind = getattr(errors, name)
        assert issubclass(kind, errors.GuardrailError)
        assert name in drawn
        assert inspect.getdoc(kind)


def python(*code: str, path: Path = ROOT) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(path)}
    return subprocess.run(
        [sys.executable, "-c", "\n".join(code)],
        capture_output=True,
        text=True,
        env=environment,
        cwd=path,
        check=False,
    )


@pytest.mark.parametrize("package", ["guardrail", "memory", "guardrail.cli.app"])
def test_importing_loads_nothing_heavy(package: str) -> None:
    result = python(f"import {package}, sys", f"print([m for m in {HEAVY} if m in sys.modules])")
    assert result.stdout.strip() == "[]", result.stderr


def test_import_guardrail_is_quick() -> None:
    """Under 0.3 s beyond the interpreter's own start: the best of five, for a busy machine."""
    code = "import time; t = time.perf_counter(); import guardrail; print(time.perf_counter() - t)"
    assert min(float(python(code).stdout) for _ in range(5)) < 0.3


def test_memory_works_with_guardrail_deleted(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "memory", tmp_path / "memory")
    result = python(
        "import sys; sys.modules['guardrail'] = None",
        "from memory import DualMemory",
        "mem = DualMemory('chat.db', user='ada', conversation='c1')",
        "mem.add('user', 'I moved to Oslo in May')",
        "print(mem.recall('where do I live?').episodes[0].text)",
        path=tmp_path,
    )
    assert "Oslo" in result.stdout, result.stderr


def test_a_stranger_called_memory_is_named(tmp_path: Path) -> None:
    """Many chatbots have a ``memory.py`` beside their script, and Python takes that one first."""
    (tmp_path / "memory.py").write_text("class Memory: ...\n")
    result = python(
        f"import sys; sys.path.insert(1, {str(ROOT)!r})",
        "from guardrail import GuardedChat",
        path=tmp_path,
    )
    assert "MissingDependency" in result.stderr
    assert str(tmp_path / "memory.py") in result.stderr


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="not a clone: nothing is tracked here")
def test_nothing_that_is_ignored_is_tracked() -> None:
    """What a benchmark keeps for itself once came along with a commit of everything."""
    line = ["git", "ls-files", "--cached", "--ignored", "--exclude-standard"]
    found = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert found == ""
