"""The tables of restriction, of figures that the benchmark makes in small: if it writes another
form, the tables fail here and not after a run of minutes."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("llguidance")

from benchmarks import restriction_leaks, restriction_overhead, restriction_speed
from benchmarks.restriction_tables import TABLES

# llguidance.torch compiles a function with torch, which comes with a deprecated one of its own.
pytestmark = pytest.mark.filterwarnings("ignore:.*script_method.*:DeprecationWarning")

SIZES = (1, 12)
TOKENIZERS = ("byte-level", "unigram")


@pytest.fixture(scope="module")
def figures(tiny: Any) -> dict[str, Any]:
    small: dict[Any, dict[str, Any]] = {
        restriction_speed: {"SIZES": SIZES, "BEGUN": 2, "TEXT": "The price of bread is high."},
        restriction_overhead: {"SIZES": SIZES, "TOKENS": 2, "PAIRS": 2},
        restriction_leaks: {"ROWS": 4, "KINDS": TOKENIZERS, "LARGE": 50_000},
    }
    with pytest.MonkeyPatch.context() as patch:
        for module, constants in small.items():
            for name, value in constants.items():
                patch.setattr(module, name, value)
        return {
            **restriction_speed.time_steps(tiny, "cpu", 0),
            **restriction_overhead.decode_overhead(tiny, 0),
            **restriction_leaks.count_leaks(tiny, 16, 8, 0),
        }


def cells(table: str) -> list[list[str]]:
    """The rows below the head."""
    return [line.strip("| ").split(" | ") for line in table.splitlines()[2:]]


def test_steps_stand_by_number_of_phrases(figures: dict[str, Any]) -> None:
    rows = cells(TABLES["restriction-steps"](figures))
    assert [row[0] for row in rows] == ["1", "12"]
    ours, peers = figures["mask_us_table"]["12"], figures["peers"]
    complement = peers["llguidance complement"]["12"]
    assert rows[1][1:3] == [f"{ours['1'][key]:,.0f}" for key in ("first_us", "us")]
    assert rows[1][5] == f"{ours['8']['near_us']:,.0f}"
    assert rows[1][7] == f"{peers['transformers NoBadWords']['12']['8']['us']:,.0f}"
    assert rows[1][11] == f"{complement['8']['near_us']:,.0f}"
    assert len(rows[1]) == 12


def test_a_peer_that_could_not_be_timed_has_no_number(figures: dict[str, Any]) -> None:
    failed = {size: dict.fromkeys("18", "RuntimeError: too large") for size in ("1", "12")}
    peers = figures["peers"] | {"llguidance complement": failed}
    for row in cells(TABLES["restriction-steps"](figures | {"peers": peers})):
        assert row[8:] == ["failed"] * 4


def test_costs_stand_beside_those_of_the_peers(figures: dict[str, Any]) -> None:
    rows = {row[0]: row[1:] for row in cells(TABLES["restriction-costs"](figures))}
    assert rows["building, first mask included, s"][0] == f"{figures['build_s']:.2f}"
    assert rows["memory, MB"][0] == f"{figures['memory_mb']:.0f}"
    whole = rows["a generation over one without, tiny Llama"]
    told = figures["decode_overhead_table"]["tiny Llama"]["transformers SequenceBias"]
    assert whole[2] == f"{told['median']:.3f} ({told['low']:.2f} to {told['high']:.2f})"
    assert len(whole) == 3
    assert len(rows) == 5


def test_leaks_stand_by_tokenizer(tiny: Any, figures: dict[str, Any]) -> None:
    rows = {row[0]: row[1:] for row in cells(TABLES["restriction-leaks"](figures))}
    own = [f"{tiny.name}, its own scores, {beams}" for beams in ("1 beam", "3 beams")]
    small = ["byte-level BPE, small", "Unigram, small"]
    assert list(rows) == [tiny.name, *small, "synthetic, 260,000", *own]
    assert rows["Unigram, small"][2] == "not supported"
    assert rows["synthetic, 260,000"][1:3] == ["not run", "not run"]
    assert rows[own[0]][2] == "not run"
    for name, row in rows.items():
        assert row[3] == f"**0 of {8 if name in own else 4}**"
    free = figures["leaks_table"]["no ban"][tiny.name]
    assert rows[tiny.name][0] == f"{free['leaks']} of {free['tried']}"
