"""`sdp send` and `sdp send-print`: one letter to a digital mailbox, or on paper by post."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

import click

from sdp.cli._output import Output, json_option
from sdp.cli.letter import citizen, documents, read_address, technical_recipient
from sdp.cli.parameters import (
    FILE,
    MOMENT,
    certificate,
    despite_reservation_option,
    person,
    purpose_option,
)
from sdp.cli.sending import Envelope, deliver, envelope_options
from sdp.domain import (
    DigitalPost,
    EpostVarsel,
    Forsendelse,
    FysiskPost,
    Posthaandtering,
    Posttype,
    Retur,
    Sikkerhetsnivaa,
    SmsVarsel,
    Utskriftsfarge,
)

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from cryptography import x509

    from sdp.domain import Formaal


@click.command
@click.argument("document", type=FILE)
@click.argument("attachments", nargs=-1, type=FILE)
@click.option("--title", required=True, help="Shown before log-in: nothing sensitive.")
@click.option(
    "--person",
    "recipient",
    type=person,
    metavar="FNR",
    required=True,
    help="Fødselsnummer of the recipient, or @FILE with it.",
)
@click.option("--mailbox", metavar="ADDR", required=True, help="The recipient's mailbox address.")
@click.option(
    "--recipient-cert",
    type=certificate,
    metavar="FILE",
    required=True,
    help="Certificate of the recipient's mailbox, PEM or DER.",
)
@click.option("--security-level", type=click.Choice(["3", "4"]), default="4", show_default=True)
@click.option("--visible-from", type=MOMENT, metavar="WHEN", help="Such as 2026-12-01T08:00+01:00.")
@click.option("--opening-receipt", is_flag=True, help="Ask for a receipt when it is opened.")
@click.option("--email", metavar="ADDRESS", help="Notify this e-mail address.")
@click.option("--sms", metavar="NUMBER", help="Notify this mobile number.")
@click.option("--notice", metavar="TEXT", default="Du har fått digital post.", show_default=True)
@purpose_option
@despite_reservation_option
@envelope_options
@json_option
def send(
    *,
    document: Path,
    attachments: tuple[Path, ...],
    title: str,
    recipient: str,
    mailbox: str,
    recipient_cert: x509.Certificate,
    security_level: str,
    visible_from: datetime | None,
    opening_receipt: bool,
    email: str | None,
    sms: str | None,
    notice: str,
    purpose: Formaal,
    despite_reservation: bool,
    config: Path,
    output: Output,
    **envelope: Unpack[Envelope],
) -> int:
    """Send DOCUMENT and ATTACHMENTS to a citizen's digital mailbox.

    The exit code says what may be done after a failure: 1 do not send again as it is, 3 send again
    later, 4 it is not known whether the letter arrived.
    """
    digital_post = DigitalPost(
        ikke_sensitiv_tittel=title,
        sikkerhetsnivaa=Sikkerhetsnivaa(int(security_level)),
        virkningstidspunkt=visible_from,
        aapningskvittering=opening_receipt,
        epost_varsel=EpostVarsel(epostadresse=email, varslingstekst=notice) if email else None,
        sms_varsel=SmsVarsel(mobiltelefonnummer=sms, varslingstekst=notice) if sms else None,
    )
    return deliver(
        lambda avsender, options: Forsendelse.digital(
            avsender=avsender,
            mottaker=citizen(recipient, mailbox, recipient_cert),
            digital_post=digital_post,
            dokumentpakke=documents(document, attachments, title=title),
            **options,
        ),
        config,
        envelope,
        output,
        send=lambda client, letter, repeated: client.send(letter, repeated=repeated),
        formaal=purpose,
        tross_reservasjon=despite_reservation,
    )


@click.command("send-print")
@click.argument("document", type=FILE)
@click.argument("attachments", nargs=-1, type=FILE)
@click.option("--title", required=True, help="Title of the main document.")
@click.option(
    "--address", type=FILE, required=True, help="Text file with the address, as on an envelope."
)
@click.option(
    "--return-address", type=FILE, required=True, help="Where the letter goes if it comes back."
)
@click.option(
    "--shred", is_flag=True, help="Shred a letter that comes back, and report it in a receipt."
)
@click.option(
    "--printer-cert",
    type=certificate,
    metavar="FILE",
    required=True,
    help="The print certificate, PEM or DER.",
)
@click.option("--post", type=click.Choice(["A", "B"]), help="Priority or economy post.")
@click.option("--colour", is_flag=True, help="Print in colour.")
@envelope_options
@json_option
def send_print(
    *,
    document: Path,
    attachments: tuple[Path, ...],
    title: str,
    address: Path,
    return_address: Path,
    shred: bool,
    printer_cert: x509.Certificate,
    post: str | None,
    colour: bool,
    config: Path,
    output: Output,
    **envelope: Unpack[Envelope],
) -> int:
    """Send DOCUMENT and ATTACHMENTS, all PDF, to be printed and carried by post.

    An address file has the name, the street lines, and last the postcode and town, or for an
    address abroad the country. The exit codes are those of `sdp send`.
    """
    fysisk_post = FysiskPost(
        mottaker=read_address(address),
        retur=Retur(
            posthaandtering=Posthaandtering.MAKULERING_MED_MELDING
            if shred
            else Posthaandtering.DIREKTE_RETUR,
            mottaker=read_address(return_address),
        ),
        posttype=Posttype(post) if post else None,
        utskriftsfarge=Utskriftsfarge.FARGE if colour else Utskriftsfarge.SORT_HVIT,
    )
    return deliver(
        lambda avsender, options: Forsendelse.fysisk(
            avsender=avsender,
            printer=technical_recipient(printer_cert),
            fysisk_post=fysisk_post,
            dokumentpakke=documents(document, attachments, title=title),
            **options,
        ),
        config,
        envelope,
        output,
        send=lambda client, letter, repeated: client.send(letter, repeated=repeated),
    )
