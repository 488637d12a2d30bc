"""Layout values -> PDF operators, in units of 0.01 mm. The one y-flip of the program is here.

Every content stream starts with a matrix that makes one unit 0.01 mm, so that coordinates are the
layout's own integers and nothing is rounded to points.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from papermode.geometry import POINT_HMM, Hmm, Rect
from papermode.model.layout import CORNER_SIZE, MARK_STROKE, Area, Box, Line, Text
from papermode.model.packet import Bars, Chart
from papermode.printing.fonts import FontUse
from papermode.symbols.qr import Symbol, mask_hex
from papermode.typeset.runs import GlyphRun, Shaped
from papermode.typeset.shaping import shape

SCALE: Final = f"{1 / POINT_HMM:.7f}"
UNITS: Final = f"{SCALE} 0 0 {SCALE} 0 0 cm"
"""From here on one unit is 0.01 mm."""
ANCHOR_ARM: Final = 150
HATCH_STEP: Final = 200


class Pen:
    """Writes the operators of one content stream; ``height`` is the page's, for the y-flip."""

    def __init__(self, height: Hmm, fonts: FontUse) -> None:
        self.height = height
        self.fonts = fonts
        self.code: list[str] = []
        self._stroke: tuple[Hmm, int, bool] | None = None

    # -- text ---------------------------------------------------------------------------------

    def texts(self, texts: Iterable[Text]) -> None:
        """Show lines of text, in order."""
        code = ["BT"]
        state: tuple[str, int] | None = None
        gray = 0
        boxes: list[tuple[float, Hmm, float, int]] = []
        for text in texts:
            shaped = shape(text.text, text.bold, text.zero)
            if text.gray != gray:
                gray = text.gray
                code.append(f"{gray / 100:.2f} g")
            x: float = text.x
            if text.align != "left":
                width = shaped.width * text.size * POINT_HMM / 100_000
                x = x - width if text.align == "right" else x - width / 2
            actual = not shaped.plain and not (_rtl(shaped) and _all_mapped(shaped))
            if actual:
                code.append(f"/Span <</ActualText <FEFF{shaped.text.encode('utf-16-be').hex().upper()}>>> BDC")
            for run in shaped.runs:
                font = (run.face_key, text.size)
                if font != state:
                    state = font
                    code.append(f"/{self.fonts.name(run.face_key)} {text.size * POINT_HMM / 100:.1f} Tf")
                self.fonts.add(run)
                code.append(_show(run, x, self.height - text.y, text.size))
                if shaped.plain:
                    break  # it has one run, without a frame
                width = run.width * text.size * POINT_HMM / 100_000
                if run.boxed:
                    boxes.append((x, self.height - text.y, width, text.size))
                x += width
            if actual:
                code.append("EMC")
        if gray:
            code.append("0 g")
        code.append("ET")
        self.code += code
        for x, y, width, size in boxes:
            em = size * POINT_HMM / 100
            self.code.append(f"15 w {x - 10:.0f} {y - 0.25 * em:.0f} {width + 20:.0f} {1.1 * em:.0f} re S")

    # -- lines and areas --------------------------------------------------------------------------

    def lines(self, lines: Iterable[Line]) -> None:
        """Stroke straight lines; neighbours of the same stroke are one path."""
        h = self.height
        path: list[str] = []
        for line in sorted(lines, key=lambda n: (n.width, n.gray, n.dash)):
            stroke = (line.width, line.gray, line.dash)
            if stroke != self._stroke:
                if path:
                    self.code.append(" ".join(path) + " S")
                    path = []
                self._stroke = stroke
                dash = f"[{line.width * 6} {line.width * 6}] 0 d" if line.dash else "[] 0 d"
                self.code.append(f"{line.width} w {line.gray / 100:.2f} G {dash} 2 J")
            path.append(f"{line.x1} {h - line.y1} m {line.x2} {h - line.y2} l")
        if path:
            self.code.append(" ".join(path) + " S")

    def areas(self, areas: Iterable[Area]) -> None:
        """Fill or hatch rectangles; a hatch survives a copy where a tone does not (print.md 6)."""
        for area in areas:
            r = area.rect
            self.code.append(f"{area.gray / 100:.2f} g {r.x} {self.height - r.bottom} {r.w} {r.h} re f 0 g")
            if area.hatch:
                self.lines(_hatch(r, cross=area.hatch == "cross"))

    def marks(self, boxes: Iterable[Box]) -> None:
        """Stroke the outlines of mark boxes."""
        self._stroke = None
        h = self.height
        path = [f"{b.rect.x} {h - b.rect.bottom} {b.rect.w} {b.rect.h} re" for b in boxes if b.kind == "mark"]
        if path:
            self.code.append(f"{MARK_STROKE} w 0 G [] 0 d {' '.join(path)} S")

    def corners(self, centres: Iterable[tuple[Hmm, Hmm]]) -> None:
        """Fill the corner squares."""
        half = CORNER_SIZE // 2
        rects = [f"{x - half} {self.height - y - half} {CORNER_SIZE} {CORNER_SIZE} re" for x, y in centres]
        self.code.append(f"0 g {' '.join(rects)} f")

    def crosses(self, anchors: Iterable[Rect]) -> None:
        """Stroke the printed crosses among the anchors."""
        self._stroke = None
        h, arm = self.height, ANCHOR_ARM
        path = [
            f"{a.x - arm} {h - a.y} m {a.x + arm} {h - a.y} l {a.x} {h - a.y - arm} m {a.x} {h - a.y + arm} l"
            for a in anchors
            if not a.w
        ]
        if path:
            self.code.append(f"25 w 0 G [] 0 d {' '.join(path)} S")

    # -- codes and charts -----------------------------------------------------------------------

    def symbol(self, symbol: Symbol, rect: Rect) -> None:
        """Paint a QR symbol as one inline 1-bit image mask: crisp at every resolution, 350 bytes (perf.md 2.3)."""
        n = symbol.modules
        self.code.append(
            f"q {rect.w} 0 0 {rect.h} {rect.x} {self.height - rect.bottom} cm "
            f"BI /W {n} /H {n} /IM true /BPC 1 /F /AHx ID {mask_hex(symbol)}> EI Q"
        )

    def bars(self, bars: Bars) -> None:
        """Fill the bars of a Code 128."""
        unit = bars.rect.w // sum(bars.widths)
        x = bars.rect.x
        path = []
        for i, width in enumerate(bars.widths):
            if i % 2 == 0:
                path.append(f"{x} {self.height - bars.rect.bottom} {width * unit} {bars.rect.h} re")
            x += width * unit
        self.code.append(f"0 g {' '.join(path)} f")

    def chart(self, chart: Chart) -> None:
        """Stroke a chart's lines and draw its markers: filled circle, square, triangle up or down."""
        self.lines(chart.lines)
        h, s = self.height, 75
        path = []
        for x, y, shape_ in chart.dots:
            v = h - y
            if shape_ == "square":
                path.append(f"{x - s} {v - s} {2 * s} {2 * s} re f")
            elif shape_ == "up":
                path.append(f"{x - s} {v - s} m {x + s} {v - s} l {x} {v + s} l h f")
            elif shape_ == "down":
                path.append(f"{x - s} {v + s} m {x + s} {v + s} l {x} {v - s} l h f")
            else:
                k = s * 56 // 100
                path.append(
                    f"{x - s} {v} m {x - s} {v + k} {x - k} {v + s} {x} {v + s} c "
                    f"{x + k} {v + s} {x + s} {v + k} {x + s} {v} c "
                    f"{x + s} {v - k} {x + k} {v - s} {x} {v - s} c {x - k} {v - s} {x - s} {v - k} {x - s} {v} c f"
                )
        if path:
            self.code.append("0 g " + " ".join(path))


def _show(run: GlyphRun, x: float, y: Hmm, size: int) -> str:
    """Return the operators that show one run with its origin at (x, y)."""
    if not run.positions:
        return f"1 0 0 1 {x:.0f} {y} Tm <{run.hex}> Tj"
    unit = size * POINT_HMM / 100_000
    out = []
    for i, (advance, dx, dy) in enumerate(run.positions):
        gid = run.hex[4 * i : 4 * i + 4]
        out.append(f"1 0 0 1 {x + dx * unit:.1f} {y + dy * unit:.1f} Tm <{gid}> Tj")
        x += advance * unit
    return "\n".join(out)


def _hatch(r: Rect, *, cross: bool) -> list[Line]:
    """Return diagonal lines clipped to a rectangle."""
    out = []
    for offset in range(HATCH_STEP, r.w + r.h, HATCH_STEP):
        x1, y1 = (r.x + offset, r.y) if offset <= r.w else (r.right, r.y + offset - r.w)
        x2, y2 = (r.x, r.y + offset) if offset <= r.h else (r.x + offset - r.h, r.bottom)
        out.append(Line(x1, y1, x2, y2, 10, 40))
        if cross:
            out.append(Line(r.x + r.right - x1, y1, r.x + r.right - x2, y2, 10, 40))
    return out


def _rtl(shaped: Shaped) -> bool:
    return any("\u0590" <= c <= "\u08ff" for c in shaped.text)


def _all_mapped(shaped: Shaped) -> bool:
    """Tell whether every glyph stands for a text of its own, so that ToUnicode alone gives the whole line."""
    return all(set(run.gids) <= run.to_unicode().keys() for run in shaped.runs)
