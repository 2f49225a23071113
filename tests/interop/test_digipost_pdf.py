"""Printer's check and preflight refuse the same PDFs; docs/interop.md has the exceptions."""

from __future__ import annotations

import base64
import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from sdp.utskrift import preflight
from tests.interop.java_witness import JavaWitness
from tests.unit.utskrift.fonts import drawn_letters, embedded, unembedded
from tests.unit.utskrift.handmade import HELVETICA, MM, Page, bar, document, text

pytestmark = pytest.mark.timeout(600)  # the first run fetches the Java libraries

_SIZES = (
    *((210, 297), (297, 210), (209, 296), (205, 297), (200, 287), (199, 297), (200, 286)),
    *((211, 297), (210, 298), (216, 303), (220, 307), (221, 307), (220, 308), (216, 279)),
    *((148, 210), (297, 420), (307, 220), (100, 100)),
)
_FONTS = (
    *("Calibri", "Arial", "ArialMT", "Arial-BoldMT", "Arial,Bold", "ArialNarrow", "Helvetica"),
    *("HelveticaNeue", "Times", "Times-Roman", "TimesNewRomanPSMT", "Courier", "CourierNew"),
    *("Symbol", "ZapfDingbats", "Wingdings", "DejaVuSans", "ABCDEF+Arial", "New"),
)
_VERSIONS = ("1.0", "1.3", "1.4", "1.7", "1.8", "2.0")
_CONTENTS = (text("H"), text("H", x_mm=5), bar(0, 0, 10, 297), "")


def _letters() -> Iterator[bytes]:
    known, objects = embedded("ABCDEF+Calibri")
    drawn, drawings = drawn_letters()
    fonts = [*((unembedded(name), {}) for name in _FONTS), (known, objects), (drawn, drawings)]
    sizes = [(width * MM, height * MM) for width, height in _SIZES]
    for size, version, content in itertools.product(sizes, _VERSIONS, _CONTENTS):
        yield document(Page(content, size=size), version=version)
    for (font, extra), size, pages in itertools.product(fonts, sizes, (1, 3)):
        plain, used = Page(), Page(text("H"), size=size, fonts={"F1": font})
        yield document(*[plain] * (pages - 1), used, extra=extra)
    for rotation, size in itertools.product((0, 90, 180, 270), sizes):
        yield document(Page(text("H"), size=size, more=f"/Rotate {rotation}"))
    for size in sizes:
        yield document(Page(size=(1000, 1000), more=f"/CropBox [0 0 {size[0]:.3f} {size[1]:.3f}]"))
    for password in (b"", b"hemmelig"):
        yield document(Page(), encrypted=password)
    yield from (b"Hei", b"", b"%PDF-1.4")


def test_what_is_refused_is_refused_by_the_printer_and_nothing_else(
    digipost: JavaWitness,
) -> None:
    differences = {}
    for number, letter in enumerate(_letters()):
        found = preflight(letter)
        refused = not _printer(digipost, letter, bleed=10)["taken"]
        if refused is not bool(found.refusals):
            differences[number] = [str(each) for each in found.findings]
    assert differences == {}
    assert number > 1000


def test_what_is_refused_without_bleed_is_warned_of(digipost: JavaWitness) -> None:
    for size in _SIZES:
        letter = document(Page(size=(size[0] * MM, size[1] * MM)))
        found = preflight(letter)
        if not _printer(digipost, letter, bleed=0)["taken"] and not found.refusals:
            assert any("what is beyond A4 is cut" in str(each) for each in found.warnings)


_CALIBRI = unembedded("Calibri")
_DRAWN, _DRAWINGS = drawn_letters()
_DIFFERENT = {
    "a file without pages, or cut short": (document(), True, False),
    "a font in the resources of a page that no text uses": (
        document(Page(fonts={"F1": HELVETICA, "F2": _CALIBRI})),
        False,
        True,
    ),
    "a font that only a form on the page uses": (
        document(Page("", fonts={}, forms=(text(),))).replace(
            b"/Subtype /Form /BBox [0 0 2000 2000] /Resources << /Font <<  >>",
            b"/Subtype /Form /BBox [0 0 2000 2000] /Resources << /Font << /F1 %b >>" % _CALIBRI,
        ),
        True,
        False,
    ),
    "a Type 3 font with the `/Name` of a standard font": (
        document(
            Page(text("H"), fonts={"F1": _DRAWN.replace(b"/Subtype", b"/Name /Arial /Subtype")}),
            extra=_DRAWINGS,
        ),
        True,
        False,
    ),
}


@pytest.mark.parametrize("name", _DIFFERENT)
def test_the_two_differ_as_the_document_says(name: str, digipost: JavaWitness) -> None:
    letter, taken_by_printer, taken_by_us = _DIFFERENT[name]
    assert _printer(digipost, letter, bleed=10)["taken"] is taken_by_printer
    assert (not preflight(letter).refusals) is taken_by_us
    told = (Path(__file__).parents[2] / "docs" / "interop.md").read_text(encoding="utf-8")
    assert f"| {name}" in told


def _printer(witness: JavaWitness, letter: bytes, *, bleed: int) -> dict[str, object]:
    return witness.ask("pdf", document=base64.b64encode(letter).decode(), bleed=bleed)
