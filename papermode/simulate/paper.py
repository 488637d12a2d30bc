"""What scanners, phones, copiers and wards do to a page between the printer and the reader, by name.

A scenario is a value: ranges from which one capture is drawn. Lengths are in mm on the page, so one
scenario means the same at any resolution (docs/architecture.md, "The damage simulator").
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from papermode.simulate.bends import Fold, Waves
from papermode.simulate.capture import Capture, capture, capture_with_map
from papermode.simulate.copies import GlassLines, LowToner, Photocopies, Streaks
from papermode.simulate.damage import Hole, PunchHoles, Scribble, Stains, Staple, Torn
from papermode.simulate.scenario import Scenario
from papermode.simulate.sheet import Event, OneOf
from papermode.simulate.stuck import MarginNotes, Note, Stamp, Sticker

__all__ = ["SCENARIOS", "Capture", "Scenario", "capture", "capture_with_map"]

_FOLD: Final = Fold((0.0, 0.035), 0.3)
_PHONE: Final = Scenario(
    skew=(-8.0, 8.0),
    perspective=0.02,
    ground=110,
    blur=(0.05, 0.12),
    noise=0.025,
    light=(0.2, 0.45),
    black=0.12,
    white=0.90,
)
_TILTED: Final = replace(
    _PHONE, skew=(-15.0, 15.0), perspective=0.06, dpi=(120, 200), blur=(0.05, 0.15), light=(0.2, 0.55), jpeg=(50, 75)
)
_BILEVEL: Final = Scenario(jpeg=None, threshold=(90, 180))
_FAX: Final = Scenario(
    skew=(-2.0, 2.0), dpi=(204, 204), aspect=196 / 204, blur=(0.05, 0.05), jpeg=None, threshold=(100, 170)
)


def _happens(*events: Event) -> Scenario:
    """Return an ordinary scan of a sheet to which something happened."""
    return Scenario(events=events)


SCENARIOS: Final[dict[str, Scenario]] = {
    # Scanners.
    "clean": Scenario(skew=(-0.5, 0.5), shift=0.5, blur=(0.0, 0.0), noise=0.004, jpeg=(85, 90)),
    "office": Scenario(turns=(0, 0, 2)),
    "scan-300": Scenario(dpi=(300, 300), jpeg=(60, 75)),
    "skewed": Scenario(skew=(-8.0, 8.0)),
    "scan-150": Scenario(dpi=(150, 150)),
    "scan-100": Scenario(dpi=(100, 100)),
    "upside-down": Scenario(turns=(2,)),
    "sideways": Scenario(turns=(1, 3)),
    "rotated": Scenario(skew=(-180.0, 180.0), dpi=(150, 150)),
    "jpeg30": Scenario(jpeg=(30, 30)),
    "jpeg30-150": Scenario(dpi=(150, 150), jpeg=(30, 30)),
    "jpeg30-100": Scenario(dpi=(100, 100), jpeg=(30, 30)),
    "bilevel": _BILEVEL,
    "bilevel-300": replace(_BILEVEL, dpi=(300, 300)),
    "fax": _FAX,
    "fax-coarse": replace(_FAX, aspect=98 / 204),
    "blur": Scenario(blur=(0.2, 0.2)),
    "blur-strong": Scenario(blur=(0.35, 0.35)),
    # Phones.
    "phone": _PHONE,
    "phone-tilted": _TILTED,
    "phone-hard": replace(
        _TILTED,
        skew=(-25.0, 25.0),
        perspective=0.10,
        dpi=(85, 140),
        blur=(0.1, 0.2),
        motion=(2, 6),
        black=0.15,
        white=0.80,
        light=(0.4, 0.75),
        noise=0.045,
        jpeg=(30, 55),
    ),
    "phone-curl": replace(
        _TILTED, skew=(-8.0, 8.0), perspective=0.04, dpi=(140, 190), events=(Waves((1.0, 3.0), (1.5, 4.0)),)
    ),
    # Printers and copiers.
    "copy": Scenario(blur=(0.08, 0.12), noise=0.04, black=0.15, white=0.98),
    "photocopy": _happens(Photocopies(1)),
    "photocopy-2": _happens(Photocopies(2)),
    "photocopy-3": _happens(Photocopies(3)),
    "photocopy-4": _happens(Photocopies(4)),
    "low-toner": _happens(LowToner((0.45, 0.70), patches=(0.75, 1.25), speckle=(0.0, 0.0))),
    "toner-end": _happens(LowToner()),
    "streaks": _happens(Streaks()),
    "glass-dust": _happens(GlassLines()),
    # Bent paper.
    "feed-slip": _happens(Waves((0.4, 1.2), (0.1, 0.4))),
    "feed-stretch": _happens(Waves((0.4, 1.2), (0.1, 0.4), stretch=0.008)),
    "curl": _happens(Waves((0.3, 1.0), (0.6, 1.8))),
    "fold": _happens(Fold((0.01, 0.03), 0.4, across_only=True)),
    "fold-any": _happens(_FOLD),
    # Damage, aimed.
    "coffee": _happens(Stains(count=(1, 3))),
    "stain-code": _happens(Stains("code")),
    "stain-squares": _happens(Stains("square", (2, 2))),
    "scribble-5": _happens(Scribble((0.05, 0.05))),
    "scribble-10": _happens(Scribble((0.10, 0.10))),
    "scribble-15": _happens(Scribble((0.15, 0.15))),
    "scribble-25": _happens(Scribble((0.25, 0.25))),
    "scribble-squares": _happens(Scribble((0.03, 0.10), "square", 2)),
    "punch-holes": _happens(PunchHoles()),
    "hole-code": _happens(Hole()),
    "staple": _happens(Staple()),
    "torn-finder": _happens(Torn("finder")),
    "torn-corner": _happens(Torn("square")),
    # Stuck on and written on.
    "sticker-code": _happens(Sticker("code")),
    "sticker-name": _happens(Sticker("name")),
    "sticker-label": _happens(Sticker("label")),
    "sticker-fields": _happens(Sticker("fields")),
    "note": _happens(Note()),
    "stamp": _happens(Stamp()),
    "margin-notes": _happens(MarginNotes()),
    # Several at once.
    "mild": Scenario(
        skew=(-8.0, 8.0),
        dpi=(150, 150),
        blur=(0.05, 0.05),
        jpeg=(40, 60),
        events=(Photocopies(1), OneOf((Stains("code"), _FOLD))),
    ),
    "hard": Scenario(
        skew=(-8.0, 8.0),
        dpi=(150, 150),
        blur=(0.08, 0.08),
        jpeg=(35, 55),
        events=(
            LowToner((0.45, 0.70)),
            Photocopies(1),
            Scribble((0.05, 0.05)),
            OneOf((_FOLD, Stains("code"))),
        ),
    ),
}
"""Scenarios by name."""
