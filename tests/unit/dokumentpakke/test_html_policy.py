"""HTML documents are held to Digdir's policy and Digipost's list before anything is sent."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdp.dokumentpakke.html.policy import HtmlPolicy

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
<style>p {{ margin: 1em; }} td {{ border: 1px solid; }}</style></head>
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


HIDDEN = "<script>alert(1)</script>"


@pytest.mark.parametrize(
    "html",
    [
        pytest.param(f"<img src='https://example.no/a' src='{PNG}'>", id="the first of two src"),
        pytest.param(f"<img SRC='https://example.no/a' src='{PNG}'>", id="in another case"),
        pytest.param("<a href='javascript:x()' href='https://x' target=_blank>a</a>", id="href"),
        pytest.param("<p style='background:url(x)' style='a:b'>x</p>", id="style"),
        pytest.param(f"<!-->{HIDDEN}-->", id="a comment that ends at once"),
        pytest.param(f"<!--->{HIDDEN}-->", id="a comment that ends at once, with a dash"),
        pytest.param(f"<!-- --!>{HIDDEN}-->", id="a comment ended with a bang"),
        pytest.param(f"<!--[if IE]>{HIDDEN}<![endif]-->", id="a conditional comment"),
        pytest.param(f"<!-- -- >{HIDDEN}-->", id="a comment that ends with a space"),
        pytest.param(f"<!-- <!-- -->{HIDDEN}-->", id="a comment in a comment"),
        pytest.param(f"<!--[if IE]><p title='-->{HIDDEN}'><![endif]-->", id="in an attribute"),
        pytest.param("<!--[if IE]><style><![endif]--></style>", id="a style sheet across its end"),
        pytest.param(f"<!--[if IE] >{HIDDEN}<![endif]-->", id="a condition written otherwise"),
        pytest.param(f"<![if !IE]>{HIDDEN}<![endif]>", id="a condition that is no comment"),
        pytest.param("<p>a <<b>c</b>", id="two brackets"),
        pytest.param(f"<![CDATA[>{HIDDEN}]]>", id="a CDATA section"),
        pytest.param(f"<![IGNORE[ >{HIDDEN}]]>", id="a marked section"),
        pytest.param(f"<!DOCTYPE x [ <!-- >{HIDDEN} --> ]>", id="an internal subset"),
        pytest.param(f"<style/><!-- </style>{HIDDEN}-->", id="an empty style element"),
        pytest.param(f"<style><!-- </style>{HIDDEN}--></style>", id="a comment in a style sheet"),
        pytest.param(f"<title><!--</title>{HIDDEN}--></title>", id="a comment in a title"),
        pytest.param(f"<xmp><!--</xmp>{HIDDEN}--></xmp>", id="xmp"),
        pytest.param(f"<noembed><!--</noembed>{HIDDEN}--></noembed>", id="noembed"),
        pytest.param("<p style=\"background:image-set('https://x' 1x)\">x</p>", id="image-set"),
        pytest.param("<style>p{background:image-set('https://x' 1x)}</style>", id="in a sheet"),
        pytest.param("<style>p{a:'/*';background:url(x);b:'*/'}</style>", id="between strings"),
        pytest.param("<style>@font-face{src:local(x)}</style>", id="a font"),
        pytest.param("<meta charset='iso-2022-jp'><p>x</p>", id="another encoding"),
        pytest.param(
            "<meta http-equiv=content-type content='text/html; charset=utf-7'>", id="UTF-7"
        ),
        pytest.param("<p title='\x1b$@'>x</p>", id="an escape character"),
        pytest.param("<p\x00>x</p>", id="NUL"),
        pytest.param("<p a='x'onclick=x()>", id="attributes without space between"),
        pytest.param("<p a='x'/onclick=x()>", id="attributes with a slash between"),
        pytest.param("<p =a onclick=x()>", id="an attribute without a name"),
        pytest.param("</p onclick=x>", id="an end tag with attributes"),
        pytest.param("<p>x<img src='https://example.no/", id="a tag that is not ended"),
        pytest.param(f"<img attributionsrc='https://x' src='{PNG}'>", id="an unknown attribute"),
        pytest.param("<bgsound src=https://x>", id="an unknown element"),
        pytest.param("<td/>", id="an empty td as in XML"),
        pytest.param("<style>", id="a style sheet without end"),
    ],
)
def test_what_browsers_and_other_parsers_read_differently_is_refused(html: str) -> None:
    assert problems(html)


@pytest.mark.parametrize(
    "html",
    [
        "<?xml version='1.0' encoding='UTF-8'?>\n<!DOCTYPE html>\n<html><body><br/></body></html>",
        "<!DOCTYPE html PUBLIC '-//W3C//DTD XHTML 1.0 Strict//EN' 'http://www.w3.org/TR'><p>x</p>",
        "<meta http-equiv='Content-Type' content='text/html; charset=UTF-8'><p>x</p>",
        "<P ALIGN=center CLASS=a>x<BR>y</P><!-- a remark, 3 > 2 --><p>5 > 3 & done</p>",
        pytest.param(
            "<style type='text/css'>td, .a p:hover { content: 'x'; color: rgb(1, 2, 3); }</style>",
            id="styles",
        ),
        "<p style='width:10px;font-family:\"Arial\"'>x</p>",
        "<title>Vedtak &lt;1&gt;</title><style></style><p>x</p>",
        "<fieldset><legend>x</legend><label for=a>y</label></fieldset>",
        "<!-- ---- Vedtak ---- --><p>x</p>",
        "<!-- a --- b ---><p>x</p>",
        (
            "<!--[if mso]><table width=600><tr><td><![endif]--><p>x</p>"
            "<!--[if mso]></td></tr></table><![endif]-->"
        ),
        "<p>Plan & bygg, 5 < 6, 5 <6, 3 <= 4, x <- y</p>",
        "<base target=_blank><a href='https://example.no'>x</a>",
        "<a href='mailto:post@example.no'>x</a>",
    ],
)
def test_what_only_shows_is_allowed(html: str) -> None:
    assert problems(html) == []


def test_what_cannot_be_read_is_told_once_and_nothing_after_it() -> None:
    (problem,) = problems("<p>\n1 <</p><hr align=left>")

    assert problem.startswith("line 2: ")
    assert "&lt;" in problem


def test_a_tag_without_end_is_not_kept_for_ever() -> None:
    policy = HtmlPolicy()
    policy.take(b'<img src="')
    for _ in range(20):
        policy.take(b"A" * 1024 * 1024)

    (problem,) = policy.problems
    assert "more than" in problem


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


@pytest.mark.parametrize(
    ("html", "rule"),
    [
        ("<html lang=nb-NO><p>x</p></html>", "lang on <html> must be a language without a region"),
        ("<html xmlns='http://www.w3.org/1999/xhtml'></html>", "xmlns on <html> is not taken"),
        ("<p xml:lang=nb>x</p>", "xml:lang on <p>"),
        ("<table aria-label=x><tr><td>x</td></tr></table>", "aria-label on <table>"),
        ("<p role=note>x</p>", "role on <p>"),
        ("<a href='tel:+4780000000' target=_blank>x</a>", "href on <a>"),
        ("<a href='HTTPS://example.no' target=_blank>x</a>", "href on <a>"),
        ("<style>@media print { p { color: red; } }</style>", "<style> must be rules alone"),
        ("<style>* { margin: 0; }</style>", "<style> must be rules alone"),
        ("<style>p > b { margin: 0; }</style>", "<style> must be rules alone"),
        ("<style>/* a */ p { margin: 0; }</style>", "<style> must be rules alone"),
        ("<style>p { color: red }</style>", "ended by a ;"),
        ("<style>p { transform: none; }</style>", "a property that is not taken"),
        ("<style>p { display: grid; }</style>", "display in <style>"),
        ("<style media=print>p { margin: 0; }</style>", "media on <style>"),
        ("<p style='display: grid'>x</p>", "style on <p>"),
        ("<p style='color: windowtext'>x</p>", "style on <p>"),
        ("<p style='width: calc(1px + 2px)'>x</p>", "style on <p>"),
        ("<table width=600px><tr><td>x</td></tr></table>", "width on <table> must be a whole"),
        ("<table border=1px><tr><td>x</td></tr></table>", "border on <table>"),
        ("<meta name=Generator content=Word>", "name on <meta>"),
        ("<mark>x</mark>", "<mark> is not taken"),
        ("<details><summary>x</summary></details>", "<details> is not taken"),
        ("<time>x</time>", "<time> is not taken"),
        ("<font>x</font>", "<font> without attributes"),
        ("<font color=orange>x</font>", "color on <font>"),
        ("<h1 align=center>x</h1>", "align on <h1>"),
        ("<ol start=3><li>x</li></ol>", "start on <ol>"),
    ],
)
def test_what_digipost_does_not_take_is_told_as_its_own(html: str, rule: str) -> None:
    told = problems(html)
    assert any(rule in problem and "Digipost's validator" in problem for problem in told)
    assert not any("Digdir" in problem for problem in told)


def test_a_problem_says_which_list_refuses() -> None:
    assert problems("<hr align=left>") == ["line 1: align on <hr> is not allowed (Digdir's policy)"]
    (both,) = problems("<script>x</script>")
    assert both.endswith("(Digdir's policy and Digipost's validator)")
