"""A letter to a person that is not addressed yet: it may go digitally or by print."""

from __future__ import annotations

from collections.abc import Callable
from types import NoneType
from typing import TYPE_CHECKING, Annotated, Self

from pydantic import Field, model_validator

from sdp.domain._verdi import Instans, ProblemsError, Spraakkode, Uuid, Verdi, with_checked
from sdp.domain.aktorer import Avsender, Mottaker, TekniskMottaker
from sdp.domain.digital_post import DigitalPost, EpostVarsel, SmsVarsel
from sdp.domain.dokumentpakke import Dokumentpakke
from sdp.domain.forsendelse import (
    Brevvalg,
    DigitalForsendelse,
    Formaal,
    Forsendelse,
    FysiskForsendelse,
    MpcId,
    Prioritet,
    unlawful_permission,
    unprintable,
)
from sdp.domain.fysisk_post import FysiskPost
from sdp.domain.varseltekster import (
    Spraak,
    Varseltekster,
    in_language,
    known_spraak,
    neutral_text,
)
from sdp.errors import InvalidInputError, Problem
from sdp.gate import new_uuid

if TYPE_CHECKING:
    from collections.abc import Iterator


Adressering = Callable[[str], FysiskPost | None]
"""The printing and posting of a letter to a person, by their personidentifikator."""


class Brev(Verdi):
    """A letter to a person: sent digitally where the law lets it, and otherwise by print."""

    avsender: Avsender
    """The organisation the letter is from."""
    formaal: Formaal = Formaal.VEDTAK
    """Its purpose, which decides its way: a vedtak unless told otherwise."""
    tross_reservasjon: bool = False
    """For informasjon alone, and said for each letter: True lets it go to a mailbox although the
    person has opted out of digital decisions.
    """
    dokumentpakke: Dokumentpakke
    """Its documents; all PDF if it may be printed."""
    digital_post: DigitalPost
    """Title and security level of the digital letter; without notices."""
    varseltekster: Varseltekster | None = None
    """The texts of the notices about it. A vedtak for which none fits gets one neutral notice: by
    e-mail if possible, or else by SMS.
    """
    fysisk_post: Annotated[
        FysiskPost | Adressering | None, Instans(FysiskPost, Callable, NoneType)
    ] = None
    """Printing and posting; None if it must not be printed. It may be a function of the
    personidentifikator that returns this, or None where no address is known. It is called once
    print is decided, and may block; so an agency asks its population register about those alone.
    """
    prioritet: Prioritet = Prioritet.NORMAL
    """The queue it travels in."""
    mpc_id: MpcId | None = None
    """The part of that queue for its receipts; 1..64 letters, digits, `.`, `_`, `-`."""
    spraakkode: Spraakkode | None = None
    """The language of its titles and notices; None takes the one that the person has chosen in the
    contact register.
    """
    konversasjons_id: Uuid = Field(default_factory=new_uuid)
    """The id that ties the letter and its receipts together, a UUID; made anew unless given."""
    meldings_id: Uuid = Field(default_factory=new_uuid)
    """The id of this message, a UUID; made anew unless given."""

    def digital(
        self,
        mottaker: Mottaker,
        *,
        epost: str | None,
        mobil: str | None,
        spraak: str | None = None,
    ) -> DigitalForsendelse:
        """Address the letter to a mailbox, with notices to the addresses that are given.

        Args:
            mottaker: the citizen.
            epost: where the person may be notified by e-mail.
            mobil: where the person may be notified by SMS.
            spraak: the language the person has chosen.
        """
        return Forsendelse.digital(
            avsender=self.avsender,
            mottaker=mottaker,
            digital_post=self._with_notices(epost, mobil, known_spraak(self.spraakkode or spraak)),
            dokumentpakke=self.dokumentpakke,
            **self._options(spraak),
        )

    def notified_by(
        self, *, epost: str | None, mobil: str | None, spraak: str | None = None
    ) -> tuple[str, ...]:
        """Tell which notices `digital` would order with these addresses: `epost`, `sms`."""
        texts = self._notice_texts(epost, mobil, known_spraak(self.spraakkode or spraak))
        return tuple(name for name, text in zip(("epost", "sms"), texts, strict=True) if text)

    def fysisk(self, printer: TekniskMottaker) -> FysiskForsendelse:
        """Address the letter to the printer.

        Raises:
            InvalidInputError: it has no `fysisk_post`.
        """
        fysisk_post = None if callable(self.fysisk_post) else self.fysisk_post
        return Forsendelse.fysisk(
            avsender=self.avsender,
            printer=printer,
            fysisk_post=fysisk_post,  # type: ignore[arg-type] # the model refuses None by name
            dokumentpakke=self.dokumentpakke,
            **self._options(None),
        )

    def addressed_for_print(self, personidentifikator: str) -> Brev | None:
        """Return the letter with its postal address, if it has one or its function gives one.

        Raises:
            InvalidInputError: the function returns something else than a FysiskPost.
        """
        if not callable(self.fysisk_post):
            return self if self.fysisk_post is not None else None
        fysisk_post = self.fysisk_post(personidentifikator)
        if fysisk_post is None:
            return None
        if not isinstance(fysisk_post, FysiskPost):
            rule = "must return a FysiskPost, or None where no address is known"
            raise InvalidInputError("Brev", [Problem("fysisk_post", rule)])
        return self.model_copy(update={"fysisk_post": fysisk_post})

    def _notice_texts(
        self, epost: str | None, mobil: str | None, spraak: Spraak | None
    ) -> tuple[str | None, str | None]:
        """Choose the texts of the e-mail and of the text message; None sends none."""
        texts = self.varseltekster
        email_text = in_language(texts.epost, spraak) if texts and epost else None
        sms_text = in_language(texts.sms, spraak) if texts and mobil else None
        if self.formaal is Formaal.VEDTAK and not (email_text or sms_text):
            # The law asks notice of a vedtak. SMS costs the sender, so that e-mail comes first.
            email_text = neutral_text(spraak) if epost else None
            sms_text = neutral_text(spraak) if mobil and not epost else None
        return email_text, sms_text

    def _with_notices(
        self, epost: str | None, mobil: str | None, spraak: Spraak | None
    ) -> DigitalPost:
        email_text, sms_text = self._notice_texts(epost, mobil, spraak)
        given = None if self.varseltekster is None else self.varseltekster.repetisjoner
        days = given or self.formaal.repetisjoner
        notices: dict[str, EpostVarsel | SmsVarsel] = {}
        if epost and email_text:
            notices["epost_varsel"] = EpostVarsel(
                epostadresse=epost, varslingstekst=email_text, repetisjoner=days
            )
        if mobil and sms_text:
            notices["sms_varsel"] = SmsVarsel(
                mobiltelefonnummer=mobil, varslingstekst=sms_text, repetisjoner=days
            )
        return with_checked(self.digital_post, **notices)

    def _options(self, spraak: str | None) -> Brevvalg:
        return Brevvalg(
            prioritet=self.prioritet,
            mpc_id=self.mpc_id,
            spraakkode=self.spraakkode or known_spraak(spraak) or "NO",
            formaal=self.formaal,
            tross_reservasjon=self.tross_reservasjon,
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
        yield from unlawful_permission(self.formaal, tross_reservasjon=self.tross_reservasjon)
        for varsel in ("epost_varsel", "sms_varsel"):
            if getattr(self.digital_post, varsel) is not None:
                rule = "must not be given here; give varseltekster, and the register tells whereto"
                yield Problem(f"digital_post.{varsel}", rule)
        if self.fysisk_post is not None:
            yield from unprintable(self.dokumentpakke)
