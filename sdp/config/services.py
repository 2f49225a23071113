"""Settings of the services: DPI, ebMS and the contact register."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, PositiveFloat, PositiveInt

from sdp.config.section import Settings, listed
from sdp.domain.identifikatorer import Organisasjonsnummer

_Suppliers = dict[Organisasjonsnummer, tuple[Organisasjonsnummer, ...]]


class EbmsConfig(Settings):
    """Use of ebMS.

    Attributes:
        receipt_senders: whose receipts are taken where nobody remembers the letter: mailbox
            providers and printers. The two providers of mailboxes are always among them.
        receipt_suppliers: for an organisation, who else may sign its receipts.
    """

    receipt_senders: tuple[Organisasjonsnummer, ...] = ()
    receipt_suppliers: dict[Organisasjonsnummer, tuple[Organisasjonsnummer, ...]] = Field(
        default={}
    )


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
    receipt_suppliers: dict[Organisasjonsnummer, tuple[Organisasjonsnummer, ...]] = Field(
        default={}
    )
    receipt_interval_seconds: Annotated[float, Field(ge=0)] = 60.0
    page_size: PositiveInt = 100
    response_within_seconds: PositiveFloat | None = None
    scope: Annotated[str, Field(min_length=1)] = "digitalpostinnbygger:send"


class KrrConfig(Settings):
    """Use of the contact register.

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
