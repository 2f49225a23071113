"""Packs a letter with libxmlsec, zipfile and asn1crypto, and can be told to get it wrong."""

from __future__ import annotations

import base64
import hashlib
import io
import os
import zipfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote

import xmlsec
from asn1crypto import algos, cms  # type: ignore[import-untyped]
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives import hashes, padding
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from sdp.testmiljo.validators import names

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

    from sdp.testmiljo.ca import Issued

MANIFEST = f"""\
<manifest xmlns="{names.SDP}"><mottaker><person>\
<personidentifikator>01815800083</personidentifikator>\
<postkasseadresse>kari.nordmann#1234</postkasseadresse></person></mottaker>\
<avsender><organisasjon>9908:991825827</organisasjon></avsender>\
<hoveddokument href="brev.pdf" mime="application/pdf"><tittel lang="NO">Vedtak</tittel>\
<data href="lenke.xml" mime="application/vnd.difi.dpi.lenke+xml"/></hoveddokument>\
<vedlegg href="100%25 av 1.txt" mime="text/plain"/></manifest>""".encode()

MIME_TYPES = {
    "brev.pdf": "application/pdf",
    "100%25 av 1.txt": "text/plain",
    "lenke.xml": "application/vnd.difi.dpi.lenke+xml",
    "manifest.xml": "application/xml",
}


def nothing(_: etree._Element) -> None:
    """Change nothing."""


@dataclass
class Package:
    """What goes into a package; as it stands, a good one."""

    files: dict[str, bytes] = field(
        default_factory=lambda: {
            "brev.pdf": b"%PDF-1.4",
            "100%25 av 1.txt": b"hei",
            "lenke.xml": b"<lenke/>",
            "manifest.xml": MANIFEST,
        }
    )
    mime_types: dict[str, str] = field(default_factory=lambda: dict(MIME_TYPES))
    signatures: Callable[[etree._Element], None] = nothing
    """Changes signatures.xml before it is signed."""
    signatures_after: Callable[[etree._Element], None] = nothing
    """Changes it afterwards."""
    more_files: dict[str, bytes] = field(default_factory=dict)
    """Files put in unsigned; they may have the names of others."""
    oaep_hash: str = "sha256"

    def pack(self, signer: Issued, receiver: x509.Certificate, moment: datetime) -> bytes:
        """The package, signed and encrypted."""
        return encrypt(self.zip(signer, moment), receiver, self.oaep_hash)

    def zip(self, signer: Issued, moment: datetime) -> bytes:
        """The package, signed."""
        signatures = self._signed(signer, moment)
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in (*self.files.items(), *self.more_files.items()):
                archive.writestr(name, content)
            archive.writestr("META-INF/signatures.xml", signatures)
        return target.getvalue()

    def _signed(self, signer: Issued, moment: datetime) -> bytes:
        root = etree.fromstring(_signatures(self.files, self.mime_types, signer, moment))
        self.signatures(root)
        signature, properties = root[0], root.find(".//xades:SignedProperties", names.PREFIXES)
        assert properties is not None
        context = xmlsec.SignatureContext()
        context.key = xmlsec.Key.from_memory(signer.key_pem(), xmlsec.constants.KeyDataFormatPem)
        context.register_id(properties, "Id")
        xmlsec.cleanup_callbacks()
        xmlsec.register_callbacks(
            lambda _: True,
            lambda uri: io.BytesIO(self.files[uri.decode()]),
            io.BytesIO.readinto,
            io.BytesIO.close,
        )
        try:
            context.sign(signature)
        finally:
            xmlsec.cleanup_callbacks()
            xmlsec.register_default_callbacks()
        self.signatures_after(root)
        return etree.tostring(root)


def _signatures(
    files: dict[str, bytes], mime_types: dict[str, str], signer: Issued, moment: datetime
) -> str:
    certificate = signer.certificate.public_bytes(Encoding.DER)
    references = "".join(
        f'<Reference Id="ID_{number}" URI="{quote(name)}">'
        f'<DigestMethod Algorithm="{names.SHA256}"/><DigestValue/></Reference>'
        for number, name in enumerate(files)
    )
    chain = "".join(
        f"<X509Certificate>{_base64(each.public_bytes(Encoding.DER))}</X509Certificate>"
        for each in signer.chain
    )
    formats = "".join(
        f'<DataObjectFormat ObjectReference="#ID_{number}"><MimeType>{mime_types[name]}</MimeType>'
        "</DataObjectFormat>"
        for number, name in enumerate(files)
    )
    digest = hashlib.sha1(certificate, usedforsecurity=False).digest()
    return f"""\
<XAdESSignatures xmlns="{names.ASIC}"><Signature xmlns="{names.DS}" Id="Signature"><SignedInfo>\
<CanonicalizationMethod Algorithm="{names.INCLUSIVE_C14N}"/>\
<SignatureMethod Algorithm="{names.RSA_SHA256}"/>{references}\
<Reference Type="{names.SIGNED_PROPERTIES}" URI="#SignedProperties"><Transforms>\
<Transform Algorithm="{names.INCLUSIVE_C14N}"/></Transforms>\
<DigestMethod Algorithm="{names.SHA256}"/><DigestValue/></Reference></SignedInfo>\
<SignatureValue/><KeyInfo><X509Data>{chain}</X509Data></KeyInfo><Object>\
<QualifyingProperties xmlns="{names.XADES}" Target="#Signature">\
<SignedProperties Id="SignedProperties"><SignedSignatureProperties>\
<SigningTime>{moment.isoformat()}</SigningTime><SigningCertificate><Cert>\
<CertDigest><d:DigestMethod xmlns:d="{names.DS}" Algorithm="{names.SHA1}"/>\
<d:DigestValue xmlns:d="{names.DS}">{_base64(digest)}</d:DigestValue></CertDigest>\
<IssuerSerial><d:X509IssuerName xmlns:d="{names.DS}">CN=CA</d:X509IssuerName>\
<d:X509SerialNumber xmlns:d="{names.DS}">{signer.certificate.serial_number}\
</d:X509SerialNumber></IssuerSerial></Cert></SigningCertificate></SignedSignatureProperties>\
<SignedDataObjectProperties>{formats}</SignedDataObjectProperties></SignedProperties>\
</QualifyingProperties></Object></Signature></XAdESSignatures>"""


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def encrypt(
    data: bytes,
    receiver: x509.Certificate,
    oaep_hash: str = "sha256",
    *,
    recipients: int = 1,
    content_type: str = "data",
    cipher: str = "aes256_cbc",
) -> bytes:
    """CMS EnvelopedData of the profile, or nearly."""
    key, vector = os.urandom(32), os.urandom(16)
    padder = padding.PKCS7(128).padder()
    encryptor = Cipher(algorithms.AES256(key), modes.CBC(vector)).encryptor()
    encrypted = encryptor.update(padder.update(data) + padder.finalize()) + encryptor.finalize()
    recipient = _recipient(key, receiver, oaep_hash)
    enveloped = cms.EnvelopedData(
        {
            "version": "v0",
            "recipient_infos": [recipient] * recipients,
            "encrypted_content_info": {
                "content_type": content_type,
                "content_encryption_algorithm": {"algorithm": cipher, "parameters": vector},
                "encrypted_content": encrypted,
            },
        }
    )
    content = cms.ContentInfo({"content_type": "enveloped_data", "content": enveloped})
    return bytes(content.dump())


def _recipient(key: bytes, receiver: x509.Certificate, oaep_hash: str) -> cms.RecipientInfo:
    digest = {"sha1": hashes.SHA1(), "sha256": hashes.SHA256(), "sha512": hashes.SHA512()}[
        oaep_hash
    ]
    public: RSAPublicKey = receiver.public_key()  # type: ignore[assignment]
    parameters = algos.RSAESOAEPParams(
        {
            "hash_algorithm": {"algorithm": oaep_hash},
            "mask_gen_algorithm": {"algorithm": "mgf1", "parameters": {"algorithm": oaep_hash}},
        }
    )
    certificate = asn1_x509.Certificate.load(receiver.public_bytes(Encoding.DER))
    named = cms.IssuerAndSerialNumber(
        {"issuer": certificate.issuer, "serial_number": certificate.serial_number}
    )
    return cms.RecipientInfo(
        name="ktri",
        value={
            "version": "v0",
            "rid": cms.RecipientIdentifier(name="issuer_and_serial_number", value=named),
            "key_encryption_algorithm": {"algorithm": "rsaes_oaep", "parameters": parameters},
            "encrypted_key": public.encrypt(key, OAEP(MGF1(digest), digest, None)),
        },
    )
