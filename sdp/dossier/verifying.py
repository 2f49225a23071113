"""Verification of a dossier, offline and at the time of its receipts."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from cryptography.hazmat.primitives import hashes

from sdp.dossier import archive
from sdp.dossier.content import FORMAT, LETTER, MANIFEST, SIGNATURE
from sdp.dossier.receipts import Checked, check_receipt
from sdp.dossier.summary import NOT_PROVED, PROVED, what_it_says
from sdp.dossier.writing import comment_of
from sdp.errors import (
    CertificateError,
    ConfigurationError,
    InvalidInputError,
    PackageError,
    SdpError,
    check_moment,
)
from sdp.jose import verify
from sdp.pki import TrustStore, read_certificate
from sdp.pki.certificates import written
from sdp.pki.trust.published import PUBLISHED

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

    from cryptography import x509

_MOST_BYTES: Final = 512 * 1024 * 1024


class DossierVerdict(StrEnum):
    """Outcome of one check of a dossier."""

    PROVED = "proved"
    """It holds, and could not be otherwise without somebody's private key."""
    NOT_PROVED = "not_proved"
    """Nothing speaks against it, and nothing in the dossier proves it."""
    BROKEN = "broken"
    """It does not hold: something was changed, or is not to be trusted."""


@dataclass(frozen=True, slots=True)
class DossierFinding:
    """One check of a dossier, and what came of it.

    Attributes:
        part: the entry or part that it is about.
        finding: the outcome.
        words: what is proved, or what is missing, in a sentence.
    """

    part: str
    finding: DossierVerdict
    words: str


@dataclass(frozen=True, slots=True)
class DossierReport:
    """Report of the verification of a dossier.

    Attributes:
        nokkel: the key of the letter.
        konversasjons_id: its conversation.
        findings: one for each check, in the order they were made.
        proves: what the whole proves, in sentences.
        proves_not: what it does not.
    """

    nokkel: str
    konversasjons_id: str
    findings: tuple[DossierFinding, ...]
    proves: tuple[str, ...] = PROVED
    proves_not: tuple[str, ...] = NOT_PROVED

    @property
    def holds(self) -> bool:
        """True if nothing is broken."""
        return all(each.finding is not DossierVerdict.BROKEN for each in self.findings)


def verify_dossier(
    source: str | os.PathLike[str] | bytes, *, trust: TrustStore | None = None
) -> DossierReport:
    """Verify a dossier offline, each receipt at the moment it came.

    Nobody is asked for anything: the certificates and the answers about their revocation are in the
    dossier. Without `trust`, signatures are held against the root certificates in the dossier
    itself, and the report says whether this library knows those as published.

    Args:
        source: the file, or its bytes.
        trust: the CA certificates to trust.

    Raises:
        PackageError: it is no dossier, or a byte of it was changed.
        ConfigurationError: the file cannot be read.
    """
    entries, comment = _opened(source)
    manifest = _manifest(entries, comment)
    try:
        return _report(entries, manifest, trust)
    except (KeyError, TypeError, AttributeError):
        # Whoever makes a dossier anew chooses the form of its records too.
        raise _changed("its records do not have the form that this library writes") from None


def _report(
    entries: Mapping[str, bytes], manifest: Mapping[str, Any], trust: TrustStore | None
) -> DossierReport:
    facts = _json(entries[LETTER], LETTER)
    store, roots = _store(entries, trust)
    findings = [
        DossierFinding(
            MANIFEST,
            DossierVerdict.PROVED,
            f"All {len(entries)} entries are as they were written, byte for byte.",
        ),
        *roots,
        _signature(entries, store, manifest),
    ]
    for told in facts.get("kvitteringer", []):
        findings += _receipt(told, facts, entries, store)
    if not facts.get("kvitteringer"):
        words = "There is no receipt: nothing here proves that the letter arrived."
        findings.append(DossierFinding("receipts", DossierVerdict.NOT_PROVED, words))
    return DossierReport(str(facts["nokkel"]), str(facts["konversasjons_id"]), tuple(findings))


def _opened(source: str | os.PathLike[str] | bytes) -> tuple[dict[str, bytes], str]:
    if not isinstance(source, bytes):
        try:
            with Path(source).open("rb") as file:
                source = file.read(_MOST_BYTES + 1)
        except OSError as error:
            raise ConfigurationError(f"The dossier cannot be read: {error.strerror}.") from None
    # 1. The file is, byte for byte, what writing its entries gives.
    try:
        return archive.read(source)
    except archive.ChangedArchiveError:
        raise _changed(
            "the file is not one that this library has written, or was changed"
        ) from None


def _manifest(entries: Mapping[str, bytes], comment: str) -> dict[str, Any]:
    # 2. The comment of the archive holds the digest of the manifest.
    if MANIFEST not in entries or comment != comment_of(entries[MANIFEST]):
        raise _changed("the manifest is not the one that the file was written with")
    manifest = _json(entries[MANIFEST], MANIFEST)
    if manifest.get("format") != FORMAT or not isinstance(manifest.get("entries"), dict):
        raise _changed("its format is not one that this version knows")
    # 3. The manifest names every entry with its digest, in their order, and no other.
    listed = manifest["entries"]
    last = [MANIFEST, SIGNATURE] if manifest.get("signed") else [MANIFEST]
    if [*listed, *last] != list(entries) or LETTER not in listed:
        raise _changed("the manifest names other entries than there are")
    for name, digest in listed.items():
        if hashlib.sha256(entries[name]).hexdigest() != digest:
            raise _changed(f"{name} is not as it was written")
    return manifest


def _store(
    entries: Mapping[str, bytes], trust: TrustStore | None
) -> tuple[TrustStore | None, list[DossierFinding]]:
    """Return the anchors to verify with, and what is known of them."""
    certificates = [
        _certificate(name, content)
        for name, content in entries.items()
        if name.startswith("certificates/")
    ]
    if trust is not None:
        return trust.without_revocation(), []
    try:
        store = TrustStore.from_certificates(certificates)
    except ConfigurationError:
        words = "The dossier holds no root certificate: give a trust store to verify its receipts."
        return None, [DossierFinding("certificates", DossierVerdict.NOT_PROVED, words)]
    return store, [_root(each) for each in store.anchors]


def _root(anchor: x509.Certificate) -> DossierFinding:
    digest = anchor.fingerprint(hashes.SHA256()).hex()
    named = f"The root certificate {written(anchor.subject)}, SHA-256 {digest},"
    if any(each.sha256 == digest for each in PUBLISHED):
        return DossierFinding(
            "certificates", DossierVerdict.PROVED, f"{named} is one that its issuer publishes."
        )
    return DossierFinding(
        "certificates",
        DossierVerdict.NOT_PROVED,
        f"{named} is that of the dossier itself, and not one that this library knows: compare it"
        " with the one its issuer publishes, or give a trust store.",
    )


def _signature(
    entries: Mapping[str, bytes], store: TrustStore | None, manifest: Mapping[str, Any]
) -> DossierFinding:
    # 4. The sender has signed the manifest, and so everything that it names.
    if SIGNATURE not in entries:
        words = "Nobody has signed the manifest: a dossier made anew would look the same."
        return DossierFinding(SIGNATURE, DossierVerdict.NOT_PROVED, words)
    if store is None:
        words = "The signature on the manifest cannot be verified without a trust store."
        return DossierFinding(SIGNATURE, DossierVerdict.NOT_PROVED, words)
    try:
        made = _moment(manifest["made"], MANIFEST)
        token = entries[SIGNATURE].decode("ascii", errors="replace")
        verified = verify(token, trust=store, moment=made)
        signer = verified.organisasjonsnummer
    except SdpError as error:
        return DossierFinding(SIGNATURE, DossierVerdict.BROKEN, error.message)
    if verified.payload != entries[MANIFEST]:
        return DossierFinding(
            SIGNATURE, DossierVerdict.BROKEN, "It is the signature of another manifest."
        )
    return DossierFinding(
        SIGNATURE,
        DossierVerdict.PROVED,
        f"Organisation {signer} has signed the manifest, and with it every entry: the records are"
        " that organisation's own.",
    )


def _receipt(
    told: Mapping[str, Any],
    facts: Mapping[str, Any],
    entries: Mapping[str, bytes],
    store: TrustStore | None,
) -> list[DossierFinding]:
    name = str(told["fil"])
    if store is None:
        words = "Its signature cannot be verified without a trust store."
        return [DossierFinding(name, DossierVerdict.NOT_PROVED, words)]
    moment = _moment(told["mottatt"], LETTER)
    answers = [entries[each] for each in told["tilbakekallingssvar"] if each in entries]
    kept = [each for each in told["sertifikater"] if each in entries]
    chain = [_certificate(each, entries[each]) for each in kept]
    try:
        # 5. The signature and its certificate hold at the moment the receipt came.
        checked = check_receipt(entries[name], chain, answers, trust=store, moment=moment)
    except SdpError as error:
        return [DossierFinding(name, DossierVerdict.BROKEN, error.message)]
    return [*_statement(name, told, facts, checked), *_revocation(name, checked)]


def _statement(
    name: str, told: Mapping[str, Any], facts: Mapping[str, Any], checked: Checked
) -> list[DossierFinding]:
    # 6. It says what the letter's records say of it.
    received = checked.kvittering
    stated = (
        checked.slag,
        received.meldings_id,
        received.konversasjons_id,
        received.avsender,
        received.tidspunkt,
    )
    recorded = (
        told["slag"],
        told["meldings_id"],
        facts["konversasjons_id"],
        told["avsender"],
        _moment(told["tidspunkt"], LETTER),
    )
    if stated != recorded:
        words = "The signed receipt says something else than the records of the letter."
        return [DossierFinding(name, DossierVerdict.BROKEN, words)]
    found = [
        DossierFinding(
            name,
            DossierVerdict.PROVED,
            f"Organisation {received.avsender} has signed that {what_it_says(checked.slag)} at"
            f" {received.tidspunkt.isoformat()}, in conversation {received.konversasjons_id}.",
        )
    ]
    # 7. It was signed by the organisation that the letter was sent to.
    if facts.get("mottaker") not in (None, received.avsender):
        words = (
            f"It was signed by {received.avsender}, and the letter was sent to"
            f" {facts['mottaker']}: that the one may sign for the other is the sender's setting."
        )
        found.append(DossierFinding(name, DossierVerdict.NOT_PROVED, words))
    return found


def _revocation(name: str, checked: Checked) -> list[DossierFinding]:
    # 8. No certificate had been revoked, by the answers that were kept.
    if checked.revoked:
        return [DossierFinding(name, DossierVerdict.BROKEN, words) for words in checked.revoked]
    if checked.unanswered:
        listed = ", ".join(checked.unanswered)
        words = f"No answer was kept that tells whether these were revoked: {listed}."
        return [DossierFinding(name, DossierVerdict.NOT_PROVED, words)]
    words = "No certificate of the signer had been revoked, by the answers that were kept."
    return [DossierFinding(name, DossierVerdict.PROVED, words)]


def _certificate(name: str, content: bytes) -> x509.Certificate:
    try:
        return read_certificate(content)
    except CertificateError:
        raise _changed(f"{name} is no certificate") from None


def _json(content: bytes, name: str) -> dict[str, Any]:
    try:
        found = json.loads(content)
    except ValueError:
        raise _changed(f"{name} is no JSON") from None
    if not isinstance(found, dict):
        raise _changed(f"{name} is no object")
    return found


def _moment(text: object, name: str) -> datetime:
    try:
        found = datetime.fromisoformat(str(text))
        check_moment(found)
    except (ValueError, InvalidInputError):
        raise _changed(f"{name} names a moment that is none") from None
    return found


def _changed(what: str) -> PackageError:
    return PackageError(
        f"The dossier does not hold: {what}.",
        remedy="Compare it with another copy. It proves nothing as it is.",
    )
