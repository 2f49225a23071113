"""Checks of packing, and of sending every kind of letter."""

from __future__ import annotations

import io
import time
from typing import TYPE_CHECKING, Final

from sdp.dokumentpakke import open_pakke, pack
from sdp.domain import (
    Avsender,
    Brev,
    DigitalPost,
    Dokument,
    Dokumentpakke,
    Forsendelse,
    FysiskForsendelse,
    FysiskPost,
    Mottaker,
    NorskAdresse,
    Postadresse,
    Posthaandtering,
    Retur,
    TekniskMottaker,
    Varseltekster,
)
from sdp.errors import (
    CertificateError,
    RefusedError,
    SignatureError,
    TokenError,
    UnknownOutcomeError,
    UnreadableAnswerError,
)
from sdp.utskrift.one_page import one_page
from sdp.verify.check import (
    Check,
    Outcome,
    Verdict,
    Whom,
    advice,
    failed,
    ok,
    skipped,
    warning,
)
from sdp.verify.context import Sent

if TYPE_CHECKING:
    from collections.abc import Callable

    from sdp.domain import DigitalForsendelse, SendResultat
    from sdp.krr import Digital
    from sdp.verify.context import Context


TITLE = "Test av digital post"


def documents(*, attachments: int = 0, size: int = 0) -> Dokumentpakke:
    """Make the documents of a test letter.

    Args:
        attachments: how many small text files come with it.
        size: how many bytes the main document is at least.
    """
    return Dokumentpakke(
        hoveddokument=Dokument.from_bytes(
            _filled(one_page([TITLE]), size), filnavn="test.pdf", tittel=TITLE
        ),
        vedlegg=tuple(
            Dokument.from_bytes(b"Test\n", filnavn=f"vedlegg-{n:03}.txt", tittel=f"Vedlegg {n}")
            for n in range(1, attachments + 1)
        ),
    )


def _filled(pdf: bytes, size: int) -> bytes:
    """Lengthen a PDF document with a comment before its end, where readers pass over it."""
    if size <= len(pdf):
        return pdf
    content, startxref, end = pdf.rpartition(b"startxref")
    return content + b"%" + b"0" * (size - len(pdf) - 2) + b"\n" + startxref + end


_ADDRESS: Final = Postadresse(
    navn="Test Testesen",
    adresse=NorskAdresse(adresselinje1="Testveien 1", postnummer="0001", poststed="OSLO"),
)
_MAY_SEND: Final = "Ask whether the operator knows that you send for this organisation."
_SLOW_SECONDS: Final = 20.0
"""Beyond this, many firewalls and proxies cut a connection that says nothing."""


def letter(
    context: Context,
    digital: Digital,
    *,
    attachments: int = 0,
    size: int = 0,
    on_behalf_of: str | None = None,
    mottaker: Mottaker | None = None,
) -> DigitalForsendelse:
    """Make a test letter to a mailbox."""
    avsender = Avsender(organisasjonsnummer=on_behalf_of) if on_behalf_of else context.avsender
    return Forsendelse.digital(
        avsender=avsender,
        mottaker=mottaker or digital.mottaker,
        digital_post=DigitalPost(ikke_sensitiv_tittel=TITLE),
        dokumentpakke=documents(attachments=attachments, size=size),
        **context.queue,
    )


def sent(context: Context, number: int, forsendelse: Forsendelse) -> Outcome:
    """Send a letter, and once more if nobody can tell whether it arrived."""
    start = time.monotonic()
    try:
        resultat = context.client.send(forsendelse)
    except UnknownOutcomeError as error:
        _note(context, number, forsendelse)
        with error.pending:
            resultat = context.client.resend(error.pending)
        return _only_at_the_second_try(resultat, error)
    _note(context, number, forsendelse)
    took = time.monotonic() - start
    if took > _SLOW_SECONDS:
        return warning(
            f"{_accepted(resultat)}, after {took:.0f} s",
            "Firewalls and proxies may cut connections that take so long; see to their limits.",
            ask=Whom.NETWORK,
        )
    return ok(_accepted(resultat))


def _only_at_the_second_try(resultat: SendResultat, error: UnknownOutcomeError) -> Outcome:
    # A lost answer is made good by the next. One that cannot be trusted comes from a stranger.
    came = isinstance(error.__cause__, CertificateError | SignatureError | UnreadableAnswerError)
    remedy, whom = advice(error)
    return Outcome(
        Verdict.FAILED if came else Verdict.WARNING,
        f"{_accepted(resultat)}, but at first: {error.message}",
        remedy,
        whom,
    )


def _note(context: Context, number: int, forsendelse: Forsendelse) -> None:
    context.sent[forsendelse.konversasjons_id] = Sent(
        number,
        forsendelse.avsender.organisasjonsnummer,
        is_print=isinstance(forsendelse, FysiskForsendelse),
    )


def _accepted(resultat: SendResultat) -> str:
    return f"accepted as {resultat.konversasjons_id}, {resultat.billable_bytes} billable bytes"


def _packed(context: Context) -> Outcome:
    if not context.people:
        return skipped("No test persons were given.", "Name one with --person.")
    identity, moment = context.identity, context.clock()
    ourselves = Mottaker(
        personidentifikator=context.people[0],
        postkasseadresse="ourselves#0000",
        postkasse=TekniskMottaker(
            organisasjonsnummer=identity.organisasjonsnummer, sertifikat=identity.certificate
        ),
    )
    forsendelse = Forsendelse.digital(
        avsender=context.avsender,
        mottaker=ourselves,
        digital_post=DigitalPost(ikke_sensitiv_tittel=TITLE),
        dokumentpakke=documents(attachments=3),
    )
    with pack(forsendelse, context.signer, moment=moment) as pakke:
        content = io.BytesIO(b"".join(pakke.chunks()))
        opened = open_pakke(
            content,
            identity,
            trust=context.trust,
            moment=moment,
            organisasjonsnummer=identity.organisasjonsnummer,
            expected_fingerprint=pakke.fingerprint,
        )
    with opened:
        return ok(f"packed, encrypted, opened and verified: {len(opened.filer)} files")


def _to_mailbox(
    number: int, name: str, does: str, make: Callable[[Context, Digital], Forsendelse]
) -> Check:
    def run(context: Context) -> Outcome:
        if context.reachable is None:
            return _nobody()
        return sent(context, number, make(context, context.reachable))

    return Check(number, name, does, Whom.OPERATOR, run, needs=(103, 401))


def _with_notices(number: int, name: str, texts: Varseltekster) -> Check:
    def run(context: Context) -> Outcome:
        digital = context.reachable
        if digital is None:
            return _nobody()
        addresses = {"e-mail": (texts.epost, digital.epost), "SMS": (texts.sms, digital.mobil)}
        missing = [kind for kind, (text, address) in addresses.items() if text and not address]
        if missing:
            return skipped(
                f"The test person may not be notified by {' and '.join(missing)}.",
                "Name first a test person with a fresh e-mail address and mobile number.",
            )
        brev = Brev(
            avsender=context.avsender,
            dokumentpakke=documents(),
            digital_post=DigitalPost(ikke_sensitiv_tittel=TITLE, aapningskvittering=True),
            varseltekster=texts,
            **context.queue,
        )
        forsendelse = brev.digital(digital.mottaker, epost=digital.epost, mobil=digital.mobil)
        return sent(context, number, forsendelse)

    return Check(
        number,
        name,
        f"Sends a letter with {name}, where the person may be notified so.",
        Whom.OPERATOR,
        run,
        needs=(103, 401),
    )


def _on_behalf(context: Context) -> Outcome:
    if context.on_behalf_of is None:
        return skipped("No other organisation was given.", "Name one with --on-behalf-of.")
    if context.reachable is None:
        return _nobody()
    forsendelse = letter(context, context.reachable, on_behalf_of=context.on_behalf_of)
    try:
        return sent(context, 608, forsendelse)
    except TokenError:
        raise
    except RefusedError as refused:
        remedy, whom = advice(refused)
        return failed(refused.message, f"{_MAY_SEND} {remedy}", ask=whom)


def _print(context: Context) -> Outcome:
    printer = context.client.print_certificate()
    forsendelse = Forsendelse.fysisk(
        avsender=context.avsender,
        printer=TekniskMottaker(
            organisasjonsnummer=printer.leverandoer, sertifikat=printer.sertifikat
        ),
        fysisk_post=FysiskPost(
            mottaker=_ADDRESS,
            retur=Retur(posthaandtering=Posthaandtering.DIREKTE_RETUR, mottaker=_ADDRESS),
        ),
        dokumentpakke=documents(),
        **context.queue,
    )
    return sent(context, 607, forsendelse)


def _nobody() -> Outcome:
    return skipped(
        "No test person with a digital mailbox was given.",
        "Name one with --person; Digdir has synthetic ones with mailboxes.",
    )


CHECKS: Final = (
    Check(
        501,
        "packing",
        "Packs a letter for ourselves, opens it again and verifies everything in it.",
        Whom.SELF,
        _packed,
        needs=(103,),
    ),
    _to_mailbox(
        601,
        "a small letter",
        "Sends a letter of one page to the first test person with a mailbox.",
        letter,
    ),
    _to_mailbox(
        602,
        "a large letter",
        "Sends a letter with a document of several megabytes.",
        lambda context, digital: letter(context, digital, size=context.large_bytes),
    ),
    _to_mailbox(
        603,
        "200 attachments",
        "Sends a letter with 200 attachments.",
        lambda context, digital: letter(context, digital, attachments=200),
    ),
    _with_notices(604, "a notice by e-mail", Varseltekster(epost=TITLE)),
    _with_notices(605, "a notice by SMS", Varseltekster(sms=TITLE)),
    _with_notices(
        606,
        "notices and a reminder by both",
        Varseltekster(epost=TITLE, sms=TITLE, repetisjoner=(0, 7)),
    ),
    Check(
        607,
        "a print letter",
        "Sends a letter to the printer that the contact register names.",
        Whom.OPERATOR,
        _print,
        needs=(103, 402),
    ),
    Check(
        608,
        "on behalf of another",
        "Sends a letter in the name of the other organisation.",
        Whom.OPERATOR,
        _on_behalf,
        needs=(103, 401),
    ),
)
