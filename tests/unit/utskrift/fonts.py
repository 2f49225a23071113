"""Fonts for PDFs written by hand, with and without their letters."""

from __future__ import annotations

import struct

from tests.unit.utskrift.handmade import stream


def unembedded(name: str) -> bytes:
    """A font that is only named."""
    return f"<< /Type /Font /Subtype /TrueType /BaseFont /{name} >>".encode()


def embedded(name: str) -> tuple[bytes, dict[int, bytes]]:
    """A font whose letters are in the document, and the objects it needs."""
    font = (
        f"<< /Type /Font /Subtype /TrueType /BaseFont /{name} /FirstChar 72 /LastChar 72"
        " /Widths [500] /FontDescriptor 1000 0 R /Encoding /WinAnsiEncoding >>"
    )
    descriptor = (
        f"<< /Type /FontDescriptor /FontName /{name} /Flags 32 /FontBBox [0 0 500 700]"
        " /ItalicAngle 0 /Ascent 700 /Descent 0 /CapHeight 700 /StemV 80 /FontFile2 1001 0 R >>"
    )
    return font.encode(), {1000: descriptor.encode(), 1001: stream(_truetype())}


def drawn_letters() -> tuple[bytes, dict[int, bytes]]:
    """A Type 3 font, whose letters are drawings in the document."""
    font = (
        b"<< /Type /Font /Subtype /Type3 /FontBBox [0 0 750 750] /FontMatrix [0.001 0 0 0.001 0 0]"
        b" /CharProcs << /H 1000 0 R >> /Encoding << /Type /Encoding /Differences [72 /H] >>"
        b" /FirstChar 72 /LastChar 72 /Widths [1000] >>"
    )
    return font, {1000: stream(b"1000 0 0 0 750 750 d1 0 0 750 750 re f")}


def _truetype() -> bytes:
    """The smallest TrueType font: two letters, one of them empty and the other a box."""
    box = struct.pack(">hhhhh", 1, 0, 0, 500, 700) + struct.pack(">HH", 3, 0) + b"\x01" * 4
    box += struct.pack(">hhhh", 0, 500, 0, -500) + struct.pack(">hhhh", 0, 0, 700, 0)
    dates_and_box = (0, 0, 0, 0, 500, 700)
    no_letter = [0] * 11
    return _sfnt(
        {
            b"cmap": struct.pack(">HHHHI", 0, 1, 1, 0, 12)
            + struct.pack(">HHH", 0, 262, 0)
            + bytes(1 if code == ord("H") else 0 for code in range(256)),
            b"glyf": box,
            b"head": struct.pack(">IIIIHH", 0x10000, 0, 0, 0x5F0F3CF5, 0, 1000)
            + struct.pack(">QQhhhh", *dates_and_box)
            + struct.pack(">HHhhh", 0, 8, 2, 1, 0),
            b"hhea": struct.pack(">IhhhH", 0x10000, 700, 0, 0, 500)
            + struct.pack(">11hH", *no_letter, 2),
            b"hmtx": struct.pack(">HhHh", 500, 0, 500, 0),
            b"loca": struct.pack(">III", 0, 0, len(box)),
            b"maxp": struct.pack(">IH13H", 0x10000, 2, 4, 1, 0, 0, 1, *[0] * 8),
        }
    )


def _sfnt(tables: dict[bytes, bytes]) -> bytes:
    header = struct.pack(">IHHHH", 0x10000, len(tables), 64, 2, 16 * len(tables) - 64)
    offset = len(header) + 16 * len(tables)
    directory, content = b"", b""
    for name, data in tables.items():
        padded = data + bytes(-len(data) % 4)
        directory += struct.pack(">4sIII", name, _checksum(padded), offset, len(data))
        content += padded
        offset += len(padded)
    return header + directory + content


def _checksum(data: bytes) -> int:
    words: tuple[int, ...] = struct.unpack(f">{len(data) // 4}I", data)
    return sum(words) % 2**32
