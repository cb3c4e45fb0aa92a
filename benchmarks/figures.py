"""``make figures``: draws the plots of the documentation and fills in its tables.

    python -m benchmarks.figures [--folder docs/figures] [--page docs/figures.md]

From the JSON files in the folder, which ``python -m benchmarks.regenerate`` writes. A table stands
in the page between two comments, ``<!-- table: NAME -->`` and ``<!-- end -->``.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.dialogue_tables import TABLES

__all__ = ["filled", "main"]

Figures = Mapping[str, Any]

_TABLE = re.compile(r"(<!-- table: (\S+) -->\n).*?(<!-- end -->)", re.DOTALL)


def main() -> None:
    """Draw, fill in, say what was written."""
    from benchmarks.plots import PLOTS, draw

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("docs/figures"))
    parser.add_argument("--page", type=Path, default=Path("docs/figures.md"))
    given = parser.parse_args()
    for name, plot in PLOTS.items():
        path = given.folder / f"{name}.svg"
        draw(plot, _read(given.folder, "dialogue-plain"), path)
        print(path)
    page = given.page.read_text(encoding="utf-8")
    given.page.write_text(filled(page, given.folder), encoding="utf-8")
    print(given.page)


def filled(page: str, folder: Path) -> str:
    """The page with its tables as the JSON files have them."""

    def table(match: re.Match[str]) -> str:
        source, rows = TABLES[match[2]]
        return f"{match[1]}\n{rows(_read(folder, source))}\n\n{match[3]}"

    return _TABLE.sub(table, page)


def _read(folder: Path, name: str) -> Figures:
    found: Figures = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    return found


if __name__ == "__main__":
    main()
