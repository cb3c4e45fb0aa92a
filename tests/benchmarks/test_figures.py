"""The figures of the documentation are those of the kept results, and one command makes all."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest

from benchmarks import figures
from benchmarks.figures import filled
from benchmarks.regenerate import COMMANDS, command
from benchmarks.tables import TABLES

ROOT = Path(__file__).parent.parent.parent
PAGES = [(ROOT / page).read_text(encoding="utf-8") for page in figures.PAGES]
FOLDER = ROOT / "docs/figures"


def test_the_tables_of_the_pages_are_those_of_the_kept_results() -> None:
    for page in PAGES:
        assert set(re.findall(r"<!-- table: (\S+) -->", page)) <= set(TABLES)
        assert filled(page, FOLDER) == page


def test_a_changed_result_changes_its_table(tmp_path: Path) -> None:
    kept = json.loads((FOLDER / "dialogue-plain.json").read_text())
    row = kept["by_length"][max(kept["by_length"], key=int)]["ours"]
    row["in_prompt"], row["in_prompt_interval"] = 0.123, [0.1, 0.2]
    (tmp_path / "dialogue-plain.json").write_text(json.dumps(kept))
    assert ".123 (.100 to .200)" in filled(PAGES[1], tmp_path)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_one_that_its_benchmark_takes(name: str) -> None:
    module, *rest = command(name, Path("data"), Path("out"))[2:]
    source = (ROOT / f"{module.replace('.', '/')}.py").read_text(encoding="utf-8")
    for option in (word for word in rest if word.startswith("--")):
        assert f'add_argument("{option}"' in source.replace("(\n        ", "("), option


def test_every_benchmark_of_the_pages_is_among_the_commands() -> None:
    named = set(re.findall(r"python -m benchmarks\.(\w+)", "".join(PAGES)))
    known = {shlex.split(line)[0] for line in COMMANDS.values()}
    assert named - {"regenerate", "figures"} <= known
