"""Letters and receipts of mailbox and printer on the ebMS wire: packages in, signed SBDs out."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Literal
from uuid import uuid4

from lxml import etree
from lxml.builder import ElementMaker

from sdp.testmiljo.mailbox.receipts import Samtale
from sdp.testmiljo.mailbox.receivers import Postkasse, Printer
from sdp.testmiljo.signing import sign_enveloped
from sdp.testmiljo.validators import names
from sdp.testmiljo.validators.certificates import organisation_of
from sdp.testmiljo.validators.cms import decrypt
from sdp.testmiljo.validators.package import MANIFEST, SIGNATURES, read_manifest, unpack
from sdp.testmiljo.validators.post import DigitalOrder, check_texts, read_order
from sdp.testmiljo.validators.rejection import LetterRejection
from sdp.testmiljo.validators.sbd import is_fysisk
from sdp.testmiljo.validators.xades import check_xades
from sdp.testmiljo.world.letters import Letter, received_documents
from sdp.testmiljo.world.receipts import QueuedReceipt

if TYPE_CHECKING:
    from datetime import datetime

    from sdp.testmiljo.mailbox.receipts import Kvittering
    from sdp.testmiljo.signing import Actor
    from sdp.testmiljo.validators.certificates import Trust
    from sdp.testmiljo.validators.package import Manifest
    from sdp.testmiljo.validators.sbd import BusinessMessage
    from sdp.testmiljo.world.receipts import Queue, Queues

_SBDH = ElementMaker(namespace=names.SBDH, nsmap={"ns3": names.SBDH, "ns9": names.SDP})
_SDP = ElementMaker(namespace=names.SDP, nsmap={"ns9": names.SDP})
_LONGEST_TEXT = 1000


@dataclass(frozen=True, slots=True)
class EbmsDelivery:
    """A letter on its way from the broker: checked outside, still encrypted inside."""

    message: BusinessMessage
    package: bytes
    queue: Queue


class EbmsWire:
    """The ebMS wire as mailbox and printer see it.

    Args:
        queues: where receipts wait.
        trust: whose certificates are genuine.
    """

    name: Literal["ebms"] = "ebms"

    def __init__(self, queues: Queues, trust: Trust) -> None:
        self._queues = queues
        self._trust = trust

    def samtale(self, delivery: EbmsDelivery) -> Samtale:
        """Find the conversation of a delivery that is not opened."""
        message = delivery.message
        return Samtale(
            konversasjons_id=message.konversasjons_id,
            is_print=is_fysisk(message),
            avsender=message.avsender,
            avsenderidentifikator=message.avsenderidentifikator,
            queue=delivery.queue,
            teknisk_mottaker=message.teknisk_mottaker,
        )

    def opened(self, delivery: EbmsDelivery, actor: Actor, moment: datetime) -> Letter:
        """Decrypt, verify and read a letter.

        Raises:
            LetterRejection: it cannot be opened, or does not hold.
        """
        return open_letter(delivery, actor, self._trust, moment)

    def put(
        self,
        kvittering: Kvittering,
        samtale: Samtale,
        *,
        sender: Actor,
        signer: Actor,
        at: datetime,
    ) -> QueuedReceipt:
        """Put a signed receipt last in the queue of the letter's sender."""
        sign = partial(
            signed_receipt,
            kvittering,
            sender=sender,
            receiver=samtale.queue.databehandler,
            konversasjons_id=samtale.konversasjons_id,
            moment=at,
            signer=signer,
            message_id=str(uuid4()),
        )
        return self._queues.put(samtale.queue, sign, samtale.konversasjons_id)


EbmsPostkasse = Postkasse[EbmsDelivery, QueuedReceipt]
EbmsPrinter = Printer[EbmsDelivery, QueuedReceipt]


def open_letter(delivery: EbmsDelivery, actor: Actor, trust: Trust, moment: datetime) -> Letter:
    """Decrypt, verify and read a letter.

    Args:
        delivery: the letter.
        actor: the mailbox or printer that it is encrypted for.
        trust: whose certificates are genuine.
        moment: now.

    Raises:
        LetterRejection: it cannot be opened, or does not hold.
    """
    message = delivery.message
    # 1. The package is the one that the signed message names.
    if hashlib.sha256(delivery.package).digest() != message.fingerprint:
        raise LetterRejection("the dokumentpakkefingeravtrykk is not that of the package")
    # 2. It is encrypted for this receiver, and opens.
    order = read_order(message.post)
    files = unpack(decrypt(delivery.package, actor.key, actor.certificate))
    # 3. Its signature covers every file, and is made by the sender of the message.
    manifest = read_manifest(files[MANIFEST])
    signer = check_xades(files, manifest.mime_types(), trust, moment)
    if organisation_of(signer) != message.databehandler:
        raise LetterRejection("the package is signed by another organisation than the message")
    # 4. Its manifest says what the message and the package say.
    if manifest.mime_types().keys() != files.keys() - {SIGNATURES}:
        raise LetterRejection("the manifest does not name exactly the files of the package")
    if manifest.avsender != message.avsender:
        raise LetterRejection("the manifest names another avsender than the message")
    if isinstance(order, DigitalOrder):
        _check_person(order, manifest)
    elif any(document.mime_type != "application/pdf" for document in manifest.documents):
        raise LetterRejection("only PDF can be printed")
    if isinstance(order, DigitalOrder):
        check_texts([order.ikke_sensitiv_tittel])
    return Letter(
        meldings_id=message.meldings_id,
        konversasjons_id=message.konversasjons_id,
        avsender=message.avsender,
        avsenderidentifikator=message.avsenderidentifikator,
        received=moment,
        order=order,
        queue=delivery.queue,
        package_size=len(delivery.package),
        documents=received_documents(manifest, files),
        teknisk_mottaker=actor.organisasjonsnummer,
    )


def _check_person(order: DigitalOrder, manifest: Manifest) -> None:
    if (manifest.personidentifikator, manifest.postkasseadresse) != (
        order.personidentifikator,
        order.postkasseadresse,
    ):
        raise LetterRejection("the manifest names another mottaker than the message")


def signed_receipt(
    kvittering: Kvittering,
    *,
    sender: Actor,
    receiver: str,
    konversasjons_id: str,
    moment: datetime,
    signer: Actor | None = None,
    message_id: str | None = None,
) -> bytes:
    """Make a signed StandardBusinessDocument of a receipt.

    Args:
        kvittering: what it says.
        sender: the organisation it is from.
        receiver: the organisation number of the databehandler it is for.
        konversasjons_id: the conversation of the letter it is about.
        moment: when it happened.
        signer: who signs, where that is not the sender; for receipts that must be refused.
        message_id: its InstanceIdentifier; None makes one up.
    """
    name = "feil" if kvittering.kind == "feil" else "kvittering"
    body = _SDP(name, _SDP.tidspunkt(_instant(moment)), *_content(kvittering))
    document = _SBDH.StandardBusinessDocument(
        _header(
            name,
            sender.organisasjonsnummer,
            receiver,
            konversasjons_id,
            moment,
            message_id or str(uuid4()),
        ),
        body,
    )
    sign_enveloped(body, signer or sender)
    return etree.tostring(document)


def _content(kvittering: Kvittering) -> list[etree._Element]:
    tekst = None if kvittering.tekst is None else kvittering.tekst[:_LONGEST_TEXT]
    match kvittering.kind:
        case "feil":
            detaljer = [] if tekst is None else [_SDP.detaljer(tekst)]
            return [_SDP.feiltype(kvittering.feiltype), *detaljer]
        case "varslingfeilet":
            beskrivelse = [] if tekst is None else [_SDP.beskrivelse(tekst)]
            return [_SDP.varslingfeilet(_SDP.varslingskanal(kvittering.kanal), *beskrivelse)]
        case kind:
            return [_SDP(kind)]


def _header(
    name: str,
    sender: str,
    receiver: str,
    konversasjons_id: str,
    moment: datetime,
    message_id: str,
) -> etree._Element:
    return _SBDH.StandardBusinessDocumentHeader(
        _SBDH.HeaderVersion("1.0"),
        _SBDH.Sender(_identifier(sender)),
        _SBDH.Receiver(_identifier(receiver)),
        _SBDH.DocumentIdentification(
            _SBDH.Standard(names.STANDARD),
            _SBDH.TypeVersion("1.0"),
            _SBDH.InstanceIdentifier(message_id),
            _SBDH.Type(name),
            _SBDH.CreationDateAndTime(_instant(moment)),
        ),
        _SBDH.BusinessScope(
            _SBDH.Scope(
                _SBDH.Type("ConversationId"),
                _SBDH.InstanceIdentifier(konversasjons_id),
                _SBDH.Identifier(names.STANDARD),
            )
        ),
    )


def _identifier(organisasjonsnummer: str) -> etree._Element:
    return _SBDH.Identifier(names.party(organisasjonsnummer), Authority=names.PARTY_TYPE)


def _instant(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds")
