"""CA certificates that Buypass and Commfides publish for virksomhetssertifikat: plain facts.

The fingerprint decides; the address only says where a copy can be had. Addresses are those that
the issuers write in the certificates below (AIA), or publish.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives import hashes

from sdp.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from cryptography import x509


class CaEnvironment(StrEnum):
    """Environment that a CA belongs to."""

    TEST = "test"
    PRODUCTION = "production"


@dataclass(frozen=True, slots=True)
class PublishedCa:
    """A CA certificate in use.

    Attributes:
        name: its common name.
        environment: where it may be trusted.
        sha256: the fingerprint of the certificate in DER, in hexadecimal.
        expires: its last day.
        url: where its issuer publishes it, in DER or PEM; None where no address is known.
    """

    name: str
    environment: CaEnvironment
    sha256: str
    expires: date
    url: str | None


_TEST, _PRODUCTION = CaEnvironment.TEST, CaEnvironment.PRODUCTION

PUBLISHED: Final = (
    PublishedCa(
        name="Buypass Class 3 Test4 CA G2 HT Business",
        environment=_TEST,
        sha256="2c9e0ec146f148eda7c5dd05559ccd2261e0c0d66f638864fae21c7756de7210",
        expires=date(2040, 11, 4),
        url="http://crt.test4.buypassca.com/BPCl3CaG2HTBS.cer",
    ),
    PublishedCa(
        name="Buypass Class 3 Test4 CA G2 ST Business",
        environment=_TEST,
        sha256="2f36956beb4de4907a3a0fb09437d7d532f4a12504473a00c12ceb028df54a28",
        expires=date(2040, 11, 4),
        url="http://crt.test4.buypassca.com/BPCl3CaG2STBS.cer",
    ),
    PublishedCa(
        name="Buypass Class 3 Test4 Root CA G2 HT",
        environment=_TEST,
        sha256="52a09cf14587d7a5be5f3dc64754125822faeea5d75d15fd961e63c6f63d3f70",
        expires=date(2045, 11, 5),
        url="http://crt.test4.buypassca.com/BPCl3RootCaG2HT.cer",
    ),
    PublishedCa(
        name="Buypass Class 3 Test4 Root CA G2 ST",
        environment=_TEST,
        sha256="760637a0f7da3a3876f601f96b8cf2ceb4fef80b76bd6f052e7bcb0041da350d",
        expires=date(2045, 11, 5),
        url="http://crt.test4.buypassca.com/BPCl3RootCaG2ST.cer",
    ),
    PublishedCa(
        name="Buypass Class 3 Test4 CA 3",
        environment=_TEST,
        sha256="b761abd7a4c478b33be382be511943c20e50950b3b2899875a692e1bef2bdc1b",
        expires=date(2032, 2, 16),
        url="http://crt.test4.buypass.no/crt/BPClass3T4CA3.cer",
    ),
    PublishedCa(
        name="Buypass Class 3 Test4 Root CA",
        environment=_TEST,
        sha256="2a8475824d9ba398170031b9b398222f857a59bdc5cc3b49005eafdb55955da4",
        expires=date(2040, 10, 6),
        url="http://crt.test4.buypass.no/crt/BPClass3T4RotCA.cer",
    ),
    PublishedCa(
        name="Commfides Legal Person - G3 - TEST",
        environment=_TEST,
        sha256="94bb0e8701b61794d5d0c3154204571096b23c78b33c87e7f942097030e526d9",
        expires=date(2041, 7, 10),
        url="http://crt.test.commfides.com/G3/CommfidesLegalPersonCA-G3-TEST.crt",
    ),
    PublishedCa(
        name="Commfides Root CA - G3 - TEST",
        environment=_TEST,
        sha256="97ea39029d946583d44539519a1f2cae4a40f9733d17dac18457246af5654325",
        expires=date(2051, 7, 8),
        url="http://crt.test.commfides.com/G3/CommfidesRootCA-G3-TEST.crt",
    ),
    PublishedCa(
        name="Commfides CPN Enterprise-Norwegian SHA256 CA - TEST2",
        environment=_TEST,
        sha256="566688d20da741f3b2ab0ba8885ff552da0320c1ce742e445f448d29e201a43b",
        expires=date(2022, 10, 3),
        url=None,
    ),
    PublishedCa(
        name="CPN Root SHA256 CA - TEST",
        environment=_TEST,
        sha256="4501b8951a592e25a0cfe1437f93a0773d249f08f1cb7693a232c79962df0013",
        expires=date(2022, 10, 3),
        url="http://crl1.test.commfides.com/CommfidesRoot-SHA256.crt",
    ),
    PublishedCa(
        name="Buypass Class 3 CA G2 HT Business",
        environment=_PRODUCTION,
        sha256="0ef5cedce44265b112785b359a21141e20f553aada4c579404617b5ca6046be9",
        expires=date(2040, 11, 10),
        url="http://crt.buypassca.com/BPCl3CaG2HTBS.cer",
    ),
    PublishedCa(
        name="Buypass Class 3 CA G2 ST Business",
        environment=_PRODUCTION,
        sha256="45e05831cddac1f2b96dc8ca54620834c87649e9ffd3b26d7dad2ad07f807232",
        expires=date(2040, 11, 10),
        url="http://crt.buypassca.com/BPCl3CaG2STBS.cer",
    ),
    PublishedCa(
        name="Buypass Class 3 Root CA G2 HT",
        environment=_PRODUCTION,
        sha256="ab936dfd7f171d3a3cbd08f9bebdc3f3baaabaa79df6a908f8a7b0128627f187",
        expires=date(2045, 11, 10),
        url="http://crt.buypassca.com/BPCl3RootCaG2HT.cer",
    ),
    PublishedCa(
        name="Buypass Class 3 Root CA G2 ST",
        environment=_PRODUCTION,
        sha256="f8c16c6b4fd45cb0672e16582b8805f1cafd0c48d866f4ed895b30e352a9faa6",
        expires=date(2045, 11, 10),
        url="http://crt.buypassca.com/BPCl3RootCaG2ST.cer",
    ),
    PublishedCa(
        name="Buypass Class 3 CA 3",
        environment=_PRODUCTION,
        sha256="c49c350e5a8205e063e74c554a994335b8435c996527d4ef1a2b0c7b51584b2d",
        expires=date(2032, 9, 25),
        url="http://crt.buypass.no/crt/BPClass3CA3.cer",
    ),
    PublishedCa(
        name="Buypass Class 3 Root CA",
        environment=_PRODUCTION,
        sha256="edf7ebbca27a2a384d387b7d4010c666e2edb4843e4c29b4ae1d5b9332e6b24d",
        expires=date(2040, 10, 26),
        url="http://crt.buypass.no/crt/BPClass3Rot.cer",
    ),
    PublishedCa(
        name="Commfides Legal Person - G3",
        environment=_PRODUCTION,
        sha256="318aa99dfbe3d5cf10bf1e3a5e8bd921d55c68a70901dadc2cb6ed77ac363501",
        expires=date(2041, 8, 14),
        url="http://crt.commfides.com/G3/CommfidesLegalPersonCA-G3.crt",
    ),
    PublishedCa(
        name="Commfides Root CA - G3",
        environment=_PRODUCTION,
        sha256="5ad1a2b5dae0ce7daeb4d15e3676002da387ed852c1667b1a80543c474a41ec7",
        expires=date(2051, 8, 9),
        url="http://crt.commfides.com/G3/CommfidesRootCA-G3.crt",
    ),
    PublishedCa(
        name="CPN Enterprise SHA256 CLASS 3",
        environment=_PRODUCTION,
        sha256="400a00e96d00edc0beb13ce2782ba67e49de6076b927844e31b782695500619d",
        expires=date(2024, 12, 31),
        url=None,
    ),
    PublishedCa(
        name="CPN RootCA SHA256 Class 3",
        environment=_PRODUCTION,
        sha256="c37912106489b99ed93dba644dfe6b95c2735339742bec01934ad4f62ac278f3",
        expires=date(2025, 1, 1),
        url=None,
    ),
)
_BY_FINGERPRINT: Final = {known.sha256: known for known in PUBLISHED}


def published(certificate: x509.Certificate) -> PublishedCa | None:
    """Return what the library knows of a CA certificate, told by its fingerprint alone."""
    return _BY_FINGERPRINT.get(fingerprint(certificate))


def published_in(environment: CaEnvironment, moment: datetime) -> tuple[PublishedCa, ...]:
    """Return the CA certificates of an environment that have not expired."""
    return tuple(
        known
        for known in PUBLISHED
        if known.environment is environment and known.expires >= moment.date()
    )


def refuse_mixture(certificates: Iterable[x509.Certificate]) -> None:
    """Refuse certificates of test and of production together, where they are known.

    Raises:
        ConfigurationError: naming one of each.
    """
    first: dict[CaEnvironment, str] = {}
    for certificate in certificates:
        known = published(certificate)
        if known is not None:
            first.setdefault(known.environment, known.name)
    if len(first) > 1:
        raise ConfigurationError(
            "The trust store mixes test and production: "
            f"{first[CaEnvironment.TEST]!r} is of test, "
            f"{first[CaEnvironment.PRODUCTION]!r} of production.",
            remedy="Keep a folder for each environment, with only its own CA certificates.",
        )


def fingerprint(certificate: x509.Certificate) -> str:
    """Return the SHA-256 fingerprint of a certificate, in hexadecimal."""
    return certificate.fingerprint(hashes.SHA256()).hex()
