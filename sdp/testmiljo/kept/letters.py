"""Letters, decrypted as they are."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import Any

from sdp.testmiljo.checks.post import Address, DigitalOrder, PrintOrder, Varsel
from sdp.testmiljo.kept.values import (
    read_bytes,
    read_moment,
    read_queue,
    write_bytes,
    write_moment,
    write_queue,
)
from sdp.testmiljo.letters import Letter, ReceivedDocument
from sdp.testmiljo.records import Form


def _write(letter: Letter) -> dict[str, Any]:
    return {
        **{field.name: getattr(letter, field.name) for field in fields(letter)},
        "received": write_moment(letter.received),
        "order": asdict(letter.order),
        "queue": write_queue(letter.queue),
        "documents": [_write_document(each) for each in letter.documents],
    }


def _read(written: Any) -> Letter:
    return Letter(
        **written
        | {
            "received": read_moment(written["received"]),
            "order": _read_order(written["order"]),
            "queue": read_queue(written["queue"]),
            "documents": tuple(_read_document(each) for each in written["documents"]),
        }
    )


def _write_document(document: ReceivedDocument) -> dict[str, Any]:
    return {
        **{field.name: getattr(document, field.name) for field in fields(document)},
        "content": write_bytes(document.content),
        "metadata": None if document.metadata is None else _write_document(document.metadata),
    }


def _read_document(written: Any) -> ReceivedDocument:
    metadata = written["metadata"]
    return ReceivedDocument(
        **written
        | {
            "content": read_bytes(written["content"]),
            "metadata": None if metadata is None else _read_document(metadata),
        }
    )


def _read_order(written: Any) -> DigitalOrder | PrintOrder:
    if "posthaandtering" in written:
        instructions = tuple((name, value) for name, value in written["printinstruksjoner"])
        return PrintOrder(
            **written
            | {
                "mottaker": _read_address(written["mottaker"]),
                "retur": _read_address(written["retur"]),
                "printinstruksjoner": instructions,
            }
        )
    return DigitalOrder(
        **written
        | {
            "epost_varsel": _read_varsel(written["epost_varsel"]),
            "sms_varsel": _read_varsel(written["sms_varsel"]),
        }
    )


def _read_address(written: Any) -> Address:
    return Address(**written | {"linjer": tuple(written["linjer"])})


def _read_varsel(written: Any) -> Varsel | None:
    if written is None:
        return None
    return Varsel(**written | {"repetisjoner": tuple(written["repetisjoner"])})


LETTERS = Form(_write, _read)
