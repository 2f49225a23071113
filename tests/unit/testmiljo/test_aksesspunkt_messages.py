"""What a letter must say, and in which form, one thing at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sdp.testmiljo.validators.rejection import HttpRejection
from tests.unit.testmiljo.dpi_sender import FORM, MESSAGE_HEADERS, form
from tests.unit.testmiljo.dpi_world import World

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.unit.testmiljo.dpi_sender import Json


DISPOSITION = "Content-Disposition: form-data; name="
CMS = "Content-Type: application/cms"
UNNAMED = f'{DISPOSITION}"dokumentpakke"\r\n{CMS}'
UNTYPED = f'{DISPOSITION}"dokumentpakke"; filename="asic.cms"'


@pytest.mark.parametrize(
    ("content_type", "body", "why"),
    [
        ("application/json", b"{}", "multipart/form-data"),
        ("multipart/form-data", form("a.b.c", b"x"), "boundary"),
        ("multipart/related; boundary=b", form("a.b.c", b"x"), "multipart/form-data"),
        (FORM, b"hello", "boundary does not stand"),
        (FORM, form("a.b.c", b"x")[:-8], "closing boundary"),
        (FORM, b"--b--\r\n", "must hold"),
        (FORM, form("a.b.c", b"x", package_headers=f'{DISPOSITION}"annet"'), "must hold"),
        (FORM, form("a.b.c", b"x", package_headers=CMS), "its name"),
        (FORM, form("a.b.c", b"x", package_headers=UNTYPED), "application/cms"),
        (FORM, form("a.b.c", b"x", package_headers=UNNAMED), "filename"),
        (FORM, form("a.b.c", b"x", package_headers=MESSAGE_HEADERS), "twice"),
        (FORM, form("a.b.c", b"x", package_headers="A: " + "a" * 20_000), "end to its headers"),
        (FORM, form("a" * 1_100_000, b"x"), "larger than"),
    ],
)
def test_a_form_that_is_not_the_two_files_is_refused(
    world: World, content_type: str, body: bytes, why: str
) -> None:
    with pytest.raises(HttpRejection, match=why) as caught:
        world.aksesspunkt.accept_letter(world.caller(), None, content_type, body)
    assert caught.value.status == 400


def changed(path: str, value: object) -> Callable[[Json], None]:
    """Set what is on the path, or take it away if the value is `...`."""

    def change(document: Json) -> None:
        found: Any = document["standardBusinessDocument"]
        *steps, last = (int(step) if step.isdigit() else step for step in path.split("/"))
        for step in steps:
            found = found[step]
        if value is ...:
            del found[last]
        else:
            found[last] = value

    return change


HEADER = "standardBusinessDocumentHeader"
IDENTIFICATION = f"{HEADER}/documentIdentification"
SCOPE = f"{HEADER}/businessScope/scope"


@pytest.mark.parametrize(
    ("path", "value", "why"),
    [
        (HEADER, ..., "Header is missing"),
        ("digital", ..., "holds no letter"),
        ("digital", [], "must be an object"),
        ("annet", {}, "may not hold"),
        (f"{HEADER}/headerVersion", "2.0", "headerVersion must be one of 1.0"),
        (f"{HEADER}/sender", [], "sender must not hold 0 items"),
        (f"{HEADER}/sender/0/identifier/authority", "iso6523", "must be one of"),
        (f"{HEADER}/sender/0/identifier/value", "9908:991825827", "not of the form"),
        (f"{HEADER}/sender/0/identifier/value", "0192:984661185", "not the organisation that"),
        (f"{HEADER}/receiver/0/identifier/value", "0192:922020175 ", "not of the form"),
        (f"{IDENTIFICATION}/standard", "urn:no:difi:sdp:1.0", "standard must be urn:fdc"),
        (f"{IDENTIFICATION}/typeVersion", 1, "typeVersion must be one of"),
        (f"{IDENTIFICATION}/type", "utskrift", "type must be digital"),
        (f"{IDENTIFICATION}/instanceIdentifier", "1", "instanceIdentifier is not of the form"),
        (f"{IDENTIFICATION}/creationDateAndTime", "2026-11-24T10:00:00", "not of the form"),
        (SCOPE, [], "scope must not hold 0 items"),
        (f"{SCOPE}/0/type", "Samtale", "type must be ConversationId"),
        (f"{SCOPE}/0/identifier", "urn:fdc", "identifier must be urn:fdc:digdir.no"),
        (f"{SCOPE}/0/instanceIdentifier", ..., "instanceIdentifier is missing"),
        (f"{SCOPE}/0/scopeInformation/0/expectedResponseDateTime", "snart", "not of the form"),
        ("digital/avsender/virksomhetsidentifikator/value", 991825827, "must be a text"),
        ("digital/avsender/avsenderidentifikator", "a" * 101, "too long"),
        ("digital/avsender/fakturaReferanse", "a" * 41, "too long"),
        ("digital/mottaker/personidentifikator", "01815800083", "may not hold"),
        ("digital/mottaker/postkasseadresse", ..., "postkasseadresse is missing"),
        ("digital/dokumentpakkefingeravtrykk/digestMethod", "sha256", "digestMethod"),
        ("digital/dokumentpakkefingeravtrykk/digestValue", "ø", "not base64"),
        ("digital/dokumentpakkefingeravtrykk/digestValue", "AAAA", "not that of"),
        ("digital/maskinportentoken", ..., "maskinportentoken is missing"),
        ("digital/sikkerhetsnivaa", "3", "must be one of 3, 4"),
        ("digital/sikkerhetsnivaa", 5, "must be one of 3, 4"),
        ("digital/virkningsdato", "2026-02-30", "not of the form"),
        ("digital/virkningstidspunkt", "2026-11-24", "not of the form"),
        ("digital/aapningskvittering", "true", "must be true or false"),
        ("digital/ikkesensitivtittel", "", "too short"),
        ("digital/ikkesensitivtittel", "a" * 256, "too long"),
        ("digital/ikkesensitivtittel", {"tittel": "Brev"}, "must be a text"),
        ("digital/spraak", "nob", "too long"),
        ("digital/varsler/brevdue", {}, "may not hold"),
        ("digital/varsler/epostvarsel/epostadresse", "kari", "not of the form"),
        ("digital/varsler/epostvarsel/varslingstekst", "a" * 501, "too long"),
        ("digital/varsler/epostvarsel/repetisjoner", [], "must not hold 0 items"),
        ("digital/varsler/epostvarsel/repetisjoner", [26], "a number from 0 to 25"),
        ("digital/varsler/epostvarsel/repetisjoner", [True], "a number from 0 to 25"),
        ("digital/varsler/smsvarsel", {}, "is missing"),
    ],
)
def test_a_digital_message_of_another_shape_is_refused(
    world: World, path: str, value: object, why: str
) -> None:
    found = world.refused(spoil=changed(path, value))
    assert found.status == 400
    assert why in found.reason


@pytest.mark.parametrize(
    ("path", "value", "why"),
    [
        ("utskrift/utskriftstype", "GUL", "SORT_HVIT, FARGE"),
        ("utskrift/posttype", "C", "A, B"),
        ("utskrift/retur/returposthaandtering", "BEHOLD", "DIREKTE_RETUR"),
        ("utskrift/mottaker/navn", ..., "navn is missing"),
        ("utskrift/mottaker/postnummer", "155", "not of the form"),
        ("utskrift/mottaker/postnummer", ..., "postnummer and poststed"),
        ("utskrift/mottaker/land", "Norge", "or else one of land and landkode"),
        ("utskrift/retur/mottaker/land", "Sverige", "or else one of land and landkode"),
        ("utskrift/retur/mottaker/landkode", "SWE", "not of the form"),
        ("utskrift/mottaker/adresselinje5", "", "may not hold"),
    ],
)
def test_a_print_message_of_another_shape_is_refused(
    world: World, path: str, value: object, why: str
) -> None:
    found = world.refused(sender=world.sender(kind="utskrift"), spoil=changed(path, value))
    assert found.status == 400
    assert why in found.reason


def test_a_refusal_never_quotes_the_message(world: World) -> None:
    found = world.refused(spoil=changed("digital/mottaker/kari.nordmann#1234", "01815800083"))
    assert "kari" not in found.reason
    assert "01815800083" not in found.reason


def test_a_receipt_is_no_letter(world: World) -> None:
    def as_receipt(document: Json) -> None:
        content = document["standardBusinessDocument"]
        content["leveringskvittering"] = content.pop("digital")

    assert "holds no letter" in world.refused(spoil=as_receipt).reason
