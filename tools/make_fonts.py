"""Make the bundled fonts of ``papermode/typeset/fonts`` from Debian's ``fonts-noto-core``.

Run ``python tools/make_fonts.py [SOURCE_DIR]`` with fontTools installed. The same sources give the
same bytes. What is done to the fonts, and why, is written down in ``papermode/typeset/fonts/README.md``.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path
from typing import Final

from fontTools import subset
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.recordingPen import DecomposingRecordingPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont

SOURCE: Final = Path("/usr/share/fonts/truetype/noto")
TARGET: Final = Path(__file__).resolve().parent.parent / "papermode" / "typeset" / "fonts"

DEVANAGARI: Final = frozenset([*range(0x0900, 0x0980), *range(0x1CD0, 0x1D00), *range(0xA8E0, 0xA900)])
"""Noto Sans has code points of Devanagari, but only Noto Sans Devanagari can shape them."""

SCRIPTS: Final = {
    "NotoSans": "sans",
    "NotoSansArabic": "arab",
    "NotoSansHebrew": "hebr",
    "NotoSansDevanagari": "deva",
    "NotoSansThai": "thai",
}

# Kerning and ligatures of choice are left out: widths must add up, and a drug name is read letter by letter.
UNWANTED: Final = frozenset({
    "aalt", "c2sc", "case", "dlig", "dnom", "frac", "kern", "liga", "lnum", "numr", "onum", "ordn", "pnum", "rtlm",
    "salt", "smcp", "ss03", "ss04", "subs", "sups", "tnum",
})  # fmt: skip

SYMBOLS: Final = {
    "NotoSansMath-Regular": "←↑→↓↔↕↖↗↘↙⇐⇒⇔∂∅∆∏∑−√∝∞∴∼≈≠≡≤≥≪≫",
    "NotoSansSymbols-Regular": "☹☺♀♂♩♪♭♯①②③④⑤⑥⑦⑧⑨⑩⑪⑫⌀",
    "NotoSansSymbols2-Regular": "■□▪▫▲△▶▷▼▽◀◁◆◇○◎●◯★☆☎☐☑☒⚠⚡✁✎✓✔✕✖✗✘❏",
}


def slim(source: Path, target: Path, *, drop: frozenset[int] = frozenset()) -> None:
    """Write ``source`` without hinting, glyph names, unwanted features and the characters of ``drop``."""
    options = subset.Options()
    options.hinting = False
    options.glyph_names = False
    options.notdef_outline = True
    options.recalc_timestamp = False
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14]
    options.drop_tables += ["DSIG", "meta", "gasp"]
    font = subset.load_font(str(source), options)
    tags = {r.FeatureTag for t in ("GSUB", "GPOS") if t in font for r in font[t].table.FeatureList.FeatureRecord}
    options.layout_features = sorted(tags - UNWANTED)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=sorted(set(font.getBestCmap()) - drop))
    subsetter.subset(font)
    subset.save_font(font, str(target), options)


def symbols(source: Path, target: Path) -> None:
    """Write one small font with the clinical signs that Noto Sans lacks, drawn from its symbol siblings."""
    order, cmap, glyphs, metrics, notices = [".notdef"], {}, {}, {}, []
    modified = 0
    for name, characters in SYMBOLS.items():
        font = TTFont(source / f"{name}.ttf")
        outlines = font.getGlyphSet()
        best = font.getBestCmap()
        notices.append(font["name"].getDebugName(0))
        modified = max(modified, font["head"].modified)
        wanted = [(f"uni{ord(c):04X}", best[ord(c)]) for c in characters]
        for glyph, original in ([(".notdef", ".notdef")] if not glyphs else []) + wanted:
            recording = DecomposingRecordingPen(outlines)
            outlines[original].draw(recording)
            pen = TTGlyphPen(None)
            recording.replay(pen)
            glyphs[glyph] = pen.glyph()
            metrics[glyph] = (outlines[original].width, 0)
        order += [glyph for glyph, _ in wanted]
        cmap |= {ord(c): f"uni{ord(c):04X}" for c in characters}
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder(order)
    builder.setupCharacterMap(cmap)
    builder.setupGlyf(glyphs)
    builder.setupHorizontalMetrics(
        {g: (w, builder.font["glyf"][g].xMin if glyphs[g].numberOfContours else 0) for g, (w, _) in metrics.items()}
    )
    builder.setupHorizontalHeader(ascent=1069, descent=-293)
    builder.setupOS2(sTypoAscender=1069, sTypoDescender=-293, usWinAscent=1069, usWinDescent=293, sCapHeight=714)
    builder.setupNameTable(
        {
            "copyright": " ".join(dict.fromkeys(notices)),
            "familyName": "Papermode Symbols",
            "styleName": "Regular",
            "uniqueFontIdentifier": "Papermode Symbols Regular",
            "fullName": "Papermode Symbols Regular",
            "psName": "PapermodeSymbols-Regular",
            "version": "Version 1.000",
            "licenseDescription": "This Font Software is licensed under the SIL Open Font License, Version 1.1.",
            "licenseInfoURL": "https://scripts.sil.org/OFL",
        },
        mac=False,
    )
    builder.setupPost(keepGlyphNames=False)
    builder.font.recalcTimestamp = False
    builder.font["head"].created = builder.font["head"].modified = modified
    builder.save(target)


def main() -> None:
    """Make all fonts and list their sizes and digests."""
    source = Path(sys.argv[1]) if len(sys.argv) > 1 else SOURCE
    TARGET.mkdir(exist_ok=True)
    for family, key in SCRIPTS.items():
        for weight in ("Regular", "Bold"):
            drop = DEVANAGARI if key == "sans" else frozenset()
            slim(source / f"{family}-{weight}.ttf", TARGET / f"{key}-{weight[0]}.ttf", drop=drop)
    symbols(source, TARGET / "symb-R.ttf")
    for path in sorted(TARGET.glob("*.ttf")):
        data = path.read_bytes()
        print(f"{path.name:12} {len(data):8,} {hashlib.sha256(data).hexdigest()[:16]}")


if __name__ == "__main__":
    main()
