"""Everything the wire makes obeys the official JSON Schemas, over the whole domain."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sdp.domain import (
    DigitalForsendelse,
    Forsendelse,
    FysiskForsendelse,
    NorskAdresse,
    Postadresse,
    Prioritet,
)
from sdp.dpi.sbd import build_sbd, check_limits
from sdp.errors import InvalidInputError
from sdp.pki import Identity
from tests.conftest import AVSENDER, EBOKS
from tests.dpi_schemas import assert_obeys, message_schema
from tests.examples import examples
from tests.reference import reference
from tests.strategies import digitale_forsendelser, fysiske_forsendelser, tidspunkter
from tests.unit.dpi.counterpart import KINDS, receipt
from tests.wire.dpi import rebuilt

MANY = settings(
    max_examples=examples(0.6),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def message_of(letter: Forsendelse, moment: datetime, response_by: datetime | None = None) -> Any:
    message = build_sbd(
        letter,
        databehandler=AVSENDER,
        fingerprint=bytes(32),
        token="a.b.c",
        moment=moment,
        response_by=response_by,
    )
    return json.loads(json.dumps(message))


def refused_fields(letter: Forsendelse) -> set[str]:
    try:
        check_limits(letter)
    except InvalidInputError as error:
        return {problem.field for problem in error.problems}
    return set()


def mended(letter: Forsendelse) -> Forsendelse:
    """The same letter, with the fields that were refused changed and no others."""
    for field in sorted(refused_fields(letter)):
        letter = letter.model_copy(update=_mended(letter, field))
    assert refused_fields(letter) == set()
    return letter


def _mended(letter: Any, field: str) -> dict[str, Any]:
    match field.split("."):
        case ["prioritet"]:
            return {"prioritet": Prioritet.NORMAL}
        case ["mpc_id"]:
            return {"mpc_id": None}
        case ["digital_post", varsel, adresse]:
            value = "a@b.no" if adresse == "epostadresse" else "+47 999 99 999"
            post = letter.digital_post
            changed = getattr(post, varsel).model_copy(update={adresse: value})
            return {"digital_post": post.model_copy(update={varsel: changed})}
        case ["fysisk_post", "printinstruksjoner"]:
            return {"fysisk_post": letter.fysisk_post.model_copy(update={"printinstruksjoner": ()})}
        case ["fysisk_post", "mottaker", *_]:
            mottaker = _with_line(letter.fysisk_post.mottaker)
            return {"fysisk_post": letter.fysisk_post.model_copy(update={"mottaker": mottaker})}
        case ["fysisk_post", "retur", *_]:
            post = letter.fysisk_post
            retur = post.retur.model_copy(update={"mottaker": _with_line(post.retur.mottaker)})
            return {"fysisk_post": post.model_copy(update={"retur": retur})}
        case _:
            raise AssertionError(f"{field} was refused, and need not be")


def _with_line(mottaker: Postadresse) -> Postadresse:
    assert isinstance(mottaker.adresse, NorskAdresse)
    return mottaker.model_copy(
        update={"adresse": mottaker.adresse.model_copy(update={"adresselinje1": "Storgata 1"})}
    )


def assert_carried_whole(letter: Forsendelse, message: Any) -> None:
    document = message["standardBusinessDocument"]
    header = document["standardBusinessDocumentHeader"]
    identification = header["documentIdentification"]
    (scope,) = header["businessScope"]["scope"]
    assert identification["instanceIdentifier"] == str(letter.meldings_id)
    assert scope["instanceIdentifier"] == str(letter.konversasjons_id)
    body = document[identification["type"]]
    assert rebuilt.avsender(body) == letter.avsender
    match letter:
        case DigitalForsendelse():
            assert rebuilt.digital_post(body) == letter.digital_post
            assert body["spraak"] == letter.spraakkode
            assert body["mottaker"]["postkasseadresse"] == letter.mottaker.postkasseadresse
        case FysiskForsendelse():
            assert rebuilt.fysisk_post(body) == letter.fysisk_post
        case _:
            raise AssertionError("a letter of no kind")


def test_every_digital_letter_that_can_be_carried_obeys_the_schema_and_is_carried_whole(
    postkasse_identity: Identity,
) -> None:
    letters = digitale_forsendelser(postkasse_identity.certificate, max_vedlegg=0)

    @MANY
    @given(letters.map(mended), tidspunkter(), st.none() | tidspunkter())
    def run(letter: Forsendelse, moment: datetime, response_by: datetime | None) -> None:
        message = message_of(letter, moment, response_by)
        assert_obeys(message, "digital")
        assert_carried_whole(letter, message)

    run()


def test_every_print_letter_that_can_be_carried_obeys_the_schema_and_is_carried_whole(
    printer_identity: Identity,
) -> None:
    letters = fysiske_forsendelser(printer_identity.certificate, max_vedlegg=0)

    @MANY
    @given(letters.map(mended), tidspunkter())
    def run(letter: Forsendelse, moment: datetime) -> None:
        message = message_of(letter, moment)
        assert_obeys(message, "utskrift")
        assert_carried_whole(letter, message)

    run()


def test_a_field_is_refused_only_where_the_message_would_break_the_schema_or_lose_it(
    postkasse_identity: Identity, printer_identity: Identity, moment: datetime
) -> None:
    digital = digitale_forsendelser(postkasse_identity.certificate, max_vedlegg=0)
    fysisk = fysiske_forsendelser(printer_identity.certificate, max_vedlegg=0)
    lost = {"prioritet", "mpc_id", "fysisk_post.printinstruksjoner"}

    @MANY
    @given(digital | fysisk)
    def run(letter: Forsendelse) -> None:
        kind = "digital" if isinstance(letter, DigitalForsendelse) else "utskrift"
        is_valid = message_schema(kind).is_valid(message_of(letter, moment))
        epost = "digital_post.epost_varsel.epostadresse"  # the schema's `email` says little
        refused = refused_fields(letter) - lost - {epost}
        assert is_valid or refused_fields(letter) - lost
        assert not (is_valid and refused)

    run()


@pytest.mark.parametrize("kind", KINDS)
def test_the_receipts_that_tests_read_obey_the_schemas(kind: str) -> None:
    assert_obeys(receipt(EBOKS, kind), kind)


@pytest.mark.parametrize("kind", ["digital", "utskrift"])
def test_the_recorded_messages_obey_the_schemas_as_these_are_read_here(kind: str) -> None:
    recorded = reference(f"examples/dpi/{kind}-forretningsmelding.json").read_text()

    assert_obeys(json.loads(recorded), kind)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("digital/sikkerhetsnivaa", 2),
        ("digital/spraak", "nor"),
        ("digital/mottaker/personidentifikator", "01815800083"),
        ("digital/virkningstidspunkt", "2026-11-23"),
        ("standardBusinessDocumentHeader/sender", []),
        ("standardBusinessDocumentHeader/documentIdentification/instanceIdentifier", "7"),
    ],
)
def test_the_schemas_refuse_what_breaks_them(path: str, value: Any) -> None:
    message = json.loads(reference("examples/dpi/digital-forretningsmelding.json").read_text())
    *steps, last = path.split("/")
    place = message["standardBusinessDocument"]
    for step in steps:
        place = place[step]
    place[last] = value

    assert not message_schema("digital").is_valid(message)


def test_a_moment_without_a_time_zone_is_not_written(
    digital_forsendelse: Callable[[], DigitalForsendelse],
) -> None:
    with pytest.raises(InvalidInputError, match="aware"):
        message_of(digital_forsendelse(), datetime(2026, 11, 23))  # noqa: DTZ001
