"""A letter to a person that is not addressed yet: it may go digitally or by print."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Self
from uuid import UUID, uuid4

from pydantic import Field, model_validator

from sdp.domain._fields import Spraakkode, tekst
from sdp.domain._verdi import Privat, ProblemsError, Verdi
from sdp.domain.aktorer import Avsender, Mottaker, TekniskMottaker
from sdp.domain.digital_post import DigitalPost, EpostVarsel, Repetisjoner, SmsVarsel
from sdp.domain.dokumentpakke import Dokumentpakke
from sdp.domain.forsendelse import (
    DigitalForsendelse,
    Forsendelse,
    Forsendelsesvalg,
    FysiskForsendelse,
    MpcId,
    Prioritet,
    unprintable,
)
from sdp.domain.fysisk_post import FysiskPost
from sdp.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator


class Varseltekster(Verdi):
    """The texts of notices. The contact register says where they are sent.

    Attributes:
        epost: the text of the e-mail, 1..500 characters; None sends none.
        sms: the text message, 1..160 characters; None sends none.
        repetisjoner: the days to notify, 0 being the day the letter is available.
    """

    epost: Privat[Annotated[str, tekst(1, 500)] | None] = None
    sms: Privat[Annotated[str, tekst(1, 160)] | None] = None
    repetisjoner: Repetisjoner = (0,)


class Brev(Verdi):
    """A letter to a person: sent digitally if possible, and otherwise by print.

    Attributes:
        avsender: whom the letter is from.
        dokumentpakke: its documents; all PDF if it may be printed.
        digital_post: title and security level of the digital letter; without notices.
        varseltekster: the texts of the notices about it.
        fysisk_post: how it is printed and posted; None if it must not be printed.
        prioritet, mpc_id, spraakkode, konversasjons_id, meldings_id: see `Forsendelse`.
    """

    avsender: Avsender
    dokumentpakke: Dokumentpakke
    digital_post: DigitalPost
    varseltekster: Varseltekster | None = None
    fysisk_post: FysiskPost | None = None
    prioritet: Prioritet = Prioritet.NORMAL
    mpc_id: MpcId | None = None
    spraakkode: Spraakkode = "NO"
    konversasjons_id: UUID = Field(default_factory=uuid4)
    meldings_id: UUID = Field(default_factory=uuid4)

    def digital(
        self, mottaker: Mottaker, *, epost: str | None, mobil: str | None
    ) -> DigitalForsendelse:
        """Address the letter to a mailbox, with notices to the addresses that are given."""
        return Forsendelse.digital(
            avsender=self.avsender,
            mottaker=mottaker,
            digital_post=self._with_notices(epost, mobil),
            dokumentpakke=self.dokumentpakke,
            **self._options(),
        )

    def fysisk(self, printer: TekniskMottaker) -> FysiskForsendelse:
        """Address the letter to the printer.

        Raises:
            InvalidInputError: it has no `fysisk_post`.
        """
        fysisk_post = self.fysisk_post
        return Forsendelse.fysisk(
            avsender=self.avsender,
            printer=printer,
            fysisk_post=fysisk_post,  # type: ignore[arg-type] # the model refuses None by name
            dokumentpakke=self.dokumentpakke,
            **self._options(),
        )

    def _with_notices(self, epost: str | None, mobil: str | None) -> DigitalPost:
        texts = self.varseltekster or Varseltekster()
        notices: dict[str, EpostVarsel | SmsVarsel] = {}
        if texts.epost and epost:
            notices["epost_varsel"] = EpostVarsel(
                epostadresse=epost, varslingstekst=texts.epost, repetisjoner=texts.repetisjoner
            )
        if texts.sms and mobil:
            notices["sms_varsel"] = SmsVarsel(
                mobiltelefonnummer=mobil, varslingstekst=texts.sms, repetisjoner=texts.repetisjoner
            )
        return self.digital_post.model_copy(update=notices)

    def _options(self) -> Forsendelsesvalg:
        return Forsendelsesvalg(
            prioritet=self.prioritet,
            mpc_id=self.mpc_id,
            spraakkode=self.spraakkode,
            konversasjons_id=self.konversasjons_id,
            meldings_id=self.meldings_id,
        )

    @model_validator(mode="after")
    def _ready_for_either_way(self) -> Self:
        problems = tuple(self._problems())
        if problems:
            raise ProblemsError(*problems)
        return self

    def _problems(self) -> Iterator[Problem]:
        for varsel in ("epost_varsel", "sms_varsel"):
            if getattr(self.digital_post, varsel) is not None:
                rule = "must not be given here; give varseltekster, and the register tells whereto"
                yield Problem(f"digital_post.{varsel}", rule)
        if self.fysisk_post is not None:
            yield from unprintable(self.dokumentpakke)
