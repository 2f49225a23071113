"""SOAP envelopes of Oppslagstjenesten: signed questions; answers verified and decrypted.

AES in CBC mode has no integrity of its own: whoever learns how a tampered text fails, by its
padding or by its form (a padding oracle), can decrypt others bit by bit. So a body that does not
open is left as it is, and the signature, which is over what should have been in it, fails as for
any tampered text.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from lxml import etree

from sdp.errors import SignatureError, UnreadableAnswerError, UnreadablePackageError
from sdp.gate import new_uuid
from sdp.pki import Usage
from sdp.transport.request import MAX_ANSWER_BYTES
from sdp.wss import certificate_of, check_time, security, timestamp, uri_of
from sdp.xmlsec import Reference, Transform, binary_content, exclusive, parse, verify
from sdp.xmlsec.names import DS, ENV, PREFIXES, WSU
from sdp.xmlsec.writing import element

if TYPE_CHECKING:
    from datetime import datetime

    from cryptography import x509

    from sdp.pki import ChainValidator, Decryptor, Signer


BINDING: Final = "{http://kontaktinfo.difi.no/wsdl/oppslagstjeneste-16-02}Soap12"
OPPSLAGSTJENESTEN: Final = "http://kontaktinfo.difi.no/xsd/oppslagstjeneste/16-02"

WSSE11: Final = "http://docs.oasis-open.org/wss/oasis-wss-wssecurity-secext-1.1.xsd"
XENC: Final = "http://www.w3.org/2001/04/xmlenc#"
XSI: Final = "http://www.w3.org/2001/XMLSchema-instance"

RSA_OAEP_MGF1P: Final = "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p"
SHA1: Final = "http://www.w3.org/2000/09/xmldsig#sha1"
AES256_CBC: Final = "http://www.w3.org/2001/04/xmlenc#aes256-cbc"
CONTENT: Final = "http://www.w3.org/2001/04/xmlenc#Content"


_PREFIXES: Final = {**PREFIXES, "wsse11": WSSE11, "xenc": XENC}


@dataclass(frozen=True, slots=True)
class Answer:
    """A SOAP 1.2 envelope with WS-Security, as it came."""

    root: etree._Element
    security: etree._Element
    body: etree._Element
    signature: etree._Element
    timestamp: etree._Element
    confirmation: etree._Element


def read_answer(root: etree._Element) -> Answer:
    """Find the parts that an answer must have, each in its place and only once.

    Raises:
        UnreadableAnswerError: one is missing, or is there twice.
    """
    if root.tag != f"{{{ENV}}}Envelope":
        raise UnreadableAnswerError("The answer is not a SOAP 1.2 envelope.")
    security = only(root, "env:Header/wsse:Security")
    return Answer(
        root=root,
        security=security,
        body=only(root, "env:Body"),
        signature=only(security, "ds:Signature"),
        timestamp=only(security, "wsu:Timestamp"),
        confirmation=only(security, "wsse11:SignatureConfirmation"),
    )


def only(parent: etree._Element, path: str) -> etree._Element:
    """Return the one element on the path.

    Raises:
        UnreadableAnswerError: there are none or several.
    """
    found = parent.findall(path, _PREFIXES)
    if len(found) != 1:
        name = path.rpartition("/")[2].rpartition(":")[2]
        raise UnreadableAnswerError(f"The answer must have one {name}, and has {len(found)}.")
    return found[0]


_ID: Final = f"{{{WSU}}}Id"


@dataclass(frozen=True, slots=True)
class Signed:
    """A question as it goes out.

    Attributes:
        envelope: with its WS-Security header first.
        signature_value: in base64, as the answer must confirm it.
    """

    envelope: etree._Element = field(repr=False)
    signature_value: str


def sign(unsigned: etree._Element, signer: Signer, *, moment: datetime) -> Signed:
    """Sign a SOAP 1.2 envelope. It is fresh for 120 seconds from `moment`.

    Args:
        unsigned: the envelope; its content is moved out of it.
        signer: whose key signs.
        moment: now; must be aware.

    Raises:
        InvalidInputError: the moment is naive.
    """
    envelope = parse(
        f'<env:Envelope xmlns:env="{ENV}" xmlns:wsu="{WSU}"><env:Header/><env:Body/>'
        "</env:Envelope>".encode()
    )
    header, body = envelope
    header.extend(unsigned.findall("env:Header/*", PREFIXES))
    body.extend(unsigned.findall("env:Body/*", PREFIXES))
    timestamp_id = f"TS-{new_uuid()}"
    written = timestamp(timestamp_id, moment)
    references = [Reference.of(f"#{timestamp_id}", Transform.EXCLUSIVE_C14N, written.encode())]
    for part in (body, *header):
        identifier = f"id-{new_uuid()}"
        part.set(_ID, identifier)
        references.append(Reference.of(f"#{identifier}", Transform.EXCLUSIVE_C14N, exclusive(part)))
    made = security(written, references, signer, stands_alone=True)
    header.insert(0, parse(made.encode()))
    value = header.findtext("wsse:Security/ds:Signature/ds:SignatureValue", "", PREFIXES)
    return Signed(envelope, value)


MAX_BYTES: Final = MAX_ANSWER_BYTES
"""The most an answer may be: 1000 people with their certificates are about a quarter of it."""
MAX_ELEMENTS: Final = 100_000  # 1000 persons, the most in an answer, have some 20 each

_BLOCK: Final = 16
_PLACE: Final = "what-was-encrypted-goes-here"


def is_encrypted(answer: Answer) -> bool:
    """Tell whether there is anything encrypted in the body."""
    return answer.body.find(f"{{{XENC}}}EncryptedData") is not None


def decrypt(answer: Answer, decryptor: Decryptor) -> etree._Element:
    """Return the envelope with its body as it was before it was encrypted.

    Nothing outside the body changes. Where the body does not open, the envelope is returned as it
    came.

    Raises:
        UnreadableAnswerError: the body is not encrypted, not in the one way of the profile
            (RSA-OAEP-MGF1P with SHA-1 and AES-256-CBC), or says that it is for another
            certificate.
    """
    key, data = only(answer.security, "xenc:EncryptedKey"), only(answer.body, "xenc:EncryptedData")
    _check_form(answer, key, data)
    _check_recipient(key, decryptor)
    try:
        return _with_content(answer, _content(key, data, decryptor))
    except (SignatureError, UnreadableAnswerError, UnreadablePackageError, ValueError):
        return answer.root


def _check_form(answer: Answer, key: etree._Element, data: etree._Element) -> None:
    _check_algorithm(key, RSA_OAEP_MGF1P)
    _check_algorithm(data, AES256_CBC)
    pointer = only(key, "xenc:ReferenceList/xenc:DataReference").get("URI")
    identifier = data.get("Id")
    if not identifier or pointer != f"#{identifier}" or data.get("Type") != CONTENT:
        raise UnreadableAnswerError("The key of the answer is not for the content of its body.")
    if len(answer.body) != 1:
        raise UnreadableAnswerError("The answer is encrypted in part only.")


def _check_algorithm(encrypted: etree._Element, algorithm: str) -> None:
    method = only(encrypted, "xenc:EncryptionMethod")
    digest = (f"{{{DS}}}DigestMethod", SHA1)
    strange = any((child.tag, child.get("Algorithm")) != digest for child in method)
    if method.get("Algorithm") != algorithm or strange:
        raise UnreadableAnswerError(f"The answer is not encrypted with {algorithm} alone.")


def _check_recipient(key: etree._Element, decryptor: Decryptor) -> None:
    said = key.findtext("{*}KeyInfo//{*}X509SerialNumber")
    if said is not None and said.strip() != str(decryptor.certificate.serial_number):
        raise UnreadableAnswerError(
            "The answer is encrypted for another certificate than the one it is decrypted with.",
            remedy="Register the certificate in use with the contact register, or use the one "
            "that is registered.",
        )


def _content(key: etree._Element, data: etree._Element, decryptor: Decryptor) -> str:
    session_key = decryptor.unwrap(_cipher_value(key), hash_name="sha1", mgf_hash_name="sha1")
    encrypted = _cipher_value(data)
    if len(encrypted) < 2 * _BLOCK:
        raise ValueError
    start, rest = encrypted[:_BLOCK], encrypted[_BLOCK:]
    opened = Cipher(algorithms.AES256(session_key), modes.CBC(start)).decryptor()
    padded = opened.update(rest) + opened.finalize()
    # Of the padding of XML Encryption only the last byte says anything, and says how much it is.
    padding = padded[-1]
    if not 1 <= padding <= _BLOCK:
        raise ValueError
    return padded[:-padding].decode("utf-8")


def _cipher_value(encrypted: etree._Element) -> bytes:
    return binary_content(only(encrypted, "xenc:CipherData/xenc:CipherValue"))


def _with_content(answer: Answer, content: str) -> etree._Element:
    namespaces = {
        f"xmlns:{prefix}" if prefix else "xmlns": uri for prefix, uri in answer.body.nsmap.items()
    }
    # Standing alone it must be whole, so that it cannot end the body and go on outside it.
    alone = element("alone", content, attributes=namespaces)
    parse(alone.encode(), max_bytes=MAX_BYTES, max_elements=MAX_ELEMENTS)
    emptied = copy.deepcopy(answer.root)
    body = only(emptied, "env:Body")
    body[:] = []
    body.text = _PLACE
    before, after = etree.tostring(emptied, encoding="unicode").split(_PLACE)
    whole = f"{before}{content}{after}".encode()
    return parse(whole, max_bytes=MAX_BYTES, max_elements=MAX_ELEMENTS)


@dataclass(frozen=True, slots=True)
class Verifier:
    """Decides which answers count.

    Attributes:
        decryptor: opens what is encrypted.
        trust: the trust anchors.
        organisasjonsnummer: who must have signed.
        encrypted: whether the answer must be encrypted; it may be in any case.
    """

    decryptor: Decryptor
    trust: ChainValidator
    organisasjonsnummer: str
    encrypted: bool

    def with_trust(self, trust: ChainValidator) -> Verifier:
        """Return the same, with another validator of certificates."""
        return replace(self, trust=trust)

    def verified_body(
        self, envelope: etree._Element, *, signature_value: str, moment: datetime
    ) -> etree._Element:
        """Decrypt and verify an answer, and return its body, parsed from the signed bytes.

        Timestamp, body and SignatureConfirmation, and nothing else, must be signed with a
        certificate that is trusted and belongs to the organisation. The timestamp may be 120
        seconds off.

        Args:
            envelope: the answer.
            signature_value: of the question, in base64.
            moment: now; must be aware.

        Raises:
            UnreadableAnswerError: a part is missing, the answer is not encrypted, or it is not of
                this time.
            CertificateError: the certificate is not to be trusted, or is another organisation's.
            SignatureError: the body cannot be decrypted, the signature does not hold, or the
                answer is to another question.
        """
        answer = read_answer(envelope)
        certificate = certificate_of(
            only(answer.security, "wsse:BinarySecurityToken"),
            only(answer.signature, "ds:KeyInfo/wsse:SecurityTokenReference/wsse:Reference"),
        )
        self.trust.validate(
            certificate,
            moment=moment,
            usage=Usage.SIGNING,
            organisasjonsnummer=self.organisasjonsnummer,
        )
        if self.encrypted or is_encrypted(answer):
            answer = read_answer(decrypt(answer, self.decryptor))
        body, timestamp, confirmation = _signed(answer, certificate, moment)
        made, over = (
            (only(timestamp, f"wsu:{name}").text or "").strip() for name in ("Created", "Expires")
        )
        check_time(made, over, moment)
        if "".join(confirmation.get("Value", "").split()) != signature_value:
            raise SignatureError("The answer confirms another question than the one asked.")
        return body


def _signed(
    answer: Answer, certificate: x509.Certificate, moment: datetime
) -> tuple[etree._Element, etree._Element, etree._Element]:
    parts = (answer.body, answer.timestamp, answer.confirmation)
    uris = tuple(map(uri_of, parts))
    try:
        signed = verify(
            answer.signature,
            dict(zip(uris, parts, strict=True)),
            certificate=certificate,
            moment=moment,
        )
    except SignatureError as error:
        # Always the same words: what was decrypted must not be told from what was not.
        raise SignatureError(
            "The answer cannot be decrypted, or its signature does not hold.",
            remedy="Check that the certificate registered with the contact register is the one "
            "that answers are decrypted with.",
        ) from error
    body, timestamp, confirmation = (signed[uri] for uri in uris)
    return body, timestamp, confirmation
