"""The recorded messages pass our verifier on the day they were made, under the published CAs."""

from __future__ import annotations

import base64
import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from sdp.errors import CertificateError, CertificateProblem, SignatureError
from sdp.jose import verify
from sdp.pki import TrustStore
from tests.reference import reference

RECORDED = ["digital-forretningsmelding", "utskrift-forretningsmelding"]
DIGDIR = "991825827"


def recorded(name: str) -> tuple[str, dict[str, Any], datetime]:
    """Return the token, the message published beside it and when that says it was made."""
    message = json.loads(reference(f"examples/dpi/{name}.json").read_text(encoding="utf-8"))
    header = message["standardBusinessDocument"]["standardBusinessDocumentHeader"]
    made = datetime.fromisoformat(header["documentIdentification"]["creationDateAndTime"])
    return reference(f"examples/dpi/{name}.jwt").read_text().strip(), message, made


@pytest.fixture(scope="module")
def published() -> TrustStore:
    return TrustStore.from_path(reference("certs/test"))


@pytest.mark.parametrize("name", RECORDED)
def test_a_recorded_message_is_verified_and_says_what_was_published(
    name: str, published: TrustStore
) -> None:
    token, message, made = recorded(name)

    verified = verify(token, trust=published, moment=made, organisasjonsnummer=DIGDIR)

    assert json.loads(verified.payload) == message
    assert verified.organisasjonsnummer == DIGDIR


@pytest.mark.parametrize("name", RECORDED)
def test_a_recorded_message_that_was_changed_is_refused(name: str, published: TrustStore) -> None:
    token, message, made = recorded(name)
    header, _, signature = token.split(".")
    message["endret"] = True
    changed = base64.urlsafe_b64encode(json.dumps(message).encode()).rstrip(b"=").decode()

    with pytest.raises(SignatureError):
        verify(f"{header}.{changed}.{signature}", trust=published, moment=made)


@pytest.mark.parametrize("name", RECORDED)
def test_a_recorded_message_is_not_good_for_ever(name: str, published: TrustStore) -> None:
    token, _, made = recorded(name)

    with pytest.raises(CertificateError) as refusal:
        verify(token, trust=published, moment=made + timedelta(days=10 * 365))
    assert refusal.value.problem is CertificateProblem.EXPIRED
