"""The scoring rules that an item of kind ``score`` can name.

Only what lint needs is here: the range, so that a total has enough cells, and where the rule comes
from. Titles are our own words; the wording of the instruments belongs to their owners.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True)
class Rule:
    """A scoring rule: its name in forms, what it is, and the lowest and highest total."""

    name: str
    title: str
    low: int
    high: int
    source: str


_ALL: Final = (
    Rule("news2", "National Early Warning Score 2", 0, 20, "Royal College of Physicians 2017; acknowledge the RCP"),
    Rule("gcs", "Glasgow coma score (eye, verbal, motor)", 3, 15, "Teasdale 1974, wording of 2014"),
    Rule("braden", "Braden pressure injury risk", 6, 23, "Braden and Bergstrom 1988; licensed"),
    Rule("morse", "Morse fall risk", 0, 125, "Morse 1989; do not leave out variables"),
    Rule("rass", "Richmond agitation and sedation", -5, 4, "Sessler 2002"),
    Rule("apgar", "APGAR of a newborn", 0, 10, "Apgar 1953"),
    Rule("aldrete", "Aldrete recovery after anaesthesia", 0, 10, "Aldrete 1970, modified 1995"),
    Rule("ciwa-ar", "Alcohol withdrawal, revised", 0, 67, "Sullivan 1989"),
    Rule("sum", "The sum of the scores of the answers marked", 0, 9999, "the form's own options"),
)
RULES: Final = MappingProxyType({rule.name: rule for rule in _ALL})
