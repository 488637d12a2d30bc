"""Confirm a damaged claim code against the claim that the manifest has for the page.

A torn or scribbled code that no decoder reads still shows most of its modules. When the locator has
named the page, the claim's whole symbol is known, and the printed modules are compared with it one by one.
Only modules that depend on the signature count: two pages of one packet say nearly the same before it, but
their signatures are as good as random, so that another page's symbol agrees in half of some 2,000 modules.
"""

from __future__ import annotations

import hashlib
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from papermode.geometry import Rect
from papermode.ids import crockford
from papermode.scan.sampling import Registration, rectify
from papermode.symbols import qr

Gray = npt.NDArray[np.uint8]

AGREEMENT: Final = 0.70
"""Least share of agreeing modules by which a claim is confirmed. Another page has 0.50 with a standard
deviation of 0.012 (0.54 after the search for the best shift); a claim with half its area gone has 0.75."""

_VARIANTS: Final = 12
"""Signatures tried to find the modules that depend on one: each misses half of those left."""

_PIXELS: Final = 6
"""Samples per module and direction."""
_SNAP: Final = 9
"""Largest shift tried, in samples: one and a half modules, 0.7 mm."""
_MARGIN: Final = 2 * _PIXELS
_LOCAL_MODULES: Final = 9


def claim_agreement(gray: Gray, registration: Registration, place: Rect, text: str) -> float:
    """Return the share of the signature's modules at ``place`` that are as in the symbol of a claim text.

    Args:
        gray: the scan.
        registration: where the page lies in it, known without this code.
        place: the code without its quiet zone.
        text: the PM1 text that should be there.
    """
    expected = _modules(text)
    depends = np.zeros_like(expected)
    for variant in range(_VARIANTS):
        depends |= _modules(_other_signature(text, variant)) != expected
    dark = _dark(gray, registration, place, len(expected))
    best = 0.0
    for dy in range(-_SNAP, _SNAP + 1):
        for dx in range(-_SNAP, _SNAP + 1):
            y, x = _MARGIN + _PIXELS // 2 + dy, _MARGIN + _PIXELS // 2 + dx
            size = _PIXELS * len(expected)
            modules = dark[y : y + size : _PIXELS, x : x + size : _PIXELS]
            best = max(best, float((modules == expected)[depends].mean()))
    return best


def _modules(text: str) -> npt.NDArray[np.bool_]:
    return np.array(qr.matrix(qr.claim_symbol(text)), dtype=bool)


def _other_signature(text: str, variant: int) -> str:
    """Return the text with another last field of the same length."""
    head, _, signature = text.rpartition(" ")
    noise = crockford(hashlib.sha512(f"{variant} {text}".encode()).digest())
    return f"{head} {(noise * (len(signature) // len(noise) + 1))[: len(signature)]}"


def _dark(gray: Gray, registration: Registration, place: Rect, modules: int) -> npt.NDArray[np.bool_]:
    """Return which samples are darker than their surroundings, at ``_PIXELS`` per module with a margin."""
    margin = round(place.w * _MARGIN / (_PIXELS * modules))
    picture = rectify(gray, registration, place.grown(margin), _PIXELS * modules / place.w * 100)
    soft = cv2.GaussianBlur(picture, (0, 0), 0.22 * _PIXELS)
    window = _LOCAL_MODULES * _PIXELS + 1
    return np.asarray(soft < cv2.blur(picture, (window, window)), dtype=bool)
