"""An OCSP response settles the matter if issuer, time, certificate and nonce are right."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
from asn1crypto import ocsp as asn1_ocsp  # type: ignore[import-untyped]
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp as builders
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given
from hypothesis import strategies as st

from sdp.errors import CertificateError, CertificateProblem
from sdp.pki import Policy, RevocationLimits
from sdp.pki.revocation import ocsp
from sdp.pki.revocation.status import (
    Good,
    NoAnswerError,
    Revoked,
    Settled,
    UntrustedAnswerError,
    check_window,
)
from sdp.testmiljo.ca import Issued, TestCA
from sdp.testmiljo.faults.kinds import RevocationFault
from tests.conftest import AVSENDER
from tests.unit.pki.issuer import CRL, OCSP, Issuer

NONCE = bytes(range(32))
OCSP_SIGNING = ExtendedKeyUsageOID.OCSP_SIGNING
HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def leaf(ca: TestCA, moment: datetime) -> Issued:
    return ca.issue(AVSENDER, "Etaten", moment=moment)


@pytest.fixture(scope="module")
def responder(ca: TestCA, moment: datetime) -> Issued:
    return ca.issue_responder(moment=moment)


@dataclass
class Elliptic:
    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate


def signed_anew(
    key: rsa.RSAPrivateKey, algorithm: hashes.HashAlgorithm, *, after_another: bool = False
) -> Callable[[bytes], bytes]:
    """Put another signature where the first one was, and perhaps another certificate first."""

    def change(der: bytes) -> bytes:
        response = asn1_ocsp.OCSPResponse.load(der)
        basic = response["response_bytes"]["response"].parsed
        if after_another:
            ours = basic["tbs_response_data"]["responses"][0]
            another = ours.copy()
            another["cert_id"]["serial_number"] = 1
            another["cert_status"] = asn1_ocsp.CertStatus("unknown", None)
            basic["tbs_response_data"]["responses"] = [another, ours]
        signed = basic["tbs_response_data"].dump(force=True)
        basic["signature_algorithm"] = {"algorithm": f"{algorithm.name}_rsa"}
        basic["signature"] = key.sign(signed, PKCS1v15(), algorithm)
        changed = {
            "response_status": "successful",
            "response_bytes": {"response_type": "basic_ocsp_response", "response": basic},
        }
        return bytes(asn1_ocsp.OCSPResponse(changed).dump())

    return change


@dataclass
class Answer:
    """A response that is right unless told otherwise."""

    leaf: Issued
    signer: Issued | Elliptic
    moment: datetime
    status: builders.OCSPCertStatus = builders.OCSPCertStatus.GOOD
    issuer: x509.Certificate | None = None
    this_update: timedelta = timedelta()
    next_update: timedelta | None = HOUR
    certid: hashes.HashAlgorithm = field(default_factory=hashes.SHA1)
    naming: builders.OCSPResponderEncoding = builders.OCSPResponderEncoding.HASH
    nonce: bytes | None = NONCE
    since: datetime | None = None
    extension: x509.ExtensionType | None = None
    on_the_way: Callable[[bytes], bytes] = field(default=bytes)
    before: tuple[x509.Certificate, ...] = ()
    """Certificates that stand before the signer's."""

    def settled(self) -> Settled:
        found, unchecked = self.read()
        assert unchecked is None
        return found

    def read(self) -> tuple[Settled, x509.Certificate | None]:
        sent = self.on_the_way(self.der())
        return ocsp.read(
            sent, self.leaf.certificate, self.leaf.chain[1], nonce=NONCE, now=self.moment
        )

    def der(self) -> bytes:
        revoked = self.status is builders.OCSPCertStatus.REVOKED
        next_update = None if self.next_update is None else self.moment + self.next_update
        builder = (
            builders.OCSPResponseBuilder()
            .add_response(
                self.leaf.certificate,
                self.issuer or self.leaf.chain[1],
                self.certid,
                self.status,
                self.moment + self.this_update,
                next_update,
                (self.since or self.moment) if revoked else None,
                None,
            )
            .responder_id(self.naming, self.signer.certificate)
            .certificates([*self.before, self.signer.certificate])
        )
        if self.nonce is not None:
            builder = builder.add_extension(x509.OCSPNonce(self.nonce), critical=False)
        if self.extension is not None:
            builder = builder.add_extension(self.extension, critical=True)
        return builder.sign(self.signer.key, hashes.SHA256()).public_bytes(Encoding.DER)


@pytest.fixture
def answer(leaf: Issued, responder: Issued, moment: datetime) -> Answer:
    return Answer(leaf, responder, moment)


def appointed(
    ca: TestCA, moment: datetime, key: rsa.RSAPrivateKey, *, signs: bool
) -> x509.Certificate:
    usage = dict.fromkeys(
        ("content_commitment", "data_encipherment", "key_agreement", "key_cert_sign", "crl_sign"),
        False,
    )
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([]))
        .issuer_name(ca.issuing.certificate.subject)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(moment - HOUR)
        .not_valid_after(moment + HOUR)
        .add_extension(x509.ExtendedKeyUsage([OCSP_SIGNING]), critical=False)
        .add_extension(
            x509.KeyUsage(
                digital_signature=signs,
                key_encipherment=not signs,
                encipher_only=False,
                decipher_only=False,
                **usage,
            ),
            critical=True,
        )
        .sign(ca.issuing.key, hashes.SHA256())
    )


def refused(answer: Answer, words: str) -> None:
    with pytest.raises(UntrustedAnswerError, match=words):
        answer.read()


@pytest.mark.parametrize("certid", [hashes.SHA1(), hashes.SHA256()], ids=lambda h: h.name)
@pytest.mark.parametrize("naming", builders.OCSPResponderEncoding)
def test_the_certificate_and_the_responder_are_recognised_in_each_form(
    answer: Answer, certid: hashes.HashAlgorithm, naming: builders.OCSPResponderEncoding
) -> None:
    found = replace(answer, certid=certid, naming=naming).settled()
    assert found == Good(answer.moment + HOUR)


def test_a_revocation_without_a_reason_is_one_all_the_same(answer: Answer) -> None:
    since = answer.moment - timedelta(days=3)
    found = replace(answer, status=builders.OCSPCertStatus.REVOKED, since=since).settled()
    assert isinstance(found, Revoked)
    assert found.since == since
    assert found.reason_in_words == "no reason is given"


def test_the_request_names_certificate_and_nonce(leaf: Issued) -> None:
    asked = builders.load_der_ocsp_request(
        ocsp.request(leaf.certificate, leaf.chain[1], nonce=NONCE)
    )
    assert asked.serial_number == leaf.certificate.serial_number
    assert asked.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce == NONCE


class TestSigners:
    def test_the_issuer_itself_may_sign(self, answer: Answer, ca: TestCA) -> None:
        assert isinstance(replace(answer, signer=ca.issuing).settled(), Good)

    def test_another_leaf_of_the_same_issuer_may_not(self, answer: Answer, leaf: Issued) -> None:
        refused(replace(answer, signer=leaf), "may not sign OCSP responses")

    def test_a_responder_without_the_purpose_may_not(
        self, answer: Answer, ca: TestCA, moment: datetime
    ) -> None:
        lacking = ca.issue_responder(moment=moment, may_sign_ocsp=False)
        refused(replace(answer, signer=lacking), "may not sign OCSP responses")

    @pytest.mark.parametrize(("bits", "signs"), [(1024, True), (2048, False)])
    def test_a_responder_with_a_weak_key_or_one_for_other_use_may_not(
        self, answer: Answer, ca: TestCA, bits: int, signs: bool
    ) -> None:
        key = rsa.generate_private_key(65537, bits)
        other = appointed(ca, answer.moment, key, signs=signs)
        refused(replace(answer, signer=Issued(key, (other,))), "may not sign|not that of")

    def test_a_responder_is_looked_for_among_ten_certificates(
        self, answer: Answer, leaf: Issued
    ) -> None:
        nine = (leaf.certificate,) * 9
        assert isinstance(replace(answer, before=nine).settled(), Good)
        refused(replace(answer, before=(*nine, leaf.certificate)), "not that of the responder")

    def test_a_responder_with_a_giant_key_may_not(
        self, answer: Answer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("sdp.pki.certificates.LARGEST_KEY", 2047)  # a real one takes seconds
        refused(answer, "not that of the responder")

    def test_a_responder_of_another_ca_with_the_same_names_may_not(
        self, answer: Answer, moment: datetime
    ) -> None:
        stranger = TestCA.create(moment)
        for signer in (stranger.issue_responder(moment=moment), stranger.issuing, stranger.root):
            refused(replace(answer, signer=signer), "signed neither by the issuer")

    def test_the_root_may_not_speak_for_the_issuing_ca(self, answer: Answer, ca: TestCA) -> None:
        refused(replace(answer, signer=ca.root), "signed neither by the issuer")

    def test_a_responder_whose_certificate_has_expired_may_not(
        self, answer: Answer, moment: datetime
    ) -> None:
        refused(replace(answer, moment=moment + timedelta(days=400)), "not valid now")

    def test_a_key_that_is_not_the_named_responders_may_not(
        self, answer: Answer, leaf: Issued
    ) -> None:
        forged = replace(answer, on_the_way=signed_anew(leaf.key, hashes.SHA256()))
        refused(forged, "not that of the responder it names")

    def test_a_signature_over_sha1_is_refused(self, answer: Answer, responder: Issued) -> None:
        weak = replace(answer, on_the_way=signed_anew(responder.key, hashes.SHA1()))
        refused(weak, "signed with sha1")

    def test_a_responder_with_an_elliptic_curve_key_may(
        self, answer: Answer, ca: TestCA, moment: datetime
    ) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = (
            x509.CertificateBuilder()
            .subject_name(ca.issuing.certificate.subject)
            .issuer_name(ca.issuing.certificate.subject)
            .public_key(key.public_key())
            .serial_number(1)
            .not_valid_before(moment)
            .not_valid_after(moment + HOUR)
            .add_extension(x509.ExtendedKeyUsage([OCSP_SIGNING]), critical=False)
            .add_extension(x509.OCSPNoCheck(), critical=False)
            .sign(ca.issuing.key, hashes.SHA256())
        )
        found = replace(answer, signer=Elliptic(key, certificate)).settled()
        assert isinstance(found, Good)

    def test_a_responder_that_is_not_exempt_is_to_be_checked_itself(
        self, answer: Answer, ca: TestCA, moment: datetime
    ) -> None:
        checkable = ca.issue_responder(moment=moment, is_exempt=False)
        _, unchecked = replace(answer, signer=checkable).read()
        assert unchecked == checkable.certificate


class TestTime:
    def test_an_answer_from_the_future_is_refused(self, answer: Answer) -> None:
        ahead = timedelta(minutes=10)
        refused(replace(answer, this_update=ahead, next_update=HOUR), "in the future")

    def test_a_clock_a_little_wrong_is_forgiven(self, answer: Answer) -> None:
        little = timedelta(minutes=4)
        assert isinstance(replace(answer, this_update=little).settled(), Good)
        replace(answer, this_update=-HOUR, next_update=-little).settled()

    def test_a_stale_answer_is_refused(self, answer: Answer) -> None:
        late = timedelta(minutes=-6)
        refused(replace(answer, this_update=-HOUR, next_update=late), "out of date")

    def test_an_answer_without_an_end_is_good_for_an_hour_and_not_kept(
        self, answer: Answer
    ) -> None:
        endless = replace(answer, next_update=None)
        assert endless.settled().until == answer.moment
        refused(replace(endless, this_update=-2 * HOUR), "out of date")


class TestMatching:
    def test_an_answer_about_a_certificate_of_another_issuer_is_refused(
        self, answer: Answer, ca: TestCA
    ) -> None:
        refused(replace(answer, issuer=ca.root.certificate), "about another certificate")

    def test_an_answer_about_several_certificates_is_searched_for_ours(
        self, answer: Answer, responder: Issued
    ) -> None:
        both = signed_anew(responder.key, hashes.SHA256(), after_another=True)
        assert isinstance(replace(answer, on_the_way=both).settled(), Good)

    def test_an_answer_to_another_request_is_refused(self, answer: Answer) -> None:
        refused(replace(answer, nonce=bytes(32)), "nonce is not ours")

    def test_an_answer_made_beforehand_has_no_nonce_and_is_taken(self, answer: Answer) -> None:
        assert isinstance(replace(answer, nonce=None).settled(), Good)

    def test_what_it_says_is_critical_must_be_known(self, answer: Answer) -> None:
        unknown = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00")
        refused(replace(answer, extension=unknown), "critical extension that is not known")

    def test_an_unknown_certificate_is_not_a_good_one(self, answer: Answer) -> None:
        unknown = replace(answer, status=builders.OCSPCertStatus.UNKNOWN)
        refused(unknown, "does not know the certificate")

    @pytest.mark.parametrize("status", [s for s in builders.OCSPResponseStatus if s.value])
    def test_a_refusal_is_no_answer(
        self, status: builders.OCSPResponseStatus, leaf: Issued, moment: datetime
    ) -> None:
        refusal = builders.OCSPResponseBuilder.build_unsuccessful(status)
        with pytest.raises(NoAnswerError, match=status.name):
            ocsp.read(
                refusal.public_bytes(Encoding.DER),
                leaf.certificate,
                leaf.chain[1],
                nonce=NONCE,
                now=moment,
            )

    @given(garbage=st.binary(max_size=200))
    def test_garbage_is_refused(self, garbage: bytes, leaf: Issued, moment: datetime) -> None:
        with pytest.raises((UntrustedAnswerError, NoAnswerError)):
            ocsp.read(garbage, leaf.certificate, leaf.chain[1], nonce=NONCE, now=moment)


class TestResponderThatIsNotExempt:
    @pytest.fixture
    def issuer(self, moment: datetime) -> Issuer:
        issuer = Issuer.at(moment)
        issuer.service.responder = issuer.ca.issue_responder(moment=moment, is_exempt=False)
        return issuer

    def problem(self, issuer: Issuer) -> CertificateError:
        chain = issuer.leaf(crl=False).chain[:2]
        with pytest.raises(CertificateError) as refusal:
            issuer.revocation(Policy.HARD).check(chain, moment=issuer.time.now)
        return refusal.value

    def test_it_is_looked_up_in_the_list(self, issuer: Issuer) -> None:
        chain = issuer.leaf(crl=False).chain[:2]
        issuer.revocation().check(chain, moment=issuer.time.now)
        assert issuer.urls == [OCSP, f"{CRL}/issuing.crl"]

    def test_its_word_is_worth_nothing_once_it_is_revoked(self, issuer: Issuer) -> None:
        serial = issuer.service.responder.certificate.serial_number
        issuer.ca.revoke(serial, issuer.time.now)

        error = self.problem(issuer)

        assert error.problem is CertificateProblem.REVOCATION_ANSWER
        assert "certificate of the responder is revoked" in error.message

    def test_its_word_is_no_answer_while_nobody_tells_of_it(self, issuer: Issuer) -> None:
        issuer.crl_fault = RevocationFault.DOWN
        assert self.problem(issuer).problem is CertificateProblem.REVOCATION_UNREACHABLE


class TestAge:
    """An answer without our nonce may be an old one, replayed by whoever hides a revocation."""

    def test_without_a_nonce_it_is_believed_for_seven_days(self, answer: Answer) -> None:
        year = timedelta(days=365)
        old = replace(answer, nonce=None, next_update=year, this_update=-timedelta(days=6))
        assert old.settled() == Good(answer.moment + timedelta(days=1))

    def test_without_a_nonce_and_older_it_is_not_believed_whatever_it_claims(
        self, answer: Answer
    ) -> None:
        year = timedelta(days=365)
        older = replace(answer, nonce=None, next_update=year, this_update=-timedelta(days=8))
        refused(older, "without our nonce is believed for 7 days")

    def test_with_our_nonce_it_is_of_now_and_kept_for_seven_days(self, answer: Answer) -> None:
        year = timedelta(days=365)
        fresh = replace(answer, next_update=year, this_update=-timedelta(days=30))
        assert fresh.settled() == Good(answer.moment + timedelta(days=7))

    def test_the_age_is_a_setting(self, moment: datetime) -> None:
        issuer = Issuer.at(moment)
        limits = RevocationLimits(ocsp_max_age_seconds=600)
        checked, chain = issuer.revocation(limits=limits), issuer.leaf(crl=False).chain
        checked.check(chain, moment=issuer.time.now)
        issuer.time.pass_(minutes=9)
        checked.check(chain, moment=issuer.time.now)
        assert len(issuer.asked) == 2
        issuer.time.pass_(minutes=2)
        checked.check(chain, moment=issuer.time.now)
        assert len(issuer.asked) == 4


@pytest.mark.parametrize("year", [1, 1969, 3000, 9999])
def test_times_outside_1970_to_2999_are_not_believed(moment: datetime, year: int) -> None:
    strange = datetime(year, 12, 31, 23, 59, tzinfo=UTC)
    for this_update, next_update in ((strange, None), (moment, strange)):
        with pytest.raises(UntrustedAnswerError, match="outside the years"):
            check_window(this_update, next_update, moment, life=HOUR)
