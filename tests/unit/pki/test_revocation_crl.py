"""A revocation list settles the matter if it is the issuer's, current, complete and about us."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from asn1crypto import crl as asn1_crl  # type: ignore[import-untyped]
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st

from sdp.pki.revocation import crl
from sdp.pki.revocation.status import Good, Revoked, Settled, UntrustedAnswerError
from sdp.testmiljo.ca import Issued, TestCA
from tests.conftest import AVSENDER
from tests.unit.pki.issuer import CRL, Issuer

HOUR = timedelta(hours=1)
URL = f"{CRL}/issuing.crl"


@pytest.fixture(scope="module")
def issuing(ca: TestCA) -> Issued:
    return ca.issuing


@pytest.fixture(scope="module")
def leaf(moment: datetime) -> x509.Certificate:
    return Issuer.at(moment).leaf().certificate


@pytest.fixture
def builder(issuing: Issued, moment: datetime) -> x509.CertificateRevocationListBuilder:
    return (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuing.certificate.subject)
        .last_update(moment)
        .next_update(moment + HOUR)
    )


def scope(
    *,
    url: str | None = None,
    user: bool = False,
    ca: bool = False,
    indirect: bool = False,
    reasons: frozenset[x509.ReasonFlags] | None = None,
) -> x509.IssuingDistributionPoint:
    return x509.IssuingDistributionPoint(
        full_name=[x509.UniformResourceIdentifier(url)] if url else None,
        relative_name=None,
        only_contains_user_certs=user,
        only_contains_ca_certs=ca,
        only_some_reasons=reasons,
        indirect_crl=indirect,
        only_contains_attribute_certs=False,
    )


def settled(
    builder: x509.CertificateRevocationListBuilder,
    issuing: Issued,
    leaf: x509.Certificate,
    moment: datetime,
) -> Settled:
    data = builder.sign(issuing.key, hashes.SHA256()).public_bytes(Encoding.DER)
    found = crl.read(data, issuing.certificate, now=moment)
    return crl.status(found, leaf, crl.points(leaf)[0])


def test_a_certificate_that_is_not_listed_is_good_until_the_next_list(
    builder: x509.CertificateRevocationListBuilder,
    issuing: Issued,
    leaf: x509.Certificate,
    moment: datetime,
) -> None:
    assert settled(builder, issuing, leaf, moment) == Good(moment + HOUR)


@pytest.mark.parametrize("invalid_before", [timedelta(), timedelta(days=7)])
def test_a_listed_certificate_is_revoked_from_when_it_became_invalid(
    invalid_before: timedelta,
    builder: x509.CertificateRevocationListBuilder,
    issuing: Issued,
    leaf: x509.Certificate,
    moment: datetime,
) -> None:
    entry = (
        x509.RevokedCertificateBuilder()
        .serial_number(leaf.serial_number)
        .revocation_date(moment)
        .add_extension(x509.CRLReason(x509.ReasonFlags.superseded), critical=False)
    )
    if invalid_before:
        date = x509.InvalidityDate((moment - invalid_before).replace(tzinfo=None))
        entry = entry.add_extension(date, critical=False)
    found = settled(builder.add_revoked_certificate(entry.build()), issuing, leaf, moment)
    assert found == Revoked(
        moment - invalid_before, x509.ReasonFlags.superseded, until=moment + HOUR
    )
    assert isinstance(found, Revoked)
    assert found.reason_in_words == "another certificate has replaced it"


@pytest.mark.parametrize(
    "covering",
    [scope(url=URL), scope(user=True), scope(url=URL, user=True)],
    ids=["by name", "leaves alone", "both"],
)
def test_a_list_whose_scope_covers_the_certificate_is_taken(
    covering: x509.IssuingDistributionPoint,
    builder: x509.CertificateRevocationListBuilder,
    issuing: Issued,
    leaf: x509.Certificate,
    moment: datetime,
) -> None:
    builder = builder.add_extension(covering, critical=True)
    assert isinstance(settled(builder, issuing, leaf, moment), Good)


@pytest.mark.parametrize(
    ("extension", "words"),
    [
        (scope(url="http://pki.example.no/another.crl"), "another distribution point"),
        (scope(ca=True), "certificates of this kind"),
        (scope(indirect=True), "indirect"),
        (scope(reasons=frozenset({x509.ReasonFlags.key_compromise})), "only some reasons"),
        (x509.DeltaCRLIndicator(1), "delta"),
        (x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3"), b"\x05\0"), "not known"),
    ],
    ids=["another point", "CA certificates alone", "indirect", "reasons", "delta", "unknown"],
)
def test_a_list_that_does_not_cover_the_certificate_is_refused(
    extension: x509.ExtensionType,
    words: str,
    builder: x509.CertificateRevocationListBuilder,
    issuing: Issued,
    leaf: x509.Certificate,
    moment: datetime,
) -> None:
    with pytest.raises(UntrustedAnswerError, match=words):
        settled(builder.add_extension(extension, critical=True), issuing, leaf, moment)


def test_a_list_of_leaves_alone_does_not_cover_the_issuing_ca(ca: TestCA, moment: datetime) -> None:
    issuing = Issuer.at(moment).ca.issuing.certificate
    lists = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(ca.root.certificate.subject)
        .last_update(moment)
        .next_update(moment + HOUR)
        .add_extension(scope(user=True), critical=True)
    )
    with pytest.raises(UntrustedAnswerError, match="certificates of this kind"):
        settled(lists, ca.root, issuing, moment)


class TestSigners:
    def test_a_list_of_a_ca_with_the_same_name_is_refused(
        self,
        builder: x509.CertificateRevocationListBuilder,
        issuing: Issued,
        leaf: x509.Certificate,
        moment: datetime,
    ) -> None:
        forger = Issued(TestCA.create(moment).issuing.key, issuing.chain)
        with pytest.raises(UntrustedAnswerError, match="not that of the issuer"):
            settled(builder, forger, leaf, moment)

    def test_a_list_of_the_issuing_ca_is_not_one_of_the_root(
        self,
        ca: TestCA,
        builder: x509.CertificateRevocationListBuilder,
        issuing: Issued,
        moment: datetime,
    ) -> None:
        data = builder.sign(issuing.key, hashes.SHA256()).public_bytes(Encoding.DER)
        with pytest.raises(UntrustedAnswerError, match="not a list of the issuer"):
            crl.read(data, ca.root.certificate, now=moment)

    def test_an_issuer_that_may_not_sign_lists_is_refused(
        self, ca: TestCA, moment: datetime
    ) -> None:
        leaf = ca.issue(AVSENDER, "Etaten", moment=moment)
        data = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(leaf.certificate.subject)
            .last_update(moment)
            .next_update(moment + HOUR)
            .sign(leaf.key, hashes.SHA256())
            .public_bytes(Encoding.DER)
        )
        with pytest.raises(UntrustedAnswerError, match="not a list of the issuer"):
            crl.read(data, leaf.certificate, now=moment)

    def test_a_signature_over_sha1_is_refused(
        self,
        builder: x509.CertificateRevocationListBuilder,
        issuing: Issued,
        moment: datetime,
    ) -> None:
        honest = builder.sign(issuing.key, hashes.SHA256()).public_bytes(Encoding.DER)
        weak = asn1_crl.CertificateList.load(honest)
        weak["tbs_cert_list"]["signature"] = {"algorithm": "sha1_rsa"}
        weak["signature_algorithm"] = {"algorithm": "sha1_rsa"}
        signed = weak["tbs_cert_list"].dump(force=True)
        weak["signature"] = issuing.key.sign(signed, PKCS1v15(), hashes.SHA1())
        with pytest.raises(UntrustedAnswerError, match="signed with sha1"):
            crl.read(weak.dump(force=True), issuing.certificate, now=moment)


class TestTime:
    @pytest.mark.parametrize(
        ("later", "words"), [(-timedelta(minutes=6), "in the future"), (2 * HOUR, "out of date")]
    )
    def test_a_list_that_is_not_of_now_is_refused(
        self,
        later: timedelta,
        words: str,
        builder: x509.CertificateRevocationListBuilder,
        issuing: Issued,
        leaf: x509.Certificate,
        moment: datetime,
    ) -> None:
        with pytest.raises(UntrustedAnswerError, match=words):
            settled(builder, issuing, leaf, moment + later)

    def test_a_list_without_an_end_is_refused(
        self,
        builder: x509.CertificateRevocationListBuilder,
        issuing: Issued,
        moment: datetime,
    ) -> None:
        honest = builder.sign(issuing.key, hashes.SHA256()).public_bytes(Encoding.DER)
        endless = asn1_crl.CertificateList.load(honest)
        del endless["tbs_cert_list"]["next_update"]
        signed = endless["tbs_cert_list"].dump(force=True)
        endless["signature"] = issuing.key.sign(signed, PKCS1v15(), hashes.SHA256())
        with pytest.raises(UntrustedAnswerError, match="when the next list is due"):
            crl.read(endless.dump(force=True), issuing.certificate, now=moment)


@given(garbage=st.binary(max_size=200))
def test_garbage_is_refused(garbage: bytes, issuing: Issued, moment: datetime) -> None:
    with pytest.raises(UntrustedAnswerError):
        crl.read(garbage, issuing.certificate, now=moment)


class TestAddresses:
    def test_lists_of_others_of_some_reasons_and_behind_ldap_are_left_out(
        self, ca: TestCA, moment: datetime
    ) -> None:
        def point(url: str, **others: object) -> x509.DistributionPoint:
            values = {"relative_name": None, "reasons": None, "crl_issuer": None} | others
            return x509.DistributionPoint(
                full_name=[x509.UniformResourceIdentifier(url)],
                **values,  # type: ignore[arg-type]
            )

        issued = ca.issue(AVSENDER, "Etaten", moment=moment)
        name = [x509.DirectoryName(issued.certificate.subject)]
        certificate = (
            x509.CertificateBuilder()
            .subject_name(issued.certificate.subject)
            .issuer_name(ca.issuing.certificate.subject)
            .public_key(issued.key.public_key())
            .serial_number(1)
            .not_valid_before(moment)
            .not_valid_after(moment + HOUR)
            .add_extension(
                x509.CRLDistributionPoints(
                    [
                        point("ldap://ldap.example.no/cn=CA"),
                        point("http://a", crl_issuer=name),
                        point("http://b", reasons=frozenset({x509.ReasonFlags.superseded})),
                        point("http://c"),
                        point("https://d"),
                    ]
                ),
                critical=False,
            )
            .sign(ca.issuing.key, hashes.SHA256())
        )
        assert [found.url for found in crl.points(certificate)] == ["http://c", "https://d"]
