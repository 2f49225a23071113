"""What the register says is kept as it is, shown to nobody, and never read in favour of sending."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sdp.errors import InvalidInputError
from sdp.krr import DigitalPostkasse, Kontaktadresse, OppslagFeil, Person, Status
from sdp.krr.person import read_reservasjon
from tests.driver import START
from tests.unit.krr.strategies import PEOPLE, known


def test_nothing_that_identifies_or_reaches_a_person_is_shown() -> None:
    person = Person(
        personidentifikator=PEOPLE[0],
        status=Status.AKTIV,
        reservert=False,
        kan_varsles=True,
        epost=Kontaktadresse(adresse="kari@example.no", sist_verifisert=START),
        mobil=Kontaktadresse(adresse="+4799999999"),
        digital_post=DigitalPostkasse(postkasseadresse="kari#1234", leverandoer="984661185"),
    )
    feil = OppslagFeil(personidentifikator=PEOPLE[0], grunn="the register left this person out")

    shown = f"{person!r} {person} {feil!r} {feil}"

    for private in (PEOPLE[0], "kari", "99999999", "1234"):
        assert private not in shown
    assert "984661185" in shown
    assert "left this person out" in shown


def test_only_a_known_status_makes_a_person() -> None:
    with pytest.raises(InvalidInputError, match="status: must be of the type Status"):
        Person(
            personidentifikator=PEOPLE[0],
            status="AKTIV",  # type: ignore[arg-type]
            reservert=False,
            kan_varsles=False,
        )


@pytest.mark.parametrize("unclear", [None, 0, "", "NEI"])
def test_a_person_is_reserved_or_not_and_nothing_between(unclear: object) -> None:
    with pytest.raises(InvalidInputError, match="reservert: must be True or False"):
        Person(
            personidentifikator=PEOPLE[0],
            status=Status.AKTIV,
            reservert=unclear,  # type: ignore[arg-type]
            kan_varsles=False,
        )


@settings(deadline=None)
@given(
    st.none() | st.sampled_from(["JA", "nei", "NEI ", "", "NO"]) | st.text(),
    st.sampled_from(Status),
)
def test_nothing_but_nei_means_that_a_person_is_not_reserved(
    words: str | None, status: Status
) -> None:
    if words == "NEI":
        assert read_reservasjon(words, status) is False
        return
    try:
        assert read_reservasjon(words, status) is True
    except ValueError:
        assert words is not None or status is Status.AKTIV


def test_a_reservation_may_only_be_left_out_for_who_is_not_active() -> None:
    assert read_reservasjon(None, Status.SLETTET) is True
    assert read_reservasjon(None, Status.IKKE_REGISTRERT) is True
    with pytest.raises(ValueError, match="is missing"):
        read_reservasjon(None, Status.AKTIV)


def test_two_answers_that_say_the_same_are_equal_whenever_they_were_given() -> None:
    asked = known(PEOPLE[0]).model_copy(update={"hentet": START})

    assert asked == known(PEOPLE[0])
    assert hash(asked) == hash(known(PEOPLE[0]))
    assert asked != known(PEOPLE[0], reservert=True)
    assert asked != PEOPLE[0]
