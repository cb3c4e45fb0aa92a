"""Figures against peers and published numbers. Never imported by the library."""
