"""Whatever is in the folder, everything that is wrong is a finding, and nothing else is raised."""

from __future__ import annotations

import re
import shutil
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sdp.errors import ConfigurationError
from sdp.plan import PriceList, costs_of, read_plan
from sdp.plan.advice import advise
from tests.examples import examples
from tests.pages import ROOT
from tests.unit.plan.conftest import EXAMPLE

PRICES = PriceList.in_package()
_FILES = ("plan.toml", "tjenester.csv", "utsendelser.csv", "risiko.csv", "maalt.json")
_LIST = ROOT / "sdp" / "prices" / "2024-01-01.toml"
_ODD = st.sampled_from(
    [
        *("", "nan", "inf", "-1", "0", "1e9", "9" * 5000, '"x"', "[]", "{}", "true", "0001-01-01"),
        *("9999-12-31", "[[[", "\x00", "\ufeff", ";;;;;;", '"', "~", "1.000,00", "{a=1}"),
        *("[nan, nan]", "2027-13-01"),
    ]
)


@st.composite
def changed(draw: st.DrawFn, text: str) -> str:
    """A text with some of its lines and values changed into something odd."""
    for _ in range(draw(st.integers(1, 3))):
        spans = [match.span() for match in re.finditer(r"(?<=[=;:])[^=;:\n]+", text)]
        begin, end = draw(st.sampled_from(spans))
        text = text[:begin] + draw(_ODD | st.text(max_size=8)) + text[end:]
    return text


@pytest.mark.slow
@settings(
    max_examples=examples(1.5),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.data())
def test_every_folder_is_read_to_a_plan_or_to_findings(tmp_path: Path, data: st.DataObject) -> None:
    folder = tmp_path / "plan"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(EXAMPLE, folder)
    name = data.draw(st.sampled_from(_FILES))
    text = data.draw(changed((EXAMPLE / name).read_text(encoding="utf-8")))
    (folder / name).write_bytes(text.encode("utf-8", errors="replace"))

    reading = read_plan(folder)

    assert (reading.plan is None) == bool(reading.errors)
    for each in reading.findings:
        assert each.rule(reading.texts)
        assert each.remedy(reading.texts)
    if reading.plan is not None:
        assert costs_of(reading.plan, PRICES).letters.total
        advise(reading.plan, PRICES)


@settings(max_examples=examples(0.5), deadline=None)
@given(st.binary(max_size=400))
def test_a_file_of_any_bytes_is_a_finding(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    folder = tmp_path_factory.mktemp("bytes")
    for name in _FILES:
        (folder / name).write_bytes(data)

    assert read_plan(folder).errors


@settings(deadline=None)
@given(st.data())
def test_every_price_list_is_read_or_refused_by_name(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    file = tmp_path_factory.mktemp("prices") / "priser.toml"
    text = data.draw(changed(_LIST.read_text(encoding="utf-8")))
    file.write_bytes(text.encode("utf-8", errors="replace"))

    refused: ConfigurationError | None = None
    try:
        read = PriceList.from_path(file)
    except ConfigurationError as error:
        refused = error

    if refused is None:
        read.size_price(Decimal(6_500_000))
        read.depends_on_megabyte(Decimal(104_200))
    else:
        assert "priser.toml" in refused.message
        assert refused.remedy
