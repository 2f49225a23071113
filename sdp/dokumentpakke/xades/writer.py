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
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import quote

from cryptography.hazmat.primitives.serialization import Encoding

from sdp.xmlsec import base64_der, names
from sdp.xmlsec.canonical import element, leaf
from sdp.xmlsec.names import DS

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
    info = _signed_info(filer, _in_place("SignedProperties", properties, XADES))
    value = signer.sign(hashlib.sha256(_in_place("SignedInfo", info, DS)).digest())
    certificates = (leaf("X509Certificate", base64_der(found)) for found in signer.chain)
    qualifying = element(
        "QualifyingProperties",
        element("SignedProperties", properties, attributes={"Id": "SignedProperties"}),
        attributes={"xmlns": XADES, "Target": "#Signature"},
    )
    signature = element(
        "Signature",
        element("SignedInfo", info),
        leaf("SignatureValue", b64encode(value).decode()),
        element("KeyInfo", element("X509Data", *certificates)),
        element("Object", qualifying),
        attributes={**_IN_DS, "Id": "Signature"},
    )
    document = element("XAdESSignatures", signature, attributes={"xmlns": profile.xades_namespace})
    return f'<?xml version="1.0" encoding="UTF-8"?>{document}'.encode()


def _in_place(name: str, content: str, namespace: str) -> bytes:
    identified = {"Id": name} if namespace == XADES else {}
    return element(name, content, attributes={"xmlns": namespace, **identified}).encode()


def _signed_info(filer: Sequence[Fil], signed_properties: bytes) -> str:
    references = (
        element(
            "Reference",
            _digest(fil.sha256),
            attributes={"Id": f"ID_{number}", "URI": quote(fil.filnavn, safe="")},
        )
        for number, fil in enumerate(filer)
    )
    properties = element(
        "Reference",
        _TRANSFORMS,
        _digest(hashlib.sha256(signed_properties).digest()),
        attributes={"Type": SIGNED_PROPERTIES_TYPE, "URI": "#SignedProperties"},
    )
    return "".join(
        [
            _METHODS,
            *references,
            properties,
        ]
    )


def _signed_properties(
    filer: Sequence[Fil], certificate: x509.Certificate, moment: datetime
) -> str:
    signing_time = moment.astimezone(UTC).isoformat(timespec="milliseconds")
    formats = (
        element(
            "DataObjectFormat",
            leaf("MimeType", fil.mime_type),
            attributes={"ObjectReference": f"#ID_{number}"},
        )
        for number, fil in enumerate(filer)
    )
    return element(
        "SignedSignatureProperties",
        leaf("SigningTime", signing_time.replace("+00:00", "Z")),
        _signing_certificate(certificate),
    ) + element("SignedDataObjectProperties", *formats)


@lru_cache(maxsize=64)  # a process signs with one certificate, or a few
def _signing_certificate(certificate: x509.Certificate) -> str:
    # The profile demands SHA-1 here; it only points at the certificate, and protects nothing.
    digest = hashlib.sha1(certificate.public_bytes(Encoding.DER)).digest()  # noqa: S324
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
