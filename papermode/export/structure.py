"""The structural check of FHIR R4 4.0.1: elements, cardinalities, primitive types; by fhirkit-rs.

It knows no required codes, reference targets or questionnaires: see ``bundle_checks`` and ``validator``.
"""

from __future__ import annotations

import fhirkit

from papermode.export.faults import Fault


def structure_faults(data: bytes) -> list[Fault]:
    """Return what is structurally wrong with a resource in JSON."""
    try:
        issues = fhirkit.validate(data)
    except ValueError as error:  # ParseError
        return [Fault("", "json", f"cannot be parsed ({type(error).__name__})")]
    # The messages of fhirkit quote values, which may be a patient's: only the path is kept.
    return [Fault(i.path, "structure", "is not valid FHIR R4") for i in issues if i.severity == "error"]
