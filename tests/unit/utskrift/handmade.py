"""PDFs written by hand, each wrong in the way a test asks for."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.unit.utskrift.encryption import FILE_ID, encrypt_stream, encryption

MM = 72 / 25.4
A4 = (595.276, 841.89)
HELVETICA = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"


def text(words: str = "Hei", *, x_mm: float = 30.0, y_mm: float = 250.0, font: str = "F1") -> str:
    """Show words, their lower left corner so far from the lower left corner of the page."""
    return f"BT /{font} 12 Tf {x_mm * MM:.3f} {y_mm * MM:.3f} Td ({words}) Tj ET"


def bar(x_mm: float, y_mm: float, width_mm: float, height_mm: float, grey: float = 0.0) -> str:
    """Fill a rectangle."""
    numbers = " ".join(f"{value * MM:.3f}" for value in (x_mm, y_mm, width_mm, height_mm))
    return f"q {grey} g {numbers} re f Q"


@dataclass
class Page:
    """What is on one page. `forms` are form XObjects, `/X0` and on, with fonts of their own."""

    content: str = field(default_factory=text)
    size: tuple[float, float] = A4
    fonts: dict[str, bytes] = field(default_factory=lambda: {"F1": HELVETICA})
    more: str = ""
    forms: tuple[str, ...] = ()


def document(
    *pages: Page,
    version: str = "1.4",
    extra: dict[int, bytes] | None = None,
    encrypted: bytes | None = None,
) -> bytes:
    """Write a PDF.

    Args:
        pages: its pages.
        version: what it says it is.
        extra: more objects, numbered from 1000, which fonts may refer to.
        encrypted: the password it is encrypted with, perhaps an empty one.
    """
    objects: dict[int, bytes] = {1: b"<< /Type /Catalog /Pages 2 0 R >>", **(extra or {})}
    numbers = [10 * (index + 1) for index in range(len(pages))]
    kids = " ".join(f"{number} 0 R" for number in numbers)
    objects[2] = f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode()
    for number, page in zip(numbers, pages, strict=True):
        _write_page(objects, number, page)
    security = b""
    if encrypted is not None:
        dictionary, key = encryption(encrypted)
        objects = {number: encrypt_stream(body, number, key) for number, body in objects.items()}
        objects[3] = dictionary
        security = b" /Encrypt 3 0 R /ID [<%b> <%b>]" % ((FILE_ID.hex().encode(),) * 2)
    return _file(objects, version, security)


def _write_page(objects: dict[int, bytes], number: int, page: Page) -> None:
    fonts = b" ".join(b"/%s %s" % (name.encode(), font) for name, font in page.fonts.items())
    resources = b"/Font << %s >>" % fonts
    names = []
    for offset, content in enumerate(page.forms, start=2):
        head = b"/Type /XObject /Subtype /Form /BBox [0 0 2000 2000] /Resources << %s >>"
        objects[number + offset] = stream(content.encode(), head % resources)
        names.append(f"/X{offset - 2} {number + offset} 0 R")
        resources += b" /XObject << %s >>" % names[-1].encode()  # the next may draw this one
    drawn = f" /X{len(page.forms) - 1} Do" if page.forms else ""
    objects[number + 1] = stream((page.content + drawn).encode())
    width, height = page.size
    objects[number] = (
        f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {width:.3f} {height:.3f}] {page.more}"
        f" /Contents {number + 1} 0 R /Resources <<"
    ).encode() + b" %s >> >>" % resources


def stream(data: bytes, head: bytes = b"") -> bytes:
    """Write a stream object."""
    return b"<< %s /Length %d >>\nstream\n%s\nendstream" % (head, len(data), data)


def _file(objects: dict[int, bytes], version: str, security: bytes) -> bytes:
    data = bytearray(f"%PDF-{version}\n".encode() + b"%\xe2\xe3\xcf\xd3\n")
    table = b"xref\n0 1\n0000000000 65535 f \n"
    for number, body in sorted(objects.items()):
        table += b"%d 1\n%010d 00000 n \n" % (number, len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(data)
    trailer = b"trailer\n<< /Size %d /Root 1 0 R%s >>\nstartxref\n%d\n%%%%EOF\n"
    return bytes(data) + table + trailer % (max(objects) + 1, security, start)
