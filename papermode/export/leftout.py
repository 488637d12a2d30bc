"""What an export leaves out, and why. Nothing is dropped in silence."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

Key = tuple[str, int | None, int | None]
"""(link_id, row, column) of an answer."""

WAITS: Final = MappingProxyType(
    {
        # page
        "no-patient": "the page is bound to no patient of the EHR",
        "no-form": "the form of this version is not at hand",
        "no-picture": "the page has no picture, and nothing is filed without it",
        "conflict": "there are different answers for the same place",
        "unconfirmed": "nobody has confirmed it",
        "whose-again": "people are asked again whose page it is, as somebody else may have its reserved number: settle"
        " that in `papermode review`, then send again",
        "changed-again": "it was changed in review after it was confirmed: confirm it again there, then send again",
        "day-again": "the day of its times stands on a page that is asked about again: settle that one in"
        " `papermode review`, then send again",
        # answer
        "needs-nurse": "a nurse has to look at it",
        "pharmacy": "the pharmacy has to look at it",
        "rescan": "the page has to be scanned again",
        "mark-open": "nobody has settled whether its entry is struck out (V) or was charted before the downtime (E):"
        " settle that mark in `papermode review`, then send again",
        "department": "the department that the site names enters it",
        "second-check": "a second person has to confirm it",
        "form-changed": "the form at hand has another code or unit than the one that was printed",
        "unplaced": "the form has no such place",
        "value": "it cannot be a value of this item",
        "range": "it is outside the range that the form gives",
        # observations and administrations
        "no-time": "no time is written, and none is invented",
        "time-unclear": "the written time is no one instant: its day is missing, or a digit is wrong",
        "future": "its time is later than its confirmation",
        "no-unit": "no unit is known",
        "how-open": "nobody has settled how it is known (measured, estimated …)",
        "no-order": "the row is bound to no order of the EHR",
        "no-drug": "the row has no words for the drug",
        "no-mark": "a time is written, but neither given nor not given is marked",
        "no-dose": "the dose is not readable as data",
        "stopped": "the order was stopped on paper: a person has to stop it in the EHR, where it still stands",
        "infusion": "the rates and bags of an infusion are charted by a person",
    }
)
"""Reasons that somebody must act on, in words."""
SETTLED: Final = MappingProxyType(
    {
        "image": "kept as a picture, by the site's policy",
        "nothing": "not filed, by the site's policy",
        "count": "counted by `papermode reconcile`, and not filed, by the site's policy",
        "not-last": "kept as a picture: neither the last of its kind nor abnormal",
        "void": "struck out on paper",
        "unwritten": "nothing is written on it, and it is nobody's",
        "in-ehr": "charted in the EHR before the downtime",
    }
)
"""Reasons that leave nothing to be done, in words."""


@dataclass(frozen=True, slots=True, order=True)
class LeftOut:
    """One thing that is not in the bundle. It carries no patient identifier."""

    packet: str
    page: int
    link_id: str
    """'' = the whole page."""
    row: int
    """0 = none."""
    column: int
    """0 = none."""
    reason: str
    """A key of :data:`WAITS` or :data:`SETTLED`."""
    what: str = "answer"
    """``page``, ``answer``, ``observation``, ``administration`` or ``order``: what was not made of it."""
    form: str = ""
    """The form of the page."""

    @property
    def waits(self) -> bool:
        """Whether somebody has to act."""
        return self.reason in WAITS

    @property
    def words(self) -> str:
        """The reason in words."""
        return WAITS.get(self.reason) or SETTLED[self.reason]
