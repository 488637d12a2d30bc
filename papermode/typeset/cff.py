"""Glyphs of a CFF font as a TrueType program.

System CJK fonts have cubic outlines (CFF); a CIDFontType2, which the rest of a packet uses, needs
quadratic ones. Only the glyphs in use are converted, under their own ids, into a font that holds
what a PDF needs: head, hhea, hmtx, maxp, loca, glyf (OpenType 1.9, chapter "Font tables").
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import Final

import uharfbuzz as hb

_PIECES: Final = 4
"""Each cubic becomes four quadratics: their error in a 1000-unit em stays below half a unit."""

Point = tuple[float, float]


@dataclass(slots=True)
class _Outline:
    """Collects one glyph's contours as (x, y, on curve) points of whole font units."""

    contours: list[list[tuple[int, int, bool]]] = field(default_factory=list)
    at: Point = (0, 0)

    def add(self, point: Point, on: bool) -> None:
        self.contours[-1].append((round(point[0]), round(point[1]), on))
        self.at = point

    def move(self, x: float, y: float, _: object = None) -> None:
        self.contours.append([])
        self.add((x, y), True)

    def line(self, x: float, y: float, _: object = None) -> None:
        self.add((x, y), True)

    def quadratic(self, cx: float, cy: float, x: float, y: float, _: object = None) -> None:
        self.add((cx, cy), False)
        self.add((x, y), True)

    def cubic(self, x1: float, y1: float, x2: float, y2: float, x: float, y: float, _: object = None) -> None:
        a, b, c, d = self.at, (x1, y1), (x2, y2), (x, y)
        for piece in range(_PIECES):
            p0, p1, p2, p3 = _section(a, b, c, d, piece / _PIECES, (piece + 1) / _PIECES)
            # The quadratic of equal end points whose control point is the mean of the two extrapolated ones.
            self.add(((3 * (p1[0] + p2[0]) - p0[0] - p3[0]) / 4, (3 * (p1[1] + p2[1]) - p0[1] - p3[1]) / 4), False)
            self.add(p3, True)

    def close(self, _: object = None) -> None:
        contour = self.contours[-1]
        if len(contour) > 1 and contour[0] == contour[-1]:
            contour.pop()  # TrueType contours close by themselves.


def _section(a: Point, b: Point, c: Point, d: Point, t0: float, t1: float) -> tuple[Point, Point, Point, Point]:
    """Return the control points of the part of a cubic between two parameters (blossoming)."""

    def blossom(u: float, v: float, w: float) -> Point:
        def axis(i: int) -> float:
            q = [(1 - u) * p[i] + u * n[i] for p, n in ((a, b), (b, c), (c, d))]
            r = [(1 - v) * q[0] + v * q[1], (1 - v) * q[1] + v * q[2]]
            return (1 - w) * r[0] + w * r[1]

        return axis(0), axis(1)

    return blossom(t0, t0, t0), blossom(t0, t0, t1), blossom(t0, t1, t1), blossom(t1, t1, t1)


def _glyph(outline: _Outline) -> bytes:
    """Return a simple glyph description (OpenType, ``glyf``); empty for a glyph without contours."""
    # CFF fills counter-clockwise, TrueType clockwise: each contour runs backwards from its first point.
    contours = [[c[0], *c[:0:-1]] for c in outline.contours if len(c) > 1]
    if not contours:
        return b""
    points = [p for contour in contours for p in contour]
    xs, ys = [p[0] for p in points], [p[1] for p in points]
    ends, last = [], -1
    for contour in contours:
        last += len(contour)
        ends.append(last)
    dx = [b - a for a, b in zip([0, *xs], xs, strict=False)]
    dy = [b - a for a, b in zip([0, *ys], ys, strict=False)]
    data = struct.pack(">5h", len(contours), min(xs), min(ys), max(xs), max(ys))
    data += struct.pack(f">{len(ends)}H", *ends) + b"\0\0" + bytes(int(p[2]) for p in points)
    data += struct.pack(f">{len(dx)}h", *dx) + struct.pack(f">{len(dy)}h", *dy)
    return data + b"\0" * (-len(data) % 4)


def _draw_funcs() -> hb.DrawFuncs:
    funcs = hb.DrawFuncs()
    funcs.set_move_to_func(lambda x, y, outline: outline.move(x, y))
    funcs.set_line_to_func(lambda x, y, outline: outline.line(x, y))
    funcs.set_quadratic_to_func(lambda cx, cy, x, y, outline: outline.quadratic(cx, cy, x, y))
    funcs.set_cubic_to_func(lambda x1, y1, x2, y2, x, y, outline: outline.cubic(x1, y1, x2, y2, x, y))
    funcs.set_close_path_func(lambda outline: outline.close())
    return funcs


def to_truetype(face: hb.Face, font: hb.Font, gids: frozenset[int]) -> bytes:
    """Return a TrueType font with the glyphs of ``gids`` and glyph 0 of a CFF font, ids kept.

    Args:
        face: the CFF face.
        font: a font of it at a scale of one unit per font unit.
        gids: glyph ids below the face's glyph count.
    """
    count = max(gids, default=0) + 1
    funcs = _draw_funcs()
    glyphs, offsets, metrics, position = [], [0], [], 0
    most_points = most_contours = 0
    for gid in range(count):
        description, left = b"", 0
        if gid in gids or gid == 0:
            outline = _Outline()
            font.draw_glyph(gid, funcs, outline)
            description = _glyph(outline)
            most_points = max(most_points, sum(map(len, outline.contours)))
            most_contours = max(most_contours, len(outline.contours))
            left = struct.unpack_from(">h", description, 2)[0] if description else 0
            metrics.append(struct.pack(">Hh", font.get_glyph_h_advance(gid), left))
            glyphs.append(description)
        else:
            metrics.append(b"\0\0\0\0")
        position += len(description)
        offsets.append(position)
    head = bytearray(face.reference_table("head").data)
    struct.pack_into(">I", head, 8, 0)  # checkSumAdjustment: optional in an embedded font
    struct.pack_into(">h", head, 50, 1)  # indexToLocFormat: long
    hhea = bytearray(face.reference_table("hhea").data)
    struct.pack_into(">H", hhea, 34, count)
    maxp = struct.pack(">IHHHHHH16x", 0x00010000, count, most_points, most_contours, 0, 0, 2)
    return _sfnt({
        b"glyf": b"".join(glyphs), b"head": bytes(head), b"hhea": bytes(hhea), b"hmtx": b"".join(metrics),
        b"loca": struct.pack(f">{len(offsets)}I", *offsets), b"maxp": maxp,
    })  # fmt: skip


def _sfnt(tables: dict[bytes, bytes]) -> bytes:
    """Return the tables as a font file (OpenType, "Organization of an OpenType font")."""
    count = len(tables)
    power = 1 << (count.bit_length() - 1)
    header = struct.pack(">IHHHH", 0x00010000, count, power * 16, power.bit_length() - 1, (count - power) * 16)
    offset = 12 + 16 * count
    directory, body = [], []
    for tag, data in sorted(tables.items()):
        padded = data + b"\0" * (-len(data) % 4)
        checksum = sum(struct.unpack(f">{len(padded) // 4}I", padded)) & 0xFFFFFFFF
        directory.append(struct.pack(">4sIII", tag, checksum, offset, len(data)))
        body.append(padded)
        offset += len(padded)
    return b"".join([header, *directory, *body])
