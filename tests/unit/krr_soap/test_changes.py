from __future__ import annotations

import pytest

from sdp.errors import InvalidInputError, UnreadableAnswerError
from sdp.krr import OppslagFeil, Person
from sdp.krr.soap import Endringer, KrrSoap
from tests.driver import drive
from tests.unit.krr_soap.counterpart import DECLARED, Register, envelope_of, one, person

KARI, OLA = "01815800083", "15886910042"


def changes(*people: str, fra: object = 600, til: object = 601, siste: object = 700) -> str:
    numbers = f'fraEndringsNummer="{fra}" tilEndringsNummer="{til}" senesteEndringsNummer="{siste}"'
    content = "".join(people)
    return f"<o:HentEndringerRespons {numbers} {DECLARED}>{content}</o:HentEndringerRespons>"


def asked(krr: KrrSoap, register: Register) -> Endringer:
    return drive(krr.changes_since(600), register)


def test_who_has_changed_is_read_with_where_to_go_on(krr: KrrSoap, register: Register) -> None:
    register.content = changes(person(KARI), person(OLA, "<b:status>SLETTET</b:status>"))

    found = asked(krr, register)

    assert [each.personidentifikator for each in found.personer] == [KARI, OLA]
    assert all(isinstance(each, Person) for each in found.personer)
    assert (found.fra, found.til, found.siste, found.uleselige) == (600, 601, 700, 0)
    assert (found.flere, found.neste) == (True, 602)
    question = one(envelope_of(register.requests[0]), "o:HentEndringerForespoersel")
    assert question.get("fraEndringsNummer") == "600"


def test_where_nothing_has_changed_there_is_nobody(krr: KrrSoap, register: Register) -> None:
    register.content = changes(fra=701, til=700, siste=700)

    found = asked(krr, register)

    assert (found.personer, found.flere, found.neste) == ((), False, 701)


def test_changes_that_cannot_be_read_are_told_and_hold_up_no_others(
    krr: KrrSoap, register: Register
) -> None:
    garbled = person(OLA, "<b:status>NY</b:status>")
    register.content = changes(person("12345678901"), garbled, "<b:Person/>", person(KARI))

    found = asked(krr, register)

    unknown, ola, kari = found.personer
    assert isinstance(unknown, OppslagFeil)
    assert unknown.personidentifikator == "12345678901"
    assert isinstance(ola, OppslagFeil)
    assert isinstance(kari, Person)
    assert found.uleselige == 1


def test_changes_show_nobodys_number(krr: KrrSoap, register: Register) -> None:
    register.content = changes(person(KARI))

    assert KARI not in repr(asked(krr, register))


@pytest.mark.parametrize(
    ("numbers", "field"),
    [
        ({"fra": ""}, "fraEndringsNummer"),
        ({"til": "x"}, "tilEndringsNummer"),
        ({"til": -1}, "tilEndringsNummer"),
        ({"siste": 10**19}, "senesteEndringsNummer"),
        ({"til": 599}, "before fraEndringsNummer"),
    ],
)
def test_numbers_that_lead_nowhere_are_refused(
    krr: KrrSoap, register: Register, numbers: dict[str, object], field: str
) -> None:
    register.content = changes(person(KARI), **numbers)

    with pytest.raises(UnreadableAnswerError, match=field):
        asked(krr, register)


@pytest.mark.parametrize("number", [-1, 2**63])
def test_a_number_no_change_has_is_refused_before_anything_is_asked(
    krr: KrrSoap, number: int
) -> None:
    with pytest.raises(InvalidInputError, match="number"):
        krr.changes_since(number)
