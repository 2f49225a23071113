"""Whatever others write in what is read, no log and no traceback with its causes repeats it."""

from __future__ import annotations

import logging
import random
import re
import traceback
from typing import Final

import pytest

from sdp.errors import SdpError
from tests.fuzz.targets import NAMES, by_name

pytestmark = pytest.mark.filterwarnings("ignore")

_FNR: Final = "01815800083"
_WORDS: Final = f"Kari{_FNR}".encode()
_PLACES: Final = (
    re.compile(rb'"([^"]{1,200})"|>([^<]{1,200})<'),  # strings and texts
    re.compile(rb"</?([\w:]{1,40})[\s>]"),  # names of elements
    re.compile(rb"([\w.:/+-]{2,80})"),  # words
)
_TRIED: Final = 60
# The names of settings are the user's own words, and the error tells which is wrong; a PDF takes
# long, and its reader says nothing of what is in it.
_PASSED_OVER: Final = frozenset({"toml", "pdf"})


def _with_words(chance: random.Random, data: bytes) -> bytes:
    """Put the words in place of something, or between two bytes."""
    found = list(chance.choice(_PLACES).finditer(data))
    if not found:
        at = chance.randrange(len(data) + 1)
        return data[:at] + _WORDS + data[at:]
    start, end = chance.choice(found).span(chance.choice((0, 1)))
    return data[: max(start, 0)] + _WORDS + data[max(end, 0) :]


@pytest.mark.parametrize("name", [name for name in NAMES if name not in _PASSED_OVER])
def test_no_log_and_no_traceback_repeats_what_others_write(
    name: str, caplog: pytest.LogCaptureFixture
) -> None:
    target = by_name()[name]
    caplog.set_level(logging.NOTSET + 1)
    chance = random.Random(target.name)
    for _ in range(min(_TRIED, target.inputs)):
        told = ""
        try:
            target.read(_with_words(chance, chance.choice(target.corpus)))
        except SdpError as error:
            told = "".join(traceback.format_exception(error))
        assert _FNR not in told
    assert _FNR not in caplog.text
