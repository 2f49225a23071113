"""People in the contact register, as they were entered."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from sdp.testmiljo.kept.values import (
    read_certificate,
    read_moment,
    read_optional_moment,
    write_certificate,
    write_moment,
)
from sdp.testmiljo.records import Form
from sdp.testmiljo.register import Innbygger, Kontakt


def _write(person: Innbygger) -> dict[str, Any]:
    return {
        **{field.name: getattr(person, field.name) for field in fields(person)},
        "epost": _write_kontakt(person.epost),
        "mobil": _write_kontakt(person.mobil),
        "sertifikat": None if person.sertifikat is None else write_certificate(person.sertifikat),
    }


def _read(written: Any) -> Innbygger:
    sertifikat = written["sertifikat"]
    return Innbygger(
        **written
        | {
            "epost": _read_kontakt(written["epost"]),
            "mobil": _read_kontakt(written["mobil"]),
            "sertifikat": None if sertifikat is None else read_certificate(sertifikat),
        }
    )


def _write_kontakt(kontakt: Kontakt | None) -> dict[str, Any] | None:
    if kontakt is None:
        return None
    return {
        "adresse": kontakt.adresse,
        "oppdatert": write_moment(kontakt.oppdatert),
        "sist_verifisert": write_moment(kontakt.sist_verifisert),
    }


def _read_kontakt(written: Any) -> Kontakt | None:
    if written is None:
        return None
    return Kontakt(
        written["adresse"],
        read_moment(written["oppdatert"]),
        read_optional_moment(written["sist_verifisert"]),
    )


PEOPLE = Form(_write, _read)
