"""People as the register may have them, and answers it may give."""

from __future__ import annotations

from datetime import UTC, datetime

from cryptography.x509 import Certificate
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from sdp.krr import (
    DigitalPostkasse,
    Kontaktadresse,
    Oppslag,
    OppslagFeil,
    Person,
    Status,
)
from sdp.testmiljo.world.register import synthetic_personidentifikator
from tests.strategies import maybe, organisasjonsnumre, personidentifikatorer, tekster

PEOPLE = tuple(synthetic_personidentifikator(number) for number in range(40))


def moments() -> SearchStrategy[datetime]:
    """Moments that a register may hold, and letters may be sent at."""
    return st.datetimes(
        datetime(2020, 1, 1),  # noqa: DTZ001
        datetime(2026, 1, 1),  # noqa: DTZ001
        timezones=st.just(UTC),
    )


def kontaktadresser() -> SearchStrategy[Kontaktadresse]:
    """Addresses, old and new, with any of their dates."""
    return st.builds(
        Kontaktadresse,
        adresse=tekster(1, 60),
        oppdatert=maybe(moments()),
        sist_verifisert=maybe(moments()),
    )


def postkasser() -> SearchStrategy[DigitalPostkasse]:
    """Mailboxes at any provider."""
    return st.builds(
        DigitalPostkasse, postkasseadresse=tekster(1, 60), leverandoer=organisasjonsnumre()
    )


def personer(*certificates: Certificate) -> SearchStrategy[Person]:
    """People of every status, with and without all that the register may leave out."""
    return st.builds(
        Person,
        personidentifikator=personidentifikatorer(),
        status=st.sampled_from(Status),
        reservert=st.booleans(),
        kan_varsles=st.booleans(),
        epost=maybe(kontaktadresser()),
        mobil=maybe(kontaktadresser()),
        digital_post=maybe(postkasser()),
        sertifikat=st.sampled_from([*certificates, None]),
        spraak=maybe(st.sampled_from(["nb", "nn", "en", "se"])),
    )


def reachable_personer(certificate: Certificate) -> SearchStrategy[Person]:
    """People who can be reached digitally, and whose addresses may be old."""
    return st.builds(
        Person,
        personidentifikator=personidentifikatorer(),
        status=st.just(Status.AKTIV),
        reservert=st.just(False),
        kan_varsles=st.booleans(),
        epost=maybe(kontaktadresser()),
        mobil=maybe(kontaktadresser()),
        digital_post=postkasser(),
        sertifikat=st.just(certificate),
    )


def known(number: str, *, reservert: bool = False) -> Person:
    """Somebody the register knows, and nothing more."""
    return Person(
        personidentifikator=number, status=Status.AKTIV, reservert=reservert, kan_varsles=True
    )


def answers(number: str) -> SearchStrategy[Oppslag]:
    """Any answer about one person."""
    return st.one_of(
        st.booleans().map(lambda reservert: known(number, reservert=reservert)),
        st.just(OppslagFeil(personidentifikator=number, grunn="cannot be read")),
    )
