from __future__ import annotations

from datetime import timedelta

from prometheus_client.openmetrics.parser import text_string_to_metric_families

from sdp.domain import Leveringskvittering
from sdp.outbox.openmetrics import BUCKETS
from tests.unit.outbox.rig import Rig
from tests.unit.outbox.test_stuck import deliver, set_aside
from tests.unit.outbox.world import POSTKASSE, PRINTER, letter, person, receipt

Values = dict[tuple[str, frozenset[tuple[str, str]]], float]


def parsed(text: str) -> Values:
    """What a parser of OpenMetrics that is not ours reads."""
    found: Values = {}
    for family in text_string_to_metric_families(text):  # type: ignore[no-untyped-call]
        assert family.documentation
        for sample in family.samples:
            key = sample.name, frozenset(sample.labels.items())
            assert key not in found, key
            found[key] = sample.value
    return found


def of(values: Values, name: str, **labels: str) -> float:
    return values[f"sdp_outbox_{name}", frozenset(labels.items())]


def test_metrics_are_those_of_the_tables_and_nothing_private(rig: Rig) -> None:
    name = 'with "quotes" and \\'
    rig.outbox.put_many(
        ((f"sak-{number}", person(number), letter()) for number in range(3)), kampanje=name
    )
    rig.world.faults = ["503"]
    rig.work()
    conversation = rig.outbox.post("sak-1").konversasjons_id
    rig.world.waiting = [receipt(Leveringskvittering, conversation), set_aside(1)]
    rig.poll()
    text = rig.outbox.openmetrics()

    values = parsed(text)
    assert text.endswith("# EOF\n")
    assert of(values, "letters", campaign=name, state="levert") == 1
    assert of(values, "receipts", kind="levering") == 1
    assert of(values, "receipts_set_aside") == 1
    assert of(values, "brake_seconds", wire="ebms") > 1
    assert of(values, "brakes_in_a_row", wire="ebms") == 1
    assert person(0) not in text


def test_letters_are_counted_by_state_wire_route_and_reason(rig: Rig) -> None:
    rig.world.reserved = {person(1)}
    rig.outbox.put("a", person(0), letter())
    rig.outbox.put("b", person(1), letter(printable=True))
    rig.work()
    rig.outbox.put("c", person(2), letter())
    values = parsed(rig.outbox.openmetrics())

    reason = "The person has opted out."
    assert of(values, "routed_letters", state="sendt", wire="ebms", route="print", reason=reason)
    assert of(values, "routed_letters", state="sendt", wire="ebms", route="digital", reason="") == 1
    assert of(values, "routed_letters", state="klar", wire="", route="", reason="") == 1
    assert of(values, "sent_letters", route="print", receiver=PRINTER) == 1
    assert of(values, "attempts_total", outcome="akseptert") == 2


def test_times_to_levering_are_a_histogram_by_provider(rig: Rig) -> None:
    deliver(rig, 3, timedelta(seconds=60), 0)
    deliver(rig, 2, timedelta(hours=30), 1)
    values = parsed(rig.outbox.openmetrics())

    counts = [
        of(values, "delivery_seconds_bucket", receiver=POSTKASSE, le=f"{float(bound)}")
        for bound in BUCKETS
    ]
    assert counts == [3, 3, 3, 3, 3, 3, 5, 5]
    assert of(values, "delivery_seconds_count", receiver=POSTKASSE) == 5
    assert of(values, "delivery_seconds_sum", receiver=POSTKASSE) == 3 * 60 + 2 * 30 * 3600


def test_a_levering_that_is_dated_before_the_sending_took_no_time(rig: Rig) -> None:
    rig.outbox.put("a", person(0), letter())
    rig.work()
    early = receipt(Leveringskvittering, rig.outbox.post("a").konversasjons_id)
    rig.world.waiting = [early.model_copy(update={"tidspunkt": rig.clock() - timedelta(minutes=1)})]
    rig.poll()

    values = parsed(rig.outbox.openmetrics())
    assert of(values, "delivery_seconds_bucket", receiver=POSTKASSE, le="60.0") == 1
    assert of(values, "delivery_seconds_sum", receiver=POSTKASSE) == 0


def test_a_slow_provider_is_a_number_of_times_slower(rig: Rig) -> None:
    deliver(rig, 40, timedelta(minutes=10), 0)
    deliver(rig, 20, timedelta(minutes=50), 1)

    assert of(parsed(rig.outbox.openmetrics()), "slow_providers", receiver=POSTKASSE) == 5


def test_they_are_the_same_however_many_workers_run(rig: Rig) -> None:
    other = Rig(rig.path, rig.world, rig.clock, block=2)
    rig.outbox.put_many((f"sak-{number}", person(number), letter()) for number in range(6))
    rig.work()
    other.work()

    assert parsed(rig.outbox.openmetrics()) == parsed(other.outbox.openmetrics())
    values = parsed(other.outbox.openmetrics())
    assert of(values, "letters", campaign="", state="sendt") == 6
    assert of(values, "attempts_total", outcome="akseptert") == 6
    other.die()


def test_an_empty_outbox_is_written_too(rig: Rig) -> None:
    assert of(parsed(rig.outbox.openmetrics()), "oldest_waiting_seconds") == 0
