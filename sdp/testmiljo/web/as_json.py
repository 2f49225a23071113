"""The environment as values that JSON has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sdp.testmiljo.faults.reading import FAULT_KINDS
from sdp.testmiljo.validators.post import DigitalOrder
from sdp.testmiljo.web.notices import notices_of
from sdp.testmiljo.web.verdicts import refusal_of

if TYPE_CHECKING:
    from sdp.testmiljo.validators.post import Address
    from sdp.testmiljo.web.actions import Done
    from sdp.testmiljo.web.checklist import Check
    from sdp.testmiljo.web.reading import Reading
    from sdp.testmiljo.web.waiting import WaitingReceipt
    from sdp.testmiljo.web.writing import Section
    from sdp.testmiljo.world.journal import Exchange
    from sdp.testmiljo.world.letters import Letter, ReceivedDocument
    from sdp.testmiljo.world.outbox import OutboxLetter
    from sdp.testmiljo.world.register import Innbygger, Kontakt

Json = dict[str, Any]


def letter(found: Letter, sent: OutboxLetter | None = None) -> Json:
    """Write a letter, without the bytes of its documents; `sent` is the same in the outbox."""
    order = found.order
    return {
        "meldings_id": found.meldings_id,
        "konversasjons_id": found.konversasjons_id,
        "nokkel": sent and sent.nokkel,
        "kampanje": sent and sent.kampanje,
        "wire": found.wire,
        "avsender": found.avsender,
        "avsenderidentifikator": found.avsenderidentifikator,
        "databehandler": found.databehandler,
        "received": found.received.isoformat(),
        "package_size": found.package_size,
        "documents": [
            _document(each, f"/api-test/letters/{found.meldings_id}/documents/{number}")
            for number, each in enumerate(found.documents)
        ],
        **(
            {
                "kind": "digital",
                "personidentifikator": order.personidentifikator,
                "postkasseadresse": order.postkasseadresse,
                "ikke_sensitiv_tittel": order.ikke_sensitiv_tittel,
                "sikkerhetsnivaa": order.sikkerhetsnivaa,
                "aapningskvittering": order.aapningskvittering,
                "virkningsdato": order.virkningsdato,
                "virkningstidspunkt": order.virkningstidspunkt,
                "notifications": [
                    {
                        "kanal": notice.kanal,
                        "adresse": notice.adresse,
                        "tekst": notice.tekst,
                        "days": [day.isoformat() for day in notice.days],
                    }
                    for notice in notices_of(found)
                ],
            }
            if isinstance(order, DigitalOrder)
            else {
                "kind": "print",
                "mottaker": _address(order.mottaker),
                "retur": _address(order.retur),
                "posthaandtering": order.posthaandtering,
                "posttype": order.posttype,
                "utskriftsfarge": order.utskriftsfarge,
                "printinstruksjoner": dict(order.printinstruksjoner),
            }
        ),
    }


def fault_kinds() -> list[Json]:
    """Write the faults there are, each with its fields and the traffic it can happen to."""
    return [
        {
            "fault": kind.name,
            "what": kind.explanation,
            "on": [traffic.name for traffic in kind.traffic],
            "without_on": kind.any_traffic,
            "fields": {
                field.name: field.rule
                if field.is_required
                else f"{field.rule}; {field.shown or 'nothing'} if not given"
                for field in kind.fields
            },
        }
        for kind in FAULT_KINDS.values()
    ]


def done(found: Done) -> Json:
    """Write what was done with a letter."""
    return {
        "moment": found.moment.isoformat(),
        "what": found.what,
        "receipt": found.receipt,
    }


def receipt(found: WaitingReceipt) -> Json:
    """Write a receipt that waits."""
    return {
        "wire": found.wire,
        "message_id": found.message_id,
        "kind": found.kind,
        "konversasjons_id": found.konversasjons_id,
        "databehandler": found.databehandler,
        "queue": found.queue,
        "given": found.given,
        "hidden_until": found.hidden_until and found.hidden_until.isoformat(),
    }


def person(found: Innbygger) -> Json:
    """Write a person in the register."""
    return {
        "personidentifikator": found.personidentifikator,
        "status": found.status,
        "reservasjon": found.reservasjon,
        "varslingsstatus": found.varslingsstatus,
        "postkasseadresse": found.postkasseadresse,
        "leverandoer": found.leverandoer,
        "certificate_until": (
            found.sertifikat.not_valid_after_utc.isoformat() if found.sertifikat else None
        ),
        "epost": _kontakt(found.epost),
        "mobil": _kontakt(found.mobil),
        "spraak": found.spraak,
    }


def exchange(found: Exchange) -> Json:
    """Write an exchange, without what was said in it."""
    return {
        "number": found.number,
        "moment": found.moment.isoformat(),
        "seconds": round(found.seconds, 3),
        "method": found.method,
        "path": found.path,
        "request_size": found.request.size,
        "status": found.status,
        "answer_size": found.answer.size,
        "is_cut": found.is_cut,
        "refusal": refusal_of(found),
        "remarks": list(found.remarks),
    }


def whole_exchange(found: Exchange, reading: Reading, checks: tuple[Check, ...]) -> Json:
    """Write an exchange with its checks, and what was said in it made readable."""
    return {
        **exchange(found),
        "checks": [
            {"rule": each.rule, "verdict": each.verdict, "reason": each.reason} for each in checks
        ],
        "request_headers": [list(each) for each in found.request_headers],
        "request": _sections(reading.request),
        "answer_headers": [list(each) for each in found.answer_headers],
        "answer": _sections(reading.answer),
    }


def _document(found: ReceivedDocument, address: str) -> Json:
    metadata = found.metadata
    return {
        "filnavn": found.filnavn,
        "mime_type": found.mime_type,
        "tittel": found.tittel,
        "spraakkode": found.spraakkode,
        "size": len(found.content),
        "content": address,
        "metadata": None if metadata is None else _document(metadata, f"{address}/metadata"),
    }


def _address(found: Address) -> Json:
    return {"navn": found.navn, "linjer": list(found.linjer)}


def _kontakt(found: Kontakt | None) -> Json | None:
    if found is None:
        return None
    verified = found.sist_verifisert
    return {
        "adresse": found.adresse,
        "oppdatert": found.oppdatert.isoformat(),
        "sist_verifisert": None if verified is None else verified.isoformat(),
    }


def _sections(found: tuple[Section, ...]) -> list[Json]:
    return [{"title": each.title, "text": each.text} for each in found]
