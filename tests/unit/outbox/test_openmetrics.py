from __future__ import annotations

import re

from sdp.domain import Leveringskvittering
from tests.unit.outbox.rig import Rig
from tests.unit.outbox.world import letter, person, receipt

_LINE = re.compile(r'[a-z_]+(\{[a-z]+="([^"\\\n]|\\.)*"(,[a-z]+="([^"\\\n]|\\.)*")*\})? [0-9.]+')


def test_metrics_are_those_of_the_tables_and_nothing_private(rig: Rig) -> None:
    name = 'with "quotes" and \\'
    rig.outbox.put_many(
        ((f"sak-{number}", person(number), letter()) for number in range(3)), kampanje=name
    )
    rig.world.faults = ["503"]
    rig.work()
    rig.world.waiting = [receipt(Leveringskvittering, rig.outbox.post("sak-1").konversasjons_id)]
    rig.poll()
    text = rig.outbox.openmetrics()

    lines = text.splitlines()
    assert lines[-1] == "# EOF"
    assert all(_LINE.fullmatch(line) for line in lines if not line.startswith("#")), text
    counted = [line for line in lines if 'state="levert"' in line and "quotes" in line]
    assert counted == ['sdp_outbox_letters{campaign="with \\"quotes\\" and \\\\",state="levert"} 1']
    assert 'sdp_outbox_receipts{kind="levering"} 1' in lines
    assert re.search(r'sdp_outbox_brake_seconds\{wire="ebms"\} [1-9]', text)
    assert person(0) not in text
