"""Receipts that wait on either wire, and which have been confirmed."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from sdp.testmiljo.aksesspunkt.innboks import Innmelding
from sdp.testmiljo.kept.values import (
    read_bytes,
    read_optional_moment,
    read_queue,
    write_bytes,
    write_moment,
    write_queue,
)
from sdp.testmiljo.queues import QueuedReceipt
from sdp.testmiljo.records import Form


def _write(receipt: QueuedReceipt) -> dict[str, Any]:
    return {
        **{field.name: getattr(receipt, field.name) for field in fields(receipt)},
        "queue": write_queue(receipt.queue),
        "sbd": write_bytes(receipt.sbd),
        "hidden_until": write_moment(receipt.hidden_until),
    }


def _read(written: Any) -> QueuedReceipt:
    return QueuedReceipt(
        **written
        | {
            "queue": read_queue(written["queue"]),
            "sbd": read_bytes(written["sbd"]),
            "hidden_until": read_optional_moment(written["hidden_until"]),
        }
    )


def _write_message(message: Innmelding) -> dict[str, Any]:
    return {
        **{field.name: getattr(message, field.name) for field in fields(message)},
        "queue": write_queue(message.queue),
    }


def _read_message(written: Any) -> Innmelding:
    return Innmelding(**written | {"queue": read_queue(written["queue"])})


RECEIPTS = Form(_write, _read)
INNBOKS = Form(_write_message, _read_message)
QUEUES = Form(write_queue, read_queue)
