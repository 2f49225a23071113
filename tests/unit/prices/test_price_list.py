from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from sdp.errors import ConfigurationError
from sdp.prices import PriceList

WHOLE = """
gyldig_fra = 2027-01-01
lest = 2027-01-05
kilde = "Oppdiktet"
megabyte = 1_000_000
[transport]
ks = 0.10
[[trinn]]
til_mb = 0.1
a = 0.50
b = 0.60
"""


@pytest.fixture
def prices() -> PriceList:
    return PriceList.in_package()


def price_list(tmp_path: Path, text: str) -> PriceList:
    file = tmp_path / "priser.toml"
    file.write_text(text, encoding="utf-8")
    return PriceList.from_path(file)


@pytest.mark.parametrize(
    ("size", "price"),
    [
        (1, "0.69"),
        (100_000, "0.69"),
        (100_001, "0.94"),
        (200_000, "0.94"),
        (300_000, "1.07"),
        (500_000, "1.95"),
        (1_000_000, "2.20"),
        (1_000_001, "5.75"),
        (5_000_000, "5.75"),
        (5_000_001, "7.67"),
        (6_000_000, "7.67"),
        (6_000_001, "9.59"),
    ],
)
def test_a_step_includes_its_upper_bound_and_started_megabytes_count(
    prices: PriceList, size: int, price: str
) -> None:
    assert prices.size_price(Decimal(size)) == Decimal(price)


@pytest.mark.parametrize(
    ("size", "depends"), [(100_000, False), (104_200, True), (104_858, False), (62_000, False)]
)
def test_the_reading_of_a_megabyte_decides_between_the_two_bounds(
    prices: PriceList, size: int, depends: bool
) -> None:
    assert prices.depends_on_megabyte(Decimal(size)) is depends


def test_the_dearest_supplier_counts(tmp_path: Path) -> None:
    assert price_list(tmp_path, WHOLE).size_price(Decimal(1)) == Decimal("0.60")


def test_a_list_of_ones_own_replaces_the_package_whole(tmp_path: Path) -> None:
    own = price_list(tmp_path, WHOLE)

    assert own.size_price(Decimal(100_001)) is None
    assert own.transport == {"ks": Decimal("0.10")}
    assert own.age_in_days(date(2027, 1, 31)) == 30


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("gyldig_fra = 2027-01-01", "", "gyldig_fra"),
        ("gyldig_fra = 2027-01-01", 'gyldig_fra = "i fjor"', "gyldig_fra"),
        ('kilde = "Oppdiktet"', "", "kilde"),
        ("ks = 0.10", "ks = -1", "ks"),
        ("ks = 0.10", "ks = nan", "ks"),
        ("[transport]\nks = 0.10", "transport = 1", "transport"),
        ("megabyte = 1_000_000", "megabyte = 0", "megabyte"),
        ("til_mb = 0.1", "", "til_mb"),
        ("[[trinn]]", "[[trapp]]", "trinn"),
        ("[transport]", "[transport", "line"),
    ],
)
def test_a_list_that_breaks_a_rule_is_refused_with_the_setting_named(
    tmp_path: Path, old: str, new: str, named: str
) -> None:
    with pytest.raises(ConfigurationError, match=named) as raised:
        price_list(tmp_path, WHOLE.replace(old, new))
    assert "priser.toml" in raised.value.message
    assert raised.value.remedy


def test_a_letter_costs_transport_size_and_the_extras_that_have_a_price(tmp_path: Path) -> None:
    own = price_list(tmp_path, WHOLE + "[tillegg]\nsms = 0.25\n")

    assert own.letter_price(Decimal(1), channel="ks") == Decimal("0.70")
    assert own.letter_price(Decimal(1), ["sms", "aapningskvittering"], channel="ks") == Decimal(
        "0.95"
    )
    assert own.letter_price(Decimal(1)) is None, "a channel without a price"
    assert own.letter_price(Decimal(100_001), channel="ks") is None, "a size without a price"
