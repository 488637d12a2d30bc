"""Frozen data that the layers pass to one another. No I/O, no third party."""
