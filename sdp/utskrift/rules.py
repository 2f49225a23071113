"""What the printer asks of a PDF. Source: the requirements for letters of the print service."""

from __future__ import annotations

from typing import Final

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
