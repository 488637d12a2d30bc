"""Every error papermode raises on purpose, and the exit codes of the command line.

The family tree (code in brackets, exit code after the arrow)::

    PapermodeError
    ├── UsageFaultError [E0xx] → 2    the command was asked for something that makes no sense
    ├── ConfigError     [E1xx] → 10   papermode.toml, wards, site folder
    ├── FormError       [E2xx] → 11   form definitions
    ├── SnapshotError   [E3xx] → 12   patient data that cannot be loaded
    ├── PlanError       [E4xx] → 13   a page that cannot be laid out
    ├── PrintError      [E5xx] → 14   a packet that cannot be written
    ├── TrustError      [E6xx] → 15   keys, cards, claims
    ├── ScanError       [E7xx] → 16   scanned files
    ├── StoreError      [E8xx] → 17   the site's store, packets and manifests
    └── SendError       [E9xx] → 18   answers that cannot be filed to the EHR

A message says the place, the fault and the cure. Messages never carry a name, an MRN or a birth
date: they end up in logs. The codes are explained in ``docs/errors.md``; a test keeps that page
complete.
"""

from __future__ import annotations

from enum import IntEnum
from typing import ClassVar


class ExitCode(IntEnum):
    """Exit codes of the command line (DESIGN 5)."""

    DONE = 0
    BUG = 1
    USAGE = 2
    CONFIG = 10
    FORM = 11
    SNAPSHOT = 12
    PLAN = 13
    PRINT = 14
    TRUST = 15
    SCAN = 16
    STORE = 17
    SEND = 18
    REVIEW = 100
    """Done, and pages wait for a person."""
    UNIDENTIFIED = 101
    """Done, and some pages could not be identified."""
    PROBLEMS = 102
    """Printed, with problems that are named on paper."""


class PapermodeError(Exception):
    """Base of all errors that a user can do something about.

    ``place`` is where (a file and line, a page, a setting), ``fault`` what is wrong there, ``cure``
    what to do about it. ``code`` is stable and searchable.
    """

    exit_code: ClassVar[ExitCode] = ExitCode.BUG

    def __init__(self, code: str, *, place: str, fault: str, cure: str) -> None:
        """Keep the three parts of the message and its code."""
        self.code = code
        self.place = place
        self.fault = fault
        self.cure = cure
        super().__init__(f"{code} {place}: {fault} {cure}")

    def as_dict(self) -> dict[str, str]:
        """Return the error for ``--json`` output."""
        return {"code": self.code, "place": self.place, "fault": self.fault, "cure": self.cure}


class UsageFaultError(PapermodeError):
    """The command line asks for something that makes no sense."""

    exit_code = ExitCode.USAGE


class ConfigError(PapermodeError):
    """The site's settings cannot be used."""

    exit_code = ExitCode.CONFIG


class FormError(PapermodeError):
    """A form definition cannot be used."""

    exit_code = ExitCode.FORM


class SnapshotError(PapermodeError):
    """Patient data cannot be loaded."""

    exit_code = ExitCode.SNAPSHOT


class PlanError(PapermodeError):
    """A page cannot be laid out."""

    exit_code = ExitCode.PLAN


class PrintError(PapermodeError):
    """A packet cannot be written."""

    exit_code = ExitCode.PRINT


class TrustError(PapermodeError):
    """A key, card, claim or signature cannot be used."""

    exit_code = ExitCode.TRUST


class ScanError(PapermodeError):
    """A scanned file cannot be read."""

    exit_code = ExitCode.SCAN


class StoreError(PapermodeError):
    """The site's store, a packet folder or a manifest cannot be used."""

    exit_code = ExitCode.STORE


class SendError(PapermodeError):
    """Answers cannot be filed to the EHR."""

    exit_code = ExitCode.SEND
