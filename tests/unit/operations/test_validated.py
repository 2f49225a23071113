"""A verdict that is remembered is told anew each time."""

from __future__ import annotations

import traceback
from datetime import datetime
from typing import Any

import pytest

from sdp.errors import CertificateError, CertificateProblem
from sdp.operations.validated import Validated
from sdp.pki import Identity, TrustStore, Usage


def test_each_caller_is_given_an_exception_of_its_own(
    trust: TrustStore, moment: datetime, stranger: Identity
) -> None:
    check = Validated(trust)
    asked: dict[str, Any] = {
        "moment": moment,
        "usage": Usage.SIGNING,
        "organisasjonsnummer": stranger.organisasjonsnummer,
    }

    def refused() -> CertificateError:
        with pytest.raises(CertificateError) as caught:
            check(stranger.certificate, **asked)
        return caught.value

    told = [refused() for _ in range(5)]

    assert len({id(error) for error in told}) == 5
    assert {error.problem for error in told} == {CertificateProblem.UNTRUSTED}
    assert len({(error.message, error.remedy) for error in told}) == 1
    assert len({len(traceback.extract_tb(error.__traceback__)) for error in told}) == 1
