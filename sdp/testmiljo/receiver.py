"""What mailbox and printer have in common: open a letter, keep it, and answer with receipts."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sdp.testmiljo import receipts
from sdp.testmiljo.checks.certificates import organisation_of
from sdp.testmiljo.checks.cms import decrypt
from sdp.testmiljo.checks.manifest import read_manifest
from sdp.testmiljo.checks.package import MANIFEST, SIGNATURES, unpack
from sdp.testmiljo.checks.post import DigitalOrder, read_order
from sdp.testmiljo.checks.rejection import LetterRejection
from sdp.testmiljo.checks.xades import check_xades
from sdp.testmiljo.letters import Letter, ReceivedDocument

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    from lxml import etree

    from sdp.testmiljo.checks.certificates import Trust
    from sdp.testmiljo.checks.manifest import Manifest, ManifestFile
    from sdp.testmiljo.checks.sbd import BusinessMessage
    from sdp.testmiljo.letters import LetterStore
    from sdp.testmiljo.queues import Queue, QueuedReceipt, Queues
    from sdp.testmiljo.signing import Actor


@dataclass(frozen=True, slots=True)
class Delivery:
    """A letter on its way from the broker: checked outside, still encrypted inside."""

    message: BusinessMessage
    package: bytes
    queue: Queue


class Receiver(ABC):
    """A mailbox provider or printer.

    Attributes:
        actor: the organisation and its key.
        actors: the same and those it receives for besides, by organisation number.
        automatic: whether the receipts that follow from accepting a letter are sent at once. If
            not, call `accept` with the letter.

    Args:
        also: the organisations it receives for besides its own.
        takes: looks at a letter that holds, and raises LetterRejection to refuse it all the same.
    """

    takes_print: bool

    def __init__(
        self,
        actor: Actor,
        *,
        also: Iterable[Actor] = (),
        queues: Queues,
        letters: LetterStore,
        trust: Trust,
        clock: Callable[[], datetime],
        automatic: bool = True,
        takes: Callable[[Letter], None] = lambda _: None,
    ) -> None:
        self.actor = actor
        self.actors = {each.organisasjonsnummer: each for each in (actor, *also)}
        self.automatic = automatic
        self._queues = queues
        self._letters = letters
        self._trust = trust
        self._clock = clock
        self._takes = takes

    def deliver(self, delivery: Delivery) -> None:
        """Open and keep a letter; one that does not hold is answered with a feil receipt."""
        actor = self._actor_of(delivery.message.teknisk_mottaker)
        try:
            letter = self._opened(delivery, actor)
            self._takes(letter)
        except LetterRejection as rejection:
            content = receipts.feil("KLIENT", str(rejection))
            self._send(content, delivery.message.konversasjons_id, delivery.queue, actor)
            return
        self._letters.add(letter)
        if self.automatic:
            self.accept(letter)

    @abstractmethod
    def accept(self, letter: Letter) -> None:
        """Send the receipts that say the letter is in good hands."""

    def refuse(
        self, letter: Letter, detaljer: str | None = None, *, feiltype: str = "KLIENT"
    ) -> QueuedReceipt:
        """Send a feil receipt about a letter. `feiltype` is KLIENT or SERVER."""
        return self.send(receipts.feil(feiltype, detaljer), letter)

    def send(
        self, content: list[etree._Element], letter: Letter, *, signer: Actor | None = None
    ) -> QueuedReceipt:
        """Put any receipt about a letter in the sender's queue, signed by `signer` if given.

        Raises:
            ValueError: the letter has come over the other wire, and its sender reads that.
        """
        if letter.wire != "ebms":
            raise ValueError("this letter came over the access point; ask its postkasse or printer")
        actor = self._actor_of(letter.teknisk_mottaker)
        return self._send(content, letter.konversasjons_id, letter.queue, actor, signer)

    def _actor_of(self, organisasjonsnummer: str) -> Actor:
        return self.actors.get(organisasjonsnummer, self.actor)

    def _send(
        self,
        content: list[etree._Element],
        konversasjons_id: str,
        queue: Queue,
        sender: Actor,
        signer: Actor | None = None,
    ) -> QueuedReceipt:
        sbd = receipts.signed_receipt(
            content,
            sender=sender,
            receiver=queue.databehandler,
            konversasjons_id=konversasjons_id,
            moment=self._clock(),
            signer=signer,
        )
        return self._queues.put(queue, sbd)

    def _opened(self, delivery: Delivery, actor: Actor) -> Letter:
        now = self._clock()
        message = delivery.message
        if hashlib.sha256(delivery.package).digest() != message.fingerprint:
            raise LetterRejection("the dokumentpakkefingeravtrykk is not that of the package")
        order = read_order(message.post)
        files = unpack(decrypt(delivery.package, actor.key, actor.certificate))
        manifest = read_manifest(files[MANIFEST])
        signer = check_xades(files, manifest.mime_types(), self._trust, now)
        if organisation_of(signer) != message.databehandler:
            raise LetterRejection("the package is signed by another organisation than the message")
        if manifest.mime_types().keys() != files.keys() - {SIGNATURES}:
            raise LetterRejection("the manifest does not name exactly the files of the package")
        if manifest.avsender != message.avsender:
            raise LetterRejection("the manifest names another avsender than the message")
        if isinstance(order, DigitalOrder):
            _check_person(order, manifest)
        elif any(document.mime_type != "application/pdf" for document in manifest.documents):
            raise LetterRejection("only PDF can be printed")
        return Letter(
            meldings_id=message.meldings_id,
            konversasjons_id=message.konversasjons_id,
            avsender=message.avsender,
            avsenderidentifikator=message.avsenderidentifikator,
            received=now,
            order=order,
            queue=delivery.queue,
            package_size=len(delivery.package),
            documents=tuple(received_document(each, files) for each in manifest.documents),
            teknisk_mottaker=actor.organisasjonsnummer,
        )


def _check_person(order: DigitalOrder, manifest: Manifest) -> None:
    if (manifest.personidentifikator, manifest.postkasseadresse) != (
        order.personidentifikator,
        order.postkasseadresse,
    ):
        raise LetterRejection("the manifest names another mottaker than the message")


def received_document(file: ManifestFile, files: Mapping[str, bytes]) -> ReceivedDocument:
    """Put a file of the package beside what the manifest says of it."""
    return ReceivedDocument(
        filnavn=file.filnavn,
        mime_type=file.mime_type,
        tittel=file.tittel,
        spraakkode=file.spraakkode,
        content=files[file.filnavn],
        metadata=None if file.metadata is None else received_document(file.metadata, files),
    )
