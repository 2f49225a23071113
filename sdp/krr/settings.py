"""Where the contact register is, and how it is asked over REST."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sdp.domain import check_organisasjonsnummer
from sdp.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class KrrSettings:
    """How to reach the contact register.

    Attributes:
        url: the root, such as `https://test.kontaktregisteret.no/rest/`.
        version: the version of the API, `v1` or `v2`.
        signed_answers: whether to ask for signed answers about people, and verify them.
        organisasjonsnummer: the organisation that must have signed them.
        consumer_org: the organisation that has delegated its access to the one that asks; None
            if an organisation asks for itself.

    Raises:
        ConfigurationError: naming the setting that is wrong.
    """

    url: str
    version: Literal["v1", "v2"] = "v2"
    signed_answers: bool = False
    organisasjonsnummer: str = "991825827"
    consumer_org: str | None = None

    def __post_init__(self) -> None:
        if not self.url.startswith("https://"):
            raise ConfigurationError(
                "url of the contact register must start with https://.",
                remedy="Set it to the root of the interface, such as "
                "https://test.kontaktregisteret.no/rest/.",
            )
        if self.version not in {"v1", "v2"}:
            raise ConfigurationError("version of the contact register must be v1 or v2.")
        for name in ("organisasjonsnummer", "consumer_org"):
            number = getattr(self, name)
            if number is not None:
                _check_organisation(name, number)


def _check_organisation(name: str, number: str) -> None:
    try:
        check_organisasjonsnummer(number)
    except ValueError as error:
        raise ConfigurationError(f"{name} of the contact register {error}.") from error
