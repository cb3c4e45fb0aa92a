"""``make bench``: every benchmark that needs no data, in its quick form."""

from __future__ import annotations

import sys

from benchmarks import restriction

if __name__ == "__main__":
    sys.argv[1:] = ["--continuations", "6000", "--peer-continuations", "600", *sys.argv[1:]]
    restriction.main()
