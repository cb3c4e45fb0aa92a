"""Demos, each a story of its own: run one with ``python -m demos.<name>`` or as a file."""
