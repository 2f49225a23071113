from __future__ import annotations

import logging
from datetime import timedelta
from pathlib import Path

import pytest

from sdp.domain import Dokument, Dokumentpakke, Leveringskvittering
from sdp.errors import OutboxError
from sdp.outbox import Slettet, Tilstand
from tests.documents import pdf
from tests.unit.outbox.rig import Rig
from tests.unit.outbox.world import letter, person, receipt

SECRET = b"secret words of a document"


def secret_letter() -> Dokumentpakke:
    content = pdf() + SECRET
    return Dokumentpakke(
        hoveddokument=Dokument.from_bytes(content, filnavn="a.pdf", tittel="Tittel")
    )


def test_thirty_days_after_the_end_person_and_documents_go_and_ids_and_receipts_stay(
    rig: Rig,
) -> None:
    rig.outbox.put("a", person(0), letter())
    rig.work()
    rig.world.waiting = [receipt(Leveringskvittering, rig.outbox.post("a").konversasjons_id)]
    rig.poll()
    rig.clock.forward(timedelta(days=30))
    assert rig.outbox.purge() == Slettet(0, 0)

    rig.clock.forward(timedelta(seconds=1))
    before = rig.outbox.post("a")
    assert rig.outbox.purge() == Slettet(1, 1)
    assert rig.outbox.post("a") == before
    assert len(list(rig.outbox.receipts("a"))) == 1


def test_what_is_not_ended_is_kept(rig: Rig) -> None:
    rig.outbox.put("sent", person(0), letter())
    rig.work()
    rig.outbox.put("ready", person(1), letter())
    rig.clock.forward(timedelta(days=1000))

    assert rig.outbox.purge(timedelta()) == Slettet(0, 0)


def test_a_document_stays_for_as_long_as_a_letter_needs_it(rig: Rig) -> None:
    package = secret_letter()
    rig.outbox.put("ends", person(0), letter(dokumentpakke=package))
    rig.outbox.put("waits", person(1), letter(dokumentpakke=package))
    rig.outbox.cancel("ends")
    rig.clock.forward(timedelta(days=31))
    assert rig.outbox.purge() == Slettet(1, 0)

    rig.work()
    assert rig.state("waits") is Tilstand.SENDT


@pytest.mark.slow
def test_after_a_purge_no_person_and_no_document_is_in_any_file_or_log(
    rig: Rig, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for number in range(200):
        rig.outbox.put(
            f"sak-{number}", person(number), letter(dokumentpakke=secret_letter()), kampanje="k"
        )
    rig.see_everything_through()
    assert rig.outbox.purge().brev == 200

    content = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert SECRET not in content
    assert b"Tittel" not in content
    for number in range(200):
        assert person(number).encode() not in content
        assert person(number) not in caplog.text


def test_a_letter_whose_content_is_gone_cannot_be_tried_again(rig: Rig) -> None:
    rig.outbox.put("a", person(0), letter())
    rig.world.faults = ["refused"]
    rig.work()
    rig.outbox.purge(timedelta(seconds=-1))

    with pytest.raises(OutboxError, match="has been purged"):
        rig.outbox.retry("a")
