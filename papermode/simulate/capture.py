"""Capture a sheet: optics, glass, light, noise, coding; and where its points lie in the picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from papermode.model.layout import Box, Layout
from papermode.simulate.paint import Floats, Gray, Points, low_frequency
from papermode.simulate.scenario import Scenario
from papermode.simulate.sheet import CodeKind, Map, Sheet

Matrix = npt.NDArray[np.float64]

_MOTION_STEPS: Final = 64
_SQUARE: Final = 0.8
"""Pixels that are less square than this are made square, as whatever shows a fax does."""


@dataclass(frozen=True, slots=True, eq=False)
class Capture:
    """A scan, and the truth about it."""

    gray: Gray
    dpi: float
    bilevel: bool
    """Whether the scanner gave black and white only."""
    hidden: frozenset[Box]
    """Boxes of the layout, if it is known, that something lies on or that are torn off."""
    to_pixels: Map
    """Where points of the page (N x 2 mm) lie in the scan (N x 2 pixels; the top left pixel is (0, 0) to (1, 1))."""


def capture(
    page: Gray,
    page_dpi: float,
    scenario: Scenario,
    dpi: float,
    rng: np.random.Generator,
    layout: Layout | None = None,
) -> Gray:
    """Return the scan of a page; arguments as for :func:`capture_with_map`."""
    return capture_with_map(page, page_dpi, scenario, dpi, rng, layout).gray


def capture_with_map(
    page: Gray,
    page_dpi: float,
    scenario: Scenario,
    dpi: float,
    rng: np.random.Generator,
    layout: Layout | None = None,
    *,
    code: CodeKind | None = None,
    printed: Gray | None = None,
) -> Capture:
    """Return the scan of a page, and where the page lies in it.

    Args:
        page: the filled page, uint8 gray, 255 = paper.
        page_dpi: its resolution; not lower than ``dpi``.
        scenario: what happens to it.
        dpi: resolution of the scan where the scenario has none of its own.
        rng: chance.
        layout: the page's layout, so that damage that is aimed at something hits it; without it, it falls anywhere.
        code: which code is hit by damage aimed at a code; chance decides if it is ``None``.
        printed: the page before it was filled, so that low toner spares what pens wrote.
    """
    sheet = Sheet(page.copy(), page_dpi / 25.4, layout, code, printed)
    if layout is not None:
        # A renderer gives whole pixels: the page fills them.
        stretch = np.array(sheet.size) / (np.array(layout.size) / 100)
        sheet.maps.append(lambda points: points * stretch)
    for event in scenario.events:
        event(sheet, rng)
    across = float(rng.uniform(*scenario.dpi)) if scenario.dpi else dpi
    along = across * scenario.aspect
    defocus = float(rng.uniform(*scenario.blur)) / 25.4
    sigmas = [float(np.hypot(0.45 / d, defocus)) * page_dpi for d in (across, along)]
    picture = np.asarray(cv2.GaussianBlur(sheet.picture, (0, 0), sigmas[0], sigmaY=sigmas[1]), dtype=np.uint8)
    scan, matrix = _laid(picture, page_dpi, scenario, (across, along), rng)
    levels = scan.astype(np.float32) / 255 * (scenario.white - scenario.black) + scenario.black
    values = _moved(np.asarray(levels, dtype=np.float32), float(rng.uniform(*scenario.motion)), rng)
    values *= _light(values.shape, float(rng.uniform(*scenario.light)), rng)
    values += scenario.noise * rng.standard_normal(values.shape, dtype=np.float32)
    gray = _encoded(np.clip(values * 255, 0, 255).astype(np.uint8), scenario, rng)
    if scenario.aspect < _SQUARE:
        tall = round(gray.shape[0] / scenario.aspect)
        matrix = np.diag([1, tall / gray.shape[0], 1]) @ matrix
        gray = np.asarray(cv2.resize(gray, (gray.shape[1], tall), interpolation=cv2.INTER_LINEAR), dtype=np.uint8)

    def to_pixels(points: Points) -> Points:
        at = np.column_stack([sheet.where(points) * sheet.scale, np.ones(len(points))]) @ matrix.T
        return np.asarray(at[:, :2] / at[:, 2:])

    return Capture(gray, across, scenario.threshold is not None, frozenset(sheet.hidden), to_pixels)


def _laid(
    page: Gray, page_dpi: float, scenario: Scenario, resolution: tuple[float, float], rng: np.random.Generator
) -> tuple[Gray, Matrix]:
    """Lay the page on the glass: turn, skew, shift, perspective, resolution (across and along, per inch).

    Returns the scan and the plane map from the page's pixels to the scan's (edge convention).
    """
    height, width = page.shape
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], dtype=np.float64)
    angle = np.radians(rng.uniform(*scenario.skew))
    c, s = np.cos(angle), np.sin(angle)
    target = (corners - corners.mean(0)) @ np.array([[c, s], [-s, c]])
    target += rng.uniform(-1, 1, (4, 2)) * scenario.perspective * np.hypot(width, height)
    # The glass (or the photo) holds the whole page, whatever the skew.
    low, high = target.min(0), target.max(0)
    size = np.maximum(high - low, (width, height))
    target += size / 2 - (low + high) / 2 + rng.uniform(-1, 1, 2) * scenario.shift / 25.4 * page_dpi
    ratios = np.array(resolution) / page_dpi
    out_w, out_h = (round(float(v)) for v in size * ratios)
    matrix = cv2.getPerspectiveTransform(corners.astype(np.float32), (target * ratios).astype(np.float32))
    # OpenCV's maps name pixel centres, ours edges.
    half = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
    centres = np.linalg.inv(half) @ matrix @ half
    laid = cv2.warpPerspective(page, centres, (out_w, out_h), flags=cv2.INTER_LINEAR, borderValue=scenario.ground)
    turn = scenario.turns[int(rng.integers(len(scenario.turns)))]
    turned = np.ascontiguousarray(np.rot90(np.asarray(laid, dtype=np.uint8), -turn))
    return turned, _quarter_turns(turn, out_w, out_h) @ matrix


def _quarter_turns(turns: int, width: int, height: int) -> Matrix:
    """Return the map of a picture's points when it is turned clockwise."""
    matrix = np.eye(3)
    for _ in range(turns):
        matrix = np.array([[0, -1, height], [1, 0, 0], [0, 0, 1]]) @ matrix
        width, height = height, width
    return matrix


def _moved(values: Floats, length: float, rng: np.random.Generator) -> Floats:
    """Blur along a line of ``length`` pixels: the hand that holds the phone moves."""
    if length == 0:
        return values
    angle = rng.uniform(0, np.pi)
    reach = int(np.ceil(length / 2)) + 1
    at = np.linspace(-length / 2, length / 2, _MOTION_STEPS)[:, None] * [np.cos(angle), np.sin(angle)]
    places = np.arange(-reach, reach + 1)
    across, down = (np.clip(1 - np.abs(places - at[:, axis, None]), 0, None) for axis in (0, 1))
    kernel = np.einsum("ni,nj->ij", down, across) / _MOTION_STEPS
    return np.asarray(cv2.filter2D(values, -1, kernel, borderType=cv2.BORDER_REPLICATE))


def _light(shape: tuple[int, ...], depth: float, rng: np.random.Generator) -> Floats | float:
    if depth == 0:
        return 1.0
    return np.asarray(1 - depth * low_frequency(shape, max(shape) // 3, rng), dtype=np.float32)


def _encoded(scan: Gray, scenario: Scenario, rng: np.random.Generator) -> Gray:
    if scenario.threshold is not None:
        return np.where(scan < rng.uniform(*scenario.threshold), 0, 255).astype(np.uint8)
    if scenario.jpeg is None:
        return scan
    quality = round(float(rng.uniform(*scenario.jpeg)))
    _, data = cv2.imencode(".jpg", scan, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), dtype=np.uint8)
