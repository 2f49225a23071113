"""Reads the business message of a letter, and checks it against itself."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from typing import Any

from sdp.testmiljo.aksesspunkt import names
from sdp.testmiljo.aksesspunkt.letter_shapes import check_letter
from sdp.testmiljo.aksesspunkt.problems import invalid


@dataclass(frozen=True, slots=True)
class Melding:
    """What a letter's business message says. Organisation numbers stand without prefix.

    Attributes:
        kind: `digital` or `utskrift`.
        meldings_id: the instanceIdentifier.
        konversasjons_id: the ConversationId scope.
        databehandler: the sender in the header.
        teknisk_mottaker: the mailbox provider or printer it is for.
        avsender: the organisation the letter is from.
        fingerprint: the SHA-256 that the sender says the package has.
        token: the Maskinporten token in the message.
        post: the whole of `digital` or `utskrift`.
    """

    kind: str
    meldings_id: str
    konversasjons_id: str
    databehandler: str
    teknisk_mottaker: str
    avsender: str
    avsenderidentifikator: str | None
    fingerprint: bytes
    token: str = field(repr=False)
    post: dict[str, Any] = field(repr=False)


def read_melding(document: dict[str, Any]) -> Melding:
    """Read a business message.

    Raises:
        HttpRejection: 400; it is no letter of today's wire, or contradicts itself.
    """
    kind = check_letter(document)
    content = document["standardBusinessDocument"]
    header, post = content["standardBusinessDocumentHeader"], content[kind]
    identification = header["documentIdentification"]
    (scope,) = header["businessScope"]["scope"]
    for place, name, expected in (
        (identification, "standard", names.standard(kind)),
        (identification, "type", kind),
        (scope, "type", "ConversationId"),
        (scope, "identifier", names.process(kind)),
    ):
        if place[name] != expected:
            raise invalid(f"{name} must be {expected}")
    avsender = post["avsender"]
    return Melding(
        kind=kind,
        meldings_id=identification["instanceIdentifier"].lower(),
        konversasjons_id=scope["instanceIdentifier"],
        databehandler=_organisation(header["sender"][0]["identifier"]),
        teknisk_mottaker=_organisation(header["receiver"][0]["identifier"]),
        avsender=_organisation(avsender["virksomhetsidentifikator"]),
        avsenderidentifikator=avsender.get("avsenderidentifikator"),
        fingerprint=_fingerprint(post["dokumentpakkefingeravtrykk"]),
        token=post["maskinportentoken"],
        post=post,
    )


def _organisation(identifier: dict[str, str]) -> str:
    return identifier["value"].removeprefix(names.party(""))


def _fingerprint(fingerprint: dict[str, str]) -> bytes:
    if fingerprint["digestMethod"] != names.SHA256:
        raise invalid(f"the digestMethod of the fingerprint must be {names.SHA256}")
    try:
        return base64.b64decode(fingerprint["digestValue"], validate=True)
    except (binascii.Error, ValueError) as error:
        raise invalid("the digestValue of the fingerprint is not base64") from error
