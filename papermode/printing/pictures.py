"""A scanned page's picture as a PDF of one page: the JPEG as it is, nothing rendered anew."""

from __future__ import annotations

import io

from reportlab.pdfbase import pdfdoc
from reportlab.pdfgen.canvas import Canvas

from papermode.printing.fonts import CANVAS_FONT

_A4_HEIGHT_PT = 841.89


def picture_pdf(jpeg: bytes, size: tuple[int, int], *, title: str) -> bytes:
    """Return a PDF with one page that shows a gray JPEG.

    Args:
        jpeg: the picture.
        size: its width and height in pixels; its longer side becomes that of A4.
        title: the document's title; no patient's name.
    """
    width, height = size
    scale = _A4_HEIGHT_PT / max(width, height)
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(width * scale, height * scale), invariant=1, initialFontName=CANVAS_FONT)
    canvas._preamble = ""
    canvas.setTitle(title)
    image = pdfdoc.PDFStream(
        pdfdoc.PDFDictionary({
            "Type": pdfdoc.PDFName("XObject"), "Subtype": pdfdoc.PDFName("Image"), "Width": width, "Height": height,
            "ColorSpace": pdfdoc.PDFName("DeviceGray"), "BitsPerComponent": 8, "Filter": pdfdoc.PDFName("DCTDecode"),
        }),
        jpeg,
    )  # fmt: skip
    canvas._doc.Reference(image, canvas._doc.getXObjectName("picture"))
    page = pdfdoc.PDFPage()
    page.pagewidth, page.pageheight = width * scale, height * scale
    page.setStream(
        f"q {width * scale:.3f} 0 0 {height * scale:.3f} 0 0 cm /{canvas._doc.getXObjectName('picture')} Do Q"
    )
    page.XObjects = canvas._doc.xobjDict(["picture"])
    page.ExtGState = None
    page._shadingUsed = page._colorsUsed = {}
    canvas._doc.addPage(page)
    canvas._doc.SaveToFile(out, canvas)
    return out.getvalue()
