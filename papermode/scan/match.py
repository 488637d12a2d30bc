"""Name a page whose codes are too damaged to be decoded, by comparing them with those of all pages that were printed.

A code that is faded, moved over or scribbled on still shows most of its modules. Two pages have different
signatures and check words, so that of the modules that depend on the text some half differ between any two codes: the
right page agrees with what is seen many standard deviations better than any other, and if the page is none of those
known, none stands out. What is found this way is looked at like a page of which only the small code is read: a person
confirms it, unless the signature's modules agree too (:mod:`papermode.scan.confirm`).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from papermode.scan.codes import Code
from papermode.scan.repair import CodeView
from papermode.symbols import qr
from papermode.trust.claims import compose_locator

Values = npt.NDArray[np.float32]
Packed = npt.NDArray[np.uint8]

_MARGIN: Final[dict[qr.Kind, float]] = {"claim": 10.0, "locator": 5.5}
"""Standard deviations by which the best page must be better than the second. Other pages lie within 2 of each other;
a claim of the same words with another signature comes to 8."""
_WINDOW: Final = (9, 9)
"""Modules around, over which a module's value is made relative."""
_CLIP: Final = 1.5
_LEAST_SPREAD: Final = 2.0
"""Gray levels: flat paper has no modules."""
_MOST: Final = 20_000
"""Pages compared with: the nights before are not what comes out of a scanner after a downtime."""
_CHUNK: Final = 4096
"""Codes compared at a time."""


class KnownCodes:
    """The codes of all pages that are known to have been printed."""

    def __init__(self, claims: Sequence[str]) -> None:
        """Take the PM1 texts of the pages, the latest last; nothing is drawn before it is needed."""
        self.claims = claims[-_MOST:]

    @cached_property
    def _claim_rows(self) -> Packed:
        return _packed([qr.claim_symbol(text) for text in self.claims])

    @cached_property
    def _locator_rows(self) -> Packed:
        return _packed([qr.locator_symbol(compose_locator(text)) for text in self.claims])

    def best(self, kind: qr.Kind, seen: Values) -> tuple[int, float]:
        """Return the page whose code agrees best with what is seen, and by how much it is better than the next.

        Args:
            kind: which code.
            seen: how dark each module is, positive = dark, 0 = not to be counted; N x N.

        Returns:
            The page's number in ``claims``, and standard deviations.
        """
        rows = self._claim_rows if kind == "claim" else self._locator_rows
        flat = np.pad(seen, ((0, 0), (0, -seen.shape[1] % 8))).ravel()
        scores = np.concatenate([_signs(rows[i : i + _CHUNK]) @ flat for i in range(0, len(rows), _CHUNK)])
        first, second = np.argsort(-scores)[:2]
        ours, other = _signs(rows[[first, second]])
        noise = 2 * float(np.sqrt((flat[ours != other] ** 2).sum()))
        return int(first), float(scores[first] - scores[second]) / max(noise, 1e-6)


def _packed(symbols: Sequence[qr.Symbol]) -> Packed:
    """Return the modules of symbols, one symbol a row, its own rows padded to bytes."""
    return np.stack([np.frombuffer(symbol.rows, np.uint8) for symbol in symbols])


def _signs(rows: Packed) -> Values:
    """Return modules as 1 (dark) and -1."""
    return np.unpackbits(rows, axis=1).astype(np.float32) * 2 - 1


def matched_code(views: Sequence[tuple[CodeView, CodeView]], known: KnownCodes) -> Code | None:
    """Return the locator of the page that a sheet's damaged codes agree with, or ``None`` if none stands out.

    Args:
        views: claim and locator for each way that the sheet may lie.
        known: the pages that were printed; fewer than two tell nothing.
    """
    if len(known.claims) < 2:
        return None
    best, found = 1.0, None
    for pair in views:
        for view in pair:
            number, margin = known.best(view.kind, _seen(view.modules, view.known))
            if margin / _MARGIN[view.kind] > best:
                best = margin / _MARGIN[view.kind]
                found = Code(compose_locator(known.claims[number]), pair[1].corners)
    return found


def _seen(values: Values, known: Values) -> Values:
    """Return how dark the modules that depend on the text are, against the modules around them."""
    local = values - cv2.blur(values, _WINDOW)
    spread = np.sqrt(np.maximum(cv2.blur(local**2, _WINDOW), _LEAST_SPREAD**2))
    return np.where(known == 0, -np.clip(local / spread, -_CLIP, _CLIP), 0).astype(np.float32)
