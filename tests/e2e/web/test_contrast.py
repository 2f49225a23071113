"""Text can be read by those who see poorly."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sdp import Client, Dokument, Dokumentpakke
from sdp.testmiljo import Testmiljo
from tests.documents import pdf
from tests.e2e.client.conftest import Letters

if TYPE_CHECKING:
    from playwright.sync_api import Page


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_what_is_behind_it(miljo: Testmiljo, page: Page, scheme: Any) -> None:
    """WCAG 2.2, success criterion 1.4.3: a contrast of 4.5 to 1."""
    with Client(miljo.client_config()) as client:
        pakke = Dokumentpakke(
            hoveddokument=Dokument.from_bytes(pdf(), filnavn="brev.pdf", tittel="Vedtak")
        )
        resultat = client.send(Letters(miljo).digital(dokumentpakke=pakke))
    page.emulate_media(color_scheme=scheme)
    page.goto(f"/web/letters/{resultat.meldings_id}")
    colours = page.evaluate(_COLOURS)

    assert len(colours) > 50
    for ink, paper in colours:
        assert contrast(_rgb(ink), _rgb(paper)) >= 4.5, (ink, paper)


# The colour of each element that has text of its own, and of the nearest background behind it.
_COLOURS = """() => [...document.querySelectorAll('body *')]
  .filter(e => [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim()))
  .map(e => {
    let behind = e, paper = 'rgba(0, 0, 0, 0)';
    while (paper === 'rgba(0, 0, 0, 0)' && behind) {
      paper = getComputedStyle(behind).backgroundColor; behind = behind.parentElement;
    }
    return [getComputedStyle(e).color, paper];
  })"""


def _rgb(colour: str) -> list[float]:
    return [int(part) / 255 for part in colour[colour.index("(") + 1 : -1].split(",")[:3]]


def contrast(one: list[float], other: list[float]) -> float:
    """The contrast ratio of WCAG 2.2."""
    lighter, darker = sorted(map(_luminance, (one, other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(rgb: list[float]) -> float:
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in rgb]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
