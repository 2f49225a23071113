"""Tell browsers and screen readers in which language each page of the site is. A hook of mkdocs."""

from __future__ import annotations

from typing import Any

_NORWEGIAN = "På norsk"
"""The section of the pages in Norwegian, as mkdocs.yml names it."""


def on_post_page(output: str, *, page: Any, **_: object) -> str:
    """Change the language of a page that is not in English."""
    if all(section.title != _NORWEGIAN for section in page.ancestors):
        return output
    return output.replace('<html lang="en"', '<html lang="nb"', 1)
