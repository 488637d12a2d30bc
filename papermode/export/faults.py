"""A fault that a check has found. It names the place and the rule, never the value."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of a resource."""

    path: str
    """Where, e.g. ``Bundle.entry[3].resource.status``."""
    rule: str
    """A short name: ``enum``, ``reference``, ``type``, ``option`` …"""
    text: str

    def __str__(self) -> str:
        return f"{self.path}: {self.text}"
