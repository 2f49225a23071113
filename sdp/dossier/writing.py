"""Writing a dossier: entries, a manifest with the SHA-256 of each, and a signature over that."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from sdp._version import __version__
from sdp.dossier import archive
from sdp.dossier.content import (
    FORMAT,
    LETTER,
    MANIFEST,
    SIGNATURE,
    SUMMARY_HTML,
    SUMMARY_TEXT,
)
from sdp.dossier.summary import as_html, as_text
from sdp.errors import check_moment
from sdp.jose import sign
from sdp.pki import Usage

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sdp.dossier.content import Dossier, DossierReceipt
    from sdp.pki import Signer, TrustStore


def write_dossier(
    dossier: Dossier,
    *,
    moment: datetime,
    signer: Signer | None = None,
    trust: TrustStore | None = None,
) -> bytes:
    """Write a dossier as a ZIP file, in which every changed byte is found.

    Args:
        dossier: the content.
        moment: when it is made; aware.
        signer: signs the manifest, so that a dossier that somebody made anew is told from this one.
        trust: the trust store that the signer's certificate chains to; its chain is put in.

    Raises:
        CertificateError: the signer's certificate does not chain to `trust`.
        InvalidInputError: the moment is naive.
        UnsupportedKeyError: the signer's key is not RSA of 2048 bits or more.
    """
    check_moment(moment)
    kept: dict[str, bytes] = {}
    described = [_receipt(number, each, kept) for number, each in enumerate(dossier.receipts, 1)]
    if signer is not None and trust is not None:
        kept.update(_own_chain(signer, trust, moment))
    facts = {**dossier.facts, "kvitteringer": described}
    entries = {
        SUMMARY_TEXT: as_text(facts, moment).encode(),
        SUMMARY_HTML: as_html(facts, moment).encode(),
        LETTER: as_json(facts),
        **kept,
    }
    manifest = as_json(_manifest(entries, moment, signed=signer is not None))
    entries[MANIFEST] = manifest
    if signer is not None:
        entries[SIGNATURE] = sign(manifest, signer).encode()
    return archive.write(entries, comment_of(manifest))


def comment_of(manifest: bytes) -> str:
    """Return the comment of the archive, which holds the digest of the manifest."""
    return f"{FORMAT} manifest sha256 {hashlib.sha256(manifest).hexdigest()}"


def as_json(value: Mapping[str, Any]) -> bytes:
    """Write JSON that a person can read, with moments in ISO 8601."""
    return json.dumps(value, ensure_ascii=False, indent=2, default=_plain).encode() + b"\n"


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _manifest(entries: Mapping[str, bytes], moment: datetime, *, signed: bool) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "made": moment,
        "signed": signed,
        "library": f"sikker-digital-post {__version__}",
        "entries": {name: hashlib.sha256(each).hexdigest() for name, each in entries.items()},
    }


def _receipt(number: int, receipt: DossierReceipt, entries: dict[str, bytes]) -> dict[str, Any]:
    suffix = "xml" if receipt.is_xml else "jws"
    name = f"receipts/{number:03}-{receipt.slag}.{suffix}"
    entries[name] = receipt.raw
    certificates = [_named(each, "certificates", "cer") for each in receipt.certificates]
    answers = [_named(each, "revocation", _kind(each)) for each in receipt.answers]
    entries.update(certificates)
    entries.update(answers)
    return {
        "fil": name,
        "slag": receipt.slag,
        "meldings_id": receipt.meldings_id,
        "tidspunkt": receipt.tidspunkt,
        "avsender": receipt.avsender,
        "mottatt": receipt.mottatt,
        "bekreftet": receipt.bekreftet,
        "sertifikater": [each for each, _ in certificates],
        "tilbakekallingssvar": [each for each, _ in answers],
    }


def _own_chain(signer: Signer, trust: TrustStore, moment: datetime) -> dict[str, bytes]:
    leaf, *issuers = signer.chain
    # Whether it is revoked is for its receivers to ask; here it only has to be complete.
    chain = trust.without_revocation().validate(
        leaf, moment=moment, usage=Usage.SIGNING, intermediates=issuers
    )
    ders = (each.public_bytes(Encoding.DER) for each in chain)
    return dict(_named(each, "certificates", "cer") for each in ders)


def _named(content: bytes, folder: str, suffix: str) -> tuple[str, bytes]:
    return f"{folder}/{hashlib.sha256(content).hexdigest()[:32]}.{suffix}", content


def _kind(answer: bytes) -> str:
    try:
        ocsp.load_der_ocsp_response(answer)
    except ValueError:
        x509.load_der_x509_crl(answer)
        return "crl"
    return "ocsp"
