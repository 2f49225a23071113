from __future__ import annotations

from typing import Any

import pytest

from sdp.dpi import DpiSettings
from sdp.errors import ConfigurationError
from tests.unit.dpi.counterpart import ROOT


@pytest.mark.parametrize("kanal", ["a", "A-z_0", "x" * 28, None])
def test_a_channel_of_the_interface_is_taken(kanal: str | None) -> None:
    assert DpiSettings(ROOT, kanal=kanal).kanal == kanal


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("url", "http://ap.example/dpi"),
        ("url", "https://"),
        ("url", "https://ap.example/dpi?a=b"),
        ("url", "https://ap.example/dpi#a"),
        ("url", "https://ola:hemmelig@ap.example/dpi"),
        ("url", "https://ola@ap.example/dpi"),
        ("url", "https://ap.example:nil/dpi"),
        ("url", "ap.example"),
        ("kanal", ""),
        ("kanal", "x" * 29),
        ("kanal", "blåbær"),
        ("kanal", "min kanal"),
        ("kanal", "kanal\n"),
        ("page_size", 0),
        ("consumer_org", "991825828"),
        ("receipt_suppliers", {"922020175": ["12345678"]}),
        ("receipt_suppliers", {"0192:922020175": []}),
    ],
)
def test_a_setting_that_breaks_a_rule_is_refused_by_name(setting: str, value: Any) -> None:
    with pytest.raises(ConfigurationError, match=f"^{setting} of the access point"):
        DpiSettings(**{"url": ROOT, setting: value})


def test_a_slash_at_the_end_of_the_address_is_of_no_consequence() -> None:
    assert DpiSettings(f"{ROOT}/").root == DpiSettings(ROOT).root == ROOT
