"""What one kind of capture is: values and ranges, from which one capture is drawn."""

from __future__ import annotations

from dataclasses import dataclass

from papermode.simulate.sheet import Event

Range = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Scenario:
    """Ranges of one kind of capture; a value is drawn uniformly from each. Lengths are mm on the page."""

    skew: Range = (-3.0, 3.0)
    """Degrees."""
    turns: tuple[int, ...] = (0,)
    """Clockwise quarter turns (0 to 3) to choose from."""
    shift: float = 2.0
    """Largest shift on the glass, mm."""
    perspective: float = 0.0
    """Largest move of a corner in x and y, as a share of the diagonal."""
    ground: int = 255
    """Gray of what the page lies on."""
    dpi: Range | None = None
    """Resolution of the scan; ``None`` leaves it to the caller."""
    aspect: float = 1.0
    """Lines per dot: resolution along the page over that across it (fax)."""
    blur: Range = (0.0, 0.05)
    """Defocus, sigma in mm."""
    motion: Range = (0.0, 0.0)
    """Length of motion blur in pixels of the scan."""
    black: float = 0.10
    white: float = 0.95
    """What ink and paper come out as, 0 to 1."""
    light: Range = (0.0, 0.0)
    """Uneven light: deepest fall-off, as a share."""
    noise: float = 0.015
    """Sigma, 0 to 1."""
    jpeg: Range | None = (45, 75)
    """Quality; ``None`` = lossless."""
    threshold: Range | None = None
    """Black and white at this level (0 to 255); ``None`` = gray."""
    events: tuple[Event, ...] = ()
    """What happens to the sheet before it is captured, in order."""
