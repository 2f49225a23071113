"""Printer's requirements for a PDF, and the check of one page against them.

Source: the requirements for letters of the print service.
"""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator


POINTS_PER_MM: Final = 72 / 25.4

A4_MM: Final = (210, 297)
A4_TOLERANCE_MM: Final = 5
"""How far width and height may each be from A4. The printer cuts what is beyond."""

BARCODE_MARGIN_MM: Final = 15
"""How much of the left edge, from top to bottom, is kept free for the barcode."""

OLDEST_VERSION: Final = 10
NEWEST_VERSION: Final = 17
"""PDF 1.0 to 1.7, in tenths."""

STANDARD_FONTS: Final = frozenset(
    {"Symbol", "ZapfDingbats"}
    | {f"Courier{style}" for style in ("", "-Bold", "-Oblique", "-BoldOblique")}
    | {f"Helvetica{style}" for style in ("", "-Bold", "-Oblique", "-BoldOblique")}
    | {f"Times-{style}" for style in ("Roman", "Bold", "Italic", "BoldItalic")}
)
"""The 14 fonts that every printer of PDF has, so that they need not be in the document."""


_PIXELS_PER_POINT: Final = 2
_WHITE: Final = 250  # of 255; paler than this leaves no mark on paper
_LONGEST_NAME: Final = 60


def page_problems(pdfium: Any, page: Any) -> Iterator[str]:
    """Tell what is wrong with an open page.

    Raises:
        PdfiumError: of pypdfium2, where the content of the page cannot be read.
    """
    width, height = (round(points / POINTS_PER_MM) for points in page.get_size())
    if _is_a4(width, height):
        # The margin of another size is left alone: rendering it might take any amount of memory.
        if _marks_in_barcode_margin(page):
            yield (
                f"the leftmost {BARCODE_MARGIN_MM} mm must be free from top to bottom, "
                "for the printer's barcode"
            )
    else:
        yield (
            f"the size is {width} x {height} mm and must be A4 upright, {A4_MM[0]} x {A4_MM[1]} mm"
        )
    for name in sorted(_missing_fonts(pdfium, page)):
        yield f"the font {name} must be embedded"


def _is_a4(width: int, height: int) -> bool:
    return all(
        abs(measured - asked) <= A4_TOLERANCE_MM
        for measured, asked in zip((width, height), A4_MM, strict=True)
    )


def _marks_in_barcode_margin(page: Any) -> bool:
    beyond = page.get_width() - BARCODE_MARGIN_MM * POINTS_PER_MM
    bitmap = page.render(
        scale=_PIXELS_PER_POINT, crop=(0, 0, beyond, 0), grayscale=True, optimize_mode="print"
    )
    try:
        rows = memoryview(bitmap.buffer).cast("B")
        return any(
            min(rows[start : start + bitmap.width]) < _WHITE
            for start in range(0, bitmap.height * bitmap.stride, bitmap.stride)
        )
    finally:
        bitmap.close()


def _missing_fonts(pdfium: Any, page: Any) -> set[str]:
    """Name the fonts of text on the page, also in form XObjects, that are not in the document."""
    raw = pdfium.raw
    seen = set[int]()
    missing = set[str]()
    for text in page.get_objects(filter=[raw.FPDF_PAGEOBJ_TEXT]):
        font = raw.FPDFTextObj_GetFont(text.raw)
        address = ctypes.cast(font, ctypes.c_void_p).value
        if address is None or address in seen:
            continue
        seen.add(address)
        if not raw.FPDFFont_GetIsEmbedded(font):
            name = _name(raw, font)
            if name not in STANDARD_FONTS:
                missing.add(name)
    return missing


def _name(raw: Any, font: Any) -> str:
    length = raw.FPDFFont_GetBaseFontName(font, None, 0)
    buffer = ctypes.create_string_buffer(length)
    raw.FPDFFont_GetBaseFontName(font, buffer, length)
    name = buffer.value.decode("utf-8", "replace")[:_LONGEST_NAME]
    return "".join(sign if sign.isprintable() else "?" for sign in name) or "without a name"
