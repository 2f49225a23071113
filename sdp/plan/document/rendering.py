"""Rendering of a plan document: one self-contained HTML page, Markdown, or PDF by WeasyPrint."""

from __future__ import annotations

import re
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from sdp.plan.extras import optional

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sdp.plan.document.blocks import Section
    from sdp.plan.model import Plan
    from sdp.plan.texts import Texts

_BLANK_LINES: Final = re.compile(r"\n{3,}")
_MARKDOWN: Final = re.compile(r"([\\`*_{}\[\]<>|#])")


def as_html(plan: Plan, sections: Sequence[Section], texts: Texts, today: date) -> str:
    """Render one page that needs nothing else: no script, font, picture or link of others."""
    return _rendered("document.html.j2", plan, sections, texts, today, autoescape=True)


def as_markdown(plan: Plan, sections: Sequence[Section], texts: Texts, today: date) -> str:
    """Render Markdown. Figures are told in words."""
    text = _rendered("document.md.j2", plan, sections, texts, today, autoescape=False)
    return _BLANK_LINES.sub("\n\n", text)


def as_pdf(html: str) -> bytes:
    """Render the page as a tagged PDF/UA. Needs the extra `plan-pdf`."""
    library = optional("weasyprint", extra="plan-pdf")
    written: bytes = library.HTML(string=html, url_fetcher=_nothing).write_pdf(
        pdf_variant="pdf/ua-1"
    )
    return written


def _nothing(url: str, *_: object, **__: object) -> Any:
    """Fetch nothing: the page holds everything it shows."""
    raise ValueError(f"the page refers to {url.partition(':')[0]}")


def _rendered(
    name: str,
    plan: Plan,
    sections: Sequence[Section],
    texts: Texts,
    today: date,
    *,
    autoescape: bool,
) -> str:
    jinja = optional("jinja2")
    environment = jinja.Environment(
        autoescape=autoescape, trim_blocks=True, lstrip_blocks=True, undefined=jinja.StrictUndefined
    )
    environment.filters["md"] = _escaped_markdown
    source = (files("sdp.plan") / "templates" / name).read_text(encoding="utf-8")
    text: str = environment.from_string(source).render(
        plan=plan, sections=sections, texts=texts, today=today
    )
    return text


def _escaped_markdown(text: object) -> str:
    return _MARKDOWN.sub(r"\\\1", str(text)).replace("\n", " ")
