"""Settings of the contact register are checked before anybody is asked."""

from __future__ import annotations

from typing import Any

import pytest

from sdp.errors import ConfigurationError
from sdp.krr.rest.wire import KrrSettings

URL = "https://test.kontaktregisteret.no/rest/"


def test_the_address_alone_is_enough() -> None:
    settings = KrrSettings(URL)

    assert (settings.version, settings.signed_answers) == ("v2", False)
    assert settings.organisasjonsnummer == "991825827"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"url": "http://test.kontaktregisteret.no/rest/"}, "url .* must start with https://"),
        ({"version": "v3"}, "version .* must be v1 or v2"),
        ({"organisasjonsnummer": "123456789"}, "organisasjonsnummer .* control digit"),
        ({"consumer_org": "0192:991825827"}, "consumer_org .* must be 9 digits"),
    ],
)
def test_a_wrong_setting_is_named(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        KrrSettings(**({"url": URL} | changes))
