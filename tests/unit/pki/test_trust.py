"""A certificate is trusted for one purpose, at one moment, of one organisation."""

from __future__ import annotations

import pickle
from datetime import datetime, timedelta
from itertools import permutations
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from sdp.errors import CertificateError, CertificateProblem, ConfigurationError, InvalidInputError
from sdp.pki import (
    Identity,
    Policy,
    Revocation,
    TrustStore,
    Usage,
    organisasjonsnummer,
    validating,
)
from sdp.testmiljo.ca import Issued, LeafUsage, OrgnrForm, TestCA, new_key
from sdp.transport.fetching import HttpFetcher
from tests.conftest import AVSENDER, POSTEN
from tests.keys import oversized_key


def problem(
    trust: TrustStore,
    certificate: x509.Certificate,
    moment: datetime,
    usage: Usage = Usage.SIGNING,
    organisation: str | None = None,
) -> CertificateProblem:
    with pytest.raises(CertificateError) as refusal:
        trust.validate(certificate, moment=moment, usage=usage, organisasjonsnummer=organisation)
    return refusal.value.problem


def test_the_chain_goes_from_the_certificate_to_its_anchor(
    trust: TrustStore, avsender_issued: Issued, moment: datetime
) -> None:
    for usage in Usage:
        chain = trust.validate(
            avsender_issued.certificate, moment=moment, usage=usage, organisasjonsnummer=AVSENDER
        )
        assert chain == avsender_issued.chain


def test_intermediates_may_come_with_the_message(
    ca: TestCA, avsender_issued: Issued, moment: datetime
) -> None:
    root_only = TrustStore.from_certificates(ca.root.chain)
    leaf, *rest = avsender_issued.chain
    assert problem(root_only, leaf, moment) is CertificateProblem.UNTRUSTED
    root_only.validate(leaf, moment=moment, usage=Usage.SIGNING, intermediates=rest)


@pytest.mark.parametrize("brought", ["nothing", "the old issuer", "both issuers"])
def test_of_two_issuers_of_one_name_the_one_that_signed_is_taken(
    tmp_path: Path, moment: datetime, brought: str
) -> None:
    old, new = TestCA.create(moment - timedelta(days=900)), TestCA.create(moment)
    known = [*old.issuing.chain, *new.issuing.chain]
    assert len({certificate.subject for certificate in known}) == 2
    leaf = new.issue(AVSENDER, "Etaten", moment=moment)
    intermediates = {
        "nothing": [],
        "the old issuer": [old.issuing.certificate],
        "both issuers": [old.issuing.certificate, new.issuing.certificate],
    }[brought]
    for number, order in enumerate(permutations(known)):
        bundle = tmp_path / f"{number}.pem"
        bundle.write_bytes(b"".join(each.public_bytes(Encoding.PEM) for each in order))
        chain = TrustStore.from_path(bundle).validate(
            leaf.certificate, moment=moment, usage=Usage.SIGNING, intermediates=intermediates
        )
        assert chain == (leaf.certificate, *new.issuing.chain)


def test_a_stranger_is_untrusted_even_when_it_brings_its_own_root(
    trust: TrustStore, stranger: Identity, moment: datetime
) -> None:
    with pytest.raises(CertificateError) as refusal:
        trust.validate(
            stranger.certificate,
            moment=moment,
            usage=Usage.SIGNING,
            intermediates=stranger.chain[1:],
        )
    assert refusal.value.problem is CertificateProblem.UNTRUSTED


def test_validity_is_judged_at_the_moment_given(
    trust: TrustStore, avsender_issued: Issued, moment: datetime
) -> None:
    leaf = avsender_issued.certificate
    late, early = moment + timedelta(days=800), moment - timedelta(days=1)
    assert problem(trust, leaf, late) is CertificateProblem.EXPIRED
    assert problem(trust, leaf, early) is CertificateProblem.NOT_YET_VALID


def test_an_expired_issuer_is_named_as_such(ca: TestCA, moment: datetime) -> None:
    long_lived = ca.issue(
        AVSENDER, "Etaten", moment=moment, not_after=moment + timedelta(days=9999)
    )
    later = moment + timedelta(days=9000)
    with pytest.raises(CertificateError, match="CN=Testmiljo Business CA") as refusal:
        ca.trust.validate(long_lived.certificate, moment=later, usage=Usage.SIGNING)
    assert refusal.value.problem is CertificateProblem.EXPIRED


def test_a_certificate_of_no_known_version_is_refused_by_its_file(
    tmp_path: Path, avsender_issued: Issued
) -> None:
    der = avsender_issued.certificate.public_bytes(Encoding.DER)
    version_3, version_6 = bytes.fromhex("a003020102"), bytes.fromhex("a003020105")
    assert version_3 in der
    (tmp_path / "ca.cer").write_bytes(der.replace(version_3, version_6, 1))
    with pytest.raises(ConfigurationError, match=r"ca\.cer in the trust store"):
        TrustStore.from_path(tmp_path)


def test_a_naive_moment_is_refused(trust: TrustStore, avsender_issued: Issued) -> None:
    with pytest.raises(InvalidInputError, match="aware"):
        trust.validate(
            avsender_issued.certificate,
            moment=datetime(2026, 1, 1),  # noqa: DTZ001
            usage=Usage.SIGNING,
        )


def test_key_usage_decides_what_a_certificate_is_for(ca: TestCA, moment: datetime) -> None:
    signs = ca.issue(AVSENDER, "Etaten", moment=moment, usage=LeafUsage.SIGNING).certificate
    encrypts = ca.issue(AVSENDER, "Etaten", moment=moment, usage=LeafUsage.ENCRYPTION).certificate
    trust = ca.trust
    assert problem(trust, signs, moment, Usage.ENCRYPTION) is CertificateProblem.KEY_USAGE
    assert problem(trust, encrypts, moment, Usage.SIGNING) is CertificateProblem.KEY_USAGE
    trust.validate(signs, moment=moment, usage=Usage.SIGNING)
    trust.validate(encrypts, moment=moment, usage=Usage.ENCRYPTION)


@pytest.mark.parametrize("bits", [1024, 2047, 5120])
def test_a_key_that_is_too_small_or_too_large_is_refused_with_its_size(
    ca: TestCA, moment: datetime, bits: int
) -> None:
    key = oversized_key(bits) if bits > 4096 else rsa.generate_private_key(65537, bits)
    weak = ca.issue(AVSENDER, "Etaten", moment=moment, key=key).certificate
    for usage in Usage:
        with pytest.raises(CertificateError, match=f"{bits} bits") as refusal:
            ca.trust.validate(weak, moment=moment, usage=usage)
        assert refusal.value.problem is CertificateProblem.FORMAT


class TestWhatItMayBeUsedFor:
    """Certificates that the CA has issued for something else."""

    def signed(self, ca: TestCA, leaf: Issued, *extensions: x509.ExtensionType) -> x509.Certificate:
        """Make a certificate like a given one, but for its extensions."""
        builder = (
            x509.CertificateBuilder()
            .subject_name(leaf.certificate.subject)
            .issuer_name(ca.issuing.certificate.subject)
            .public_key(leaf.key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(leaf.certificate.not_valid_before_utc)
            .not_valid_after(leaf.certificate.not_valid_after_utc)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(ca.issuing.key.public_key()),
                critical=False,
            )
        )
        for extension in extensions:
            builder = builder.add_extension(extension, critical=True)
        return builder.sign(ca.issuing.key, hashes.SHA256())

    def usage_of(self, leaf: Issued) -> x509.KeyUsage:
        return leaf.certificate.extensions.get_extension_for_class(x509.KeyUsage).value

    @pytest.mark.parametrize(
        "purpose",
        [ExtendedKeyUsageOID.OCSP_SIGNING, ExtendedKeyUsageOID.CODE_SIGNING],
    )
    def test_one_for_another_purpose_is_refused(
        self,
        ca: TestCA,
        avsender_issued: Issued,
        moment: datetime,
        purpose: x509.ObjectIdentifier,
    ) -> None:
        usage = self.usage_of(avsender_issued)
        other = self.signed(ca, avsender_issued, usage, x509.ExtendedKeyUsage([purpose]))
        assert problem(ca.trust, other, moment) is CertificateProblem.KEY_USAGE
        mail = ExtendedKeyUsageOID.EMAIL_PROTECTION
        both = self.signed(ca, avsender_issued, usage, x509.ExtendedKeyUsage([purpose, mail]))
        ca.trust.validate(both, moment=moment, usage=Usage.SIGNING)

    def test_one_without_key_usage_is_refused(
        self, ca: TestCA, avsender_issued: Issued, moment: datetime
    ) -> None:
        assert problem(ca.trust, self.signed(ca, avsender_issued), moment) is (
            CertificateProblem.KEY_USAGE
        )

    def test_a_ca_is_no_organisation(
        self, ca: TestCA, avsender_issued: Issued, moment: datetime
    ) -> None:
        may_issue = x509.BasicConstraints(ca=True, path_length=None)
        every_usage = x509.KeyUsage(
            **dict.fromkeys(
                ("digital_signature", "key_cert_sign", "crl_sign", "key_encipherment"), True
            ),
            **dict.fromkeys(("content_commitment", "data_encipherment", "key_agreement"), False),
            encipher_only=False,
            decipher_only=False,
        )
        other = self.signed(ca, avsender_issued, every_usage, may_issue)
        assert problem(ca.trust, other, moment) in {
            CertificateProblem.KEY_USAGE,
            CertificateProblem.UNTRUSTED,
        }


def test_another_organisation_is_named_as_the_problem(
    trust: TrustStore, avsender_issued: Issued, moment: datetime
) -> None:
    found = problem(trust, avsender_issued.certificate, moment, organisation=POSTEN)
    assert found is CertificateProblem.ORGANISATION


@pytest.mark.parametrize("form", OrgnrForm)
def test_the_organisation_number_is_read_in_each_of_its_forms(
    form: OrgnrForm, ca: TestCA, moment: datetime
) -> None:
    issued = ca.issue(AVSENDER, "Etaten", moment=moment, form=form)
    assert organisasjonsnummer(issued.certificate) == AVSENDER


@pytest.mark.parametrize("form", OrgnrForm)
def test_a_number_that_fails_its_control_digit_is_no_organisation_number(
    form: OrgnrForm, ca: TestCA, moment: datetime
) -> None:
    issued = ca.issue("991825828", "Etaten", moment=moment, form=form)
    with pytest.raises(CertificateError) as refusal:
        organisasjonsnummer(issued.certificate)
    assert refusal.value.problem is CertificateProblem.ORGANISATION


def test_ten_digits_in_a_common_name_are_no_organisation_number(
    ca: TestCA, moment: datetime
) -> None:
    issued = ca.issue(AVSENDER + "0", "Etaten", moment=moment, form=OrgnrForm.COMMON_NAME)
    with pytest.raises(CertificateError):
        organisasjonsnummer(issued.certificate)


def test_an_organisation_identifier_of_another_country_is_not_passed_over(
    ca: TestCA, moment: datetime
) -> None:
    key = new_key()
    foreign = (
        x509.CertificateBuilder()
        .subject_name(
            x509.Name(
                [
                    x509.NameAttribute(NameOID.ORGANIZATION_IDENTIFIER, "NTRSE-5560360793"),
                    x509.NameAttribute(NameOID.COMMON_NAME, f"{AVSENDER} AB"),
                ]
            )
        )
        .issuer_name(ca.issuing.certificate.subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(moment)
        .not_valid_after(moment + timedelta(days=1))
        .sign(ca.issuing.key, hashes.SHA256())
    )
    with pytest.raises(CertificateError) as refusal:
        organisasjonsnummer(foreign)
    assert refusal.value.problem is CertificateProblem.ORGANISATION


class TestStores:
    def test_a_folder_of_pem_and_der_files(self, ca: TestCA, tmp_path: Path) -> None:
        ca.write_trust(tmp_path)
        root = ca.root.certificate
        (tmp_path / "root.pem").unlink()
        (tmp_path / "root.cer").write_bytes(root.public_bytes(Encoding.DER))
        (tmp_path / "LESMEG.txt").write_text("not a certificate")
        store = TrustStore.from_path(tmp_path)
        assert store.anchors == (root,)
        assert store.intermediates == (ca.issuing.certificate,)

    def test_a_bundle(self, ca: TestCA, tmp_path: Path) -> None:
        bundle = tmp_path / "bundle.pem"
        bundle.write_bytes(ca.issuing.chain_pem())
        assert TrustStore.from_path(bundle).anchors == (ca.root.certificate,)

    def test_no_anchor_is_an_error(self, ca: TestCA) -> None:
        with pytest.raises(ConfigurationError, match="no trust anchor"):
            TrustStore.from_certificates([ca.issuing.certificate])

    def test_a_file_that_is_no_certificate_is_named(self, tmp_path: Path) -> None:
        (tmp_path / "rot.pem").write_text("tull")
        with pytest.raises(ConfigurationError, match=r"rot\.pem"):
            TrustStore.from_path(tmp_path)

    def test_a_missing_folder_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigurationError, match="borte"):
            TrustStore.from_path(tmp_path / "borte")


class TestPolicies:
    def test_a_certificate_issued_under_an_accepted_policy_is_trusted(
        self, trust: TrustStore, avsender_identity: Identity, moment: datetime
    ) -> None:
        picky = trust.with_policies(["1.2.3", "2.16.578.1.26.1.0.3.2"])
        assert picky.validate(avsender_identity.certificate, moment=moment, usage=Usage.SIGNING)

    def test_one_issued_under_another_is_refused_by_name(
        self, trust: TrustStore, avsender_identity: Identity, moment: datetime
    ) -> None:
        picky = trust.with_policies(["1.2.3"])
        with pytest.raises(CertificateError, match=r"2\.16\.578\.1\.26\.1\.0\.3\.2") as refusal:
            picky.validate(avsender_identity.certificate, moment=moment, usage=Usage.SIGNING)
        assert refusal.value.problem is CertificateProblem.POLICY


class Picky(TrustStore):
    """A store of a user's own kind."""


@pytest.mark.parametrize("kind", [TrustStore, Picky])
def test_a_store_crosses_to_another_process_whole(
    kind: type[TrustStore], ca: TestCA, avsender_identity: Identity, moment: datetime
) -> None:
    revocation = Revocation(Policy.SOFT, HttpFetcher(proxy="http://proxy.example.no:1"))
    store = kind(
        [ca.root.certificate], [ca.issuing.certificate], revocation=revocation, policies=["1.2.3"]
    )

    found = pickle.loads(pickle.dumps(store))

    assert type(found) is kind
    assert (found.anchors, found.intermediates) == (store.anchors, store.intermediates)
    assert isinstance(found.revocation, Revocation)
    assert found.revocation.policy is Policy.SOFT
    with pytest.raises(CertificateError) as refused:
        found.validate(avsender_identity.certificate, moment=moment, usage=Usage.SIGNING)
    assert refused.value.problem is CertificateProblem.POLICY


def test_a_store_of_a_users_own_kind_keeps_its_own_validation_in_flows(
    ca: TestCA, avsender_identity: Identity, moment: datetime
) -> None:
    class Own(TrustStore):
        def validate(self, *_: object, **__: object) -> tuple[x509.Certificate, ...]:
            return (avsender_identity.certificate,)

    own = Own([ca.root.certificate])
    flow = validating(
        own,
        lambda trust: trust.validate(ca.issuing.certificate, moment=moment, usage=Usage.ENCRYPTION),
    )
    with pytest.raises(StopIteration) as returned:
        next(flow)
    assert returned.value.value == (avsender_identity.certificate,)
