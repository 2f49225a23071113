from __future__ import annotations

import pytest

from sdp.plan import Language, Texts
from sdp.plan.connection import QUESTIONS, Connection, advise_connection
from sdp.plan.figures import solution

NO = dict.fromkeys(QUESTIONS, False)


@pytest.mark.parametrize(
    ("yes", "fits"),
    [
        ("developers python operations municipality many_systems large_volume", Connection.EGEN),
        ("operations other_messages", Connection.INTEGRASJONSPUNKT),
        ("municipality standard_system", Connection.KS_FIKS),
        ("standard_system supplier_offers", Connection.LEVERANDOR),
        ("municipality standard_system supplier_offers", Connection.LEVERANDOR),
    ],
)
def test_the_way_that_fits_follows_the_answers(yes: str, fits: Connection) -> None:
    advice = advise_connection(NO | dict.fromkeys(yes.split(), True))

    assert advice.connection is fits
    assert advice.reasons


def test_ks_fiks_is_for_municipalities_alone() -> None:
    for yes in QUESTIONS:
        if yes != "municipality":
            assert advise_connection(NO | {yes: True}).connection is not Connection.KS_FIKS


@pytest.mark.parametrize("way", Connection)
@pytest.mark.parametrize("language", Language)
def test_every_way_has_a_name_and_a_figure(way: Connection, language: Language) -> None:
    figure = solution(way, Texts(language))

    assert "<title" in figure
    assert "<desc" in figure
