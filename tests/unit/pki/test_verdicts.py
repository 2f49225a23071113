"""A chain that was found good is not validated anew within a minute."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from unittest.mock import patch

import pytest

from sdp.errors import CertificateError, CertificateProblem, InvalidInputError
from sdp.pki import Identity, TrustStore, Usage
from sdp.pki.trust.store import PathValidator
from sdp.testmiljo.ca import TestCA
from tests.conftest import AVSENDER, POSTEN
from tests.unit.pki.issuer import Issuer

SECOND = timedelta(seconds=1)


class Built:
    """Counts the paths that are built."""

    def __init__(self) -> None:
        self.paths = 0
        self.honest = PathValidator.path

    def path(self, *arguments: object) -> object:
        self.paths += 1
        return self.honest(*arguments)  # type: ignore[arg-type]


@pytest.fixture
def built() -> Iterator[Built]:
    counted = Built()

    def path(*given: object) -> object:
        return counted.path(*given)

    with patch.object(PathValidator, "path", path):
        yield counted


def validate(trust: TrustStore, identity: Identity, moment: datetime, **asked: object) -> None:
    trust.validate(
        identity.certificate,
        moment=moment,
        **{"usage": Usage.SIGNING, "organisasjonsnummer": AVSENDER} | asked,  # type: ignore[arg-type]
    )


def test_within_a_minute_it_is_not_validated_anew(
    built: Built, ca: TestCA, avsender_identity: Identity, moment: datetime
) -> None:
    trust = ca.trust
    for seconds in (0, 1, 59):
        validate(trust, avsender_identity, moment + seconds * SECOND)
    assert built.paths == 1
    validate(trust, avsender_identity, moment + 60 * SECOND)
    assert built.paths == 2


def test_a_verdict_is_for_one_use_one_organisation_and_one_set_of_issuers(
    built: Built, ca: TestCA, avsender_identity: Identity, moment: datetime
) -> None:
    trust = ca.trust
    validate(trust, avsender_identity, moment)
    with pytest.raises(CertificateError, match="belongs to organisation"):
        validate(trust, avsender_identity, moment, organisasjonsnummer=POSTEN)
    validate(trust, avsender_identity, moment, usage=Usage.ENCRYPTION)
    validate(trust, avsender_identity, moment, intermediates=avsender_identity.chain[1:])
    assert built.paths == 4


def test_a_verdict_does_not_outlive_a_certificate_of_the_chain(
    ca: TestCA, avsender_identity: Identity
) -> None:
    trust, end = ca.trust, avsender_identity.certificate.not_valid_after_utc
    validate(trust, avsender_identity, end)
    with pytest.raises(CertificateError) as refused:
        validate(trust, avsender_identity, end + SECOND)
    assert refused.value.problem is CertificateProblem.EXPIRED


def test_a_verdict_is_not_kept_over_a_revocation(moment: datetime) -> None:
    issuer = Issuer.at(moment)
    leaf = issuer.leaf()
    trust = issuer.ca.trust.with_revocation(issuer.revocation())
    trust.validate(leaf.certificate, moment=moment, usage=Usage.SIGNING)
    issuer.time.pass_(hours=1)
    issuer.ca.revoke(leaf.certificate.serial_number, moment)
    with pytest.raises(CertificateError) as refused:
        trust.validate(leaf.certificate, moment=moment + SECOND, usage=Usage.SIGNING)
    assert refused.value.problem is CertificateProblem.REVOKED


def test_a_refusal_is_found_anew_each_time(
    built: Built, ca: TestCA, stranger: Identity, moment: datetime
) -> None:
    trust = ca.trust
    told = []
    for _ in range(2):
        with pytest.raises(CertificateError) as refused:
            validate(trust, stranger, moment)
        told.append(refused.value)
    assert built.paths == 2
    assert told[0] is not told[1]


@pytest.mark.parametrize("year", [1969, 3000, 9999])
def test_a_moment_outside_1970_to_2999_is_refused(
    ca: TestCA, avsender_identity: Identity, moment: datetime, year: int
) -> None:
    with pytest.raises(InvalidInputError, match="1970 to 2999"):
        validate(ca.trust, avsender_identity, moment.replace(year=year, month=1, day=1))
