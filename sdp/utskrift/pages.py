"""Printer's requirements for a page of a PDF, and the check of one page against them.

Source: Digdir's requirements for letters of the print service, and the behaviour of the printer's
own check, `no.digipost:printability-validator` 3.5.3, which `make interop` compares with this.
"""

from __future__ import annotations

import ctypes
import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

POINTS_PER_MM: Final = 72 / 25.4

_A4_MM: Final = (210, 297)
_SMALLER_MM: Final = 10
"""The printer's check takes pages that are smaller than A4 by so much."""
_LARGER_MM: Final = 10
"""Pages may be larger by so much (bleed), where that is agreed; what is beyond A4 is cut."""

_BARCODE_MARGIN_MM: Final = 18
"""The left edge, from top to bottom, on which the printer writes for its machines."""

# The printer's check takes every name that these stand in, and every printer has the usual ones.
_STANDARD_FAMILIES: Final = ("ARIAL", "COURIER", "HELVETICA", "SYMBOL", "TIMES", "ZAPFDINGBATS")
_USUAL_NAME: Final = re.compile(
    r"(?:(?:ARIAL|HELVETICA|TIMES|TIMESROMAN|TIMESNEWROMAN|COURIER|COURIERNEW)(?:PS)?"
    r"(?:BOLD)?(?:ITALIC|OBLIQUE)?(?:MT)?|SYMBOL(?:MT)?|ZAPFDINGBATS)"
)
_SUBSET: Final = re.compile(r"[A-Z]{6}\+")

_PIXELS_PER_POINT: Final = 2
_WHITE: Final = 250  # of 255; paler than this leaves no mark on paper
_BLANK: Final = bytes(range(_WHITE, 256))
_LONGEST_NAME: Final = 60


class PageFinding(NamedTuple):
    """Something about one page."""

    rule: str
    is_refusal: bool


def page_findings(pdfium: Any, page: Any) -> Iterator[PageFinding]:
    """Find what the printer would refuse of an open page, and what it would lose.

    Raises:
        PdfiumError: of pypdfium2, where the content of the page cannot be read.
    """
    width, height = (round(points / POINTS_PER_MM) for points in page.get_size())
    finding = _size_finding(width, height)
    if finding is not None:
        yield finding
    # The margin of another size is left alone: rendering it might take any amount of memory.
    if finding is None or not finding.is_refusal:
        marks = _marks_in_margin(page)
        if marks is not None:
            yield PageFinding(f"{marks}; {_MARGIN_RULE}", is_refusal=False)
    yield from _font_findings(pdfium, page)


_MARGIN_RULE: Final = (
    f"the leftmost {_BARCODE_MARGIN_MM} mm are for the printer's barcode, and what stands there"
    " may be overwritten"
)


def _size_finding(width: int, height: int) -> PageFinding | None:
    is_upright = height >= width
    short, long = sorted((width, height))
    beyond = [measured - asked for measured, asked in zip((short, long), _A4_MM, strict=True)]
    said = f"the size is {width} x {height} mm"
    if min(beyond) < -_SMALLER_MM or max(beyond) > _LARGER_MM:
        rule = f"{said} and must be A4 upright, {_A4_MM[0]} x {_A4_MM[1]} mm"
        return PageFinding(rule, is_refusal=True)
    if max(beyond) > 0:
        rule = f"{said}; that must be agreed with the printer, and what is beyond A4 is cut"
        return PageFinding(rule, is_refusal=False)
    if not is_upright:
        return PageFinding(f"{said}: A4 on its side, which should be upright", is_refusal=False)
    return None


def _marks_in_margin(page: Any) -> str | None:
    """Say where there are marks in the margin of the barcode; None if there are none."""
    beyond = page.get_width() - _BARCODE_MARGIN_MM * POINTS_PER_MM
    bitmap = page.render(
        scale=_PIXELS_PER_POINT, crop=(0, 0, beyond, 0), grayscale=True, optimize_mode="print"
    )
    try:
        rows = memoryview(bitmap.buffer).cast("B")
        marked = {
            number: row
            for number in range(bitmap.height)
            if (
                row := bytes(rows[(start := number * bitmap.stride) : start + bitmap.width])
            ).translate(None, _BLANK)
        }
        if not marked:
            return None
        left = min(len(row) - len(row.lstrip(_BLANK)) for row in marked.values())
        first, last = min(marked), max(marked) + 1
    finally:
        bitmap.close()
    left_mm, top_mm, bottom_mm = (
        round(pixels / _PIXELS_PER_POINT / POINTS_PER_MM) for pixels in (left, first, last)
    )
    return f"marks {left_mm} mm from the left, {top_mm} to {bottom_mm} mm from the top"


def _font_findings(pdfium: Any, page: Any) -> Iterator[PageFinding]:
    """Judge the fonts of text on the page, also in form XObjects."""
    raw = pdfium.raw
    seen = set[int]()
    found = set[PageFinding]()
    for text in page.get_objects(filter=[raw.FPDF_PAGEOBJ_TEXT]):
        font = raw.FPDFTextObj_GetFont(text.raw)
        address = ctypes.cast(font, ctypes.c_void_p).value
        if address is not None and address not in seen:
            seen.add(address)
            finding = _font_finding(raw, font)
            if finding is not None:
                found.add(finding)
    yield from sorted(found)


def _font_finding(raw: Any, font: Any) -> PageFinding | None:
    name = _name(raw, font)
    if raw.FPDFFont_GetIsEmbedded(font):
        if _has_data(raw, font):
            return None
        # Type 3, whose letters are drawings.
        rule = f"the Type 3 font {name} is not printed: embed it as TrueType or OpenType"
        return PageFinding(rule, is_refusal=True)
    plain = re.sub(r"[-,\s]", "", _SUBSET.sub("", name)).upper()
    if not any(family in plain for family in _STANDARD_FAMILIES):
        return PageFinding(f"the font {name} must be embedded", is_refusal=True)
    if _USUAL_NAME.fullmatch(plain) is None:
        rule = f"the font {name} is not embedded, and the printer puts another in its place"
        return PageFinding(rule, is_refusal=False)
    return None


def _has_data(raw: Any, font: Any) -> bool:
    length = ctypes.c_size_t()
    raw.FPDFFont_GetFontData(font, None, 0, length)
    return length.value > 0


def _name(raw: Any, font: Any) -> str:
    length = raw.FPDFFont_GetBaseFontName(font, None, 0)
    buffer = ctypes.create_string_buffer(length)
    raw.FPDFFont_GetBaseFontName(font, buffer, length)
    name = buffer.value.decode("utf-8", "replace")[:_LONGEST_NAME]
    return "".join(sign if sign.isprintable() else "?" for sign in name) or "without a name"
