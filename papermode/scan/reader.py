"""Read one page image: who it says it is, where it lies, and what is marked on it.

The status of a page (DESIGN 5) follows from identity first: a page is only read against the layout that
its verified claim names, and a page with any doubt about its identity or its fit goes to review.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from papermode.model.layout import Layout
from papermode.model.reading import PageReading
from papermode.scan import limits
from papermode.scan.answers import doubted, read_answers
from papermode.scan.beside import beside
from papermode.scan.codes import Code, Codes, find_codes
from papermode.scan.confirm import AGREEMENT, claim_agreement
from papermode.scan.frames import Frame, find_frames
from papermode.scan.identity import OTHER_CODE, Identity, false_codes, identify, is_newer, locator_of
from papermode.scan.images import PageImage
from papermode.scan.ink import Sheet, make_sheet
from papermode.scan.lookup import Check, ClaimCheck, Lookup, PageInfo
from papermode.scan.match import matched_code
from papermode.scan.register import Registered, register
from papermode.scan.repair import repaired_codes, views_of
from papermode.scan.rules import apply_rules
from papermode.scan.sampling import Registration
from papermode.scan.tripwires import tripwires

Gray = npt.NDArray[np.uint8]

_COARSE_DPI: Final = 120
"""Resolution on the page below which it is said that more is wanted; codes and lines are read from about 100."""
_SAME_PLACE: Final = 0.15
"""How far a code may be from where the squares have it, of its diagonal: 4 mm."""
_INK_LEVELS: Final = 45
"""Gray levels below its surroundings that make a pixel ink when an unknown sheet is judged empty."""
_INK_SHARE: Final = 0.0005
"""Least share of such pixels on a sheet that is not empty: a signature has about 0.0008 of an A4 page."""


BOUND_BY_HAND: Final = "a person has said which page this is"

Flat = Callable[[Gray, Registration, Layout], None]
"""Is told where a page lies in its scan, so that its picture can be made flat."""


def read_page(image: PageImage, lookup: Lookup, check: Check, flat: Flat | None = None) -> PageReading:
    """Read a page image.

    Args:
        image: the scan of one side, at any quarter turn.
        lookup: finds what was printed on a page.
        check: checks the signature of a PM1 text.
        flat: is called if the page could be laid on its layout.

    Returns:
        The reading. Nothing is raised for any picture.
    """
    if min(image.gray.shape) < limits.SMALLEST_SIDE:
        too_small = ("the picture is too small to be a page",)
        return PageReading(file=image.file, index=image.index, status="unreadable", why=too_small)
    gray = _reduced(image.gray)
    checks: dict[str, ClaimCheck] = {}

    def checked(text: str) -> ClaimCheck:
        if text not in checks:
            checks[text] = check(text)
        return checks[text]

    bare = _reduced(image.without_ink) if image.without_ink is not None else None
    codes, frames = _codes_of(gray, bare, lambda text: bool(checked(text).trust), lookup)
    locators = {locator: c for c in codes.locators if (locator := locator_of(c.text)) is not None}
    if not codes.claims and not locators:
        return _without_our_codes(image, gray, codes, frames)
    verified = [c for c in codes.claims if checked(c.text).trust]
    identity = identify([c.text for c in verified or codes.claims], list(locators), lookup, checked)
    why = identity.why + false_codes(codes, identity.claim_text, checked)
    reading = PageReading(
        file=image.file,
        index=image.index,
        status="review" if why else "read",
        why=why,
        claim=identity.claim,
        claim_text=identity.claim_text,
        locator_text=next((c.text for c in locators.values()), ""),
        trust=identity.trust,
        other_codes=_other_texts(codes, identity.claim_text),
    )
    if identity.info is None or identity.claim is None:
        return reading
    ours = {"claim": verified[0]} if verified else {}
    for locator, code in locators.items():
        if (locator.packet, locator.page) == (identity.claim.packet, identity.claim.page):
            ours["locator"] = code
    try:
        ours = _completed(ours, frames, identity.info.layout)
        return _read_boxes(reading, gray, identity, identity.info, ours, flat, bilevel=image.bilevel)
    except (np.linalg.LinAlgError, ValueError, cv2.error):
        # Codes that lie on one point or line, or that the layout does not have: no map can be fitted.
        unplaced = (*why, "the page cannot be laid on its layout")
        return replace(reading, status="review", why=unplaced)


def read_bound(image: PageImage, info: PageInfo, flat: Flat | None = None) -> PageReading:
    """Read a page image that a person has bound to a printed page, because none of its codes can be read.

    Args:
        image: the scan of one side, at any turn.
        info: what was printed on the page that it is said to be.
        flat: is called if the page could be laid on its layout.

    Returns:
        The reading, always for review: nothing on the sheet says that the person is right, but its boxes must be
        where that page has them. Without answers if the sheet does not show its corner squares.
    """
    reading = PageReading(file=image.file, index=image.index, status="review", why=(BOUND_BY_HAND,), written=True)
    gray = _reduced(image.gray)
    laid = [r for frame in find_frames(gray) if (r := _laid(gray, info.layout, frame)) is not None]
    if not laid:
        return replace(reading, why=(*reading.why, "its corner squares cannot be found, so its boxes cannot be read"))
    registered = max(laid, key=lambda r: r.fit.anchors_found)
    if flat is not None:
        flat(gray, registered.registration, info.layout)
    sheet = make_sheet(gray, registered)
    # That the printed name is there tells that the person has bound the right page.
    wires = () if registered.faults else tripwires(sheet, info.layout.zones, info.head, bound=bool(info.head))
    return _answered(reading, sheet, info.layout, reading.why + registered.faults + wires, bilevel=image.bilevel)


def _laid(gray: Gray, layout: Layout, frame: Frame) -> Registered | None:
    if frame.size != layout.size:
        return None
    try:
        return register(gray, layout, frame.codes(layout.codes))
    except (np.linalg.LinAlgError, ValueError, cv2.error):
        return None


def _codes_of(
    gray: Gray, bare: Gray | None, genuine: Callable[[str], bool], lookup: Lookup
) -> tuple[Codes, list[Frame]]:
    """Return the codes of a page, and the ways it may lie if its squares had to be asked where its claim is."""

    def identified(codes: Codes) -> bool:
        return any(genuine(c.text) for c in codes.claims if not c.mirrored)

    codes = find_codes(gray, genuine)
    if bare is not None and not identified(codes):
        # Without the ink of a blue pen, more of the codes can be seen.
        gray = bare
        codes = codes.joined(find_codes(gray, genuine).all)
    if identified(codes):
        return codes, []
    frames = find_frames(gray)
    views = views_of(gray, frames)
    codes = codes.joined(repaired_codes(views, genuine))
    if all(c.mirrored for c in codes.locators) and not identified(codes):
        matched = matched_code(views, lookup.known_codes())
        codes = codes.joined([matched] if matched is not None else [])
    return codes, frames


def _completed(ours: dict[str, Code], frames: list[Frame], layout: Layout) -> dict[str, Code]:
    """Return the page's codes, with the place of one that could not be read as the corner squares have it.

    One code alone is a poor start for the far end of a photograph.
    """
    if len(ours) != 1 or not frames:
        return ours
    ((kind, code),) = ours.items()
    size = np.linalg.norm(code.corners[2] - code.corners[0])
    for frame in frames:
        expected = frame.codes(layout.codes)
        off = np.abs(expected[kind].corners - code.corners).max()
        if frame.size == layout.size and off < _SAME_PLACE * size:
            return {**expected, kind: code}
    return ours


def _reduced(gray: Gray) -> Gray:
    """Return the image at no more than about 450 dpi: more only costs time."""
    factor = -(-max(gray.shape) // limits.WORK_PIXELS_LONG_SIDE)
    if factor <= 1:
        return gray
    height, width = gray.shape
    return np.asarray(
        cv2.resize(gray, (width // factor, height // factor), interpolation=cv2.INTER_AREA), dtype=np.uint8
    )


def _without_our_codes(image: PageImage, gray: Gray, codes: Codes, frames: list[Frame]) -> PageReading:
    """Judge a page with neither claim nor locator: foreign, blank or unreadable."""
    reading = PageReading(file=image.file, index=image.index, status="blank", other_codes=_other_texts(codes, ""))
    if any(is_newer(text) for text in reading.other_codes):
        return replace(reading, status="review", why=("the page was printed by a newer papermode than this one",))
    if frames:
        why = "the page has our corner squares but neither of its codes can be read"
        return replace(reading, status="unreadable", why=(why, *_coarse(Registration(frames[0].matrix))))
    if reading.other_codes:
        return replace(reading, status="foreign", why=("the page has a code, but none of ours",))
    if _has_ink(gray):
        # It may be a torn page of ours or a note on plain paper: only a person can say, so it is not "blank".
        why = "there is print or writing on the page, but no code"
        return replace(reading, status="unreadable", why=(why,), written=True)
    return replace(reading, why=("the sheet is empty",))


def _has_ink(gray: Gray) -> bool:
    """Tell whether a sheet of unknown kind has print or writing on it; its edges (shadows) do not count."""
    height, width = gray.shape
    inner = gray[height // 20 : height - height // 20, width // 20 : width - width // 20]
    scale = min(1200 / max(inner.shape), 1.0)
    small = cv2.resize(inner, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    brush = np.ones((15, 15), np.uint8)
    paper = cv2.GaussianBlur(cv2.morphologyEx(small, cv2.MORPH_CLOSE, brush), (0, 0), 5)
    return bool(np.mean(cv2.subtract(paper, small) > _INK_LEVELS) > _INK_SHARE)


def _read_boxes(
    reading: PageReading,
    gray: Gray,
    identity: Identity,
    info: PageInfo,
    codes: dict[str, Code],
    flat: Flat | None,
    *,
    bilevel: bool,
) -> PageReading:
    """Register the page on its layout and read it."""
    layout = info.layout
    registered = register(gray, layout, codes)
    if flat is not None:
        flat(gray, registered.registration, layout)
    sheet = make_sheet(gray, registered)
    bound = identity.claim is not None and bool(identity.claim.mrn)
    # On a page that lies elsewhere the name does so, too.
    head = () if registered.faults else info.head
    coarse = _coarse(registered.registration) if registered.faults else ()
    more = beside(gray, registered.registration, layout.size)
    why = reading.why + registered.faults + coarse + more + tripwires(sheet, layout.zones, head, bound=bound)
    if identity.by_locator and (registered.faults or not _confirmed(gray, registered, info)):
        why += ("only the page's small code can be read",)
    return _answered(reading, sheet, layout, why, bilevel=bilevel)


def _answered(
    reading: PageReading, sheet: Sheet, layout: Layout, why: tuple[str, ...], *, bilevel: bool
) -> PageReading:
    """Return the reading with what is marked on the sheet.

    Where it does not fit its layout, or a part of another page lies on it, nothing of it is sure.
    """
    registered = sheet.registered
    doubtful = bool(registered.faults) or OTHER_CODE in why
    answers, written = read_answers(sheet, layout.boxes, bilevel=bilevel)
    return replace(
        reading,
        status="review" if why else "read",
        why=why,
        layout_id=layout.id,
        rotation=registered.registration.rotation,
        fit=registered.fit,
        answers=doubted(answers) if doubtful else apply_rules(answers),
        written=written,
    )


def _coarse(registration: Registration) -> tuple[str, ...]:
    """Say so where a picture, most often a photograph, has too few pixels for what is printed on the page."""
    middle = np.array([[105.0, 140.0]])
    dpi = float(np.sqrt(np.abs(np.linalg.det(registration.pixels_per_mm(middle))))[0]) * 25.4
    if dpi >= _COARSE_DPI:
        return ()
    return (f"the picture has only {dpi:.0f} dots per inch on the page: scan it at 200, or take it from nearer",)


def _confirmed(gray: Gray, registered: Registered, info: PageInfo) -> bool:
    """Tell whether the page's claim code, unreadable as it is, is that of the manifest."""
    places = [c.rect for c in info.layout.codes if c.kind == "claim"]
    return any(claim_agreement(gray, registered.registration, r, info.claim_text) >= AGREEMENT for r in places)


def _other_texts(codes: Codes, claim_text: str) -> tuple[str, ...]:
    """Return the texts of all codes that do not say what this page is."""
    ours = tuple(c.text for c in codes.claims if c.text != claim_text)
    broken = tuple(c.text for c in codes.locators if locator_of(c.text) is None)
    return ours + broken + tuple(c.text for c in codes.others)
