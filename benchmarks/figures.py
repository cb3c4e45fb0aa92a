"""``make figures``: draws the plots of the documentation and fills in its tables.

    python -m benchmarks.figures [--folder docs/figures] [--pages README.md docs/figures.md]

From the JSON files in the folder, which ``python -m benchmarks.regenerate`` writes. A table stands
in a page between two comments, ``<!-- table: NAME -->`` and ``<!-- end -->``.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.tables import TABLES

__all__ = ["filled", "main"]

Figures = Mapping[str, Any]

PAGES = [Path("README.md"), Path("docs/figures.md")]
_TABLE = re.compile(r"(<!-- table: (\S+) -->\n).*?(<!-- end -->)", re.DOTALL)


def main() -> None:
    """Draw, fill in, say what was written."""
    from benchmarks.plots import PLOTS, draw

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("docs/figures"))
    parser.add_argument("--pages", type=Path, nargs="+", default=PAGES)
    given = parser.parse_args()
    for name, (source, plot) in PLOTS.items():
        if figures := _read(given.folder, source):
            path = given.folder / f"{name}.svg"
            draw(plot, figures, path)
            print(path)
    for page in given.pages:
        text = page.read_text(encoding="utf-8")
        page.write_text(filled(text, given.folder), encoding="utf-8")
        print(page)


def filled(page: str, folder: Path) -> str:
    """The page with its tables as the JSON files have them; one without a file stays as it is."""

    def table(match: re.Match[str]) -> str:
        sources, rows = TABLES[match[2]]
        figures = [_read(folder, source) for source in sources]
        return f"{match[1]}\n{rows(*figures)}\n\n{match[3]}" if all(figures) else match[0]

    return _TABLE.sub(table, page)


def _read(folder: Path, name: str) -> Figures:
    """What a benchmark wrote; nothing where it was not run."""
    path = folder / f"{name}.json"
    found: Figures = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return found


if __name__ == "__main__":
    main()
