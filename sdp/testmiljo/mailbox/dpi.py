"""Letters and receipts of mailbox and printer on the DPI wire: packages in, signed JSON out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal
from uuid import uuid4

from sdp.testmiljo.access_point import names
from sdp.testmiljo.access_point.message import read_order
from sdp.testmiljo.mailbox.receipts import Samtale
from sdp.testmiljo.mailbox.receivers import Postkasse, Printer
from sdp.testmiljo.signing import sign_as
from sdp.testmiljo.validators.cms import decrypt
from sdp.testmiljo.validators.package import MANIFEST, SIGNATURES, read_manifest, unpack_asice
from sdp.testmiljo.validators.post import DigitalOrder, check_texts
from sdp.testmiljo.validators.rejection import LetterRejection
from sdp.testmiljo.validators.xades import check_xades
from sdp.testmiljo.world.letters import Letter, received_documents
from sdp.testmiljo.world.receipts import Innmelding

if TYPE_CHECKING:
    from datetime import datetime

    from cryptography import x509

    from sdp.testmiljo.access_point.message import Melding
    from sdp.testmiljo.mailbox.receipts import Kvittering
    from sdp.testmiljo.signing import Actor
    from sdp.testmiljo.validators.certificates import Trust
    from sdp.testmiljo.validators.package import Manifest
    from sdp.testmiljo.validators.post import PrintOrder
    from sdp.testmiljo.world.receipts import Innboks, Queue

_TYPES = {
    "mottak": "mottakskvittering",
    "levering": "leveringskvittering",
    "aapning": "aapningskvittering",
    "varslingfeilet": "varslingfeiletkvittering",
    "returpost": "returpostkvittering",
    "feil": "feil",
}


@dataclass(frozen=True, slots=True)
class DpiDelivery:
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


class DpiWire:
    """The DPI wire as mailbox and printer see it.

    Args:
        innboks: where receipts wait.
        trust: whose certificates are genuine.
    """

    name: Literal["dpi"] = "dpi"

    def __init__(self, innboks: Innboks, trust: Trust) -> None:
        self._innboks = innboks
        self._trust = trust

    def samtale(self, delivery: DpiDelivery) -> Samtale:
        """Find the conversation of a delivery that is not opened."""
        melding = delivery.melding
        return Samtale(
            konversasjons_id=melding.konversasjons_id,
            is_print=melding.kind == names.UTSKRIFT,
            avsender=melding.avsender,
            avsenderidentifikator=melding.avsenderidentifikator,
            queue=delivery.queue,
            teknisk_mottaker=melding.teknisk_mottaker,
        )

    def opened(self, delivery: DpiDelivery, actor: Actor, moment: datetime) -> Letter:
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
    ) -> Innmelding:
        """Put a signed receipt last on the list of the letter's sender."""
        return self._innboks.put(
            signed_receipt(kvittering, samtale, sender=sender, moment=at, signer=signer)
        )


DpiPostkasse = Postkasse[DpiDelivery, Innmelding]
DpiPrinter = Printer[DpiDelivery, Innmelding]


def open_letter(delivery: DpiDelivery, actor: Actor, trust: Trust, moment: datetime) -> Letter:
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
    # 1. It is encrypted for this receiver, and opens as an ASiC-E container.
    order = read_order(melding)
    container = unpack_asice(decrypt(delivery.package, actor.key, actor.certificate))
    files = container.files
    # 2. Its signature covers every file, and is made with the certificate of the message.
    manifest = read_manifest(files[MANIFEST])
    mime_types = manifest.mime_types()
    signer = check_xades(files, mime_types, trust, moment, namespace=names.ASIC)
    if signer != delivery.signer:
        raise LetterRejection("the package is signed with another certificate than the message")
    # 3. Its two manifests say what the message and the package say.
    if mime_types.keys() != files.keys() - {SIGNATURES}:
        raise LetterRejection("the manifest does not name exactly the files of the package")
    if container.listed != mime_types:
        raise LetterRejection("META-INF/manifest.xml does not list the files of the manifest")
    if manifest.avsender != names.party(melding.avsender):
        raise LetterRejection("the manifest names another avsender than the message")
    _check_mottaker(order, manifest)
    if isinstance(order, DigitalOrder):
        check_texts([order.ikke_sensitiv_tittel])
    return Letter(
        meldings_id=melding.meldings_id,
        konversasjons_id=melding.konversasjons_id,
        avsender=melding.avsender,
        avsenderidentifikator=melding.avsenderidentifikator,
        received=moment,
        order=order,
        queue=delivery.queue,
        package_size=len(delivery.package),
        documents=received_documents(manifest, files),
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


def signed_receipt(
    kvittering: Kvittering,
    samtale: Samtale,
    *,
    sender: Actor,
    moment: datetime,
    signer: Actor | None = None,
) -> Innmelding:
    """Make a receipt, which is written and signed when somebody first reads it.

    Args:
        kvittering: what it says.
        samtale: the conversation it belongs to.
        sender: the organisation it is from.
        moment: when it happened.
        signer: who signs, where that is not the sender; for receipts that must be refused.
    """
    message_id = str(uuid4())

    def signed() -> str:
        document = _document(kvittering, samtale, sender, message_id, moment)
        return sign_as(signer or sender, document, names.RECEIPT_ALGORITHM)

    return Innmelding(
        message_id=message_id,
        queue=samtale.queue,
        avsender=samtale.avsender,
        avsenderidentifikator=samtale.avsenderidentifikator,
        signed=signed,
        konversasjons_id=samtale.konversasjons_id,
    )


def _document(
    kvittering: Kvittering, samtale: Samtale, sender: Actor, message_id: str, moment: datetime
) -> dict[str, Any]:
    kind = _TYPES[kvittering.kind]
    instant = moment.isoformat(timespec="milliseconds")
    avsender = {"virksomhetsidentifikator": _organisation(sender.organisasjonsnummer)}
    mottaker = {"virksomhetsidentifikator": _organisation(samtale.queue.databehandler)}
    return {
        "standardBusinessDocument": {
            "standardBusinessDocumentHeader": _header(
                kind, samtale, sender.organisasjonsnummer, message_id, instant
            ),
            kind: {
                "avsender": avsender,
                "mottaker": mottaker
                | _given("motakeridentifikator", samtale.avsenderidentifikator),
                "tidspunkt": instant,
                **_fields(kvittering),
            },
        }
    }


def _fields(kvittering: Kvittering) -> dict[str, str]:
    match kvittering.kind:
        case "feil":
            fields = {"feiltype": kvittering.feiltype}
            return fields | _given("detaljer", kvittering.tekst)
        case "varslingfeilet":
            fields = {"varslingskanal": kvittering.kanal.lower()}
            return fields | _given("beskrivelse", kvittering.tekst)
        case _:
            return {}


def _header(
    kind: str, samtale: Samtale, sender: str, message_id: str, instant: str
) -> dict[str, Any]:
    process = names.process(names.UTSKRIFT if samtale.is_print else names.DIGITAL)
    return {
        "headerVersion": "1.0",
        "sender": [{"identifier": _organisation(sender)}],
        "receiver": [{"identifier": _organisation(samtale.queue.databehandler)}],
        "documentIdentification": {
            "standard": names.receipt_standard(kind),
            "typeVersion": "1.0",
            "instanceIdentifier": message_id,
            "type": kind,
            "creationDateAndTime": instant,
        },
        "businessScope": {
            "scope": [
                {
                    "type": "ConversationId",
                    "instanceIdentifier": samtale.konversasjons_id,
                    "identifier": process,
                }
            ]
        },
    }


def _organisation(organisasjonsnummer: str) -> dict[str, str]:
    return {"authority": names.AUTHORITY, "value": names.party(organisasjonsnummer)}


def _given(name: str, value: str | None) -> dict[str, str]:
    return {} if value is None else {name: value}
