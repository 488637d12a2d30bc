"""The picture of a page that people look at: upright, and flat where the page was laid on its layout.

In a flat picture the page fills the image exactly, so a place of the layout in 0.01 mm is a place in the picture,
and a crop needs no file of its own.
"""

from __future__ import annotations

from typing import Final, Literal

import cv2
import numpy as np
import numpy.typing as npt

from papermode.geometry import Rect
from papermode.model.layout import Layout
from papermode.scan.sampling import Registration, rectify

Gray = npt.NDArray[np.uint8]

PIXELS_PER_MM: Final = 8.0
"""203 dpi: handwriting is read at ease, and a page has some 300 kB."""
LONG_SIDE: Final = 2376
"""Pixels of the longer side of a picture that is not flat: as A4 has."""
QUALITY: Final = 70
_COMMENT: Final = b"papermode page picture"
_MARK: Final = b"\xff\xfe" + (len(_COMMENT) + 2).to_bytes(2, "big") + _COMMENT
"""A comment (ITU-T T.81, B.2.4.5) after the start of the image, by which pictures are told from scans."""
_TURNS: Final[dict[int, int]] = {
    90: cv2.ROTATE_90_CLOCKWISE,
    180: cv2.ROTATE_180,
    270: cv2.ROTATE_90_COUNTERCLOCKWISE,
}


def flat_picture(gray: Gray, registration: Registration, layout: Layout) -> bytes:
    """Return the page as JPEG, as if it had been scanned without fault.

    Args:
        gray: the scan.
        registration: where the page lies in it.
        layout: the page's layout.
    """
    return _jpeg(rectify(gray, registration, Rect(0, 0, *layout.size), PIXELS_PER_MM))


def plain_picture(gray: Gray, rotation: Literal[0, 90, 180, 270] = 0) -> bytes:
    """Return a scan as JPEG, turned clockwise and made no larger than people can use."""
    turned = cv2.rotate(gray, _TURNS[rotation]) if rotation in _TURNS else gray
    scale = LONG_SIDE / max(turned.shape)
    if scale < 1:
        turned = cv2.resize(turned, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return _jpeg(np.asarray(turned, dtype=np.uint8))


def is_page_picture(data: bytes) -> bool:
    """Tell whether a file that begins with these bytes is a picture made here, and not a scan."""
    return data.startswith(b"\xff\xd8" + _MARK)


def _jpeg(gray: Gray) -> bytes:
    done, data = cv2.imencode(".jpg", gray, [cv2.IMWRITE_JPEG_QUALITY, QUALITY, cv2.IMWRITE_JPEG_OPTIMIZE, 1])
    if not done:
        raise ValueError("a picture could not be written as JPEG")
    made = data.tobytes()
    return made[:2] + _MARK + made[2:]


def jpeg_size(data: bytes) -> tuple[int, int]:
    """Return width and height in pixels of a JPEG, from its frame header (ITU-T T.81, B.2.2)."""
    at = 2
    while at + 9 < len(data):
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            return int.from_bytes(data[at + 7 : at + 9], "big"), int.from_bytes(data[at + 5 : at + 7], "big")
        at += 2 + length
    raise ValueError("not a JPEG with one frame")
