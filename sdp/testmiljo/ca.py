"""A certificate authority for tests, with the shape of the real ones: root, issuing CA, leaves."""

from __future__ import annotations

import datetime as dt
import ipaddress
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING, Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)
from cryptography.x509.oid import (
    AuthorityInformationAccessOID,
    ExtendedKeyUsageOID,
    NameOID,
)

from sdp.pki import Identity, TrustStore

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

_YEAR = dt.timedelta(days=365)
_CLOCK_SKEW = dt.timedelta(minutes=10)
_ROUNDS = 2048  # as openssl pkcs12 -export derives a key; more keep nobody from a key of tests
_BUSINESS_POLICY = x509.ObjectIdentifier("2.16.578.1.26.1.0.3.2")


class OrgnrForm(Enum):
    """Form in which a certificate names its organisation."""

    SEID2 = auto()
    SERIALNUMBER = auto()
    COMMON_NAME = auto()

    def attributes(self, organisasjonsnummer: str, name: str) -> list[x509.NameAttribute[str]]:
        """Name the organisation in the subject."""
        match self:
            case OrgnrForm.SEID2:
                found = NameOID.ORGANIZATION_IDENTIFIER, f"NTRNO-{organisasjonsnummer}"
            case OrgnrForm.SERIALNUMBER:
                found = NameOID.SERIAL_NUMBER, organisasjonsnummer
            case OrgnrForm.COMMON_NAME:
                return [x509.NameAttribute(NameOID.COMMON_NAME, f"{organisasjonsnummer} {name}")]
        return [x509.NameAttribute(NameOID.COMMON_NAME, name), x509.NameAttribute(*found)]


class LeafUsage(Enum):
    """Key usage of a leaf. Real business certificates allow both."""

    BOTH = auto()
    SIGNING = auto()
    ENCRYPTION = auto()


@dataclass(frozen=True)
class Issued:
    """A key with its chain, the leaf first."""

    key: rsa.RSAPrivateKey
    chain: tuple[x509.Certificate, ...]

    @property
    def certificate(self) -> x509.Certificate:
        """The leaf."""
        return self.chain[0]

    def identity(self, moment: datetime) -> Identity:
        """Use it as an identity.

        Raises:
            IdentityError: it is not valid at `moment`.
        """
        return Identity(self.key, self.chain, moment=moment)

    def pkcs12(self, password: str) -> bytes:
        """Pack it as PKCS#12 with its issuers."""
        encryption = (
            PrivateFormat.PKCS12.encryption_builder()
            .kdf_rounds(_ROUNDS)
            .key_cert_algorithm(pkcs12.PBES.PBESv2SHA256AndAES256CBC)
            .build(password.encode())
        )
        return pkcs12.serialize_key_and_certificates(
            b"sdp", self.key, self.certificate, self.chain[1:], encryption
        )

    def key_pem(self, password: str | None = None) -> bytes:
        """Write the private key as PKCS#8 in PEM."""
        encryption = BestAvailableEncryption(password.encode()) if password else NoEncryption()
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)

    def chain_pem(self) -> bytes:
        """Write the certificates as PEM, the leaf first."""
        return b"".join(found.public_bytes(Encoding.PEM) for found in self.chain)


@dataclass(frozen=True)
class Revoked:
    """When a certificate was revoked, and why."""

    since: datetime
    reason: x509.ReasonFlags


@dataclass(frozen=True)
class TestCA:
    """A root and an issuing CA, valid for ten years around the moment they were made.

    Attributes:
        ocsp_url: the responder that certificates name, if any; `testmiljo.revocation` is one.
        crl_url: the folder of the lists that they name, `root.crl` and `issuing.crl`, if any.
        revoked: what has been revoked, by serial number.
    """

    __test__ = False  # pytest takes the name for a test case

    root: Issued
    issuing: Issued
    ocsp_url: str | None = None
    crl_url: str | None = None
    revoked: dict[int, Revoked] = field(default_factory=dict, compare=False)

    @classmethod
    def create(
        cls,
        moment: datetime,
        *,
        name: str = "Testmiljo",
        ocsp_url: str | None = None,
        crl_url: str | None = None,
    ) -> Self:
        """Make a CA of its own; two with the same name still do not trust each other."""
        start, end = moment - 5 * _YEAR, moment + 5 * _YEAR
        root_name = _name(f"{name} Root CA")
        root_key = new_key()
        root = (
            _builder(root_name, root_name, root_key, start, end)
            .add_extension(x509.BasicConstraints(ca=True, path_length=1), critical=True)
            .add_extension(_usage(key_cert_sign=True, crl_sign=True), critical=True)
            .sign(root_key, hashes.SHA256())
        )
        issuing_key = new_key()
        issuing_builder = (
            _builder(_name(f"{name} Business CA"), root_name, issuing_key, start, end)
            .add_extension(_authority(root_key), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(key_cert_sign=True, crl_sign=True), critical=True)
        )
        issuing = _with_addresses(issuing_builder, ocsp_url, _list_url(crl_url, "root")).sign(
            root_key, hashes.SHA256()
        )
        return cls(
            Issued(root_key, (root,)), Issued(issuing_key, (issuing, root)), ocsp_url, crl_url
        )

    @property
    def certificates(self) -> tuple[x509.Certificate, ...]:
        """Certificates of a trust store: the issuing CA and the root."""
        return self.issuing.chain

    @property
    def trust(self) -> TrustStore:
        """A trust store with this CA alone."""
        return TrustStore.from_certificates(self.certificates)

    def write_trust(self, folder: Path) -> None:
        """Write the certificates of a trust store into a folder, one PEM file each."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, certificate in zip(("issuing", "root"), self.certificates, strict=True):
            (folder / f"{name}.pem").write_bytes(certificate.public_bytes(Encoding.PEM))

    def issue(
        self,
        organisasjonsnummer: str,
        name: str,
        *,
        moment: datetime,
        form: OrgnrForm = OrgnrForm.SEID2,
        usage: LeafUsage = LeafUsage.BOTH,
        not_before: datetime | None = None,
        not_after: datetime | None = None,
        key: rsa.RSAPrivateKey | None = None,
    ) -> Issued:
        """Issue a business certificate, valid for two years from `moment` unless told otherwise."""
        key = key or new_key()
        subject = x509.Name(
            [
                x509.NameAttribute(NameOID.COUNTRY_NAME, "NO"),
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, name),
                *form.attributes(organisasjonsnummer, name),
            ]
        )
        key_usage = _usage(
            digital_signature=usage is not LeafUsage.ENCRYPTION,
            key_encipherment=usage is not LeafUsage.SIGNING,
            data_encipherment=usage is not LeafUsage.SIGNING,
        )
        builder = (
            _builder(
                subject,
                self.issuing.certificate.subject,
                key,
                not_before or moment - _CLOCK_SKEW,
                not_after or moment + 2 * _YEAR,
            )
            .add_extension(_authority(self.issuing.key), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=False)
            .add_extension(key_usage, critical=True)
            .add_extension(
                x509.CertificatePolicies([x509.PolicyInformation(_BUSINESS_POLICY, None)]),
                critical=False,
            )
        )
        leaf = _with_addresses(builder, self.ocsp_url, _list_url(self.crl_url, "issuing")).sign(
            self.issuing.key, hashes.SHA256()
        )
        return Issued(key, (leaf, *self.issuing.chain))

    def revoke(
        self,
        serial: int,
        when: datetime,
        reason: x509.ReasonFlags = x509.ReasonFlags.unspecified,
    ) -> None:
        """Revoke a certificate: a leaf, or the issuing CA itself."""
        self.revoked[serial] = Revoked(when, reason)

    def issue_responder(
        self, *, moment: datetime, may_sign_ocsp: bool = True, is_exempt: bool = True
    ) -> Issued:
        """Issue a certificate for an OCSP responder of the issuing CA.

        Args:
            moment: when it is made; it is valid for a year.
            may_sign_ocsp: whether it has the extended key usage that a responder needs.
            is_exempt: whether it need not be checked for revocation itself.
        """
        key = new_key()
        issuer = self.issuing.certificate.subject
        builder = (
            _builder(_name("OCSP responder"), issuer, key, moment - _CLOCK_SKEW, moment + _YEAR)
            .add_extension(_authority(self.issuing.key), critical=False)
            .add_extension(_usage(digital_signature=True), critical=True)
        )
        if may_sign_ocsp:
            purposes = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING])
            builder = builder.add_extension(purposes, critical=False)
        if is_exempt:
            builder = builder.add_extension(x509.OCSPNoCheck(), critical=False)
        else:
            builder = _with_addresses(builder, None, _list_url(self.crl_url, "issuing"))
        responder = builder.sign(self.issuing.key, hashes.SHA256())
        return Issued(key, (responder, *self.issuing.chain))

    def issue_tls(self, hosts: Sequence[str], *, moment: datetime) -> Issued:
        """Issue a TLS server certificate for host names and IP addresses."""
        key = new_key()
        leaf = (
            _builder(
                _name(hosts[0]),
                self.issuing.certificate.subject,
                key,
                moment - _CLOCK_SKEW,
                moment + _YEAR,
            )
            .add_extension(_authority(self.issuing.key), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=False)
            .add_extension(_usage(digital_signature=True, key_encipherment=True), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(
                x509.SubjectAlternativeName([_general_name(host) for host in hosts]),
                critical=False,
            )
            .sign(self.issuing.key, hashes.SHA256())
        )
        return Issued(key, (leaf, *self.issuing.chain))


def new_key(bits: int = 2048) -> rsa.RSAPrivateKey:
    """Make an RSA key."""
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def _name(common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "NO"),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def _builder(
    subject: x509.Name, issuer: x509.Name, key: rsa.RSAPrivateKey, start: datetime, end: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(end)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _list_url(folder: str | None, name: str) -> str | None:
    return None if folder is None else f"{folder}/{name}.crl"


def _with_addresses(
    builder: x509.CertificateBuilder, ocsp_url: str | None, crl_url: str | None
) -> x509.CertificateBuilder:
    if ocsp_url is not None:
        responder = x509.AccessDescription(
            AuthorityInformationAccessOID.OCSP, x509.UniformResourceIdentifier(ocsp_url)
        )
        builder = builder.add_extension(
            x509.AuthorityInformationAccess([responder]), critical=False
        )
    if crl_url is not None:
        names = [x509.UniformResourceIdentifier(crl_url)]
        point = x509.DistributionPoint(names, None, None, None)
        builder = builder.add_extension(x509.CRLDistributionPoints([point]), critical=False)
    return builder


def _authority(key: rsa.RSAPrivateKey) -> x509.AuthorityKeyIdentifier:
    return x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key())


def _usage(
    *,
    digital_signature: bool = False,
    key_encipherment: bool = False,
    data_encipherment: bool = False,
    key_cert_sign: bool = False,
    crl_sign: bool = False,
) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        content_commitment=False,
        key_encipherment=key_encipherment,
        data_encipherment=data_encipherment,
        key_agreement=False,
        key_cert_sign=key_cert_sign,
        crl_sign=crl_sign,
        encipher_only=False,
        decipher_only=False,
    )


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)
