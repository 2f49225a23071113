from __future__ import annotations

from typing import Any, cast

import pytest

import sdp.errors
from sdp.errors import (
    CertificateError,
    CertificateProblem,
    ConfigurationError,
    EbmsError,
    HttpStatusError,
    InvalidInputError,
    NotSentError,
    PackageTooLargeError,
    ProblemError,
    SdpError,
    SignatureError,
    SoapFaultError,
    TokenError,
    UnauthorizedError,
    UnknownOutcomeError,
    UnreadableAnswerError,
    WireError,
)
from sdp.testmiljo.validators.rejection import Ebms
from sdp.verify.check import Whom, advice

_KINDS = [
    kind
    for kind in vars(sdp.errors).values()
    if isinstance(kind, type) and issubclass(kind, SdpError)
]
_UNREACHABLE = CertificateProblem.REVOCATION_UNREACHABLE
_FROM_THE_WIRE: list[SdpError] = [
    NotSentError("x"),
    EbmsError("EBMS:0101"),
    EbmsError("EBMS:0004"),
    EbmsError("EBMS:9999"),
    SoapFaultError("Sender", "x", 500),
    SoapFaultError("Receiver", "x", 500),
    ProblemError(400),
    ProblemError(503),
    HttpStatusError(418),
    HttpStatusError(503),
    UnauthorizedError("x"),
    UnreadableAnswerError("x"),
    UnknownOutcomeError("x", pending=cast("Any", None)),
    SignatureError("x"),
    *(CertificateError(problem, "x") for problem in CertificateProblem),
]


@pytest.mark.parametrize("error", _FROM_THE_WIRE, ids=repr)
def test_whatever_goes_wrong_between_us_there_is_something_to_do(error: SdpError) -> None:
    remedy, _ = advice(error)

    assert remedy


@pytest.mark.parametrize(
    "error",
    [
        *(EbmsError(error.code) for error in Ebms),
        *(HttpStatusError(status) for status in (302, 407, 413)),
        *(kind("x") for kind in _KINDS if kind.__init__ is SdpError.__init__),
        InvalidInputError("x", []),
        PackageTooLargeError(2, 1),
        TokenError("x"),
    ],
    ids=repr,
)
def test_no_error_at_all_is_without_something_to_do(error: SdpError) -> None:
    assert advice(error)[0]


def test_a_refused_token_is_of_clocks_and_not_of_scopes() -> None:
    remedy, _ = advice(UnauthorizedError("x"))

    assert "clock" in remedy
    assert "scope" not in remedy


@pytest.mark.parametrize(
    "error", [HttpStatusError(407), ProblemError(407), TokenError("HTTP status 407")], ids=repr
)
def test_a_proxy_that_asks_who_one_is_belongs_to_ones_own_network(error: SdpError) -> None:
    remedy, whom = advice(error)

    assert "proxy of your own" in remedy
    assert whom is Whom.NETWORK


def test_every_error_of_the_wire_is_among_these() -> None:
    kinds: set[type] = {
        kind
        for kind in vars(sdp.errors).values()
        if isinstance(kind, type) and issubclass(kind, WireError)
    }

    tried = {type(error) for error in _FROM_THE_WIRE}
    assert {kind.__name__ for kind in kinds - tried} == {
        *("WireError", "RefusedError", "TokenError", "AlreadyReceivedError")
    }


@pytest.mark.parametrize(
    ("error", "whom"),
    [
        (ConfigurationError("x"), Whom.SELF),
        (NotSentError("x"), Whom.NETWORK),
        (UnknownOutcomeError("x", pending=cast("Any", None)), Whom.NETWORK),
        (CertificateError(_UNREACHABLE, "x"), Whom.NETWORK),
        (TokenError("invalid_scope"), Whom.DIGDIR),
        (UnauthorizedError("x"), None),
        (TokenError("HTTP status 403"), Whom.NETWORK),
        (WireError("x"), Whom.NETWORK),
        (InvalidInputError("x", []), Whom.SELF),
        (EbmsError("EBMS:0101"), None),
    ],
    ids=repr,
)
def test_each_error_has_somebody_to_ask(error: SdpError, whom: Whom | None) -> None:
    assert advice(error)[1] is whom


@pytest.mark.parametrize(
    "cause", [HttpStatusError(503), SignatureError("x"), CertificateError(_UNREACHABLE, "x")]
)
def test_an_unknown_outcome_is_advised_on_by_its_cause(cause: SdpError) -> None:
    error = UnknownOutcomeError("x", pending=cast("Any", None))
    error.__cause__ = cause

    assert advice(error) == advice(cause)
