"""JSON forms of everything that a state file keeps."""

from __future__ import annotations

from base64 import b64decode, b64encode
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key

from sdp.testmiljo.ca import Issued, Revoked, TestCA
from sdp.testmiljo.validators.post import Address, DigitalOrder, PrintOrder, Varsel
from sdp.testmiljo.world.letters import Letter, ReceivedDocument
from sdp.testmiljo.world.receipts import Innmelding, Queue, QueuedReceipt
from sdp.testmiljo.world.register import Innbygger, Kontakt
from sdp.testmiljo.world.state import Form
from sdp.testmiljo.world.statuses import Code, Status, Steps


def write_bytes(content: bytes) -> str:
    """Write bytes as base64."""
    return b64encode(content).decode()


def read_bytes(written: str) -> bytes:
    """Read bytes.

    Raises:
        ValueError: it is no base64.
    """
    return b64decode(written, validate=True)


def write_moment(moment: datetime | None) -> str | None:
    """Write a moment, with its zone."""
    return None if moment is None else moment.isoformat()


def read_moment(written: str) -> datetime:
    """Read a moment.

    Raises:
        ValueError: it is none, or has no zone.
    """
    moment = datetime.fromisoformat(written)
    if moment.tzinfo is None:
        raise ValueError("a moment without a zone")
    return moment


def read_optional_moment(written: str | None) -> datetime | None:
    """Read a moment that may be none.

    Raises:
        ValueError: it has no zone, or cannot be read.
    """
    return None if written is None else read_moment(written)


def write_certificate(certificate: x509.Certificate) -> str:
    """Write a certificate as PEM."""
    return certificate.public_bytes(Encoding.PEM).decode()


def read_certificate(written: str) -> x509.Certificate:
    """Read a certificate.

    Raises:
        ValueError: it is none.
    """
    return x509.load_pem_x509_certificate(written.encode())


def write_queue(queue: Queue) -> dict[str, str]:
    """Write which queue it is."""
    return {"databehandler": queue.databehandler, "mpc": queue.mpc}


def read_queue(written: Any) -> Queue:
    """Read which queue it is.

    Raises:
        TypeError: something is missing.
    """
    return Queue(**written)


def _write_steps(steps: Steps) -> dict[str, Any]:
    taken = [[each.status, write_moment(each.timestamp), each.beskrivelse] for each in steps.taken]
    return {"databehandler": steps.databehandler, "steps": taken}


def _read_steps(written: Any) -> Steps:
    taken = tuple(
        Status(Code(code), read_moment(timestamp), beskrivelse)
        for code, timestamp, beskrivelse in written["steps"]
    )
    return Steps(written["databehandler"], taken)


def _nothing(_: object) -> None:
    return None


STATUSES = Form(_write_steps, _read_steps)
NOTHING: Form[None] = Form(_nothing, _nothing)
"""For what is told by its key alone."""


def _write_letter(letter: Letter) -> dict[str, Any]:
    return {
        **{field.name: getattr(letter, field.name) for field in fields(letter)},
        "received": write_moment(letter.received),
        "order": asdict(letter.order),
        "queue": write_queue(letter.queue),
        "documents": [_write_document(each) for each in letter.documents],
    }


def _read_letter(written: Any) -> Letter:
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


LETTERS = Form(_write_letter, _read_letter)


def _write_receipt(receipt: QueuedReceipt) -> dict[str, Any]:
    return {
        "queue": write_queue(receipt.queue),
        "sbd": write_bytes(receipt.sbd),
        "message_id": receipt.message_id,
        "body_digest": receipt.body_digest,
        "given": receipt.given,
        "hidden_until": write_moment(receipt.hidden_until),
        "konversasjons_id": receipt.konversasjons_id,
    }


def _read_receipt(written: Any) -> QueuedReceipt:
    return QueuedReceipt(
        queue=read_queue(written["queue"]),
        signed=read_bytes(written["sbd"]),
        message_id=written["message_id"],
        body_digest=written["body_digest"],
        given=written["given"],
        hidden_until=read_optional_moment(written["hidden_until"]),
        konversasjons_id=written["konversasjons_id"],
    )


def _write_message(message: Innmelding) -> dict[str, Any]:
    return {
        "message_id": message.message_id,
        "queue": write_queue(message.queue),
        "avsender": message.avsender,
        "avsenderidentifikator": message.avsenderidentifikator,
        "jws": message.jws,
        "konversasjons_id": message.konversasjons_id,
    }


def _read_message(written: Any) -> Innmelding:
    return Innmelding(
        message_id=written["message_id"],
        queue=read_queue(written["queue"]),
        avsender=written["avsender"],
        avsenderidentifikator=written["avsenderidentifikator"],
        signed=written["jws"],
        konversasjons_id=written["konversasjons_id"],
    )


RECEIPTS = Form(_write_receipt, _read_receipt)
INNBOKS = Form(_write_message, _read_message)
QUEUES = Form(write_queue, read_queue)


def _write_person(person: Innbygger) -> dict[str, Any]:
    return {
        **{field.name: getattr(person, field.name) for field in fields(person)},
        "epost": _write_kontakt(person.epost),
        "mobil": _write_kontakt(person.mobil),
        "sertifikat": None if person.sertifikat is None else write_certificate(person.sertifikat),
    }


def _read_person(written: Any) -> Innbygger:
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


PEOPLE = Form(_write_person, _read_person)


def _write_issued(issued: Issued) -> dict[str, Any]:
    return {
        "key": issued.key_pem().decode(),
        "chain": [write_certificate(each) for each in issued.chain],
    }


def _read_issued(written: Any) -> Issued:
    # An environment has made and written the key itself; to prove each time that its factors are
    # prime takes as long as to make it, and that it is the key of its certificate is seen below.
    key = load_pem_private_key(
        written["key"].encode(), password=None, unsafe_skip_rsa_key_validation=True
    )
    if not isinstance(key, RSAPrivateKey):
        raise TypeError("a key of another kind")
    chain = tuple(read_certificate(each) for each in written["chain"])
    if not chain or chain[0].public_key() != key.public_key():
        raise ValueError("a certificate of another key")
    return Issued(key, chain)


def _write_ca(ca: TestCA) -> dict[str, Any]:
    return {
        "root": _write_issued(ca.root),
        "issuing": _write_issued(ca.issuing),
        "ocsp_url": ca.ocsp_url,
        "crl_url": ca.crl_url,
    }


def _read_ca(written: Any) -> TestCA:
    return TestCA(
        _read_issued(written["root"]),
        _read_issued(written["issuing"]),
        written["ocsp_url"],
        written["crl_url"],
    )


def _write_revoked(revoked: Revoked) -> dict[str, Any]:
    return {"since": write_moment(revoked.since), "reason": revoked.reason.name}


def _read_revoked(written: Any) -> Revoked:
    return Revoked(read_moment(written["since"]), x509.ReasonFlags[written["reason"]])


ISSUED = Form(_write_issued, _read_issued)
CA = Form(_write_ca, _read_ca)
REVOKED = Form(_write_revoked, _read_revoked)
