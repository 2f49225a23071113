"""A letter ready to be packed and sent, and the result of sending it."""

from __future__ import annotations

from abc import abstractmethod
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Final, Self, TypedDict, Unpack, cast

from pydantic import AfterValidator, Field, model_validator

from sdp.domain._verdi import ProblemsError, Spraakkode, Tidspunkt, Utfylt, Uuid, Verdi, form
from sdp.domain.aktorer import Avsender, Mottaker, TekniskMottaker
from sdp.domain.digital_post import DigitalPost
from sdp.domain.dokumentpakke import Dokumentpakke
from sdp.domain.filnavn import PDF
from sdp.domain.fysisk_post import FysiskPost
from sdp.errors import Problem
from sdp.gate import new_uuid

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID


class Formaal(StrEnum):
    """The purpose of a letter. Source: the national flow "Vedtak til innbygger"."""

    VEDTAK = "vedtak"
    """An individual decision, or another message that the law asks notice of."""
    INFORMASJON = "informasjon"
    """Everything else."""

    @property
    def repetisjoner(self) -> tuple[int, ...]:
        """The days of its notices, where the sender says nothing else.

        A vedtak that has not been opened within a week is notified of once more
        (eForvaltningsforskriften § 8). Both are ordered at once, and mailboxes send none for a
        letter that has been opened.
        """
        return _REPETISJONER[self]


_REPETISJONER: Final = {Formaal.VEDTAK: (0, 7), Formaal.INFORMASJON: (0,)}


def unlawful_permission(formaal: Formaal, *, tross_reservasjon: bool) -> Iterator[Problem]:
    """Tell of a permission to pass over a reservation that no vedtak can have."""
    if tross_reservasjon and formaal is not Formaal.INFORMASJON:
        rule = (
            "must be False for a vedtak: a reservation is about decisions and important messages "
            "(eForvaltningsforskriften § 15 a); only Formaal.INFORMASJON may pass over it"
        )
        yield Problem("tross_reservasjon", rule)


class Prioritet(StrEnum):
    """The queue a message and its receipts travel in."""

    NORMAL = "normal"
    PRIORITERT = "prioritert"


MpcId = Annotated[
    str, form("[A-Za-z0-9._-]{1,64}", "must be 1 to 64 characters of A-Z a-z 0-9 . _ and -")
]
"""The part of its queue a sender keeps for itself."""


class _Valg(TypedDict, total=False):
    """The options of any letter, but for its ids."""

    prioritet: Prioritet
    """The queue it travels in."""
    mpc_id: str | None
    """The part of that queue for its receipts; 1..64 letters, digits, `.`, `_`, `-`."""
    spraakkode: str
    """The language of its titles and notices."""
    formaal: Formaal
    """Its purpose, by which the contact register is read before a digital letter goes."""
    tross_reservasjon: bool
    """For informasjon alone: True lets it go to a mailbox although the person has opted out of
    digital decisions.
    """


class Brevvalg(_Valg, total=False):
    """The options of a letter of any kind, with its ids as they are kept."""

    konversasjons_id: str
    """The id that ties the letter and its receipts together."""
    meldings_id: str
    """The id of this message."""


class Forsendelsesvalg(_Valg, total=False):
    """The options of any letter, with its ids as they may be given."""

    konversasjons_id: UUID | str
    """The id that ties the letter and its receipts together, a UUID; made anew unless given."""
    meldings_id: UUID | str
    """The id of this message, a UUID; made anew unless given."""


class Forsendelse(Verdi):
    """A letter. Make one with `Forsendelse.digital` or `Forsendelse.fysisk`."""

    avsender: Avsender
    """The organisation the letter is from."""
    dokumentpakke: Dokumentpakke
    """Its documents."""
    prioritet: Prioritet = Prioritet.NORMAL
    """The queue it travels in."""
    mpc_id: MpcId | None = None
    """The part of that queue for its receipts; 1..64 letters, digits, `.`, `_`, `-`."""
    spraakkode: Spraakkode = "NO"
    """The language of its titles and notices."""
    konversasjons_id: Uuid = Field(default_factory=new_uuid)
    """The id that ties the letter and its receipts together. It may be given as a `UUID`, and is
    kept as text, with hyphens and in lower case.
    """
    meldings_id: Uuid = Field(default_factory=new_uuid)
    """The id of this message, in the same form. A letter that is made again is a new message."""
    formaal: Formaal = Formaal.VEDTAK
    """Its purpose, by which the contact register is read before a digital letter goes."""
    tross_reservasjon: bool = False
    """For informasjon alone: True lets it go to a mailbox although the person has opted out of
    digital decisions.
    """

    @property
    @abstractmethod
    def teknisk_mottaker(self) -> TekniskMottaker:
        """The opener of the package: the citizen's mailbox provider, or the printer."""

    @property
    @abstractmethod
    def uses_synthetic_person(self) -> bool:
        """True for a letter to a made-up test person, unknown in production."""

    @staticmethod
    def digital(
        *,
        avsender: Avsender,
        mottaker: Mottaker,
        digital_post: DigitalPost,
        dokumentpakke: Dokumentpakke,
        **options: Unpack[Forsendelsesvalg],
    ) -> DigitalForsendelse:
        """Make a letter to a citizen's digital mailbox.

        Args:
            avsender: whom the letter is from.
            mottaker: the citizen.
            digital_post: title, security level, notices.
            dokumentpakke: the documents.
            options: the other fields of `Forsendelse`, each with a default.

        Raises:
            InvalidInputError: naming each field that breaks a rule.
        """
        return DigitalForsendelse(
            avsender=avsender,
            mottaker=mottaker,
            digital_post=digital_post,
            dokumentpakke=dokumentpakke,
            **_kept(options),
        )

    @staticmethod
    def fysisk(
        *,
        avsender: Avsender,
        printer: TekniskMottaker,
        fysisk_post: FysiskPost,
        dokumentpakke: Dokumentpakke,
        **options: Unpack[Forsendelsesvalg],
    ) -> FysiskForsendelse:
        """Make a letter that is printed and carried by post. Its documents are PDF.

        Args:
            avsender: whom the letter is from.
            printer: the printer, with the print certificate.
            fysisk_post: addresses, colour, return.
            dokumentpakke: the documents.
            options: the other fields of `Forsendelse`, each with a default.

        Raises:
            InvalidInputError: naming each field that breaks a rule.
        """
        return FysiskForsendelse(
            avsender=avsender,
            printer=printer,
            fysisk_post=fysisk_post,
            dokumentpakke=dokumentpakke,
            **_kept(options),
        )

    @model_validator(mode="after")
    def _permitted(self) -> Self:
        problems = tuple(
            unlawful_permission(self.formaal, tross_reservasjon=self.tross_reservasjon)
        )
        if problems:
            raise ProblemsError(*problems)
        return self


def _kept(options: Forsendelsesvalg) -> Brevvalg:
    # The fields themselves make text of a UUID; only its type is told here.
    return cast("Brevvalg", options)


class DigitalForsendelse(Forsendelse):
    """A letter to a citizen's digital mailbox."""

    mottaker: Mottaker
    """The citizen."""
    digital_post: DigitalPost
    """Title, security level and notices."""

    @property
    def teknisk_mottaker(self) -> TekniskMottaker:
        """The citizen's mailbox provider."""
        return self.mottaker.postkasse

    @property
    def uses_synthetic_person(self) -> bool:
        """True for a made-up test person."""
        return self.mottaker.is_synthetic


class FysiskForsendelse(Forsendelse):
    """A letter that is printed and carried by post."""

    printer: TekniskMottaker
    """The printer, with the print certificate."""
    fysisk_post: FysiskPost
    """Printing and posting: addresses, colour, return."""

    @property
    def teknisk_mottaker(self) -> TekniskMottaker:
        """The printer."""
        return self.printer

    @property
    def uses_synthetic_person(self) -> bool:
        """Always False: a print letter holds no personidentifikator."""
        return False

    @model_validator(mode="after")
    def _printable(self) -> Self:
        problems = tuple(unprintable(self.dokumentpakke))
        if problems:
            raise ProblemsError(*problems)
        return self


def unprintable(dokumentpakke: Dokumentpakke) -> Iterator[Problem]:
    """Return what keeps documents from being printed."""
    for field, dokument in dokumentpakke.fields():
        if dokument.mime_type != PDF:
            rule = f"must be {PDF} in a print letter; it is {dokument.mime_type}"
            yield Problem(f"dokumentpakke.{field}.mime_type", rule)
        if dokument.metadata is not None:
            rule = "must not be given in a print letter, which cannot show it"
            yield Problem(f"dokumentpakke.{field}.metadata", rule)


def _not_negative(value: int) -> int:
    if value < 0:
        raise ValueError("must not be negative")
    return value


def _sha256(value: bytes) -> bytes:
    if len(value) != 32:
        raise ValueError(f"must be 32 bytes; it is {len(value)}")
    return value


Bytes = Annotated[int, AfterValidator(_not_negative)]


class SendResultat(Verdi):
    """A letter the broker has accepted, with a checked transport receipt."""

    meldings_id: Utfylt
    """The id of the message."""
    konversasjons_id: Utfylt
    """The id its receipts will carry."""
    transport_id: Utfylt
    """The transport's id of the message; on ebMS the ebMS MessageId."""
    sent_at: Tidspunkt
    """The moment of sending; aware."""
    billable_bytes: Bytes
    """The total size of all files in the package before compression, in bytes."""
    package_size: Bytes
    """The size of the encrypted package, in bytes."""
    fingerprint: Annotated[bytes, AfterValidator(_sha256)]
    """The SHA-256 of the encrypted package; 32 bytes."""
    already_received: bool = False
    """True if the broker already had the message from an earlier attempt."""
