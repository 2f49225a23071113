"""DPI end to end: the client, Maskinporten and the access point, over real HTTPS."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from sdp.async_client import AsyncClient
from sdp.client import Client
from sdp.config import ClientConfig
from sdp.domain import (
    Aapningskvittering,
    Avsender,
    DigitalPost,
    Feil,
    Kvittering,
    Leveringskvittering,
    Mottakskvittering,
    Printinstruksjon,
    Prioritet,
    Returpostkvittering,
    SendResultat,
    VarslingFeiletKvittering,
    Varslingskanal,
)
from sdp.dpi import Statuskode
from sdp.errors import (
    AlreadyReceivedError,
    ConfigurationError,
    Fault,
    InvalidInputError,
    ProblemError,
    Retry,
    TokenError,
    UnauthorizedError,
    UnknownOutcomeError,
)
from sdp.testmiljo import (
    Delay,
    DigitalOrder,
    Kind,
    LoseAnswer,
    RefuseWithStatus,
    SignWithStranger,
    Testmiljo,
    Traffic,
)
from sdp.testmiljo.environment import ANNEN_AVSENDER
from sdp.testmiljo.faults.kinds import ExpireToken, MoveDownloads, RefuseWithProblem, ReplayReceipt
from sdp.wire import SetAside
from tests.e2e.client.conftest import Letters
from tests.e2e.test_krr import FYSISK, brev


def over_dpi(config: ClientConfig, **changes: Any) -> ClientConfig:
    environment = config.environment.model_copy(update={"wire": "dpi"})
    return config.model_copy(update={"environment": environment, **changes})


@pytest.fixture
def miljo() -> Iterator[Testmiljo]:
    with Testmiljo.start() as started:
        yield started


@pytest.fixture
def letters(miljo: Testmiljo) -> Letters:
    return Letters(miljo)


@pytest.fixture
def client(miljo: Testmiljo) -> Iterator[Client]:
    with Client(over_dpi(miljo.client_config())) as made:
        yield made


def receipts(client: Client, **options: Any) -> tuple[list[Kvittering], list[SetAside]]:
    aside: list[SetAside] = []
    return list(client.receipts(on_set_aside=aside.append, **options)), aside


class TestLetters:
    def test_a_digital_letter_arrives_whole_and_its_receipt_is_confirmed(
        self, client: Client, letters: Letters, miljo: Testmiljo
    ) -> None:
        letter = letters.digital()
        resultat = client.send(letter)
        (got,), aside = receipts(client)

        (arrived,) = miljo.letters
        assert isinstance(arrived.order, DigitalOrder)
        assert arrived.order.personidentifikator is None
        assert arrived.meldings_id == str(letter.meldings_id) == resultat.meldings_id
        assert isinstance(got, Leveringskvittering)
        assert got.konversasjons_id == resultat.konversasjons_id
        assert aside == []
        assert miljo.aksesspunkt.waiting_receipts == ()

    def test_a_print_letter_gives_two_receipts(
        self, client: Client, letters: Letters, miljo: Testmiljo
    ) -> None:
        client.send(letters.fysisk())
        got, _ = receipts(client)

        assert {type(kvittering) for kvittering in got} == {Mottakskvittering, Leveringskvittering}

    def test_on_behalf_of_another(self, client: Client, letters: Letters, miljo: Testmiljo) -> None:
        client.send(letters.digital(avsender=Avsender(organisasjonsnummer=ANNEN_AVSENDER)))

        assert miljo.letters[0].avsender == ANNEN_AVSENDER

    def test_on_behalf_of_somebody_who_has_not_delegated(
        self, client: Client, letters: Letters, miljo: Testmiljo
    ) -> None:
        stranger = Avsender(organisasjonsnummer="974720760")
        with pytest.raises(TokenError, match="Have the organisation") as refusal:
            client.send(letters.digital(avsender=stranger))

        assert "Altinn" in refusal.value.remedy
        assert miljo.letters == ()

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"mpc_id": "arkiv"}, "mpc_id"),
            ({"prioritet": Prioritet.PRIORITERT}, "prioritet"),
        ],
    )
    def test_what_it_cannot_carry_is_refused_before_anything_is_sent(
        self,
        client: Client,
        letters: Letters,
        miljo: Testmiljo,
        changes: dict[str, Any],
        field: str,
    ) -> None:
        with pytest.raises(InvalidInputError, match=field):
            client.send(letters.digital(**changes))
        assert miljo.maskinporten.issued == 0

    def test_print_instructions_are_refused(self, client: Client, letters: Letters) -> None:
        instruction = Printinstruksjon(navn="konvolutt", verdi="C4")
        fysisk_post = FYSISK.model_copy(update={"printinstruksjoner": (instruction,)})
        with pytest.raises(InvalidInputError, match="printinstruksjoner"):
            client.send(letters.fysisk(fysisk_post=fysisk_post))

    def test_a_letter_by_number(self, client: Client, miljo: Testmiljo) -> None:
        client.brev(miljo.innbygger().personidentifikator, brev())
        client.brev(miljo.innbygger(kind=Kind.RESERVED).personidentifikator, brev())

        assert len({type(letter.order) for letter in miljo.letters}) == 2

    def test_the_access_point_tells_how_far_it_has_come(
        self, client: Client, letters: Letters
    ) -> None:
        letter = letters.digital()
        client.send(letter)

        assert [status.kode for status in client.statuses(letter.meldings_id)] == [
            Statuskode.OPPRETTET,
            Statuskode.SENDT,
        ]

    def test_the_classic_wire_has_no_statuses(self, miljo: Testmiljo) -> None:
        with (
            Client(miljo.client_config()) as classic,
            pytest.raises(ConfigurationError, match="statuses"),
        ):
            classic.statuses(uuid4())

    def test_many_at_once_share_one_token(self, miljo: Testmiljo, letters: Letters) -> None:
        async def main() -> list[SendResultat]:
            async with AsyncClient(over_dpi(miljo.client_config())) as client:
                sent = await asyncio.gather(*(client.send(letters.digital()) for _ in range(6)))
                got = [kvittering async for kvittering in client.receipts()]
                assert len(got) == 6
                return sent

        assert len(asyncio.run(main())) == 6
        assert miljo.maskinporten.issued == 2  # one for the register, one for the access point


def fail_at_the_first_receipt(client: Client) -> None:
    for _ in client.receipts():
        raise RuntimeError("the archive is full")


class TestReceipts:
    def test_every_kind_comes_back(
        self, client: Client, letters: Letters, miljo: Testmiljo
    ) -> None:
        post = DigitalPost(ikke_sensitiv_tittel="Brev", aapningskvittering=True)
        client.send(letters.digital(digital_post=post))
        client.send(letters.fysisk())
        digital, fysisk = miljo.letters
        postkasse, printer = miljo.aksesspunkt.postkasse, miljo.aksesspunkt.printer
        postkasse.open(digital)
        postkasse.fail_notification(digital, Varslingskanal.SMS)
        postkasse.refuse(digital, "Postkassen er full", feiltype="SERVER")
        printer.return_letter(fysisk)
        got, aside = receipts(client)

        assert {type(kvittering) for kvittering in got} == {
            Aapningskvittering,
            Feil,
            Leveringskvittering,
            Mottakskvittering,
            Returpostkvittering,
            VarslingFeiletKvittering,
        }
        assert aside == []

    def test_one_is_not_marked_as_read_when_the_caller_fails(
        self, client: Client, letters: Letters, miljo: Testmiljo
    ) -> None:
        client.send(letters.digital())
        with pytest.raises(RuntimeError, match="full"):
            fail_at_the_first_receipt(client)

        assert len(miljo.aksesspunkt.waiting_receipts) == 1
        assert len(receipts(client)[0]) == 1

    def test_each_kanal_has_its_own(self, miljo: Testmiljo, letters: Letters) -> None:
        with (
            Client(over_dpi(miljo.client_config(), kanal="arkiv")) as arkiv,
            Client(over_dpi(miljo.client_config(), kanal="fagsystem")) as fagsystem,
        ):
            arkiv.send(letters.digital())
            assert receipts(fagsystem)[0] == []
            assert len(receipts(arkiv)[0]) == 1

    def test_one_that_is_signed_by_a_stranger_is_set_aside_and_stops_nobody(
        self, client: Client, letters: Letters, miljo: Testmiljo
    ) -> None:
        client.send(letters.digital())
        client.send(letters.digital())
        miljo.faults.add(SignWithStranger(), on=Traffic.RECEIPTS)
        got, aside = receipts(client)

        # The first list is of the stranger's; the next one is as it should be.
        assert (len(got), len(aside)) == (2, 2)
        assert miljo.aksesspunkt.waiting_receipts == ()

    def test_a_download_address_elsewhere_is_never_followed(
        self, client: Client, letters: Letters, miljo: Testmiljo
    ) -> None:
        client.send(letters.digital())
        with socket.create_server(("127.0.0.1", 0)) as decoy:
            decoy.setblocking(False)
            moved = MoveDownloads(f"https://localhost:{decoy.getsockname()[1]}")
            miljo.faults.add(moved, on=Traffic.RECEIPTS)
            got, aside = receipts(client)

            with pytest.raises(BlockingIOError):
                decoy.accept()  # nobody has knocked
        assert (len(got), len(aside)) == (1, 0)

    def test_one_of_another_conversation_is_not_mixed_up(
        self, client: Client, letters: Letters, miljo: Testmiljo
    ) -> None:
        first = client.send(letters.digital())
        receipts(client)
        second = client.send(letters.digital())
        miljo.faults.add(ReplayReceipt(), on=Traffic.RECEIPTS)
        got, aside = receipts(client)

        assert [k.konversasjons_id for k in got] == [
            first.konversasjons_id,
            second.konversasjons_id,
        ]
        assert aside == []


class TestOutcomes:
    def test_an_answer_that_is_lost_is_an_unknown_outcome_and_settled_by_sending_again(
        self, client: Client, letters: Letters, miljo: Testmiljo
    ) -> None:
        miljo.faults.add(LoseAnswer(accepted=True), on=Traffic.LETTER)
        with pytest.raises(UnknownOutcomeError) as unknown:
            client.send(letters.digital())
        resultat = client.resend(unknown.value.pending)

        assert resultat.already_received
        assert len(miljo.letters) == 1

    def test_a_letter_that_never_arrived_arrives_when_sent_again(
        self, client: Client, letters: Letters, miljo: Testmiljo
    ) -> None:
        miljo.faults.add(LoseAnswer(accepted=False), on=Traffic.LETTER)
        with pytest.raises(UnknownOutcomeError) as unknown:
            client.send(letters.digital())
        assert not client.resend(unknown.value.pending).already_received
        assert len(miljo.letters) == 1

    def test_the_same_ids_twice_arrive_once_and_are_a_success_when_said_to_be_repeated(
        self, client: Client, letters: Letters, miljo: Testmiljo
    ) -> None:
        letter = letters.digital()
        client.send(letter)
        with pytest.raises(AlreadyReceivedError) as told:
            client.send(letter)
        assert (told.value.fault, told.value.retry) == (Fault.CLIENT, Retry.NEVER)
        assert client.send(letter, repeated=True).already_received
        assert len(miljo.letters) == 1

    def test_an_expired_token_is_renewed_once_in_silence(
        self, client: Client, letters: Letters, miljo: Testmiljo
    ) -> None:
        miljo.faults.add(ExpireToken(), on=Traffic.LETTER)
        client.send(letters.digital())
        assert len(miljo.letters) == 1

        miljo.faults.add(ExpireToken(), on=Traffic.LETTER, times=2)
        with pytest.raises(UnauthorizedError):
            client.send(letters.digital())

    def test_a_problem_tells_its_detail(
        self, client: Client, letters: Letters, miljo: Testmiljo
    ) -> None:
        miljo.faults.add(RefuseWithProblem(403), on=Traffic.LETTER)
        with pytest.raises(ProblemError) as refusal:
            client.send(letters.digital())
        assert refusal.value.status == 403
        assert miljo.letters == ()

    @pytest.mark.parametrize("status", [500, 502, 503])
    def test_a_server_error_says_nothing_of_the_letter(
        self, client: Client, letters: Letters, miljo: Testmiljo, status: int
    ) -> None:
        miljo.faults.add(RefuseWithStatus(status), on=Traffic.LETTER)
        with pytest.raises(UnknownOutcomeError) as unknown:
            client.send(letters.digital())
        unknown.value.pending.close()

    def test_no_answer_in_time_is_an_unknown_outcome(
        self, letters: Letters, miljo: Testmiljo
    ) -> None:
        config = over_dpi(miljo.client_config(), read_timeout=0.3)
        with Client(config) as hasty:
            hasty.lookup([miljo.innbygger().personidentifikator])
            miljo.faults.add(Delay(1.0), on=Traffic.LETTER)
            with pytest.raises(UnknownOutcomeError) as unknown:
                hasty.send(letters.digital())
            unknown.value.pending.close()


def test_without_maskinporten_the_configuration_says_so(miljo: Testmiljo) -> None:
    with pytest.raises(ConfigurationError, match="Maskinporten"):
        Client(over_dpi(miljo.client_config(), maskinporten=None))
