"""Verification of an answer as the register's own, and as given to this very question."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sdp.errors import SignatureError
from sdp.krr.soap.decryption import decrypt, is_encrypted
from sdp.krr.soap.envelope import only, read_answer
from sdp.pki import Usage
from sdp.wss import certificate_of, check_time, uri_of
from sdp.xmlsec import verify

if TYPE_CHECKING:
    from datetime import datetime

    from cryptography import x509
    from lxml import etree

    from sdp.krr.soap.envelope import Answer
    from sdp.pki import ChainValidator, Decryptor


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
