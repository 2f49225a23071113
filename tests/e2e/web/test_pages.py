"""Letters in the pages of the environment, without a browser."""

from __future__ import annotations

import pytest

from sdp import (
    Aapningskvittering,
    Client,
    DigitalPost,
    Dokument,
    Dokumentpakke,
    EpostVarsel,
    Feil,
    Lenke,
    Returpostkvittering,
    SmsVarsel,
    VarslingFeiletKvittering,
)
from sdp.testmiljo import Testmiljo
from tests.documents import pdf
from tests.e2e.client.conftest import Letters
from tests.e2e.web.page import Browserless, Page, kept, received, sent

HTML = b"<!doctype html><title>x</title><script>document.title='owned'</script><p>Hei</p>"


def test_the_address_of_the_environment_leads_to_the_letters(web: Browserless) -> None:
    assert web.see("/").heading == "Letters"


def test_the_mailboxes_are_listed_by_their_addresses(miljo: Testmiljo, web: Browserless) -> None:
    mottaker = miljo.innbygger()

    assert mottaker.postkasseadresse in web.see("/web/mailboxes").text("content")


def test_a_letter_is_seen_in_the_mailbox_of_the_citizen_it_was_sent_to(
    miljo: Testmiljo, web: Browserless, client: Client, letters: Letters
) -> None:
    mottaker, other = miljo.innbygger(), miljo.innbygger()
    address = sent(client, letters.digital(mottaker=mottaker))

    def mailbox(postkasseadresse: str) -> Page:
        answer = web.http.get("/web/mailbox", params={"postkasseadresse": postkasseadresse})
        return Page(answer.raise_for_status())

    assert address in mailbox(mottaker.postkasseadresse).links()
    assert address not in mailbox(other.postkasseadresse).links()
    assert web.see(address).heading == "Brev fra Testetaten"


def test_documents_are_shown_each_in_its_own_way_and_served_as_they_were_sent(
    web: Browserless, client: Client, letters: Letters
) -> None:
    vedtak = pdf("Du får plass")
    pakke = Dokumentpakke(
        hoveddokument=Dokument.from_bytes(vedtak, filnavn="vedtak.pdf", tittel="Vedtak"),
        vedlegg=(
            Dokument.from_bytes(b"Ta med <legitimasjon>", filnavn="les.txt", tittel="Les dette"),
            Dokument.from_bytes(b"PK", filnavn="ark.xlsx", tittel="Ark"),
        ),
    )
    address = sent(client, letters.digital(dokumentpakke=pakke))
    page = web.see(address)

    (frame,) = page.root.findall(".//iframe")
    assert (frame.get("src"), frame.get("title")) == (f"{address}/documents/0", "Vedtak")
    assert "Ta med <legitimasjon>" in page.section("document-1")
    assert "Save ark.xlsx" in page.section("document-2")
    served = [web.http.get(f"{address}/documents/{number}") for number in range(3)]
    assert [each.content for each in served] == [vedtak, b"Ta med <legitimasjon>", b"PK"]
    assert served[0].headers["content-type"] == "application/pdf"
    assert served[2].headers["content-disposition"].startswith("attachment")


def test_html_is_served_so_that_no_script_in_it_can_run(miljo: Testmiljo, web: Browserless) -> None:
    letter = kept(miljo, HTML, "text/html")
    page = web.see(f"/web/letters/{letter}")
    served = web.http.get(f"/web/letters/{letter}/documents/0")

    (frame,) = page.root.findall(".//iframe")
    assert frame.get("sandbox") == ""
    assert served.content == HTML
    assert served.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
    assert served.headers["x-content-type-options"] == "nosniff"


def test_what_a_sender_has_written_is_never_taken_for_html(
    miljo: Testmiljo, web: Browserless
) -> None:
    letter = kept(miljo, b"x", "text/plain", tittel="<b>fet</b>", filnavn='"><script>.txt')
    page = web.see(f"/web/letters/{letter}")

    assert page.text("document-0") == "<b>fet</b>"
    assert page.root.findall(".//script") == []
    assert page.root.find(".//main//b") is None


def test_metadata_and_the_notifications_that_would_be_sent_are_shown(
    web: Browserless, client: Client, letters: Letters
) -> None:
    lenke = Lenke(url="https://example.no/skjema", beskrivelse="Skjemaet ditt")
    dokument = Dokument.from_bytes(pdf(), filnavn="brev.pdf", tittel="Vedtak", metadata=lenke)
    digital_post = DigitalPost(
        ikke_sensitiv_tittel="Svar",
        sms_varsel=SmsVarsel(mobiltelefonnummer="+4799999999", varslingstekst="Du har post"),
        epost_varsel=EpostVarsel(
            epostadresse="kari@example.no", varslingstekst="Les brevet", repetisjoner=(0, 7)
        ),
    )
    page = web.see(
        sent(
            client,
            letters.digital(
                mottaker=letters.miljo.innbygger(epost="kari@example.no", mobil="+4799999999"),
                digital_post=digital_post,
                dokumentpakke=Dokumentpakke(hoveddokument=dokument),
            ),
        )
    )

    assert "https://example.no/skjema" in page.section("document-0")
    notices = page.section("notices")
    for shown in ("SMS", "+4799999999", "Du har post", "EPOST", "kari@example.no", "Les brevet"):
        assert shown in notices


def test_opening_a_letter_sends_the_opening_receipt_that_was_ordered(
    web: Browserless, client: Client, letters: Letters
) -> None:
    ordered = DigitalPost(ikke_sensitiv_tittel="Svar", aapningskvittering=True)
    address = sent(client, letters.digital(digital_post=ordered))
    received(client)
    page = web.submit(f"{address}/open")

    assert "Opened. Sent: aapningskvittering." in page.text("done")
    assert "aapningskvittering" in page.section("receipts")
    assert [type(each) for each in received(client)] == [Aapningskvittering]
    assert "None: every receipt" in web.see(address).section("receipts")


def test_opening_a_letter_without_that_order_sends_nothing(
    web: Browserless, client: Client, letters: Letters
) -> None:
    address = sent(client, letters.digital())
    received(client)
    page = web.submit(f"{address}/open")

    assert "The sender ordered no receipt for that." in page.text("done")
    assert received(client) == []


def test_a_notification_that_fails_and_a_feil_reach_the_sender(
    web: Browserless, client: Client, letters: Letters
) -> None:
    ordered = EpostVarsel(epostadresse="test@example.no", varslingstekst="Du har fått brev")
    digital_post = DigitalPost(ikke_sensitiv_tittel="Brev", epost_varsel=ordered)
    mottaker = letters.miljo.innbygger(epost="test@example.no")
    address = sent(client, letters.digital(mottaker=mottaker, digital_post=digital_post))
    received(client)
    refused = web.submit(f"{address}/fail-notification", kanal="SMS")
    assert "No notification by SMS was ordered" in refused.text("content")
    assert address in refused.links()
    web.submit(f"{address}/fail-notification", kanal="EPOST", beskrivelse="Ukjent adresse")
    web.submit(f"{address}/feil", feiltype="SERVER", detaljer="Fullt")

    failed, feil = received(client)
    assert isinstance(failed, VarslingFeiletKvittering)
    assert (failed.kanal.name, failed.beskrivelse) == ("EPOST", "Ukjent adresse")
    assert isinstance(feil, Feil)
    assert (feil.feiltype.name, feil.detaljer) == ("SERVER", "Fullt")


def test_a_print_letter_is_seen_with_its_addresses_and_can_be_returned(
    web: Browserless, client: Client, letters: Letters
) -> None:
    address = sent(client, letters.fysisk())
    received(client)

    assert address in web.see("/web/").links()
    assert "Kari Nordmann, Storgata 1" in web.see(address).section("facts")
    assert "Came back in the post." in web.submit(f"{address}/return").text("done")
    assert [type(each) for each in received(client)] == [Returpostkvittering]


@pytest.mark.parametrize(
    ("action", "fields", "why"),
    [
        ("return", {}, "digital"),
        ("fail-notification", {"kanal": "FAX"}, "kanal must be one of SMS, EPOST"),
        ("feil", {}, "feiltype must be one of KLIENT, SERVER"),
        ("burn", {}, "The action must be one of"),
    ],
)
def test_what_cannot_be_done_with_a_letter_is_refused_with_the_reason(
    miljo: Testmiljo, web: Browserless, action: str, fields: dict[str, str], why: str
) -> None:
    page = web.submit(f"/web/letters/{kept(miljo, b'x', 'text/plain')}/{action}", **fields)

    assert page.answer.status_code == 400
    assert why in page.text("content")


@pytest.mark.parametrize(
    "address",
    ["/web/letters/none", "/web/mailbox?postkasseadresse=x", "/web/traffic/9999", "/web/x"],
)
def test_what_is_not_there_is_told_in_a_page(web: Browserless, address: str) -> None:
    page = Page(web.http.get(address))

    assert page.answer.status_code == 404
    assert page.heading == "Nothing is here"
    assert "/web/" in page.links()
