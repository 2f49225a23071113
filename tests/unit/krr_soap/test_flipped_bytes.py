"""Whatever happens to an answer on its way, it is refused or it says what was signed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from sdp.errors import SdpError
from sdp.krr import Oppslag
from sdp.krr.soap import KrrSoap
from sdp.transport.request import HttpRequest, HttpResponse
from tests.driver import drive
from tests.examples import examples
from tests.unit.krr_soap.counterpart import SOAP, Register, person, personer

KARI = "01815800083"


@pytest.mark.slow
def test_no_changed_byte_changes_what_is_read(
    krr_with: Callable[..., KrrSoap], register: Register, moment: datetime
) -> None:
    register.content = personer(person(KARI))
    krr = krr_with()
    signed = drive(krr.lookup([KARI]), register)

    @given(st.data())
    @settings(max_examples=examples(1.5), deadline=None, suppress_health_check=list(HealthCheck))
    def check(data: st.DataObject) -> None:
        def twisted(request: HttpRequest) -> HttpResponse:
            content = bytearray(etree.tostring(register.answer(request)))
            place = data.draw(st.integers(0, len(content) - 1))
            content[place] = data.draw(st.integers(0, 255))
            return HttpResponse(200, SOAP, bytes(content))

        found: tuple[Oppslag, ...]
        try:
            found = drive(krr.lookup([KARI]), twisted)
        except SdpError:
            return
        assert found == signed

    check()
