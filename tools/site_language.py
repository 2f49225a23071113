"""Tell browsers and screen readers in which language each page of the site is. A hook of mkdocs."""

from __future__ import annotations

from typing import Any

_LANGUAGES = {"norsk.md": "nb", "plan-norsk.md": "nb"}


def on_post_page(output: str, *, page: Any, **_: object) -> str:
    """Change the language of a page that is not in English."""
    language = _LANGUAGES.get(page.file.src_uri)
    if language is None:
        return output
    return output.replace('<html lang="en"', f'<html lang="{language}"', 1)
