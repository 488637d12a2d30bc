"""Measurements of papermode against other ways to make the same pages (``python -m benchmarks``)."""
