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
    assert set(re.findall(r"<!-- table: (\S+) -->", "".join(PAGES))) == set(TABLES)
    for page in PAGES:
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


def test_a_table_of_growth_shows_the_exact_recall_and_the_peer_where_they_were_run() -> None:
    row = {
        "users": 1, "p50_ms": 4.0, "p95_ms": 5.25, "cpu_p95_ms": 6.0, "found": 1.0, "ram_mb": 1200,
        "file_mb": 23.4, "cold_s": 0.2, "erase_s": 0.14,
    }  # fmt: skip
    large = row | {"exact": {"p50_ms": 40.0, "p95_ms": 60.0, "overlap": 0.97}}
    kept = {
        "sizes": {"10000": {"one_user": row}, "100000": {"one_user": large, "users": row}},
        "peers": {"faiss flat and fts5": {"10000": {"p50_ms": 11.6, "p95_ms": 13.5, "found": 1.0}}},
    }
    first, second, third = TABLES["growth"][1](kept).splitlines()[2:]
    assert "| 10,000 | 1 |  | 4.0 / 5.2 | 6.0 |  |  | 11.6 / 13.5 | 1 (1) | 1,200 |" in first
    assert "| 40.0 / 60.0 | .970 |  | 1 |" in second
    assert "| 4.0 / 5.2 | 6.0 |  |  |  | 1 |" in third


def test_a_table_of_recall_names_ours_the_left_out_weights_and_every_peer() -> None:
    names = ("recall@5", "recall@10", "recall@50", "recall_all@10", "nDCG@10")
    found = {
        "questions": 9,
        **dict.fromkeys(names, 0.5),
        "intervals": dict.fromkeys(names, (0.4, 0.6)),
    }
    side = {**found, "peers": {"BM25": found, "HEMA, forgetting": found}}
    rows = TABLES["recall-locomo"][1]({**side, "left_out": found, "corrected": side}).splitlines()
    assert [row.split(" | ")[0] for row in rows[2:]] == [
        "| **ours**",
        "| ours, weights chosen on the other conversations",
        "| FTS5's BM25",
        "| HEMA, whole",
        "| audited evidence: **ours**",
        "| audited evidence: FTS5's BM25",
        "| audited evidence: HEMA, whole",
    ]
    assert "| 9 | .500 | .500 (.400 to .600) | .500 | .500 | .500 (.400 to .600) |" in rows[2]
