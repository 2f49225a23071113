"""HTML documents are held to the published policy before anything is sent."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdp.dokumentpakke.html_policy import HtmlPolicy

PNG = "data:image/png;base64,iVBORw0KGgo="


def problems(html: str | bytes, piece: int = 1 << 20) -> list[str]:
    data = html.encode() if isinstance(html, str) else html
    policy = HtmlPolicy()
    for start in range(0, len(data), piece):
        policy.take(data[start : start + piece])
    policy.finish()
    return policy.problems


LETTER = f"""<!DOCTYPE html>
<html><head><meta charset="utf-8"><title>Vedtak</title>
<style>p {{ margin: 1em }} td {{ border: 1px solid }}</style></head>
<body><h1 style="color: navy">Vedtak</h1><p>Hei &amp; hallo. <a href="#slutt">Til slutten</a></p>
<a href="https://www.example.no/" target="_blank">Les mer</a> <a href="mailto:post@example.no" target="_blank">Skriv</a>
<img src="{PNG}" alt="Segl"><hr><table><tr><td>1</td><td>&nbsp;</td><td><b>2</b></td></tr></table>
<p id="slutt">Slutt</p></body></html>"""  # noqa: E501


def test_a_plain_letter_is_allowed() -> None:
    assert problems(LETTER) == []


@pytest.mark.parametrize(
    ("html", "word"),
    [
        ("<script>alert(1)</script>", "<script>"),
        ("<SCRIPT SRC=x></SCRIPT>", "<script>"),
        ("<p onclick='x()'>a</p>", "onclick on <p>"),
        ("<a href='javascript:x()' target='_blank'>a</a>", "href on <a>"),
        ("<a href=' javascript:x()' target='_blank'>a</a>", "href on <a>"),
        ("<a href='data:text/html,x' target='_blank'>a</a>", "href on <a>"),
        ("<a href='//example.no' target='_blank'>a</a>", "href on <a>"),
        ("<a href='https://example.no'>a</a>", 'target="_blank"'),
        ("<img src='https://example.no/a.png'>", "src on <img>"),
        ("<img src='data:image/svg+xml;base64,AAAA'>", "src on <img>"),
        ("<img src='data:image/png;base64,AA\nAA'>", "src on <img>"),
        ("<img srcset='a.png 2x'>", "srcset on <img>"),
        ("<link rel=stylesheet href=a.css>", "<link>"),
        ("<style>@import 'a.css'</style>", "<style>"),
        ("<style>p {background: url(a)}", "<style> must be ended"),
        ("<p style='background: url(https://example.no)'>a</p>", "style on <p>"),
        (r"<p style='background: u\72l(x)'>a</p>", "style on <p>"),
        ("<iframe src=x></iframe>", "<iframe>"),
        ("<object data=x></object>", "<object>"),
        ("<svg><a xlink:href='x'/></svg>", "<svg>"),
        ("<body background=x.png>", "background on <body>"),
        ("<base href='https://example.no'>", "<base>"),
        ("<meta http-equiv=refresh content='0;url=x'>", "http-equiv"),
        ("<form><input></form>", "<form>"),
        ("<button>a</button>", "<button>"),
        ("<hr align=left>", "align on <hr>"),
        ("<table><tr><td></td></tr></table>", "<td>"),
        ("<table><tr><td> \n </td></tr></table>", "<td>"),
        ("<table><tr><td></tr></table>", "<td>"),
        ("<?php x ?>", "processing"),
        (b"<p>\xe6</p>", "UTF-8"),
        (b"<p>\xc3", "UTF-8"),
    ],
)
def test_what_the_policy_forbids_is_named(html: str | bytes, word: str) -> None:
    assert any(word in problem for problem in problems(html))


def test_a_problem_names_its_line_and_repeats_nothing_of_the_content() -> None:
    (problem,) = problems("<p>\n<img src='https://hemmelig.example/01010112345'>")

    assert problem.startswith("line 2: ")
    assert "hemmelig" not in problem


def test_at_most_ten_problems_are_told() -> None:
    assert len(problems("<hr align=left>" * 50)) == 10


def test_a_byte_order_mark_is_no_problem() -> None:
    assert problems(b"\xef\xbb\xbf<p>\xc3\xa6</p>") == []


@given(piece=st.integers(1, 40))
def test_the_verdict_does_not_depend_on_how_the_document_is_cut(piece: int) -> None:
    forbidden = LETTER.replace("<hr>", "<hr align=left><style>p {background: url(a)}</style>")

    assert problems(LETTER, piece) == []
    assert problems(forbidden, piece) == problems(forbidden)
