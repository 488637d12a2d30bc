"""What scanners, phones, copiers and wards do to a page between the printer and the reader.

A scenario is a value: ranges from which one capture is drawn. Lengths are in mm on the page, so one
scenario means the same at any resolution (docs/architecture.md, "The damage simulator").
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

Gray = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
Range = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Scenario:
    """Ranges of one kind of capture; a value is drawn uniformly from each."""

    skew: Range = (-3.0, 3.0)
    """Degrees."""
    turns: tuple[int, ...] = (0,)
    """Clockwise quarter turns (0 to 3) to choose from."""
    shift: float = 2.0
    """Largest shift on the glass, mm."""
    perspective: float = 0.0
    """Largest move of a corner, as a share of the diagonal."""
    ground: int = 255
    """Gray of what the page lies on."""
    blur: Range = (0.0, 0.05)
    """Defocus, sigma in mm."""
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
    toner: Range = (1.0, 1.0)
    """Share of the ink that came out of the printer."""
    slip: Range = (0.0, 0.0)
    """Feed slip: amplitude in mm of a slow wave along the page."""
    curl: Range = (0.0, 0.0)
    """Curl: amplitude in mm of a sideways wave."""
    fold: Range = (0.0, 0.0)
    """A crease across: jump in mm there."""
    stains: Range = (0, 0)
    """Number of coffee stains."""


SCENARIOS: Final[dict[str, Scenario]] = {
    "clean": Scenario(skew=(-0.5, 0.5), shift=0.5, blur=(0.0, 0.0), noise=0.004, jpeg=(85, 90)),
    "office": Scenario(turns=(0, 0, 2)),
    "upside-down": Scenario(turns=(2,)),
    "sideways": Scenario(turns=(1, 3)),
    "skewed": Scenario(skew=(-8.0, 8.0)),
    "jpeg30": Scenario(jpeg=(30, 30)),
    "blur": Scenario(blur=(0.15, 0.2)),
    "bilevel": Scenario(jpeg=None, threshold=(110, 180)),
    "copy": Scenario(blur=(0.08, 0.12), noise=0.04, black=0.15, white=0.98),
    "low-toner": Scenario(toner=(0.45, 0.70)),
    "phone": Scenario(
        skew=(-8.0, 8.0),
        perspective=0.04,
        ground=110,
        blur=(0.05, 0.12),
        noise=0.025,
        light=(0.2, 0.45),
        black=0.12,
        white=0.90,
    ),
    "feed-slip": Scenario(slip=(0.4, 1.2)),
    "curl": Scenario(curl=(0.5, 1.5), slip=(0.3, 1.0)),
    "fold": Scenario(fold=(0.3, 1.2)),
    "coffee": Scenario(stains=(1, 3)),
}
"""Scenarios by name."""


def capture(page: Gray, page_dpi: float, scenario: Scenario, dpi: float, rng: np.random.Generator) -> Gray:
    """Return the scan of a page.

    Args:
        page: the filled page, uint8 gray, 255 = paper.
        page_dpi: its resolution; not lower than ``dpi``.
        scenario: what happens to it.
        dpi: resolution of the scan.
        rng: chance.
    """
    picture = _worn(page, page_dpi, scenario, rng)
    picture = _bent(picture, page_dpi, scenario, rng)
    sigma = float(np.hypot(0.45 / dpi, rng.uniform(*scenario.blur) / 25.4)) * page_dpi
    picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), sigma), dtype=np.uint8)
    scan = _laid(picture, page_dpi, scenario, dpi, rng)
    values = scan.astype(np.float32) / 255 * (scenario.white - scenario.black) + scenario.black
    values *= _light(values.shape, float(rng.uniform(*scenario.light)), rng)
    values += scenario.noise * rng.standard_normal(values.shape, dtype=np.float32)
    return _encoded(np.clip(values * 255, 0, 255).astype(np.uint8), scenario, rng)


def _worn(page: Gray, dpi: float, scenario: Scenario, rng: np.random.Generator) -> Gray:
    """Low toner and stains: what happens to the paper itself."""
    picture = page
    toner = float(rng.uniform(*scenario.toner))
    if toner < 1:
        patchy = np.clip(toner * (0.75 + 0.5 * _low_frequency(page.shape, round(8 * dpi / 25.4), rng)), 0, 1)
        picture = (255 - (255 - picture.astype(np.float32)) * patchy).astype(np.uint8)
    for _ in range(int(rng.integers(int(scenario.stains[0]), int(scenario.stains[1]) + 1))):
        picture = _stained(picture, dpi, rng)
    return picture


def _stained(page: Gray, dpi: float, rng: np.random.Generator) -> Gray:
    """Lay a coffee stain: a ragged, pale disc with a darker rim."""
    scale = dpi / 25.4
    radius = rng.uniform(12, 28) * scale
    centre = (rng.uniform(0.1, 0.9) * page.shape[1], rng.uniform(0.1, 0.9) * page.shape[0])
    angle = np.linspace(0, 2 * np.pi, 90, endpoint=False)
    ragged = radius * (1 + 0.05 * np.interp(angle, np.linspace(0, 2 * np.pi, 12), rng.normal(0, 1, 12), period=6.2832))
    outline = np.stack([centre[0] + ragged * np.cos(angle), centre[1] + ragged * np.sin(angle)], axis=1)
    shade = np.zeros(page.shape, np.uint8)
    cv2.fillPoly(shade, [np.round(outline).astype(np.int32)], 90)
    cv2.polylines(shade, [np.round(outline).astype(np.int32)], True, 170, max(round(0.9 * scale), 1))
    darker = 1 - cv2.GaussianBlur(shade, (0, 0), 0.3 * scale).astype(np.float32) / 255 * rng.uniform(0.3, 0.6)
    return np.asarray((page * darker).astype(np.uint8))


def _bent(page: Gray, dpi: float, scenario: Scenario, rng: np.random.Generator) -> Gray:
    """Slip, curl and fold: displacements that no plane map can describe."""
    slip, curl, fold = (float(rng.uniform(*r)) for r in (scenario.slip, scenario.curl, scenario.fold))
    if slip == curl == fold == 0:
        return page
    height, width = page.shape
    scale = dpi / 25.4
    at = np.linspace(0, 1, height, dtype=np.float32)
    down = slip * np.sin(2 * np.pi * rng.uniform(0.7, 1.6) * at + rng.uniform(0, 6.28))
    aside = (0.3 * slip + curl) * np.sin(2 * np.pi * rng.uniform(0.5, 1.2) * at + rng.uniform(0, 6.28))
    crease = rng.uniform(0.3, 0.7)
    down += fold * np.clip((at - crease) * 20, 0, 1)
    aside += 0.3 * fold * (at > crease)
    rows = np.arange(height, dtype=np.float32) + (down * scale).astype(np.float32)
    shift = (aside * scale).astype(np.float32)
    map_x = np.arange(width, dtype=np.float32)[None, :] + shift[:, None]
    map_y = np.broadcast_to(rows[:, None], page.shape).astype(np.float32)
    bent = cv2.remap(page, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=255)
    return np.asarray(bent, dtype=np.uint8)


def _laid(page: Gray, page_dpi: float, scenario: Scenario, dpi: float, rng: np.random.Generator) -> Gray:
    """Lay the page on the glass: turn, skew, shift, perspective, resolution."""
    height, width = page.shape
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], dtype=np.float64)
    angle = np.radians(rng.uniform(*scenario.skew))
    c, s = np.cos(angle), np.sin(angle)
    target = (corners - corners.mean(0)) @ np.array([[c, s], [-s, c]])
    target += rng.uniform(-1, 1, (4, 2)) * scenario.perspective * np.hypot(width, height) / 2
    # The glass (or the photo) holds the whole page, whatever the skew.
    low, high = target.min(0), target.max(0)
    size = np.maximum(high - low, (width, height))
    target += size / 2 - (low + high) / 2 + rng.uniform(-1, 1, 2) * scenario.shift / 25.4 * page_dpi
    ratio = dpi / page_dpi
    matrix = cv2.getPerspectiveTransform(corners.astype(np.float32), (target * ratio).astype(np.float32))
    out_w, out_h = (round(float(v) * ratio) for v in size)
    laid = cv2.warpPerspective(page, matrix, (out_w, out_h), flags=cv2.INTER_LINEAR, borderValue=scenario.ground)
    turn = scenario.turns[int(rng.integers(len(scenario.turns)))]
    return np.ascontiguousarray(np.rot90(np.asarray(laid, dtype=np.uint8), -turn))


def _light(shape: tuple[int, ...], depth: float, rng: np.random.Generator) -> Floats | float:
    if depth == 0:
        return 1.0
    return np.asarray(1 - depth * _low_frequency(shape, max(shape) // 3, rng), dtype=np.float32)


def _low_frequency(shape: tuple[int, ...], period: int, rng: np.random.Generator) -> Floats:
    """Return smooth noise between 0 and 1 whose features are about ``period`` pixels wide."""
    coarse = rng.random((max(shape[0] // period, 1) + 2, max(shape[1] // period, 1) + 2)).astype(np.float32)
    smooth = cv2.resize(coarse, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC)
    return np.clip(smooth, 0, 1).astype(np.float32)


def _encoded(scan: Gray, scenario: Scenario, rng: np.random.Generator) -> Gray:
    if scenario.threshold is not None:
        return np.where(scan < rng.uniform(*scenario.threshold), 0, 255).astype(np.uint8)
    if scenario.jpeg is None:
        return scan
    quality = round(float(rng.uniform(*scenario.jpeg)))
    _, data = cv2.imencode(".jpg", scan, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), dtype=np.uint8)
