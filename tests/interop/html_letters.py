"""Grammar of the HTML letters that agencies write: by hand, from Word, and from mail templates."""

from __future__ import annotations

import random
from collections.abc import Iterator

_PNG = "data:image/png;base64,iVBORw0KGgo="

_DOCTYPES = (
    "",
    "<!DOCTYPE html>",
    "<!doctype html>",
    (
        '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN"'
        ' "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">'
    ),
)
_HTML = (
    "<html>",
    '<html lang="nb">',
    '<html lang="NN">',
    '<html lang="nb-NO">',
    '<html xmlns="http://www.w3.org/1999/xhtml">',
    '<html lang="nb" dir="ltr">',
)
_METAS = (
    '<meta charset="utf-8">',
    "<meta charset='UTF-8'/>",
    '<meta http-equiv="Content-Type" content="text/html; charset=utf-8">',
    '<meta http-equiv="Content-Type" content="text/html;charset=UTF-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1.0">',
    '<meta name="viewport" content="width=device-width,initial-scale=1,maximum-scale=1">',
    '<meta name="Generator" content="Microsoft Word 15">',
    '<meta name="author" content="Saksbehandler">',
    '<meta http-equiv="X-UA-Compatible" content="IE=edge">',
    '<base target="_blank">',
)
_SELECTORS = (
    *("p", "td, th", ".brev", "#hode", "p.ingress", "div p", "a:hover", "a:link, a:visited"),
    *("*", "ul > li", "h1 + p", "h1 ~ p", "li:first-child", "li:nth-child(2)", "p::before"),
    *("td[align]", "tr:hover td", "p.MsoNormal, li.MsoNormal", "@page WordSection1"),
)
_PROPERTIES = (
    *("color: #333", "color: navy", "color: windowtext", "color: rgb(1, 2, 3)", "color: Red"),
    *("background: #fff", "background-color: #eeeeee", "font-family: Arial, sans-serif"),
    *(
        "font-family: 'Open Sans', Arial",
        "font-size: 12pt",
        "font-weight: bold",
        "font: 12px Arial",
    ),
    *("margin: 0", "margin: 0 auto", "margin: 0cm 0cm 8.0pt", "padding: 1em 2em", "width: 100%"),
    *("width: calc(100% - 2em)", "max-width: 600px", "border: 1px solid #ccc", "border: none"),
    *("border-collapse: collapse", "border-top: solid windowtext 1.0pt", "text-align: center"),
    *("text-align: start", "text-decoration: none", "line-height: 1.5", "line-height: 107%"),
    *("display: block", "display: none", "display: flex", "display: grid", "float: left"),
    *("clear: both", "position: relative", "overflow: hidden", "page-break-after: always"),
    *("page-break-inside: avoid", "break-inside: avoid", "vertical-align: top", "opacity: 0.5"),
    *("white-space: nowrap", "list-style-type: none", "list-style: square", "letter-spacing: 1px"),
    *("text-transform: uppercase", "border-radius: 4px", "box-shadow: 0 1px 2px #999"),
    *("transform: rotate(90deg)", "mso-style-priority: 99", "-webkit-text-size-adjust: none"),
    *("margin-top: -5px", "min-height: 10px", "table-layout: fixed", "visibility: hidden"),
    *("color: red !important", "font: 12px/1.4 Arial", "gap: 10px", "flex: 1 1 auto"),
    *("background-image: linear-gradient(red, blue)", "cursor: pointer", "color: var(--tekst)"),
)
_ATTRIBUTES = (
    *('class="ingress"', 'class="a b-c"', 'id="del-1"', 'id="avsnitt 1"', 'title="Vedtak: side 1"'),
    *('title="Det &quot;nye&quot; vedtaket"', 'lang="en"', 'lang="en-GB"', 'dir="ltr"', "hidden"),
    *('role="note"', 'aria-label="Merk"', 'data-id="1"', 'tabindex="0"', 'align="center"'),
    *("align=right", 'xml:lang="nb"', 'class="blå"', 'class=""'),
)
_TEXTS = (
    *("Hei", "Du får 1 200 kroner.", "Plan &amp; bygg", "Plan & bygg", "5 < 6", "a &lt; b"),
    *("æøå ÆØÅ", "&nbsp;", "&aring;&#229;&#xe5;", "1 <= 2 && 3 >= 2", "<- tilbake", "§ 12-3"),
    *("Se «vedlegg» – og “mer”", "50 % av 3·4", "100%", "x > y", "ola@example.no"),  # noqa: RUF001
)
_INLINE = (
    *("b", "i", "u", "strong", "em", "small", "big", "sub", "sup", "code", "abbr", "cite", "q"),
    *("mark", "time", "del", "ins", "s", "strike", "kbd", "span", "tt", "var", "font", "label"),
)
_LINKS = (
    '<a href="https://www.example.no/" target="_blank">{}</a>',
    '<a target="_blank" href="https://www.example.no/søk?q=1&amp;r=2#topp">{}</a>',
    '<a href="https://www.example.no/a(b)/c~d;e,f!g" target="_blank">{}</a>',
    '<a href="https://www.example.no/?q=%27x%27" target="_blank">{}</a>',
    '<a href="https://www.example.no/?q=\'x\'" target="_blank">{}</a>',
    '<a href="https://www.example.no/a*b" target="_blank">{}</a>',
    '<a href="https://www.example.no/[1]" target="_blank">{}</a>',
    '<a href="HTTPS://www.example.no/" target="_blank">{}</a>',
    '<a href="https://www.example.no/">{}</a>',
    '<a href="https://www.example.no/" target="_blank" rel="noopener noreferrer">{}</a>',
    '<a href="https://www.example.no/" target="_blank" class="knapp" style="color: #fff">{}</a>',
    '<a href="mailto:post@example.no" target="_blank">{}</a>',
    '<a href="mailto:post@example.no">{}</a>',
    '<a href="mailto:post@example.no?subject=Sak%201">{}</a>',
    '<a href="tel:+4780000000" target="_blank">{}</a>',
    '<a href="#slutt">{}</a>',
    '<a name="slutt">{}</a>',
    '<a href="/relativ" target="_blank">{}</a>',
    '<a href="www.example.no" target="_blank">{}</a>',
)
_IMAGES = (
    f'<img src="{_PNG}" alt="Kommunevåpen">',
    f'<img src="{_PNG}" alt="Logo" width="100" height="50">',
    f'<img src="{_PNG}" width="100px"/>',
    f'<img src="{_PNG}" style="width: 100px" border="0">',
    f'<img src="{_PNG.replace("png", "svg+xml")}" alt="x">',
    '<img src="https://www.example.no/logo.png" alt="Logo">',
    '<img src="cid:logo" alt="Logo">',
    '<img alt="Logo">',
)
_TABLES = (
    "<table>{}</table>",
    '<table border="1" cellpadding="4" cellspacing="0">{}</table>',
    '<table width="100%" border="0">{}</table>',
    '<table width="600px">{}</table>',
    '<table class="tabell" style="width: 100%; border-collapse: collapse">{}</table>',
    '<table summary="Beløp" border="1">{}</table>',
    '<table align="center" bgcolor="#ffffff" width="600">{}</table>',
    '<table role="presentation" border="0">{}</table>',
    (
        "<table><caption>Beløp</caption><thead><tr><th>Måned</th></tr></thead>"
        "<tbody>{}</tbody></table>"
    ),
)
_ROWS = (
    "<tr><td>{}</td></tr>",
    '<tr><th scope="row">Sum</th><td align="right">{}</td></tr>',
    '<tr><td colspan="2" valign="top">{}</td></tr>',
    '<tr bgcolor="#eee"><td>{}</td></tr>',
    '<tr style="height: 15.0pt"><td width="50%" nowrap>{}</td></tr>',
    '<tr><td width="120" height="20px">{}</td></tr>',
    "<tr><td>{}</td><td></td></tr>",
    "<tr><td>{}</td><td>&nbsp;</td></tr>",
)
_BLOCKS = (
    *("<p{}>{}</p>", "<h1{}>{}</h1>", "<h3{}>{}</h3>", "<div{}>{}</div>", "<pre{}>{}</pre>"),
    *("<blockquote{}>{}</blockquote>", "<ul{}><li>{}</li></ul>", "<ol{}><li>{}</li></ol>"),
    *("<section{}>{}</section>", "<article{}>{}</article>", "<address{}>{}</address>"),
    *("<dl{}><dt>Sak</dt><dd>{}</dd></dl>", "<fieldset{}><legend>Svar</legend>{}</fieldset>"),
    *("<center{}>{}</center>", "<figure{}>{}<figcaption>Figur</figcaption></figure>"),
    *("<details{}><summary>Mer</summary>{}</details>", "<P{}>{}</P>", "<main{}>{}</main>"),
)
_LOOSE = (
    *("<br>", "<br/>", "<hr>", '<hr width="50%">', '<hr align="left">', '<hr size="1" noshade>'),
    *("<!-- Vedtak -->", "<!-- ---- Vedtak ---- -->", "<!-- a > b < c -->"),
    "<!--[if mso]><table><tr><td><![endif]-->",
    "<!--[if gte mso 9]><xml><o:OfficeDocumentSettings/></xml><![endif]-->",
    *("<o:p></o:p>", "<wbr>", '<ol start="3"><li>Tre</li></ol>', '<font color="red">!</font>'),
    *('<font face="Arial" size="2">x</font>', '<font color="orange">x</font>', "<font>x</font>"),
    *("<script>x()</script>", "<input>", "<form></form>", "<iframe></iframe>", "<svg></svg>"),
)


def html_letters(count: int, seed: int = 1) -> Iterator[str]:
    """Draw documents: each has a few things that agencies write, most of them harmless."""
    chance = random.Random(seed)
    for _ in range(count):
        yield _document(chance)


def _document(chance: random.Random) -> str:
    head = "".join(chance.sample(_METAS, chance.choice((0, 1, 1, 2))))
    if chance.random() < 0.5:
        head += f"<title>{chance.choice(('Vedtak', 'Vedtak &amp; svar', ''))}</title>"
    head += _style_sheet(chance) if chance.random() < 0.4 else ""
    body = "\n".join(_block(chance) for _ in range(chance.choice((1, 1, 2, 3))))
    document = f"{_mostly(chance, _HTML, 3)}<head>{head}</head><body>{body}</body></html>"
    return _mostly(chance, _DOCTYPES, 4) + document


def _style_sheet(chance: random.Random) -> str:
    rules = []
    for _ in range(chance.choice((1, 1, 2))):
        declarations = "; ".join(chance.sample(_PROPERTIES, chance.choice((1, 2))))
        end = chance.choice((";", ";", ";", ""))
        rules.append(f"{_mostly(chance, _SELECTORS, 8)} {{ {declarations}{end} }}")
    opened = chance.choice(
        ("<style>", "<style>", '<style type="text/css">', '<style media="print">')
    )
    wrapped = chance.choice(("{}",) * 6 + ("/* brev */ {}", "@media print {{ {} }}", "<!-- {} -->"))
    return f"{opened}{wrapped.format(' '.join(rules))}</style>"


def _block(chance: random.Random) -> str:
    match chance.randrange(6):
        case 0:
            rows = "".join(chance.choice(_ROWS).format(_text(chance)) for _ in range(2))
            return chance.choice(_TABLES).format(rows)
        case 1:
            return chance.choice(_LOOSE)
        case _:
            attributes = _attributes(chance) if chance.random() < 0.5 else ""
            return chance.choice(_BLOCKS).format(attributes, _text(chance))


def _attributes(chance: random.Random) -> str:
    if chance.random() < 0.5:
        return " " + chance.choice(_ATTRIBUTES)
    style = "; ".join(chance.sample(_PROPERTIES, chance.choice((1, 1, 2, 3))))
    return f' style="{style}{chance.choice(("", ";"))}"'


def _text(chance: random.Random) -> str:
    text = chance.choice(_TEXTS)
    match chance.randrange(6):
        case 0:
            return chance.choice(_LINKS).format(text)
        case 1:
            return chance.choice(_IMAGES)
        case 2:
            name = chance.choice(_INLINE)
            return f"<{name}>{text}</{name}>"
        case _:
            return text


def _mostly(chance: random.Random, choices: tuple[str, ...], first: int) -> str:
    """Choose among the first few more often, which are those that nobody refuses."""
    return chance.choice(choices[:first] if chance.random() < 0.8 else choices)
