"""Patient data files -> a snapshot: FHIR R4 (Bundle, NDJSON, bulk export) and census lists (CSV).

:func:`load` reads files, :func:`describe` says what a snapshot holds and lacks, :func:`dumps` and :func:`loads`
store it. What can be read, and how each FHIR element is understood, is described in the modules.
"""

from papermode.intake.describe import describe
from papermode.intake.load import load
from papermode.intake.serial import dumps, loads
from papermode.intake.settings import IntakeSettings, Limits

__all__ = ["IntakeSettings", "Limits", "describe", "dumps", "load", "loads"]
