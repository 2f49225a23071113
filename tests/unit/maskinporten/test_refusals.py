"""Every refusal that Digdir documents is told with its own remedy, and nothing secret is told."""

from __future__ import annotations

import json
import pickle
from datetime import UTC, datetime

import pytest

from sdp.errors import Fault, Retry, SdpError, TokenError, UnreadableAnswerError
from sdp.maskinporten.token_endpoint import read_token, refusal
from sdp.transport.request import HttpResponse

NOW = datetime(2025, 3, 1, 12, tzinfo=UTC)
FAILED = "Invalid assertion. Client authentication failed."
JWT = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJrbGllbnQifQ.c2lnbmF0dXJlbg"
OPAQUE = "IxC0B76vlWl3fiQhAwZUmD0hr_PPwC9hSIXRdoUslPU="

# Numbers and words as in Digdir's documentation, and a word of the remedy.
DOCUMENTED = [
    ("invalid_request", "MP-011: Invalid assertion. Invalid parameter value", "defect"),
    ("invalid_grant", "MP-012: Grant is used before", "only once"),
    ("invalid_grant", f"MP-100: {FAILED}", "client_id"),
    ("invalid_grant", "MP-100: Client not found", "client_id"),
    ("invalid_grant", f"MP-110: {FAILED} Invalid JWT claim aud", "maskinporten_url"),
    (
        "invalid_grant",
        f"MP-120: {FAILED} The JWT is signed with an invalid certificate.",
        "virksomhetssertifikat",
    ),
    ("invalid_grant", f"MP-121: {FAILED} Expired key", "Register the key"),
    (
        "invalid_grant",
        (
            "MP-122: Invalid JWT. Invalid organization number for client. "
            "Does not match certificate orgno"
        ),
        "owns the client",
    ),
    ("invalid_grant", "MP-123: Invalid JWT header x5c", "chain"),
    ("invalid_grant", "MP-124: Invalid JWT signature", "key_id"),
    ("invalid_grant", "MP-130: JWT is expired", "clock"),
    ("invalid_grant", "Issue time is after now", "clock"),
    (
        "invalid_scope",
        "MP-200: Token request contains invalid scopes for client",
        "Add the scope to the client",
    ),
    (
        "invalid_scope",
        "MP-201: Token request contains scopes not allowed for maskinporten",
        "integration type",
    ),
    (
        "forbidden",
        "MP-250: Consumer has not been granted access to the scope krr:global/x",
        "owner of the API",
    ),
    (
        "forbidden",
        (
            "MP-251: Consumer 889640782 has not delegated access to the scope krr:global/x "
            "to supplier 991825827"
        ),
        "Altinn",
    ),
    (
        "invalid_request",
        (
            "Validation of JWT claim failed: The combination consumer_org in claim and delegation "
            "scope on client is invalid"
        ),
        "Leave consumer_org out",
    ),
]


def answer(status: int, body: object) -> HttpResponse:
    return HttpResponse(status, {}, json.dumps(body).encode())


def refused(code: str, description: object, status: int = 400) -> TokenError:
    return refusal(answer(status, {"error": code, "error_description": description}))


@pytest.mark.parametrize(("code", "description", "remedy"), DOCUMENTED)
def test_each_documented_refusal_has_its_own_remedy(
    code: str, description: str, remedy: str
) -> None:
    error = refused(code, description)

    assert (error.code, error.description) == (code, description)
    assert remedy in error.remedy
    assert (error.fault, error.retry) == (Fault.CLIENT, Retry.NEVER)


@pytest.mark.parametrize(("code", "description", "remedy"), DOCUMENTED)
def test_a_refusal_without_its_number_has_the_same_remedy(
    code: str, description: str, remedy: str
) -> None:
    assert remedy in refused(code, description.partition(": ")[2] or description).remedy


@pytest.mark.parametrize("description", ["", "something unexpected", "MP-999: new"])
def test_a_refusal_that_nobody_has_documented_goes_by_its_code(description: str) -> None:
    assert "certificate" in refused("invalid_grant", description).remedy
    assert "documentation" in refused("brand_new", description).remedy


@pytest.mark.parametrize("status", [301, 400, 404])
@pytest.mark.parametrize("content", [b"", b"<html>", b"[]", b'{"error": ["a"]}', b"\xff"])
def test_a_status_without_a_reason_is_told_as_maskinportens(status: int, content: bytes) -> None:
    error = refusal(HttpResponse(status, {}, content))

    assert f"HTTP status {status}" in str(error)
    assert "maskinporten_url" in error.remedy
    assert "broker" not in str(error)
    assert error.retry is Retry.NEVER


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_what_will_pass_may_be_tried_later_whatever_the_words(status: int) -> None:
    error = refused("invalid_grant", f"MP-100: {FAILED}", status)

    assert (error.fault, error.retry) == (Fault.SERVER, Retry.LATER)
    assert error.remedy == "Try again later."


@pytest.mark.parametrize(
    "description",
    [
        f"could not read {JWT}",
        f"assertion={JWT}",
        f"{JWT[:30]}",
        f"no such token: {OPAQUE}",
        f"{'x ' * 1990}{JWT}",
        f"{JWT} " * 200,
    ],
)
def test_a_grant_or_token_in_the_words_of_a_refusal_is_masked(description: str) -> None:
    error = refused("invalid_grant", description)

    told = f"{error} {error!r} {error.description} {error.__dict__} {pickle.dumps(error)!r}"
    assert not any(part in told for part in (*JWT.split("."), JWT[:20], OPAQUE.rstrip("=")))


def test_what_helps_to_find_the_cause_is_kept() -> None:
    words = "no such client (correlation id: 2d4fa134-eacb-eae8-63f4-eeb2ea408979)"

    assert refused("invalid_grant", words).description == words


def test_a_refusal_is_one_line_and_short() -> None:
    description = refused("invalid_grant", "a\r\nb\x1b[31m " + "ord " * 1000).description

    assert description.startswith("a b [31m ord")
    assert description.isprintable()
    assert len(description) <= 500


def test_a_code_that_is_none_is_not_repeated() -> None:
    assert JWT not in str(refused(JWT, "no"))
    assert JWT not in str(refused("invalid grant " + JWT, "no"))


@pytest.mark.parametrize(
    "content",
    [
        b'{"access_token": "hemmelig", "token_type": "Bear',
        b'{"access_token": "hemmelig", "x": "\xff"}',
        b'{"access_token": "hemmelig"}',
        b'{"access_token": "hemmelig", "token_type": "mac", "expires_in": 1}',
        b'{"access_token": "hemmelig", "token_type": "Bearer", "expires_in": 1e99}',
        b'"hemmelig"',
    ],
)
def test_an_answer_that_cannot_be_read_leaves_no_token_in_the_error_or_its_causes(
    content: bytes,
) -> None:
    with pytest.raises(UnreadableAnswerError) as caught:
        read_token(HttpResponse(200, {}, content), NOW)

    error: BaseException | None = caught.value
    while error is not None:
        assert "hemmelig" not in f"{error!r} {error} {error.args} {vars(error)}"
        assert isinstance(error, SdpError)
        error = error.__cause__ or error.__context__
