"""Verifies what answers, so that only what the register said to this very question is read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from sdp.errors import SignatureError, UnreadableAnswerError
from sdp.krr.soap import names
from sdp.krr.soap.decryption import decrypt, is_encrypted
from sdp.krr.soap.envelope import only, read_answer, uri_of
from sdp.pki import Usage
from sdp.xmlsec import read_certificate, verify

if TYPE_CHECKING:
    from cryptography import x509
    from lxml import etree

    from sdp.krr.soap.envelope import Answer
    from sdp.pki import Decryptor, TrustStore

_CLOCK_TOLERANCE: Final = timedelta(seconds=120)
_INSTANT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII)


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
    trust: TrustStore
    organisasjonsnummer: str
    encrypted: bool

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
        certificate = _token(answer)
        self.trust.validate(
            certificate,
            moment=moment,
            usage=Usage.SIGNING,
            organisasjonsnummer=self.organisasjonsnummer,
        )
        if self.encrypted or is_encrypted(answer):
            answer = read_answer(decrypt(answer, self.decryptor))
        body, timestamp, confirmation = _signed(answer, certificate, moment)
        _check_time(timestamp, moment)
        if "".join(confirmation.get("Value", "").split()) != signature_value:
            raise SignatureError("The answer confirms another question than the one asked.")
        return body


def _token(answer: Answer) -> x509.Certificate:
    token = only(answer.security, "wsse:BinarySecurityToken")
    pointer = only(answer.signature, "ds:KeyInfo/wsse:SecurityTokenReference/wsse:Reference")
    if pointer.get("URI") != uri_of(token):
        raise SignatureError("The signature does not point at the certificate in the answer.")
    form = (token.get("ValueType"), token.get("EncodingType"))
    if form != (names.X509_TYPE, names.BASE64_ENCODING):
        raise SignatureError("The BinarySecurityToken must be an X509v3 certificate in base64.")
    return read_certificate(token)


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


def _check_time(timestamp: etree._Element, moment: datetime) -> None:
    created, expires = (_instant(only(timestamp, f"wsu:{name}")) for name in ("Created", "Expires"))
    if created > moment + _CLOCK_TOLERANCE or expires < moment - _CLOCK_TOLERANCE:
        raise UnreadableAnswerError(
            "The answer says that it was made at another time than now.",
            remedy="Check the clock of this machine; it must follow NTP.",
        )


def _instant(written: etree._Element) -> datetime:
    text = (written.text or "").strip()
    if _INSTANT.fullmatch(text):
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            pass
    raise UnreadableAnswerError("A time in the answer is not an xsd:dateTime with a time zone.")
