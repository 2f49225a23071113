from __future__ import annotations

import re

from sdp.utskrift.one_page import one_page


def test_the_cross_reference_table_points_at_every_object() -> None:
    pdf = one_page(["Hei på deg", "én (1)"])

    table_at = int(re.findall(rb"startxref\n(\d+)", pdf)[0])
    offsets = re.findall(rb"(\d{10}) 00000 n ", pdf[table_at:])

    assert pdf[table_at:].startswith(b"xref\n0 6\n")
    for number, offset in enumerate(offsets, start=1):
        assert pdf[int(offset) :].startswith(b"%d 0 obj" % number)


def test_the_content_stream_is_as_long_as_it_says_and_parentheses_are_escaped() -> None:
    pdf = one_page(["én (1)"])

    [(length, content)] = re.findall(rb"/Length (\d+) >>\nstream\n(.*)\nendstream", pdf)

    assert len(content) == int(length)
    assert "(én \\(1\\)) Tj".encode("cp1252") in content
