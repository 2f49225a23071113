"""Verification of one receipt with what was kept of it: signature, chain and revocation."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.x509 import ocsp as der

from sdp.domain import Kvitteringsreferanse, Prioritet
from sdp.domain.kvittering import kind_of
from sdp.dpi.kvittering import read_kvittering as read_over_dpi
from sdp.ebms.kvittering import read_kvittering as read_over_ebms
from sdp.errors import SignatureError, UnreadableAnswerError
from sdp.pki.certificates import written
from sdp.pki.revocation import crl, ocsp
from sdp.pki.revocation.status import NoAnswerError, Revoked, UntrustedAnswerError
from sdp.wire import Signers
from sdp.xmlsec import parse

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from sdp.domain import Kvittering
    from sdp.pki import ChainValidator, TrustStore, Usage
    from sdp.pki.revocation.status import Settled


@dataclass(frozen=True, slots=True)
class Checked:
    """A receipt whose signature and certificates hold.

    Attributes:
        kvittering: what it says.
        slag: its kind.
        revoked: of which certificates an answer tells that they were revoked, in sentences.
        unanswered: the certificates of which no answer tells.
    """

    kvittering: Kvittering
    slag: str
    revoked: tuple[str, ...]
    unanswered: tuple[str, ...]


class _AnySigner(Signers):
    """Refuses no signer: the report compares it with whom the letter was sent to."""

    __slots__ = ()

    def check(self, signer: str, sender: str, konversasjons_id: str) -> None:
        """Accept the signer."""


_ANY_SIGNER: Final = _AnySigner((), {}, lambda _: (), "")


class _Noting:
    """Validator that may complete chains with what was kept, and notes the last one."""

    def __init__(self, trust: TrustStore, kept: Sequence[x509.Certificate]) -> None:
        self._trust = trust
        self._kept = kept
        self.chain: tuple[x509.Certificate, ...] = ()

    def validate(
        self,
        certificate: x509.Certificate,
        *,
        moment: datetime,
        usage: Usage,
        intermediates: Iterable[x509.Certificate] = (),
        organisasjonsnummer: str | None = None,
    ) -> tuple[x509.Certificate, ...]:
        """Validate as the store does."""
        self.chain = self._trust.validate(
            certificate,
            moment=moment,
            usage=usage,
            intermediates=(*intermediates, *self._kept),
            organisasjonsnummer=organisasjonsnummer,
        )
        return self.chain


def check_receipt(
    raw: bytes,
    chain: Sequence[x509.Certificate],
    answers: Sequence[bytes],
    *,
    trust: TrustStore,
    moment: datetime,
) -> Checked:
    """Verify a receipt as it was verified when it came.

    Args:
        raw: the signed bytes.
        chain: the certificates that were kept with it.
        answers: the answers about revocation that were kept with it.
        trust: the trust anchors.
        moment: when it came.

    Raises:
        UnreadableAnswerError: it is no receipt.
        CertificateError: the signer was not to be trusted then.
        SignatureError: the signature does not hold, or is not by the certificate that was kept.
    """
    noted = _Noting(trust, chain)
    kvittering = _read(raw, noted, moment)
    validated = noted.chain
    if chain and validated[0] != chain[0]:
        raise SignatureError("The receipt was signed with another certificate than the one kept.")
    revoked, unanswered = [], []
    for certificate, issuer in pairwise(validated):
        settled = _settled(certificate, issuer, answers, moment)
        name = written(certificate.subject)
        if settled is None:
            unanswered.append(name)
        elif isinstance(settled, Revoked) and settled.since <= moment:
            revoked.append(f"The certificate {name} had been revoked {settled.since}.")
    return Checked(kvittering, kind_of(kvittering), tuple(revoked), tuple(unanswered))


def _read(raw: bytes, trust: ChainValidator, moment: datetime) -> Kvittering:
    if raw.startswith(b"<"):
        reference = Kvitteringsreferanse(message_id="kept", prioritet=Prioritet.NORMAL)
        return read_over_ebms(
            parse(raw), trust=trust, moment=moment, signers=_ANY_SIGNER, referanse=reference
        )
    token = raw.decode("ascii", errors="replace")
    return read_over_dpi(
        token,
        trust=trust,
        moment=moment,
        signers=_ANY_SIGNER,
        receivers=_receivers(token),
    )


def _receivers(token: str) -> tuple[str, ...]:
    """Return the organisation that a receipt is to; it is signed with the rest."""
    try:
        payload = token.split(".")[1]
        document = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        found = _values(document, "receiver")
        return tuple(each.rpartition(":")[2] for each in found)
    except (ValueError, IndexError):
        raise UnreadableAnswerError("The receipt is no token that can be read.") from None


def _values(document: object, name: str) -> Iterator[str]:
    """Yield the identifiers of a party, wherever it stands in the header."""
    if isinstance(document, dict):
        for key, value in document.items():
            if key == name:
                yield from _texts(value)
            else:
                yield from _values(value, name)
    elif isinstance(document, list):
        for each in document:
            yield from _values(each, name)


def _texts(value: object) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            for each in value.values():
                yield from _texts(each)
        case list():
            for each in value:
                yield from _texts(each)
        case _:
            return


def _settled(
    certificate: x509.Certificate,
    issuer: x509.Certificate,
    answers: Sequence[bytes],
    moment: datetime,
) -> Settled | None:
    """Return what the first answer about a certificate says; None where none is about it."""
    for answer in answers:
        try:
            return _by_answer(answer, certificate, issuer, moment)
        except (UntrustedAnswerError, NoAnswerError):
            continue
    return None


def _by_answer(
    answer: bytes, certificate: x509.Certificate, issuer: x509.Certificate, moment: datetime
) -> Settled:
    try:
        response = der.load_der_ocsp_response(answer)
    except ValueError:
        found = crl.read(answer, issuer, now=moment)
        for point in crl.points(certificate):
            return crl.status(found, certificate, point)
        raise NoAnswerError("the certificate names no list") from None
    # The nonce was compared when the answer came; its own repeats what was asked then.
    settled, _ = ocsp.read(answer, certificate, issuer, nonce=_nonce(response), now=moment)
    return settled


def _nonce(response: der.OCSPResponse) -> bytes:
    try:
        return response.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce
    except (x509.ExtensionNotFound, ValueError):
        return b""
