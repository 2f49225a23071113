"""Opens a letter of today's wire, and checks everything that its receiver can check."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sdp.testmiljo.aksesspunkt import names
from sdp.testmiljo.aksesspunkt.order import read_order
from sdp.testmiljo.checks.asice import unpack_asice
from sdp.testmiljo.checks.cms import decrypt
from sdp.testmiljo.checks.manifest import read_manifest
from sdp.testmiljo.checks.package import MANIFEST, SIGNATURES
from sdp.testmiljo.checks.post import DigitalOrder
from sdp.testmiljo.checks.rejection import LetterRejection
from sdp.testmiljo.checks.xades import check_xades
from sdp.testmiljo.letters import Letter
from sdp.testmiljo.receiver import received_document

if TYPE_CHECKING:
    from datetime import datetime

    from cryptography import x509

    from sdp.testmiljo.aksesspunkt.melding import Melding
    from sdp.testmiljo.checks.certificates import Trust
    from sdp.testmiljo.checks.manifest import Manifest
    from sdp.testmiljo.checks.post import PrintOrder
    from sdp.testmiljo.queues import Queue
    from sdp.testmiljo.signing import Actor


@dataclass(frozen=True, slots=True)
class Delivery:
    """A letter on its way from the access point: checked outside, still encrypted inside.

    Attributes:
        melding: its business message, verified.
        signer: the certificate that signed that.
        package: the encrypted package, of which the message has the fingerprint.
        queue: where its receipts go.
    """

    melding: Melding
    signer: x509.Certificate
    package: bytes
    queue: Queue


def open_letter(delivery: Delivery, actor: Actor, trust: Trust, moment: datetime) -> Letter:
    """Decrypt, verify and read a letter.

    Args:
        delivery: the letter.
        actor: the mailbox or printer that it is encrypted for.
        trust: whose certificates are genuine.
        moment: now.

    Raises:
        LetterRejection: it cannot be opened, or does not hold.
    """
    melding = delivery.melding
    order = read_order(melding)
    container = unpack_asice(decrypt(delivery.package, actor.key, actor.certificate))
    files = container.files
    manifest = read_manifest(files[MANIFEST])
    mime_types = manifest.mime_types()
    signer = check_xades(files, mime_types, trust, moment, namespace=names.ASIC)
    if signer != delivery.signer:
        raise LetterRejection("the package is signed with another certificate than the message")
    if mime_types.keys() != files.keys() - {SIGNATURES}:
        raise LetterRejection("the manifest does not name exactly the files of the package")
    if container.listed != mime_types:
        raise LetterRejection("META-INF/manifest.xml does not list the files of the manifest")
    if manifest.avsender != names.party(melding.avsender):
        raise LetterRejection("the manifest names another avsender than the message")
    _check_mottaker(order, manifest)
    return Letter(
        meldings_id=melding.meldings_id,
        konversasjons_id=melding.konversasjons_id,
        avsender=melding.avsender,
        avsenderidentifikator=melding.avsenderidentifikator,
        received=moment,
        order=order,
        queue=delivery.queue,
        package_size=len(delivery.package),
        documents=tuple(received_document(each, files) for each in manifest.documents),
        wire="dpi",
        teknisk_mottaker=actor.organisasjonsnummer,
    )


def _check_mottaker(order: DigitalOrder | PrintOrder, manifest: Manifest) -> None:
    if manifest.personidentifikator is not None:
        raise LetterRejection("the manifest holds a personidentifikator, which it may not")
    if isinstance(order, DigitalOrder):
        if manifest.postkasseadresse != order.postkasseadresse:
            raise LetterRejection("the manifest names another mottaker than the message")
    elif any(document.mime_type != "application/pdf" for document in manifest.documents):
        raise LetterRejection("only PDF can be printed")
