"""XAdES signature `META-INF/signatures.xml`, one over every file of a package.

Source: ETSI TS 101 903, and the ASiC profile of the national infrastructure.

It is written in canonical form. SignedInfo and SignedProperties are digested as inclusive
canonicalization sees them in place: with the default namespace that they inherit, and with no
other, since no ancestor declares a prefix.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from datetime import UTC
from typing import TYPE_CHECKING
from urllib.parse import quote

from sdp.pki.cache import remembered
from sdp.pki.certificates import base64_der, der_of
from sdp.xmlsec import names
from sdp.xmlsec.names import DS
from sdp.xmlsec.writing import element, leaf, text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from cryptography import x509

    from sdp.dokumentpakke.profile import Fil, Profile
    from sdp.pki import Signer

XADES = "http://uri.etsi.org/01903/v1.3.2#"
SIGNED_PROPERTIES_TYPE = "http://uri.etsi.org/01903#SignedProperties"
C14N = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
SHA1 = "http://www.w3.org/2000/09/xmldsig#sha1"

_IN_DS = {"xmlns": DS}

# The parts that are the same in every signature.
_METHODS = element("CanonicalizationMethod", attributes={"Algorithm": C14N}) + element(
    "SignatureMethod", attributes={"Algorithm": names.RSA_SHA256}
)
_TRANSFORMS = element("Transforms", element("Transform", attributes={"Algorithm": C14N}))
_DIGEST_METHOD = element("DigestMethod", attributes={"Algorithm": names.SHA256})


def build_signatures(
    filer: Sequence[Fil], signer: Signer, *, moment: datetime, profile: Profile
) -> bytes:
    """Sign the files of a package.

    Args:
        filer: every file outside META-INF.
        signer: whose chain goes into the signature, the leaf first.
        moment: the signing time.
        profile: which namespace the outermost element is in.
    """
    properties = _signed_properties(filer, signer.chain[0], moment)
    info = _signed_info(filer, properties)
    in_place = f'<SignedInfo xmlns="{DS}">{info}</SignedInfo>'
    value = signer.sign(hashlib.sha256(in_place.encode()).digest())
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f'<XAdESSignatures xmlns="{profile.xades_namespace}">'
        f'<Signature xmlns="{DS}" Id="Signature">'
        f"<SignedInfo>{info}</SignedInfo>"
        f"<SignatureValue>{b64encode(value).decode()}</SignatureValue>"
        f"{_key_info(tuple(signer.chain))}"
        f'<Object><QualifyingProperties xmlns="{XADES}" Target="#Signature">'
        f'<SignedProperties Id="SignedProperties">{properties}</SignedProperties>'
        "</QualifyingProperties></Object>"
        "</Signature></XAdESSignatures>"
    ).encode()


def _signed_info(filer: Sequence[Fil], properties: str) -> str:
    in_place = f'<SignedProperties xmlns="{XADES}" Id="SignedProperties">{properties}'
    digested = hashlib.sha256(f"{in_place}</SignedProperties>".encode()).digest()
    references = [
        f'<Reference Id="ID_{number}" URI="{quote(fil.filnavn, safe="")}">'
        f"{_digest(fil.sha256)}</Reference>"
        for number, fil in enumerate(filer)
    ]
    return (
        f"{_METHODS}{''.join(references)}"
        f'<Reference Type="{SIGNED_PROPERTIES_TYPE}" URI="#SignedProperties">'
        f"{_TRANSFORMS}{_digest(digested)}</Reference>"
    )


@remembered(64)  # a process signs with one chain, or a few
def _key_info(chain: tuple[x509.Certificate, ...]) -> str:
    certificates = (leaf("X509Certificate", base64_der(found)) for found in chain)
    return element("KeyInfo", element("X509Data", *certificates))


def _signed_properties(
    filer: Sequence[Fil], certificate: x509.Certificate, moment: datetime
) -> str:
    signing_time = moment.astimezone(UTC).isoformat(timespec="milliseconds")
    formats = [
        f'<DataObjectFormat ObjectReference="#ID_{number}">'
        f"<MimeType>{text(fil.mime_type)}</MimeType></DataObjectFormat>"
        for number, fil in enumerate(filer)
    ]
    return (
        "<SignedSignatureProperties>"
        f"<SigningTime>{signing_time.replace('+00:00', 'Z')}</SigningTime>"
        f"{_signing_certificate(certificate)}"
        "</SignedSignatureProperties>"
        f"<SignedDataObjectProperties>{''.join(formats)}</SignedDataObjectProperties>"
    )


@remembered(64)
def _signing_certificate(certificate: x509.Certificate) -> str:
    # The profile demands SHA-1 here; it only points at the certificate, and protects nothing.
    digest = hashlib.sha1(der_of(certificate)).digest()  # noqa: S324
    cert_digest = element(
        "CertDigest",
        element("DigestMethod", attributes={**_IN_DS, "Algorithm": SHA1}),
        leaf("DigestValue", b64encode(digest).decode(), _IN_DS),
    )
    issuer_serial = element(
        "IssuerSerial",
        leaf("X509IssuerName", certificate.issuer.rfc4514_string(), _IN_DS),
        leaf("X509SerialNumber", str(certificate.serial_number), _IN_DS),
    )
    return element("SigningCertificate", element("Cert", cert_digest, issuer_serial))


def _digest(value: bytes) -> str:
    return f"{_DIGEST_METHOD}<DigestValue>{b64encode(value).decode()}</DigestValue>"
