"""Reads what a business message orders: a digital letter, or one to print."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sdp.testmiljo.aksesspunkt import names
from sdp.testmiljo.checks.post import Address, DigitalOrder, PrintOrder, Varsel

if TYPE_CHECKING:
    from sdp.testmiljo.aksesspunkt.melding import Melding

_LINES = (
    *(f"adresselinje{number}" for number in range(1, 5)),
    *("postnummer", "poststed", "land", "landkode"),
)


def read_order(melding: Melding) -> DigitalOrder | PrintOrder:
    """Read the order in a message, whose shape has been checked."""
    return _digital(melding.post) if melding.kind == names.DIGITAL else _print(melding.post)


def _digital(post: dict[str, Any]) -> DigitalOrder:
    varsler = post.get("varsler", {})
    return DigitalOrder(
        personidentifikator=None,
        postkasseadresse=post["mottaker"]["postkasseadresse"],
        ikke_sensitiv_tittel=post["ikkesensitivtittel"],
        sikkerhetsnivaa=post["sikkerhetsnivaa"],
        aapningskvittering=post.get("aapningskvittering", False),
        virkningsdato=post.get("virkningsdato"),
        virkningstidspunkt=post.get("virkningstidspunkt"),
        epost_varsel=_varsel(varsler.get("epostvarsel"), "epostadresse"),
        sms_varsel=_varsel(varsler.get("smsvarsel"), "mobiltelefonnummer"),
        spraak=post["spraak"],
    )


def _varsel(varsel: dict[str, Any] | None, address: str) -> Varsel | None:
    if varsel is None:
        return None
    return Varsel(
        adresse=varsel[address],
        tekst=varsel["varslingstekst"],
        repetisjoner=tuple(varsel["repetisjoner"]),
    )


def _print(post: dict[str, Any]) -> PrintOrder:
    return PrintOrder(
        mottaker=_address(post["mottaker"]),
        retur=_address(post["retur"]["mottaker"]),
        posthaandtering=post["retur"]["returposthaandtering"],
        posttype=post.get("posttype"),
        utskriftsfarge=post["utskriftstype"],
        printinstruksjoner=(),
    )


def _address(address: dict[str, str]) -> Address:
    return Address(
        navn=address["navn"], linjer=tuple(address[line] for line in _LINES if line in address)
    )
