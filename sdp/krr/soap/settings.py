"""Where the contact register is, and how it is asked over SOAP."""

from __future__ import annotations

from dataclasses import dataclass

from sdp.domain import check_organisasjonsnummer
from sdp.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class KrrSoapSettings:
    """How to reach the contact register over SOAP.

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
        _check_organisation("organisasjonsnummer", self.organisasjonsnummer)
        if self.paa_vegne_av is not None:
            _check_organisation("paa_vegne_av", self.paa_vegne_av)


def _check_organisation(name: str, number: str) -> None:
    try:
        check_organisasjonsnummer(number)
    except ValueError as error:
        raise ConfigurationError(f"{name} of the contact register {error}.") from error
