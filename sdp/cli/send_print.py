"""`sdp send-print`: one letter that is printed and carried by post."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

import click

from sdp.cli._output import Output, json_option
from sdp.cli.address import read_address
from sdp.cli.letter import documents, technical_recipient
from sdp.cli.parameters import FILE, certificate
from sdp.cli.sending import Envelope, deliver, envelope_options
from sdp.domain import (
    Forsendelse,
    FysiskPost,
    Posthaandtering,
    Posttype,
    Retur,
    Utskriftsfarge,
)

if TYPE_CHECKING:
    from pathlib import Path

    from cryptography import x509


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
