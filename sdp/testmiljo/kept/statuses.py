"""What has become of letters on today's wire, and what is used and no more."""

from __future__ import annotations

from typing import Any

from sdp.testmiljo.aksesspunkt.statuses import Code, Status, Steps
from sdp.testmiljo.kept.values import read_moment, write_moment
from sdp.testmiljo.records import Form


def _write(steps: Steps) -> dict[str, Any]:
    taken = [[each.status, write_moment(each.timestamp), each.beskrivelse] for each in steps.taken]
    return {"databehandler": steps.databehandler, "steps": taken}


def _read(written: Any) -> Steps:
    taken = tuple(
        Status(Code(code), read_moment(timestamp), beskrivelse)
        for code, timestamp, beskrivelse in written["steps"]
    )
    return Steps(written["databehandler"], taken)


def _nothing(_: object) -> None:
    return None


STATUSES = Form(_write, _read)
NOTHING: Form[None] = Form(_nothing, _nothing)
"""For what is told by its key alone."""
