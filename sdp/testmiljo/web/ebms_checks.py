"""Checks of the ebMS wire, run anew on what the journal has kept."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from sdp.testmiljo.validators import names
from sdp.testmiljo.validators.certificates import organisation_of
from sdp.testmiljo.validators.cms import decrypt
from sdp.testmiljo.validators.message import (
    check_security,
    read_envelope,
    read_signals,
    read_user_message,
)
from sdp.testmiljo.validators.mime import take_apart
from sdp.testmiljo.validators.package import MANIFEST, read_manifest, unpack
from sdp.testmiljo.validators.post import read_order
from sdp.testmiljo.validators.sbd import read_business_message
from sdp.testmiljo.validators.second_witness import check_by_signxml
from sdp.testmiljo.validators.xades import check_xades

if TYPE_CHECKING:
    from sdp.testmiljo.assembly import World
    from sdp.testmiljo.validators.certificates import Trust
    from sdp.testmiljo.validators.sbd import BusinessMessage
    from sdp.testmiljo.web.checklist import Checklist
    from sdp.testmiljo.world.journal import Exchange


def check_letter(exchange: Exchange, miljo: World, trust: Trust, checklist: Checklist) -> None:
    """Check a letter from its MIME parts to the signature in its package.

    Raises:
        Broken: something does not hold; what it is stands last on the checklist.
    """
    run, moment = checklist.run, exchange.moment
    soap = run(
        "The request is SOAP 1.2 with attachments",
        lambda: take_apart(exchange.request_type, exchange.request.content),
    )
    envelope = run(
        "The envelope has its two headers, each once", lambda: read_envelope(soap.envelope)
    )
    parties = exchange.path.partition("?")[0].split("/")[-2:]
    checklist.expect(
        "The organisations in the address are registered here",
        holds=set(parties) <= set(map(names.party, miljo.broker.organisations)),
        reason="an organisation in the address is not registered here",
    )
    attachments = {each: part.content for each, part in soap.attachments.items()}
    signed = run(
        "Timestamp, body, Messaging and attachment are signed with a genuine certificate, in time",
        lambda: check_security(envelope, attachments=attachments, trust=trust, moment=moment),
    )
    checklist.expect(
        "The databehandler in the address is the one that signed",
        holds=names.party(signed.organisasjonsnummer) == parties[0],
        reason="the databehandler in the address is not the one that signed",
    )
    header = run(
        "The ebMS header is complete, and its values are known",
        lambda: read_user_message(envelope.messaging, miljo.broker.actor.organisasjonsnummer),
    )
    message = run(
        "The business message is complete, and signed by its sender",
        lambda: read_business_message(envelope.body, trust, moment),
    )
    run(
        "A second library, signxml, finds the same signature to hold",
        lambda: check_by_signxml(message.raw, moment),
    )
    package = attachments.get(header.content_id, b"")
    checklist.expect(
        "The fingerprint in the message is that of the package",
        holds=hashlib.sha256(package).digest() == message.fingerprint,
        reason="the dokumentpakkefingeravtrykk is not that of the attachment",
    )
    _check_package(package, message, exchange, miljo, trust, checklist)


def check_signal(exchange: Exchange, trust: Trust, checklist: Checklist) -> None:
    """Check a pull, a confirmation, or both.

    Raises:
        Broken: something does not hold; what it is stands last on the checklist.
    """
    run = checklist.run
    soap = run(
        "The request is SOAP 1.2",
        lambda: take_apart(exchange.request_type, exchange.request.content),
    )
    envelope = run(
        "The envelope has its two headers, each once", lambda: read_envelope(soap.envelope)
    )
    run(
        "Timestamp, body and Messaging are signed with a genuine certificate, in time",
        lambda: check_security(envelope, attachments={}, trust=trust, moment=exchange.moment),
    )
    run(
        "The message holds a pull, a confirmation, or one of each",
        lambda: read_signals(envelope.messaging),
    )


def _check_package(
    package: bytes,
    message: BusinessMessage,
    exchange: Exchange,
    miljo: World,
    trust: Trust,
    checklist: Checklist,
) -> None:
    run = checklist.run
    actors = {**miljo.postkasse.actors, **miljo.printer.actors}
    actor = actors.get(message.teknisk_mottaker)
    checklist.expect(
        "The receiver is a mailbox or printer here",
        holds=actor is not None,
        reason="the SBDH Receiver is no mailbox or printer of this environment",
    )
    if actor is None:
        return
    run("What is ordered is complete", lambda: read_order(message.post))
    archive = run(
        "The package is encrypted for its receiver, and opens",
        lambda: decrypt(package, actor.key, actor.certificate),
    )
    files = run("The package is a ZIP with plain names", lambda: unpack(archive))
    manifest = run("The manifest is complete", lambda: read_manifest(files[MANIFEST]))
    signer = run(
        "The signature in the package covers every file, and was made in time",
        lambda: check_xades(files, manifest.mime_types(), trust, exchange.moment),
    )
    checklist.expect(
        "The package is signed by the sender of the message",
        holds=organisation_of(signer) == message.databehandler,
        reason="the package is signed by another organisation than the message",
    )
