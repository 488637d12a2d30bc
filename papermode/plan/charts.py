"""The trend chart of vital signs: black on white, a marker shape a series, values readable in a copy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, Final, Literal

from papermode.geometry import Hmm, Rect
from papermode.model.layout import Line, Text
from papermode.model.packet import Chart
from papermode.model.snapshot import PatientRecord
from papermode.plan.builder import baseline
from papermode.plan.words import word

Shape = Literal["round", "square", "up", "down"]
SERIES: Final[tuple[tuple[str, str, Shape], ...]] = (
    ("8480-6", "systolic", "down"),
    ("8462-4", "diastolic", "up"),
    ("8867-4", "pulse", "round"),
    ("9279-1", "resp", "square"),
)
"""LOINC code, word, marker: one scale of 0 to 240 serves all four (mmHg, /min)."""
TOP: Final = 240
AXIS_W: Hmm = 900


def chart_points(record: PatientRecord, run: Any) -> list[dict[str, Any]]:
    """Return the series of the chart: name, shape, points as (hours before the data time, value), newest last.

    What is not a plain number is not drawn; it stands in the list of vital signs all the same.
    """
    out = []
    for code, name, shape in SERIES:
        points = []
        for o in record.vitals.items:
            if o.code != code or o.at is None or o.at.at is None:
                continue
            hours = (run.as_of - o.at.at).total_seconds() / 3600
            value = _number(o.value)
            if value is not None and 0 <= hours <= 24 and 0 <= value <= TOP:
                points.append((hours, value))
        out.append({"name": word(run.style.language, name), "shape": shape, "points": sorted(points, reverse=True)})
    return out


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def draw_chart(texts: list[Text], charts: list[Chart], rect: Rect, series: Sequence[Mapping[str, Any]]) -> None:
    """Draw the chart into ``rect``; the last 24 h from left to right, a legend above."""
    if not series:
        return
    plot = Rect(rect.x + AXIS_W, rect.y + 480, rect.w - AXIS_W - 100, rect.h - 480 - 480)
    lines = [Line(plot.x, plot.y, plot.x, plot.bottom, 20), Line(plot.x, plot.bottom, plot.right, plot.bottom, 20)]
    for value in (40, 80, 120, 160, 200):
        y = plot.bottom - plot.h * value // TOP
        lines.append(Line(plot.x, y, plot.right, y, 8, 60))
        texts.append(Text(plot.x - 80, y + 120, str(value), 1000, align="right"))
    for hours in (24, 18, 12, 6, 0):
        x = plot.right - plot.w * hours // 24
        lines.append(Line(x, plot.bottom, x, plot.bottom + 80, 15))
        texts.append(Text(x, baseline(plot.bottom + 90, 1000), f"{-hours} h", 1000, align="center"))
    dots: list[tuple[int, int, Shape]] = []
    legend_x = plot.x
    for s in series:
        points = [(plot.right - round(plot.w * h / 24), plot.bottom - round(plot.h * v / TOP)) for h, v in s["points"]]
        for (x1, y1), (x2, y2) in pairwise(points):
            lines.append(Line(x1, y1, x2, y2, 25))
        dots += [(x, y, s["shape"]) for x, y in points]
        dots.append((legend_x + 100, rect.y + 200, s["shape"]))
        texts.append(Text(legend_x + 280, baseline(rect.y, 1000), s["name"], 1000))
        legend_x += 2600
    charts.append(Chart(rect, tuple(lines), tuple(dots)))
