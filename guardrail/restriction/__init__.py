"""Restriction: phrases to masks and matches, over characters and under every tokenization."""
