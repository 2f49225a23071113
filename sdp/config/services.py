"""Settings of the services: Maskinporten, DPI, ebMS and the contact register."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PositiveFloat,
    PositiveInt,
    ValidationError,
)

from sdp.config._problems import configuration_error
from sdp.domain.identifikatorer import Organisasjonsnummer

if TYPE_CHECKING:
    from collections.abc import Mapping


def listed(value: object) -> object:
    """Take a list as a variable holds it: with commas or spaces between its items."""
    return tuple(value.replace(",", " ").split()) if isinstance(value, str) else value


class Settings(BaseModel):
    """A section of the settings: frozen, and with errors that name the setting."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    def __init__(self, /, **settings: Any) -> None:
        try:
            super().__init__(**settings)
        except ValidationError as error:
            problem = configuration_error(error, type(self), f"This {type(self).__name__}")
        else:
            return
        settings.clear()
        raise problem  # neither with what was given, nor with an error that holds it

    # Without this mark, tables inside others would raise on their own, without their full path.
    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined]

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:  # noqa: ARG002
        """Return a copy whose updated settings are checked as on construction."""
        return type(self)(**{**dict(self), **(update or {})})


class MaskinportenConfig(Settings):
    """The client that tokens are issued to, as registered with Maskinporten.

    Attributes:
        client_id: the id of the client.
        key_id: the id of a key registered on the client; None uses the virksomhetssertifikat.
        resource: the audience that tokens must be restricted to, if an API demands one.
        consumer_org: the organisation whose receipts are fetched on DPI, if it has
            delegated that to you. A letter is always sent for its own avsender.
    """

    client_id: Annotated[str, Field(min_length=1)]
    key_id: str | None = None
    resource: str | None = None
    consumer_org: Organisasjonsnummer | None = None


class EbmsConfig(Settings):
    """Use of ebMS.

    Attributes:
        receipt_senders: whose receipts are taken where nobody remembers the letter: mailbox
            providers and printers. The two providers of mailboxes are always among them.
        receipt_suppliers: for an organisation, who else may sign its receipts.
    """

    receipt_senders: tuple[Organisasjonsnummer, ...] = ()
    receipt_suppliers: dict[Organisasjonsnummer, tuple[Organisasjonsnummer, ...]] = {}


class DpiConfig(Settings):
    """Use of DPI.

    Attributes:
        receipt_senders: whose receipts are taken where nobody remembers the letter: mailbox
            providers and printers. The two providers of mailboxes are always among them.
        receipt_suppliers: for an organisation, who else may sign its receipts.
        receipt_interval_seconds: how long an empty list is left alone by who follows it.
        page_size: how many receipts are asked for at a time.
        response_within_seconds: how soon after sending a response is expected, told to the
            receiver; None tells nothing.
        scope: of the token.
    """

    receipt_senders: tuple[Organisasjonsnummer, ...] = ()
    receipt_suppliers: dict[Organisasjonsnummer, tuple[Organisasjonsnummer, ...]] = {}
    receipt_interval_seconds: Annotated[float, Field(ge=0)] = 60.0
    page_size: PositiveInt = 100
    response_within_seconds: PositiveFloat | None = None
    scope: Annotated[str, Field(min_length=1)] = "digitalpostinnbygger:send"


class KrrConfig(Settings):
    """How the contact register is asked.

    Attributes:
        wire: `rest`, or `soap` if the older service is still available to you.
        version: of the REST API.
        signed_answers: ask the REST API to sign its answers, and check that it has.
        paa_vegne_av: the organisation on whose behalf you ask, if not your own.
        scopes: of the tokens; none takes those for your own access, or with `paa_vegne_av` those
            that it has delegated to you in Altinn. In a variable, with spaces between them.
        one_scope_per_token: ask with one token for each scope, and put the answers together.
        cache_seconds: how long answers to `lookup` and `route` are kept, in memory only; an hour
            at most, and 0 keeps none. The recipient of a letter is looked up in any case.
    """

    wire: Literal["rest", "soap"] = "rest"
    version: Literal["v1", "v2"] = "v2"
    signed_answers: bool = False
    paa_vegne_av: Organisasjonsnummer | None = None
    scopes: Annotated[tuple[str, ...], BeforeValidator(listed)] = ()
    one_scope_per_token: bool = False
    cache_seconds: Annotated[float, Field(ge=0, le=3600)] = 0.0
