"""Tell whether the data of a PDF's image are all there.

PDFium draws what it cannot decode as white, black or gray and says nothing, so that a page cut off on its way from the
scanner would be an empty page, or half of one. Of each way to pack an image the cheapest sure sign is taken: its end
mark (JPEG), the lengths of its parts (JBIG2), or the zeros that PDFium puts in place of missing samples. JPEG 2000
needs none: PDFium refuses it unless it is whole.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

_END_OF_JPEG: Final = b"\xff\xd9"
_AFTER_END: Final = 4096
"""Bytes that may follow the end of a JPEG: some writers fill up blocks."""
_MISSING_SHARE: Final = 0.02
"""Least share of an image's rows that must be missing of a fax image without an end mark: 6 mm of a page. The dark edge
that a scanner leaves is narrower, and nothing is printed or written there."""
_FAX_END: Final = 0x001001
"""Two ends of a line (each 11 zeros and a one), as they end Group 3 and 4 data (ITU-T T.4 and T.6)."""
_TRAILING: Final = 8
"""Bytes that may follow the samples: line ends, mostly."""
_PIXEL_BITS: Final[dict[int, tuple[int, ...]]] = {1: (1,), 8: (2, 4, 8), 24: (3, 6, 12, 16, 24, 32, 48, 64)}
"""Bits of a pixel in the file, by those that it has in PDFium's memory."""
_JBIG2_HEADER: Final = 11
_UNKNOWN_LENGTH: Final = 0xFFFFFFFF


class CutOffError(Exception):
    """The data of an image are not all there."""


def images_of(page: Any) -> list[Any]:
    """Return the image objects of a page, those in its forms too."""
    return list(page.get_objects(filter=[pdfium_c.FPDF_PAGEOBJ_IMAGE]))


def require_decoded(image: Any) -> None:
    """Raise :class:`CutOffError` unless an image of a page can be decoded and is whole."""
    try:
        bitmap = image.get_bitmap(render=False)
    except pdfium.PdfiumError:
        raise CutOffError from None
    require_whole(image, bitmap, plain=False)


def require_whole(image: Any, bitmap: Any, *, plain: bool) -> None:
    """Raise :class:`CutOffError` unless the data of an image are all there.

    Args:
        image: the image object of a page.
        bitmap: what PDFium has decoded.
        plain: its samples are light, so that missing ones are black; else they may be of any one colour.
    """
    pixels = np.asarray(bitmap.to_numpy())
    filters = image.get_filters()
    last = filters[-1] if filters else ""
    if last == "DCTDecode":
        whole = _data(image)[-_AFTER_END:].tobytes().rfind(_END_OF_JPEG) >= 0
    elif last == "JBIG2Decode":
        whole = _jbig2_is_whole(_data(image).tobytes())
    elif last == "CCITTFaxDecode":
        rows = pixels[-max(round(len(pixels) * _MISSING_SHARE), 1) :]
        whole = bool(rows.any()) or _ends_as_fax(_data(image).tobytes())
    elif last == "JPXDecode":
        whole = True
    else:
        missing = 0 if plain else pixels[-1, 0]
        whole = bool((pixels[-1] != missing).any()) or _has_all_samples(image)
    if not whole:
        raise CutOffError


def _data(image: Any) -> npt.NDArray[np.uint8]:
    """Return the data of an image, unpacked as far as they need no decoder (pypdfium2 would clear the memory first)."""
    data = np.empty(pdfium_c.FPDFImageObj_GetImageDataDecoded(image, None, 0), np.uint8)
    pdfium_c.FPDFImageObj_GetImageDataDecoded(image, data.ctypes.data, data.size)
    return data


def _has_all_samples(image: Any) -> bool:
    """Tell whether data that need no decoder but for their packing are as long as the image is large."""
    length = pdfium_c.FPDFImageObj_GetImageDataDecoded(image, None, 0)
    columns, rows = image.get_px_size()
    bits = _PIXEL_BITS.get(image.get_metadata().bits_per_pixel, _PIXEL_BITS[24])
    needed = [rows * -(-columns * b // 8) for b in bits]
    return length >= needed[-1] or any(0 <= length - n <= _TRAILING for n in needed)


def _ends_as_fax(data: bytes) -> bool:
    tail = int.from_bytes(data.rstrip(b"\0\r\n")[-6:], "big")
    return any(tail >> shift & 0xFFFFFF == _FAX_END for shift in range(24))


def _jbig2_is_whole(data: bytes) -> bool:
    """Tell whether there are segments, and the last of them is as long as it says (ISO/IEC 14492, 7.2)."""
    at = 0
    while len(data) - at >= _JBIG2_HEADER:
        number, flags, counts = int.from_bytes(data[at : at + 4], "big"), data[at + 4], data[at + 5]
        count, size = counts >> 5, 1
        if count == 7:  # the long form
            count = int.from_bytes(data[at + 5 : at + 9], "big") & 0x1FFFFFFF
            size = 4 + (count + 8) // 8
        reference = 1 if number <= 256 else 2 if number <= 65536 else 4
        at += 5 + size + count * reference + (4 if flags & 0x40 else 1)
        length = int.from_bytes(data[at : at + 4], "big")
        if length == _UNKNOWN_LENGTH:
            return True
        at += 4 + length
    return 0 < at <= len(data)
