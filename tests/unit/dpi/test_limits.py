"""What DPI cannot carry is refused by name, and nothing that it can."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sdp.domain import (
    DigitalForsendelse,
    DigitalPost,
    EpostVarsel,
    FysiskForsendelse,
    FysiskPost,
    NorskAdresse,
    Postadresse,
    Posthaandtering,
    Printinstruksjon,
    Prioritet,
    Retur,
    SmsVarsel,
    UtenlandskAdresse,
)
from sdp.dpi import DpiWire
from sdp.errors import InvalidInputError
from tests.driver import FakeDriver
from tests.unit.dpi.counterpart import AccessPoint
from tests.unit.ebms.counterpart import Package

Digital = Callable[..., DigitalForsendelse]
Fysisk = Callable[..., FysiskForsendelse]


def refused(wire: DpiWire, letter: DigitalForsendelse | FysiskForsendelse) -> list[str]:
    with pytest.raises(InvalidInputError) as caught:
        wire.check(letter)
    return [problem.field for problem in caught.value.problems]


def with_notices(epost: str = "a@b.no", mobil: str = "99999999") -> DigitalPost:
    return DigitalPost(
        ikke_sensitiv_tittel="Brev",
        epost_varsel=EpostVarsel(epostadresse=epost, varslingstekst="Hei"),
        sms_varsel=SmsVarsel(mobiltelefonnummer=mobil, varslingstekst="Hei"),
    )


def printed(**changes: object) -> FysiskPost:
    adresse = NorskAdresse(adresselinje1="Storgata 1", postnummer="0155", poststed="OSLO")
    mottaker = Postadresse(navn="Kari", adresse=adresse)
    retur = Retur(posthaandtering=Posthaandtering.DIREKTE_RETUR, mottaker=mottaker)
    return FysiskPost(mottaker=mottaker, retur=retur).model_copy(update=changes)


def test_an_ordinary_letter_is_carried(
    wire: DpiWire, digital_forsendelse: Digital, fysisk_forsendelse: Fysisk
) -> None:
    wire.check(digital_forsendelse())
    wire.check(fysisk_forsendelse())


def test_the_queues_of_the_classic_wire_are_refused(
    wire: DpiWire, digital_forsendelse: Digital
) -> None:
    letter = digital_forsendelse(prioritet=Prioritet.PRIORITERT, mpc_id="lonn")

    assert refused(wire, letter) == ["prioritet", "mpc_id"]


def test_print_instructions_are_refused(wire: DpiWire, fysisk_forsendelse: Fysisk) -> None:
    post = printed(printinstruksjoner=(Printinstruksjon(navn="bibliotek", verdi="ja"),))

    assert refused(wire, fysisk_forsendelse(fysisk_post=post)) == ["fysisk_post.printinstruksjoner"]


def test_an_address_abroad_is_carried(wire: DpiWire, fysisk_forsendelse: Fysisk) -> None:
    abroad = UtenlandskAdresse(adresselinje1="Kungsgatan 1", landkode="SE")
    post = printed(mottaker=Postadresse(navn="Karin", adresse=abroad))

    wire.check(fysisk_forsendelse(fysisk_post=post))


@pytest.mark.parametrize(
    "mobil", ["1234567", "1" * 21, "9999x9999", "++4799999999", "99999999\n", "٩٩٩٩٩٩٩٩"]
)
def test_a_mobile_number_the_schema_does_not_know_is_refused(
    wire: DpiWire, digital_forsendelse: Digital, mobil: str
) -> None:
    letter = digital_forsendelse(digital_post=with_notices(mobil=mobil))

    assert refused(wire, letter) == ["digital_post.sms_varsel.mobiltelefonnummer"]


@pytest.mark.parametrize("mobil", ["99999999", "+47 999 99 999", "+" + "1" * 19, "1" * 20])
def test_a_mobile_number_the_schema_knows_is_carried(
    wire: DpiWire, digital_forsendelse: Digital, mobil: str
) -> None:
    wire.check(digital_forsendelse(digital_post=with_notices(mobil=mobil)))


@pytest.mark.parametrize("epost", ["ola", "@b.no", "a@", "a b@c.no", "a@b@c.no"])
def test_what_is_no_e_mail_address_is_refused(
    wire: DpiWire, digital_forsendelse: Digital, epost: str
) -> None:
    letter = digital_forsendelse(digital_post=with_notices(epost))

    assert refused(wire, letter) == ["digital_post.epost_varsel.epostadresse"]


def test_a_refusal_shows_nothing_private(wire: DpiWire, digital_forsendelse: Digital) -> None:
    letter = digital_forsendelse(digital_post=with_notices("ola-nordmann", "hemmelig"))

    with pytest.raises(InvalidInputError) as caught:
        wire.check(letter)

    assert "ola-nordmann" not in str(caught.value)
    assert "hemmelig" not in str(caught.value)


def test_a_letter_that_cannot_be_carried_is_not_sent_either(
    wire: DpiWire, digital_forsendelse: Digital, access_point: AccessPoint, package: Package
) -> None:
    letter = digital_forsendelse(mpc_id="lonn")

    with pytest.raises(InvalidInputError):
        FakeDriver(access_point).run(wire.send(letter, package))

    assert access_point.requests == []
    assert access_point.grants == []
