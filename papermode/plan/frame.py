"""The frame of every page: corner squares, codes, the places of the banner and the footer.

Measures (0.01 mm): body 178 x 180 mm from y = 63.9 mm; claim top right, locator bottom left; label
zone 70 x 30 mm; nothing nearer to the edge than 10 mm (DESIGN 3). The same on A4 and Letter, but for
the left margin and the distance of the footer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from papermode.geometry import Paper, Rect
from papermode.model.form import BODY_H, BODY_W, Form, Subject
from papermode.model.layout import Line, Zone
from papermode.model.places import EDGE, LOCATOR_SIDE, code_places
from papermode.plan.builder import Builder
from papermode.plan.words import word

BODY_TOP: Final = 6390
LOCATOR_QUIET: Final = 304
NAME_W: Final = 14450
NAME_H: Final = 1400
IDENTITY_W: Final = 7350
BANNER_TOP: Final = 5530
CROSS_STEP: Final = 1500
FOOTER_STEP: Final = 370


@dataclass(frozen=True, slots=True)
class Frame:
    """The rectangles of the frame that the fills go into."""

    body: Rect
    name: Rect
    identity: Rect
    corner_note: Rect
    """Page x of y, form and ward, under the claim."""
    banner: Rect
    footer: Rect


def frame_of(paper: Paper, *, wide: bool) -> Frame:
    """Return the frame's rectangles; ``wide`` gives the identity block the label zone's place too."""
    left = (paper.w - BODY_W) // 2
    footer_top = paper.h - EDGE - LOCATOR_SIDE - 40
    return Frame(
        body=Rect(left, BODY_TOP, BODY_W, BODY_H),
        name=Rect(left + 50, 1020, NAME_W, NAME_H if not wide else 2700),
        identity=Rect(left, 2450 if not wide else 3750, IDENTITY_W if not wide else NAME_W, 3080 if not wide else 1780),
        corner_note=Rect(left + BODY_W - 3200, 4150, 3200, 1380),
        banner=Rect(left, BANNER_TOP, BODY_W, BODY_TOP - BANNER_TOP - 60),
        footer=Rect(left + LOCATOR_SIDE + 700, footer_top, BODY_W - LOCATOR_SIDE - 700, LOCATOR_SIDE),
    )


def build_frame(b: Builder, form: Form, *, wide: bool) -> Frame:
    """Place the frame of a page on the builder and return its rectangles."""
    frame = frame_of(b.paper, wide=wide)
    left, right = frame.body.x, frame.body.right
    b.codes.extend(code_places((b.paper.w, b.paper.h)))
    b.zones.append(Zone("name", frame.name))
    if not wide:
        _label_zone(b, Rect(left + 7500, 2480, 7000, 3000), form.subject)
    banner = frame.banner
    for y in (banner.y, BODY_TOP - 60):
        b.lines.append(Line(left, y, right, y, 40))
    for i in range(13):
        for x in (1300, b.paper.w - 1300):
            b.crosses.append(Rect(x, BODY_TOP + i * CROSS_STEP, 0, 0))
    _footer(b, frame.footer, form)
    return frame


def _label_zone(b: Builder, zone: Rect, subject: Subject) -> None:
    """Draw the label zone: to be left empty on a bound page, for the sticker on an unbound one."""
    b.zones.append(Zone("label", zone))
    b.frame(zone, 15, 55, dash=True)
    middle = zone.x + zone.w // 2
    b.text(
        middle,
        zone.y + zone.h - 450,
        word(b.language, f"label_{subject}"),
        1000,
        align="center",
        gray=0 if subject == "unbound" else 45,
    )


def _footer(b: Builder, footer: Rect, form: Form) -> None:
    """Draw the words of the footer that are the same on every page of the form."""
    title = form.title.get(b.language)
    b.text(footer.x, footer.y, f"{title} · {form.id} v{form.version}", 1000, bold=True)
    b.text(footer.x, footer.y + FOOTER_STEP * 5, word(b.language, "correction"), 1000)
    if form.licence:
        b.text(footer.x, footer.y + FOOTER_STEP * 4, form.licence, 1000)
