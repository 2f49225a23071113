"""The business message: a StandardBusinessDocument as JSON. Source: sbdh.schema.json."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from sdp.domain import DigitalForsendelse, FysiskForsendelse
from sdp.dpi import names
from sdp.dpi.digital import digital
from sdp.dpi.utskrift import utskrift
from sdp.errors import naive_moment

if TYPE_CHECKING:
    from datetime import datetime

    from sdp.domain import Avsender, Forsendelse


def build_sbd(
    forsendelse: Forsendelse,
    *,
    databehandler: str,
    fingerprint: bytes,
    token: str,
    moment: datetime,
    response_by: datetime | None = None,
) -> dict[str, Any]:
    """Write the business message of a letter, which `carrying.check` has let through.

    Args:
        forsendelse: the letter.
        databehandler: organisation number of the technical sender, who signs.
        fingerprint: the SHA-256 of the encrypted package.
        token: the Maskinporten token that the message is sent with.
        moment: when the message is made; aware.
        response_by: when a response is expected; aware.
    """
    kind, special = _special(forsendelse)
    return {
        names.DOCUMENT: {
            names.HEADER: _header(forsendelse, kind, databehandler, moment, response_by),
            kind: {
                "avsender": _avsender(forsendelse.avsender),
                "dokumentpakkefingeravtrykk": {
                    "digestMethod": names.DIGEST_METHOD,
                    "digestValue": base64.b64encode(fingerprint).decode("ascii"),
                },
                "maskinportentoken": token,
                **special,
            },
        }
    }


def _special(forsendelse: Forsendelse) -> tuple[str, dict[str, Any]]:
    match forsendelse:
        case DigitalForsendelse():
            return "digital", digital(forsendelse)
        case FysiskForsendelse():
            return "utskrift", utskrift(forsendelse)
        case _:
            raise TypeError("a Forsendelse is either digital or fysisk")


def _header(
    forsendelse: Forsendelse,
    kind: str,
    databehandler: str,
    moment: datetime,
    response_by: datetime | None,
) -> dict[str, Any]:
    scope: dict[str, Any] = {
        "type": names.CONVERSATION,
        "instanceIdentifier": str(forsendelse.konversasjons_id),
        "identifier": names.process(kind),
    }
    if response_by is not None:
        scope["scopeInformation"] = [{"expectedResponseDateTime": _instant(response_by)}]
    return {
        "headerVersion": names.VERSION,
        "sender": [{"identifier": _organisation(databehandler)}],
        "receiver": [
            {"identifier": _organisation(forsendelse.teknisk_mottaker.organisasjonsnummer)}
        ],
        "documentIdentification": {
            "standard": names.standard(kind),
            "typeVersion": names.VERSION,
            "instanceIdentifier": str(forsendelse.meldings_id),
            "type": kind,
            "creationDateAndTime": _instant(moment),
        },
        "businessScope": {"scope": [scope]},
    }


def _avsender(avsender: Avsender) -> dict[str, Any]:
    written: dict[str, Any] = {
        "virksomhetsidentifikator": _organisation(avsender.organisasjonsnummer)
    }
    if avsender.avsenderidentifikator is not None:
        written["avsenderidentifikator"] = avsender.avsenderidentifikator
    if avsender.fakturareferanse is not None:
        written["fakturaReferanse"] = avsender.fakturareferanse
    return written


def _organisation(organisasjonsnummer: str) -> dict[str, str]:
    return {"authority": names.AUTHORITY, "value": names.party(organisasjonsnummer)}


def _instant(moment: datetime) -> str:
    if moment.tzinfo is None:
        raise naive_moment()
    return moment.isoformat(timespec="milliseconds")
