"""Traces and metrics through OpenTelemetry, with its own SDK listening."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from opentelemetry import metrics, trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from sdp.domain import Leveringskvittering
from sdp.outbox import Outbox, OutboxSettings, SlowRule
from sdp.outbox.openmetrics import BUCKETS, gauges
from sdp.outbox.telemetry import GAUGES, dotted, telemetry
from tests.unit.outbox.rig import Rig
from tests.unit.outbox.test_stuck import set_aside
from tests.unit.outbox.world import POSTKASSE, Clock, World, letter, person, receipt

_spans = InMemorySpanExporter()
_measured = InMemoryMetricReader()


@pytest.fixture(scope="session", autouse=True)
def _sdk() -> None:
    # OpenTelemetry takes each of these once in a process, which may take other files in between.
    traces = TracerProvider()
    traces.add_span_processor(SimpleSpanProcessor(_spans))
    trace.set_tracer_provider(traces)
    metrics.set_meter_provider(MeterProvider([_measured]))


@pytest.fixture
def told(rig: Rig) -> Iterator[Rig]:
    """A rig whose worker and poller tell what they do."""
    _spans.clear()
    with telemetry(rig.database, rig.clock, SlowRule()) as listener:
        rig.worker.telemetry = listener
        rig.poller._telemetry = listener
        yield rig


def spans(name: str) -> list[ReadableSpan]:
    return [span for span in _spans.get_finished_spans() if span.name == name]


def measured() -> dict[str, dict[frozenset[tuple[str, Any]], Any]]:
    found = _measured.get_metrics_data()
    if found is None:  # nothing in this process is measured
        return {}
    return {
        metric.name: {
            frozenset(point.attributes.items()): point  # type: ignore[union-attr]
            for point in metric.data.data_points
        }
        for resource in found.resource_metrics
        for scope in resource.scope_metrics
        for metric in scope.metrics
    }


def value(name: str, **labels: str) -> Any:
    point = measured()[name][frozenset(labels.items())]
    return getattr(point, "value", point)


def test_each_block_and_each_letter_has_a_span_with_ids_alone(told: Rig) -> None:
    told.world.faults = ["", "lost"]
    told.outbox.put("hemmelig-nøkkel", person(0), letter())
    told.outbox.put("b", person(1), letter())
    told.work()

    [block] = spans("sdp.outbox.block")
    accepted, lost = spans("sdp.outbox.letter")
    assert block.attributes is not None
    assert block.attributes["sdp.worker"] == told.presence.id
    for span in (accepted, lost):
        assert span.parent is not None
        assert span.parent.span_id == block.context.span_id
    assert accepted.attributes is not None
    post = told.outbox.post("hemmelig-nøkkel")
    assert dict(accepted.attributes) == {
        "sdp.meldings_id": post.meldings_id,
        "sdp.konversasjons_id": post.konversasjons_id,
        "sdp.attempt": 1,
        "sdp.repeated": False,
        "sdp.wire": "ebms",
        "sdp.route": "digital",
        "sdp.receiver": POSTKASSE,
        "sdp.already_received": False,
    }
    assert lost.attributes is not None
    assert lost.attributes["error.type"] == "UnknownOutcomeError"
    assert not lost.status.is_ok
    written = " ".join(span.to_json() for span in _spans.get_finished_spans())
    for private in (person(0), person(1), "hemmelig", "No answer came"):
        assert private not in written


def test_a_letter_that_is_sent_again_says_so(told: Rig) -> None:
    told.world.faults = ["lost"]
    told.outbox.put("a", person(0), letter())
    told.work()
    told.clock.forward(timedelta(minutes=5))
    told.work()

    _, again = spans("sdp.outbox.letter")
    assert again.attributes is not None
    assert (again.attributes["sdp.attempt"], again.attributes["sdp.repeated"]) == (2, True)
    assert again.attributes["sdp.already_received"] is True


def test_attempts_and_times_to_levering_are_counted_as_they_come(told: Rig) -> None:
    labels = {"outcome": "akseptert", "wire": "ebms", "route": "digital"}
    try:
        before = value("sdp.outbox.attempts", **labels)
    except KeyError:
        before = 0
    told.outbox.put("a", person(0), letter())
    told.work()
    told.clock.forward(timedelta(minutes=10))
    came = receipt(Leveringskvittering, told.outbox.post("a").konversasjons_id)
    told.world.waiting = [came.model_copy(update={"tidspunkt": told.clock()})] * 2
    told.poll()

    assert value("sdp.outbox.attempts", **labels) == before + 1
    time = value("sdp.outbox.delivery_time", receiver=POSTKASSE)
    assert (time.sum, time.count) == (600, 1)
    assert tuple(time.explicit_bounds) == BUCKETS


def test_gauges_are_read_from_the_tables(told: Rig) -> None:
    told.outbox.put("a", person(0), letter(), kampanje="høst")
    told.world.waiting = [set_aside(1)]
    told.poll()
    told.clock.forward(timedelta(minutes=3))

    assert value("sdp.outbox.letters", campaign="høst", state="klar") == 1
    labels = {"state": "klar", "wire": "", "route": "", "reason": ""}
    assert value("sdp.outbox.routed_letters", **labels) == 1
    assert value("sdp.outbox.oldest_waiting") == 180
    assert value("sdp.outbox.receipts_set_aside") == 1


def test_every_gauge_has_the_name_of_its_openmetrics(rig: Rig) -> None:
    with rig.database.read() as connection:
        read = {family.name for family in gauges(connection, rig.clock())}

    # Letters by receiver are told by the histogram of their times.
    assert {name for name, _, _ in GAUGES} == read - {"sdp_outbox_sent_letters"}
    assert dotted("sdp_outbox_oldest_waiting_seconds") == "sdp.outbox.oldest_waiting"


def test_nothing_is_measured_of_an_outbox_that_nobody_works_on(rig: Rig) -> None:
    rig.outbox.put("a", person(0), letter(), kampanje="vår")

    def campaigns() -> set[Any]:
        found = measured().get("sdp.outbox.letters", {})
        return {dict(labels)["campaign"] for labels in found}

    with telemetry(rig.database, rig.clock, SlowRule()):
        assert "vår" in campaigns()
    assert "vår" not in campaigns()


def test_a_worker_with_threads_has_one_trace_for_each_block(tmp_path: Path) -> None:
    _spans.clear()
    clock = Clock()
    world = World(clock, levering_at_once=True)
    settings = OutboxSettings(threads=4)
    with Outbox.open(tmp_path / "post.db", sender=world, clock=clock, settings=settings) as outbox:
        outbox.put_many((f"sak-{number}", person(number), letter()) for number in range(20))
        outbox.run(until_empty=True, wait=20)

    blocks = {span.context.span_id for span in spans("sdp.outbox.block")}
    letters = spans("sdp.outbox.letter")
    assert len(letters) == 20
    assert {span.parent.span_id for span in letters if span.parent is not None} <= blocks


_WITHOUT = """
import sys
sys.modules["opentelemetry"] = None
from tests.unit.outbox.world import Clock, World, letter, person
from sdp.outbox import Outbox
clock = Clock()
with Outbox.open(sys.argv[1], sender=World(clock, levering_at_once=True), clock=clock) as outbox:
    outbox.put("a", person(0), letter())
    print(outbox.run(until_empty=True, wait=20).antall["levert"])
"""

_UNUSED = """
import sys
import sdp.outbox, sdp.outbox.worker, sdp.outbox.starting
print(sorted(name for name in sys.modules if name.startswith("opentelemetry")))
"""


@pytest.mark.slow
def test_without_the_extra_letters_are_sent_and_nothing_is_imported(tmp_path: Path) -> None:
    def printed(program: str) -> str:
        ran = subprocess.run(
            [sys.executable, "-c", program, str(tmp_path / "post.db")],
            capture_output=True,
            text=True,
            check=True,
        )
        return ran.stdout.strip()

    assert printed(_WITHOUT) == "1"
    assert printed(_UNUSED) == "[]"
