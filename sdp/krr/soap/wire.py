"""Requests to the contact register over SOAP, sans I/O."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, TypeVar

from sdp.errors import ConfigurationError, InvalidInputError, Problem
from sdp.krr.register import check_organisation, lookup_in_blocks, safe_to_repeat
from sdp.krr.soap.conversation import Conversation, Description
from sdp.krr.soap.envelope import Verifier
from sdp.krr.soap.reading import read_endringer, read_personer, read_printsertifikat
from sdp.pki import DeferredValidation
from sdp.transport.retry import Attempt, attempt, retry_with_backoff

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sdp.krr.person import Endringer, Oppslag, Printsertifikat
    from sdp.pki import Decryptor, Signer, TrustStore
    from sdp.transport.effects import Flow
    from sdp.transport.request import HttpResponse


@dataclass(frozen=True, slots=True)
class KrrSoapSettings:
    """Address and options of the contact register over SOAP.

    Attributes:
        url: where questions are posted, such as
            `https://kontaktinfo-ws.difi.no/kontaktinfo-external/ws-v5`.
        organisasjonsnummer: who must have signed the answers.
        paa_vegne_av: the organisation that has delegated its access to the one that asks; None
            where an organisation asks for itself.
        encrypted_answers: whether every answer must be encrypted. False is for recorded answers
            that were published in clear, and for nothing else.

    Raises:
        ConfigurationError: naming the setting that is wrong.
    """

    url: str
    organisasjonsnummer: str = "991825827"
    paa_vegne_av: str | None = None
    encrypted_answers: bool = True

    def __post_init__(self) -> None:
        if not self.url.startswith("https://"):
            raise ConfigurationError(
                "url of the contact register must start with https://.",
                remedy="Set it to the address that questions are posted to.",
            )
        check_organisation("organisasjonsnummer", self.organisasjonsnummer)
        if self.paa_vegne_av is not None:
            check_organisation("paa_vegne_av", self.paa_vegne_av)


T = TypeVar("T")

PRINT_CERTIFICATE_LIFETIME: Final = timedelta(minutes=5)

_EVERYTHING: Final = ("Person", "Kontaktinfo", "Sertifikat", "SikkerDigitalPost", "VarslingsStatus")
_LARGEST_NUMBER: Final = 2**63 - 1


class KrrSoap:
    """Asks the contact register over SOAP. Safe to share between threads.

    Zeep is loaded when the first one is made, which takes a fraction of a second.

    Args:
        settings: where the register is, and who answers for it.
        signer: signs the questions.
        decryptor: opens the answers; the certificate is the one the questions are signed with.
        trust: the trust anchors for the answers.
        clock: tells the time; aware.

    Raises:
        ConfigurationError: zeep is not installed.
    """

    def __init__(
        self,
        settings: KrrSoapSettings,
        *,
        signer: Signer,
        decryptor: Decryptor,
        trust: TrustStore,
        clock: Callable[[], datetime],
    ) -> None:
        self._settings = settings
        self._signer = signer
        self._clock = clock
        self._trust = trust
        self._verifier = Verifier(
            decryptor, trust, settings.organisasjonsnummer, settings.encrypted_answers
        )
        self._description = Description()
        self._printer: tuple[datetime, Printsertifikat] | None = None

    def lookup(self, personer: Iterable[str]) -> Flow[tuple[Oppslag, ...]]:
        """Ask about any number of people, 1000 at a time, and answer each in the order given.

        While the register is busy it is asked again, at most four times and within a minute.

        Raises:
            InvalidInputError: at once; a number is not a personidentifikator; its index is named.
            NotSentError: nothing left this machine.
            SoapFaultError, HttpStatusError: the register refused.
            SignatureError, CertificateError: the answer is not the register's, or cannot be
                decrypted.
            UnreadableAnswerError: what came is no answer to this question.
            WireError: no answer came.
        """
        return lookup_in_blocks(personer, self._ask)

    def print_certificate(self) -> Flow[Printsertifikat]:
        """Ask who prints letters. The answer is kept for five minutes.

        Raises:
            WireError, SignatureError, CertificateError: as for `lookup`.
        """
        moment = self._clock()
        kept = self._printer
        if kept is not None and timedelta() <= moment - kept[0] < PRINT_CERTIFICATE_LIFETIME:
            return kept[1]
        printer = yield from self._answer("HentPrintSertifikat", {}, read_printsertifikat)
        self._printer = (moment, printer)
        return printer

    def changes_since(self, number: int) -> Flow[Endringer]:
        """List people changed since a change number, inclusive; up to 1000 in one answer.

        Ask next from `neste`, whether or not `flere` is true.

        Raises:
            InvalidInputError: at once; the number is below 0 or of more than 64 bits.
            WireError, SignatureError, CertificateError: as for `lookup`.
        """
        if not 0 <= number <= _LARGEST_NUMBER:
            rule = f"must be from 0 to {_LARGEST_NUMBER}"
            raise InvalidInputError("Endringer", [Problem("number", rule)])
        asked = {"informasjonsbehov": list(_EVERYTHING), "fraEndringsNummer": number}
        return self._answer("HentEndringer", asked, read_endringer)

    def _ask(self, block: tuple[str, ...]) -> Flow[tuple[Oppslag, ...]]:
        asked = {"informasjonsbehov": list(_EVERYTHING), "personidentifikator": list(block)}
        return self._answer("HentPersoner", asked, read_personer)

    def _answer(self, operation: str, asked: dict[str, Any], read: Callable[[Any], T]) -> Flow[T]:
        deferred = DeferredValidation(self._trust)
        verifier = self._verifier.with_trust(deferred)
        conversation = Conversation(self._description, self._signer, verifier, self._clock)
        if self._settings.paa_vegne_av is not None:
            header = {"Oppslagstjenesten": {"PaaVegneAv": self._settings.paa_vegne_av}}
            asked = {**asked, "_soapheaders": header}

        def ask() -> Flow[Attempt]:
            # Each time it is signed anew, and it is the last that the answer must confirm.
            return attempt(conversation.request(self._settings.url, operation, asked))

        def read_answer(response: HttpResponse) -> T:
            with safe_to_repeat():
                return read(conversation.read(operation, response))

        found = yield from retry_with_backoff(
            ask, read_answer, self._clock, whom="the contact register"
        )
        yield from deferred.checking()
        return found
