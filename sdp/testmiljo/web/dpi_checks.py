"""Checks of the DPI wire, run anew on what the journal has kept."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from sdp.testmiljo.access_point import names
from sdp.testmiljo.access_point.message import read_melding, read_order, read_signed
from sdp.testmiljo.access_point.requests import read_form
from sdp.testmiljo.validators.cms import decrypt
from sdp.testmiljo.validators.package import MANIFEST, read_manifest, unpack_asice
from sdp.testmiljo.validators.xades import check_xades

if TYPE_CHECKING:
    from sdp.testmiljo.access_point.message import Melding
    from sdp.testmiljo.assembly import World
    from sdp.testmiljo.validators.certificates import Trust
    from sdp.testmiljo.web.checklist import Checklist
    from sdp.testmiljo.world.journal import Exchange


def check_letter(exchange: Exchange, miljo: World, trust: Trust, checklist: Checklist) -> None:
    """Check a letter from its form to the signature in its package.

    Raises:
        Broken: something does not hold; what it is stands last on the checklist.
    """
    run = checklist.run
    checklist.expect(
        "The token is good",
        holds=exchange.status != 401,
        reason="the token was refused; what was wrong with it stands in the answer",
    )
    form = run(
        "The request is a form with a forretningsmelding and a dokumentpakke",
        lambda: read_form(exchange.request_type, exchange.request.content),
    )
    package = form.dokumentpakke
    checklist.expect(
        "The package is not too large",
        holds=len(package) <= miljo.aksesspunkt.size_limit,
        reason=f"the dokumentpakke is larger than {miljo.aksesspunkt.size_limit} bytes",
    )
    signed = run(
        "The business message is signed with a genuine certificate",
        lambda: read_signed(form.forretningsmelding, trust, exchange.moment),
    )
    melding = run("The business message is complete", lambda: read_melding(signed.document))
    checklist.expect(
        "The sender of the message is the organisation that signed it",
        holds=signed.organisasjonsnummer == melding.databehandler,
        reason="the sender of the message is not the organisation that signed it",
    )
    checklist.expect(
        "The token in the message is the one that the request came with",
        holds=dict(exchange.request_headers).get("authorization") == f"Bearer {melding.token}",
        reason="the maskinportentoken is not the token that the message is sent with",
    )
    checklist.expect(
        "The fingerprint in the message is that of the package",
        holds=hashlib.sha256(package).digest() == melding.fingerprint,
        reason="the dokumentpakkefingeravtrykk is not that of the dokumentpakke",
    )
    _check_package(package, melding, exchange, miljo, trust, checklist)


def _check_package(
    package: bytes,
    melding: Melding,
    exchange: Exchange,
    miljo: World,
    trust: Trust,
    checklist: Checklist,
) -> None:
    run, aksesspunkt = checklist.run, miljo.aksesspunkt
    receiver = aksesspunkt.printer if melding.kind == names.UTSKRIFT else aksesspunkt.postkasse
    actor = receiver.actors.get(melding.teknisk_mottaker, receiver.actor)
    checklist.expect(
        "The receiver takes letters of this kind",
        holds=melding.teknisk_mottaker in receiver.actors,
        reason="the receiver is not known to take letters of this kind",
    )
    run("What is ordered is complete", lambda: read_order(melding))
    archive = run(
        "The package is encrypted for its receiver, and opens",
        lambda: decrypt(package, actor.key, actor.certificate),
    )
    container = run("The package is an ASiC-E container", lambda: unpack_asice(archive))
    manifest = run("The manifest is complete", lambda: read_manifest(container.files[MANIFEST]))
    mime_types = manifest.mime_types()
    run(
        "The signature in the package covers every file, and was made in time",
        lambda: check_xades(
            container.files, mime_types, trust, exchange.moment, namespace=names.ASIC
        ),
    )
    checklist.expect(
        "META-INF/manifest.xml lists the files of the manifest",
        holds=container.listed == mime_types,
        reason="META-INF/manifest.xml does not list the files of the manifest",
    )
