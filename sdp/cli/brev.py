"""`sdp brev`: one letter to a person, digitally or by print."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

import click

from sdp.cli._output import Output, json_option
from sdp.cli.letter import documents, read_address
from sdp.cli.parameters import FILE, despite_reservation_option, person, purpose_option
from sdp.cli.sending import Envelope, deliver, envelope_options, note_sent
from sdp.domain import Brev, DigitalPost, FysiskPost, Posthaandtering, Retur, Varseltekster
from sdp.krr import Digital

if TYPE_CHECKING:
    from pathlib import Path

    from sdp.client import Client
    from sdp.domain import Formaal, SendResultat


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
@click.option(
    "--notice",
    metavar="TEXT",
    help="Text of a notice by e-mail and SMS, sent only if the person may be notified.",
)
@purpose_option
@despite_reservation_option
@click.option("--address", type=FILE, help="File with the postal address, for print.")
@click.option("--return-address", type=FILE, help="File with the return address.")
@envelope_options
@json_option
def brev(
    *,
    document: Path,
    attachments: tuple[Path, ...],
    title: str,
    recipient: str,
    notice: str | None,
    purpose: Formaal,
    despite_reservation: bool,
    address: Path | None,
    return_address: Path | None,
    config: Path,
    output: Output,
    **envelope: Unpack[Envelope],
) -> int:
    """Send DOCUMENT and ATTACHMENTS to a person, however the contact register says.

    Who gets no digital letter gets print, if there are addresses, and else nothing. A vedtak goes
    digitally only to whoever has not opted out and can be notified, and is always notified of.
    """
    if (address is None) != (return_address is None):
        raise click.UsageError("Give --address and --return-address together.")

    def send(client: Client, letter: Brev, repeated: bool) -> SendResultat:  # noqa: FBT001
        sent = client.brev(recipient, letter, repeated=repeated)
        if (store := envelope["store"]) is not None:
            match sent.rute:
                case Digital(mottaker=mottaker):
                    number = mottaker.postkasse.organisasjonsnummer
                case _:
                    number = client.print_certificate().leverandoer
            note_sent(store, sent.resultat.konversasjons_id, number)
        way = "digitally" if isinstance(sent.rute, Digital) else "by print"
        output.note(f"Sent {way}. {sent.rute.reason}")
        return sent.resultat

    return deliver(
        lambda avsender, options: Brev(
            avsender=avsender,
            dokumentpakke=documents(document, attachments, title=title),
            digital_post=DigitalPost(ikke_sensitiv_tittel=title),
            varseltekster=Varseltekster(epost=notice, sms=notice),
            fysisk_post=_fysisk_post(address, return_address),
            **options,
        ),
        config,
        envelope,
        output,
        send=send,
        formaal=purpose,
        tross_reservasjon=despite_reservation,
    )


def _fysisk_post(address: Path | None, return_address: Path | None) -> FysiskPost | None:
    if address is None or return_address is None:
        return None
    retur = Retur(
        posthaandtering=Posthaandtering.DIREKTE_RETUR, mottaker=read_address(return_address)
    )
    return FysiskPost(mottaker=read_address(address), retur=retur)
