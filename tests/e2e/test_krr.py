"""Looking people up and sending letters by their number, over real HTTP, on both wires of KRR."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from itertools import islice
from typing import Any, Literal

import pytest

from sdp.async_client import AsyncClient
from sdp.client import Client
from sdp.config import ClientConfig, KrrConfig
from sdp.domain import (
    Avsender,
    Brev,
    DigitalPost,
    Dokument,
    Dokumentpakke,
    EpostVarsel,
    Formaal,
    FysiskPost,
    NorskAdresse,
    Postadresse,
    Posthaandtering,
    Retur,
    SmsVarsel,
    Varseltekster,
)
from sdp.errors import (
    CertificateError,
    CertificateProblem,
    ConfigurationError,
    Fault,
    InvalidInputError,
    ProblemError,
    RecipientUnreachableError,
    Retry,
    SdpError,
    SignatureError,
    SoapFaultError,
    UnauthorizedError,
    UnreadableAnswerError,
)
from sdp.krr import Digital, Grunn, OppslagFeil, Person, Print, Status
from sdp.testmiljo import DigitalOrder, Kind, PrintOrder, Testmiljo
from sdp.testmiljo.environment import AVSENDER, DIGIPOST, POSTKASSE, PRINTER
from sdp.testmiljo.faults.kinds import (
    FailRestLookup,
    FailSoapLookup,
    RefuseLookup,
    RestDefect,
    SoapDefect,
)
from sdp.testmiljo.world.register import (
    people_of_every_kind,
    synthetic_people,
    synthetic_personidentifikator,
)
from sdp.transport.request import HttpResponse
from tests.documents import pdf
from tests.e2e.client.conftest import Letters

ADRESSE = Postadresse(
    navn="Kari Nordmann",
    adresse=NorskAdresse(adresselinje1="Storgata 1", postnummer="0155", poststed="OSLO"),
)
FYSISK = FysiskPost(
    mottaker=ADRESSE, retur=Retur(posthaandtering=Posthaandtering.DIREKTE_RETUR, mottaker=ADRESSE)
)
NOTICES = DigitalPost(
    ikke_sensitiv_tittel="Brev fra Testetaten",
    epost_varsel=EpostVarsel(epostadresse="kari@example.no", varslingstekst="Hei"),
    sms_varsel=SmsVarsel(mobiltelefonnummer="+4799999999", varslingstekst="Hei"),
)
UNNOTIFIED = {
    Kind.NOT_NOTIFIED: Grunn.KAN_IKKE_VARSLES,
    Kind.STALE: Grunn.IKKE_VERIFISERT,
    Kind.NEVER_VERIFIED: Grunn.IKKE_VERIFISERT,
}
DIGITAL_KINDS = {Kind.REACHABLE, Kind.DIGIPOST}


@pytest.fixture(scope="module")
def miljo() -> Iterator[Testmiljo]:
    with Testmiljo.start() as started:
        yield started


@pytest.fixture(autouse=True)
def _sound(miljo: Testmiljo) -> Iterator[None]:
    yield
    miljo.register.know_everybody_as(None)


Connect = Callable[..., AbstractContextManager[Client]]


@pytest.fixture
def connect(miljo: Testmiljo) -> Connect:
    def connected(
        wire: str = "rest",
        *,
        on_response: Callable[[HttpResponse], None] | None = None,
        **krr: Any,
    ) -> Client:
        settings = KrrConfig.model_validate({"wire": wire, **krr})
        config = miljo.client_config().model_copy(update={"krr": settings})
        return Client(config, on_response=on_response)

    return connected


@pytest.fixture(params=["rest", "soap"])
def client(connect: Connect, request: pytest.FixtureRequest) -> Iterator[Client]:
    with connect(request.param) as made:
        yield made


@pytest.fixture
def rest(connect: Connect) -> Iterator[Client]:
    with connect("rest") as made:
        yield made


@pytest.fixture
def soap(connect: Connect) -> Iterator[Client]:
    with connect("soap") as made:
        yield made


def brev(**changes: Any) -> Brev:
    values: dict[str, Any] = {
        "avsender": Avsender(organisasjonsnummer=AVSENDER),
        "dokumentpakke": Dokumentpakke(
            hoveddokument=Dokument.from_bytes(pdf(), filnavn="brev.pdf", tittel="Vedtak")
        ),
        "digital_post": DigitalPost(ikke_sensitiv_tittel="Brev fra Testetaten"),
        "fysisk_post": FYSISK,
        "varseltekster": Varseltekster(epost="Du har fått brev", sms="Du har fått brev"),
    }
    return Brev(**(values | changes))


class TestLookup:
    def test_every_kind_of_person_is_told_on_both_wires(
        self, client: Client, miljo: Testmiljo
    ) -> None:
        kinds = dict(people_of_every_kind(1000))
        for kind, number in kinds.items():
            miljo.register.add_kind(kind, number)
        answers = dict(zip(kinds, client.lookup(list(kinds.values())), strict=True))

        for kind, person in answers.items():
            assert isinstance(person, Person)
            assert person.personidentifikator == kinds[kind]
            assert isinstance(client.route(person), Digital) == (kind in DIGITAL_KINDS), kind
        whole = answers[Kind.REACHABLE]
        assert isinstance(whole, Person)
        assert whole.digital_post is not None
        assert whole.digital_post.leverandoer == POSTKASSE
        assert whole.epost is not None
        assert whole.epost.sist_verifisert is not None
        assert whole.sertifikat == miljo.postkasse.actor.certificate
        elsewhere = answers[Kind.DIGIPOST]
        assert isinstance(elsewhere, Person)
        assert elsewhere.digital_post is not None
        assert elsewhere.digital_post.leverandoer == DIGIPOST
        deleted, unknown = answers[Kind.DELETED], answers[Kind.NOT_REGISTERED]
        assert isinstance(deleted, Person)
        assert isinstance(unknown, Person)
        assert (deleted.status, unknown.status) == (Status.SLETTET, Status.IKKE_REGISTRERT)

    def test_any_number_are_asked_about_in_blocks_and_answered_in_order(
        self, rest: Client, miljo: Testmiljo
    ) -> None:
        miljo.register.know_everybody_as(Kind.REACHABLE)
        numbers = [*islice(synthetic_people(), 2, 2300, 2)]
        asked = numbers + numbers[::-1]
        before = miljo.krr_rest.requests
        found = rest.lookup(asked)

        assert [answer.personidentifikator for answer in found] == asked
        assert miljo.krr_rest.requests - before == 2
        assert miljo.krr_rest.largest == 1000

    def test_nobody_is_asked_about_with_a_number_that_is_none(
        self, client: Client, miljo: Testmiljo
    ) -> None:
        before = miljo.krr_rest.requests + miljo.krr_soap.requests
        with pytest.raises(InvalidInputError, match=r"personer\[1\]") as refusal:
            client.lookup([synthetic_personidentifikator(0), "12345678901"])

        assert "12345678901" not in str(refusal.value)
        assert miljo.krr_rest.requests + miljo.krr_soap.requests == before

    def test_print_goes_to_the_printer(self, client: Client, miljo: Testmiljo) -> None:
        printer = client.print_certificate()
        assert printer.leverandoer == PRINTER
        assert printer.sertifikat == miljo.printer.actor.certificate

    def test_who_has_changed_is_told_over_soap(
        self, soap: Client, rest: Client, miljo: Testmiljo
    ) -> None:
        last = soap.changes_since(0).siste
        number = miljo.innbygger().personidentifikator
        changes = soap.changes_since(last + 1)

        assert [person.personidentifikator for person in changes.personer] == [number]
        with pytest.raises(ConfigurationError, match="SOAP"):
            rest.changes_since(0)

    def test_signed_answers_are_asked_for_and_verified(
        self, connect: Connect, miljo: Testmiljo
    ) -> None:
        with connect(signed_answers=True, version="v1") as client:
            (person,) = client.lookup([miljo.innbygger().personidentifikator])
        assert isinstance(person, Person)

    def test_a_thousand_reachable_people_are_told_in_one_signed_answer(
        self, connect: Connect, miljo: Testmiljo
    ) -> None:
        miljo.register.know_everybody_as(Kind.REACHABLE)
        numbers = list(islice(synthetic_people(), 2100))
        sizes: list[int] = []
        before = miljo.krr_rest.requests
        with connect(
            signed_answers=True,
            on_response=lambda response: sizes.append(len(response.content)),
        ) as client:
            found = client.lookup(numbers)

        assert [answer.personidentifikator for answer in found] == numbers
        assert all(isinstance(answer, Person) for answer in found)
        assert miljo.krr_rest.requests - before == 3
        assert max(sizes) > 1024 * 1024

    def test_more_than_a_thousand_people_are_told_over_soap(
        self, soap: Client, miljo: Testmiljo
    ) -> None:
        miljo.register.know_everybody_as(Kind.REACHABLE)
        numbers = list(islice(synthetic_people(), 1100))
        before = miljo.krr_soap.requests
        found = soap.lookup(number for number in numbers)

        assert [answer.personidentifikator for answer in found] == numbers
        assert all(isinstance(answer, Person) for answer in found)
        assert miljo.krr_soap.requests - before == 2

    def test_a_cache_asks_once(self, connect: Connect, miljo: Testmiljo) -> None:
        number = miljo.innbygger().personidentifikator
        with connect(cache_seconds=60) as client:
            before = miljo.krr_rest.requests
            assert client.lookup([number]) == client.lookup([number])
        assert miljo.krr_rest.requests - before == 1


class TestBrev:
    def test_a_reachable_person_gets_a_digital_letter_with_notices(
        self, client: Client, miljo: Testmiljo
    ) -> None:
        number = miljo.innbygger().personidentifikator
        sent = client.brev(number, brev())

        assert isinstance(sent.rute, Digital)
        order = miljo.letters[-1].order
        assert isinstance(order, DigitalOrder)
        assert order.epost_varsel is not None
        assert order.sms_varsel is not None
        assert miljo.letters[-1].meldings_id == sent.resultat.meldings_id

    @pytest.mark.parametrize("wire", ["ebms", "dpi"])
    def test_each_mailbox_provider_opens_its_own_letters_and_signs_their_receipts(
        self, miljo: Testmiljo, wire: Literal["ebms", "dpi"]
    ) -> None:
        with Client(miljo.client_config(wire=wire)) as client:
            for kind, provider in ((Kind.REACHABLE, POSTKASSE), (Kind.DIGIPOST, DIGIPOST)):
                sent = client.brev(miljo.innbygger(kind=kind).personidentifikator, brev())
                assert miljo.letters[-1].teknisk_mottaker == provider
                received = {each.konversasjons_id: each.avsender for each in client.receipts()}
                assert received[sent.resultat.konversasjons_id] == provider

    @pytest.mark.parametrize("kind", UNNOTIFIED)
    def test_informasjon_reaches_the_mailbox_of_whoever_may_not_be_notified_and_notifies_nobody(
        self, rest: Client, miljo: Testmiljo, kind: Kind
    ) -> None:
        number = miljo.innbygger(kind=kind).personidentifikator
        sent = rest.brev(number, brev(formaal=Formaal.INFORMASJON))
        order = miljo.letters[-1].order
        assert isinstance(order, DigitalOrder)
        assert (order.epost_varsel, order.sms_varsel) == (None, None)
        assert sent.rute.grunn is Grunn.UTEN_VARSEL

    @pytest.mark.parametrize("wire", ["ebms", "dpi"])
    def test_a_vedtak_without_texts_is_notified_of_twice_all_the_same(
        self, miljo: Testmiljo, wire: Literal["ebms", "dpi"]
    ) -> None:
        with Client(miljo.client_config(wire=wire)) as client:
            client.brev(miljo.innbygger().personidentifikator, brev(varseltekster=None))
        order = miljo.letters[-1].order
        assert isinstance(order, DigitalOrder)
        assert order.epost_varsel is not None
        assert order.epost_varsel.repetisjoner == (0, 7)
        assert order.sms_varsel is None

    def test_an_address_that_no_wire_can_carry_is_left_out_and_the_letter_goes(
        self, miljo: Testmiljo
    ) -> None:
        with Client(miljo.client_config(wire="dpi")) as client:
            quoted = miljo.innbygger(epost='"kari nordmann"@example.no', mobil="+4799999999")
            sent = client.brev(quoted.personidentifikator, brev())
            assert isinstance(sent.rute, Digital)
            order = miljo.letters[-1].order
            assert isinstance(order, DigitalOrder)
            assert order.epost_varsel is None
            assert order.sms_varsel is not None

            neither = miljo.innbygger(epost="kari@example.no;ola@example.no", mobil="1234567")
            on_paper = client.brev(neither.personidentifikator, brev())
            assert on_paper.rute == Print(Grunn.UTEN_VARSLINGSADRESSE)

    def test_informasjon_passes_over_a_reservation_only_with_permission(
        self, client: Client, miljo: Testmiljo
    ) -> None:
        number = miljo.innbygger(kind=Kind.RESERVED_WITH_MAILBOX).personidentifikator
        without = client.brev(number, brev(formaal=Formaal.INFORMASJON))
        assert without.rute == Print(Grunn.RESERVERT)

        permitted = brev(formaal=Formaal.INFORMASJON, tross_reservasjon=True)
        allowed = client.brev(number, permitted)
        assert isinstance(allowed.rute, Digital)
        assert allowed.rute.grunn is Grunn.TROSS_RESERVASJON

    @pytest.mark.parametrize(
        ("kind", "grunn"),
        [
            (Kind.RESERVED, Grunn.RESERVERT),
            (Kind.RESERVED_WITH_MAILBOX, Grunn.RESERVERT),
            (Kind.NO_MAILBOX, Grunn.UTEN_POSTKASSE),
            (Kind.NO_CERTIFICATE, Grunn.UTEN_SERTIFIKAT),
            (Kind.DELETED, Grunn.SLETTET),
            (Kind.NOT_REGISTERED, Grunn.IKKE_REGISTRERT),
            *UNNOTIFIED.items(),
        ],
    )
    def test_others_get_print_or_nothing_and_why_is_told(
        self, client: Client, miljo: Testmiljo, kind: Kind, grunn: Grunn
    ) -> None:
        number = miljo.innbygger(kind=kind).personidentifikator
        sent = client.brev(number, brev())
        assert sent.rute == Print(grunn)
        assert isinstance(miljo.letters[-1].order, PrintOrder)

        before = len(miljo.letters)
        with pytest.raises(RecipientUnreachableError, match=grunn.value.split("(")[0].strip()):
            client.brev(number, brev(fysisk_post=None))
        assert len(miljo.letters) == before

    def test_a_mailbox_certificate_that_is_no_good_is_an_error_and_no_reason_for_print(
        self, client: Client, miljo: Testmiljo
    ) -> None:
        number = miljo.innbygger(kind=Kind.EXPIRED_CERTIFICATE).personidentifikator
        before = len(miljo.letters)
        for letter in (brev(), brev(fysisk_post=None)):
            with pytest.raises(CertificateError) as refusal:
                client.brev(number, letter)
            assert refusal.value.problem is CertificateProblem.EXPIRED
        assert len(miljo.letters) == before

    def test_a_letter_addressed_by_hand_does_not_reach_somebody_who_has_opted_out(
        self, client: Client, miljo: Testmiljo
    ) -> None:
        mottaker = miljo.innbygger(kind=Kind.RESERVED_WITH_MAILBOX)
        before = len(miljo.letters)
        with pytest.raises(RecipientUnreachableError, match="opted out"):
            client.send(Letters(miljo).digital(mottaker=mottaker))
        assert len(miljo.letters) == before

    def test_whoever_declines_after_a_lookup_that_is_remembered_gets_no_digital_letter(
        self, connect: Connect, miljo: Testmiljo
    ) -> None:
        mottaker = miljo.innbygger()
        number = mottaker.personidentifikator
        with connect(cache_seconds=3600) as client:
            client.lookup([number])
            miljo.register.add_kind(Kind.RESERVED_WITH_MAILBOX, number)
            assert isinstance(client.route(number), Digital)

            assert client.brev(number, brev()).rute == Print(Grunn.RESERVERT)
            with pytest.raises(RecipientUnreachableError, match="opted out"):
                client.send(Letters(miljo).digital(mottaker=mottaker))

    def test_a_letter_addressed_by_hand_goes_to_the_mailbox_of_the_register_or_nowhere(
        self, client: Client, miljo: Testmiljo
    ) -> None:
        reserved = miljo.innbygger(kind=Kind.RESERVED_WITH_MAILBOX)
        own = {"personidentifikator": miljo.innbygger().personidentifikator}
        theirs = reserved.model_copy(update=own)
        elsewhere = miljo.innbygger().model_copy(update={"postkasse": miljo.printer_mottaker()})
        for mottaker, field in (
            (theirs, "mottaker.postkasseadresse"),
            (elsewhere, "mottaker.postkasse.organisasjonsnummer"),
        ):
            refusal = refused(client, miljo, mottaker=mottaker)
            assert [problem.field for problem in refusal.problems] == [field]
            assert reserved.postkasseadresse not in str(refusal)

    @pytest.mark.parametrize(
        ("kind", "rule"),
        [
            (Kind.NOT_NOTIFIED, "may not be notified"),
            (Kind.STALE, "18 months"),
            (Kind.NEVER_VERIFIED, "18 months"),
        ],
    )
    def test_a_notice_addressed_by_hand_is_refused_to_whoever_may_not_be_notified(
        self, client: Client, miljo: Testmiljo, kind: Kind, rule: str
    ) -> None:
        mottaker = miljo.innbygger(kind=kind, epost="kari@example.no", mobil="+4799999999")
        with pytest.raises(RecipientUnreachableError, match="§ 8"):
            client.send(Letters(miljo).digital(mottaker=mottaker, digital_post=NOTICES))

        refusal = refused(
            client,
            miljo,
            mottaker=mottaker,
            digital_post=NOTICES,
            formaal=Formaal.INFORMASJON,
        )

        assert [problem.field for problem in refusal.problems] == [
            "digital_post.epost_varsel",
            "digital_post.sms_varsel",
        ]
        assert all(rule in problem.rule for problem in refusal.problems)

    def test_a_notice_addressed_by_hand_goes_to_the_address_of_the_register_or_nowhere(
        self, client: Client, miljo: Testmiljo
    ) -> None:
        mottaker = miljo.innbygger(epost="ola@example.no", mobil="+4740000000")
        refusal = refused(client, miljo, mottaker=mottaker, digital_post=NOTICES)

        assert [problem.field for problem in refusal.problems] == [
            "digital_post.epost_varsel.epostadresse",
            "digital_post.sms_varsel.mobiltelefonnummer",
        ]

    def test_a_notice_to_the_address_of_the_register_is_sent_however_it_is_written(
        self, client: Client, miljo: Testmiljo
    ) -> None:
        mottaker = miljo.innbygger(epost="Kari@Example.no", mobil="999 99 999")
        client.send(Letters(miljo).digital(mottaker=mottaker, digital_post=NOTICES))
        order = miljo.letters[-1].order
        assert isinstance(order, DigitalOrder)
        assert order.epost_varsel is not None
        assert order.sms_varsel is not None

    def test_the_async_client_does_the_same(self, miljo: Testmiljo) -> None:
        async def main(config: ClientConfig) -> None:
            number = miljo.innbygger().personidentifikator
            reserved = miljo.innbygger(kind=Kind.RESERVED).personidentifikator
            async with AsyncClient(config) as client:
                first, second = await asyncio.gather(
                    client.brev(number, brev()), client.brev(reserved, brev())
                )
                assert isinstance(first.rute, Digital)
                assert second.rute == Print(Grunn.RESERVERT)
                (person,) = await client.lookup([number])
                assert isinstance(person, Person)
                assert isinstance(await client.route(person), Digital)
                assert (await client.print_certificate()).leverandoer == PRINTER

        asyncio.run(main(miljo.client_config()))


def refused(client: Client, miljo: Testmiljo, **changes: Any) -> InvalidInputError:
    """Send a digital letter that must be refused for what it says of its recipient."""
    before = len(miljo.letters)
    with pytest.raises(InvalidInputError) as refusal:
        client.send(Letters(miljo).digital(**changes))
    assert "client.brev" in refusal.value.remedy
    assert "example.no" not in str(refusal.value)
    assert len(miljo.letters) == before
    return refusal.value


class TestRestGoesWrong:
    @pytest.fixture
    def number(self, miljo: Testmiljo) -> str:
        return miljo.innbygger().personidentifikator

    def test_a_token_that_was_revoked_is_renewed_in_silence(
        self, rest: Client, miljo: Testmiljo, number: str
    ) -> None:
        rest.lookup([number])
        issued = miljo.maskinporten.issued
        miljo.maskinporten.revoke_all()
        assert isinstance(rest.lookup([number])[0], Person)
        assert miljo.maskinporten.issued == issued + 1

    def test_a_second_401_is_told(self, rest: Client, miljo: Testmiljo, number: str) -> None:
        miljo.faults.add(RefuseLookup(401), times=2)
        with pytest.raises(UnauthorizedError):
            rest.lookup([number])

    @pytest.mark.parametrize("status", [429, 503])
    def test_too_many_questions_are_asked_again_when_the_register_says(
        self, rest: Client, miljo: Testmiljo, number: str, status: int
    ) -> None:
        miljo.faults.add(RefuseLookup(status, retry_after=1))
        assert isinstance(rest.lookup([number])[0], Person)

    @pytest.mark.parametrize(
        "fault", [RestDefect.OTHER_ORGANISATION, RestDefect.STRANGER, RestDefect.UNSIGNED]
    )
    def test_an_answer_that_is_not_signed_by_the_register(
        self, connect: Connect, miljo: Testmiljo, number: str, fault: RestDefect
    ) -> None:
        with connect(signed_answers=True) as client:
            miljo.faults.add(FailRestLookup(fault))
            with pytest.raises((CertificateError, UnreadableAnswerError)):
                client.lookup([number])

    def test_a_signed_answer_that_says_it_is_old_is_not_believed(
        self, connect: Connect, miljo: Testmiljo, number: str
    ) -> None:
        with connect(signed_answers=True) as client:
            miljo.faults.add(FailRestLookup(RestDefect.STALE))
            with pytest.raises(UnreadableAnswerError, match="another time than now"):
                client.lookup([number])

    @pytest.mark.parametrize("signed_answers", [True, False])
    def test_fields_that_nobody_knows_change_nothing(
        self, connect: Connect, miljo: Testmiljo, number: str, *, signed_answers: bool
    ) -> None:
        with connect(signed_answers=signed_answers) as client:
            plain = client.lookup([number])
            miljo.faults.add(FailRestLookup(RestDefect.UNKNOWN_FIELDS))
            assert client.lookup([number]) == plain

    def test_a_truncated_answer(self, rest: Client, miljo: Testmiljo, number: str) -> None:
        miljo.faults.add(FailRestLookup(RestDefect.TRUNCATED))
        with pytest.raises(UnreadableAnswerError) as failure:
            rest.lookup([number])
        assert failure.value.retry is Retry.LATER

    def test_somebody_left_out_fails_alone(
        self, rest: Client, miljo: Testmiljo, number: str
    ) -> None:
        other = miljo.innbygger().personidentifikator
        miljo.faults.add(FailRestLookup(RestDefect.ONE_LEFT_OUT))
        first, second = rest.lookup([number, other])
        assert isinstance(first, OppslagFeil)
        assert isinstance(second, Person)

    def test_a_reservation_that_is_not_told_is_never_taken_for_none(
        self, rest: Client, miljo: Testmiljo, number: str
    ) -> None:
        miljo.faults.add(FailRestLookup(RestDefect.NO_RESERVATION))
        with pytest.raises(UnreadableAnswerError, match="reservasjon"):
            rest.brev(number, brev())


class TestSoapGoesWrong:
    @pytest.fixture
    def number(self, miljo: Testmiljo) -> str:
        return miljo.innbygger(kind=Kind.RESERVED_WITH_MAILBOX).personidentifikator

    @pytest.mark.parametrize(
        ("fault", "error", "words"),
        [
            (SoapDefect.UNSIGNED, UnreadableAnswerError, "one Signature, and has 0"),
            (SoapDefect.OTHER_ORGANISATION, CertificateError, POSTKASSE),
            (SoapDefect.STRANGER, CertificateError, "chain"),
            (SoapDefect.STALE, UnreadableAnswerError, "another time than now"),
            (SoapDefect.REPLAYED, SignatureError, "confirms another question"),
            (SoapDefect.WRAPPED, SignatureError, "has no wsu:Id"),
            (SoapDefect.RE_ENCRYPTED, UnreadableAnswerError, "encrypted for another certificate"),
            (SoapDefect.NOT_ENCRYPTED, UnreadableAnswerError, "one EncryptedKey, and has 0"),
            (SoapDefect.TRUNCATED, UnreadableAnswerError, "XML"),
            (SoapDefect.FAULT, SoapFaultError, "SOAP fault"),
        ],
    )
    def test_each_is_told_and_nothing_is_believed(
        self,
        soap: Client,
        miljo: Testmiljo,
        number: str,
        fault: SoapDefect,
        error: type[SdpError],
        words: str,
    ) -> None:
        miljo.faults.add(FailSoapLookup(fault))
        with pytest.raises(error, match=words) as failure:
            soap.lookup([number])
        assert type(failure.value) is error
        assert number not in str(failure.value)

    def test_a_fault_of_the_register_is_the_servers(
        self, soap: Client, miljo: Testmiljo, number: str
    ) -> None:
        miljo.faults.add(FailSoapLookup(SoapDefect.FAULT))
        with pytest.raises(SoapFaultError) as failure:
            soap.lookup([number])
        assert (failure.value.fault, failure.value.retry) == (Fault.SERVER, Retry.LATER)

    def test_on_behalf_of_another_is_signed_and_told(
        self, connect: Connect, miljo: Testmiljo, number: str
    ) -> None:
        for asked_for in ("889640782", None):
            with connect("soap", paa_vegne_av=asked_for) as client:
                assert isinstance(client.lookup([number])[0], Person)
            assert miljo.krr_soap.questions[-1].paa_vegne_av == asked_for
        assert miljo.krr_soap.refusals == []


class TestOnBehalfOf:
    @pytest.fixture
    def number(self, miljo: Testmiljo) -> str:
        return miljo.innbygger().personidentifikator

    def test_a_supplier_asks_over_rest_with_the_scopes_that_are_delegated(
        self, connect: Connect, number: str
    ) -> None:
        with connect("rest", paa_vegne_av="889640782") as client:
            (person,) = client.lookup([number])
        assert isinstance(person, Person)
        assert person.digital_post is not None
        assert person.epost is not None

    def test_the_scopes_of_ones_own_access_do_not_reach_for_another(
        self, connect: Connect, number: str
    ) -> None:
        own = ("krr:global/kontaktinformasjon.read", "krr:global/digitalpost.read")
        with (
            connect("rest", paa_vegne_av="889640782", scopes=own) as client,
            pytest.raises(ProblemError) as refusal,
        ):
            client.lookup([number])
        assert refusal.value.status == 403

    def test_one_scope_in_each_token_gives_the_same_people(
        self, connect: Connect, miljo: Testmiljo, number: str
    ) -> None:
        with connect("rest") as joint, connect("rest", one_scope_per_token=True) as apart:
            before = miljo.krr_rest.requests
            assert apart.lookup([number]) == joint.lookup([number])
        assert miljo.krr_rest.requests - before == 3


def test_without_a_register_a_lookup_says_what_to_configure(miljo: Testmiljo) -> None:
    config = miljo.client_config().model_copy(update={"maskinporten": None})
    with Client(config) as client, pytest.raises(ConfigurationError, match="contact register"):
        client.lookup([synthetic_personidentifikator(0)])
