"""What the HTML policy lets through, in a real browser: nothing runs, and nothing is fetched."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from sdp.dokumentpakke.html.policy import HtmlPolicy

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Dialog, Route

_LETTER = "https://letter.test/"
_ELSEWHERE = "https://elsewhere.test/x"
_PNG = "data:image/png;base64,iVBORw0KGgo="
_MARKUP = (
    *("<!--", "-->", "--!>", "<!", "<!DOCTYPE ", "<?xml ", "?>", "[", "]]>", "<![CDATA["),
    *("<p title=", "<p title='", '<p title="', "'", '"', ">", " ", "/", "=", "`", "<", "x", "\n"),
    *("<style>", "</style>", "<title>", "</title>", "</p>", "<td>", "<table>", "<a href='#'>"),
    *("/*", "*/", "<p style='", '<p style="', "content:", "{", "}", ";", "p", "&lt;", "&#60;"),
)
_HOSTILE = (
    "<script>alert(1)</script>",
    f"<img src={_ELSEWHERE} onerror=alert(1)>",
    f"background:url({_ELSEWHERE})",
    f"background-image:image-set('{_ELSEWHERE}' 1x)",
    f"@import '{_ELSEWHERE}';",
    f"<link rel=stylesheet href={_ELSEWHERE}>",
    " onfocus=alert(1) autofocus tabindex=0 ",
    f" src={_ELSEWHERE} ",
)

Effects = Callable[[str], list[str]]


@pytest.fixture(scope="module")
def effects(browser: Browser) -> Iterator[Effects]:
    """Show a document, and list what it fetched or ran."""
    seen: list[str] = []
    shown = [""]

    def answer(route: Route) -> None:
        if route.request.url == _LETTER:
            route.fulfill(body=shown[0], content_type="text/html; charset=utf-8")
        else:
            seen.append(route.request.url)
            route.abort()

    def dismiss(dialog: Dialog) -> None:
        seen.append("dialog")
        dialog.dismiss()

    with browser.new_context() as context:
        page = context.new_page()
        page.route("**/*", answer)
        page.on("dialog", dismiss)

        def show(html: str) -> list[str]:
            seen.clear()
            shown[0] = html
            page.goto(_LETTER, wait_until="load")
            return [each for each in seen if not each.endswith("/favicon.ico")]

        yield show


def is_allowed(html: str) -> bool:
    policy = HtmlPolicy()
    policy.take(html.encode())
    policy.finish()
    return not policy.problems


@pytest.mark.parametrize(
    "html",
    [
        f"<img src={_ELSEWHERE}>",
        "<script>alert(1)</script>",
        f"<img src='{_ELSEWHERE}' src='{_PNG}'>",
        "<!--><script>alert(1)</script>-->",
        f"<p style=\"background:image-set('{_ELSEWHERE}' 1x)\">x</p>",
        "<title><!--</title><script>alert(1)</script>--></title>",
    ],
)
def test_the_browser_shows_what_a_refused_document_would_have_done(
    effects: Effects, html: str
) -> None:
    assert not is_allowed(html)
    assert effects(html)


def test_documents_made_of_hostile_pieces_do_nothing_where_they_are_allowed(
    effects: Effects,
) -> None:
    pick = random.Random(20261124)
    allowed: set[str] = set()
    while len(allowed) < 150:
        pieces = [pick.choice(_MARKUP) for _ in range(pick.randint(2, 7))]
        pieces.insert(pick.randrange(len(pieces)), pick.choice(_HOSTILE))
        html = "".join(pieces)
        if is_allowed(html):
            allowed.add(html)

    assert [html for html in sorted(allowed) if effects(html)] == []
