"""The options and steps that digital and print letters have in common."""

from __future__ import annotations

import time
from functools import reduce
from typing import TYPE_CHECKING, TypedDict, TypeVar

import click

from sdp.cli._errors import CommandError
from sdp.cli._output import Output, facts, local_time
from sdp.cli.files import whole_or_nothing
from sdp.cli.parameters import FILE, FOLDER, uuid
from sdp.client import Client
from sdp.config import ClientConfig
from sdp.domain import Avsender, DigitalForsendelse, Formaal, FysiskForsendelse, Prioritet
from sdp.errors import Fault, NotSentError, Retry, UnknownOutcomeError, WireError
from sdp.gate import canonical_uuid, new_uuid
from sdp.gate.files import read_file

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from uuid import UUID

    from sdp.domain import SendResultat
    from sdp.domain.forsendelse import Brevvalg


_FOLDER = "sent"
_SMALL = 1024
"""More bytes than an organisation number has, however it was stored."""


def note_sent(store: Path, konversasjons_id: UUID | str, organisasjonsnummer: str) -> None:
    """Remember a letter: one small file, named after its conversation."""
    folder = store / _FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    with whole_or_nothing(folder / canonical_uuid(konversasjons_id)) as file:
        file.write(organisasjonsnummer.encode("ascii"))


def sent_in(store: Path) -> Callable[[str], str | None]:
    """Return what looks letters up, for the `sent` of a client."""

    def sent(konversasjons_id: str) -> str | None:
        # It is the word of whoever signed a receipt: no name of a file until it is a UUID.
        try:
            path = store / _FOLDER / canonical_uuid(konversasjons_id)
            return read_file(path, _SMALL).decode("ascii").strip()
        except (ValueError, FileNotFoundError):
            return None

    return sent


T = TypeVar("T")

_PAUSES = 1, 5, 30
"""Seconds before each new try with a letter whose fate is unknown."""


class UnsettledError(CommandError):
    """It is not known whether the letter arrived, and trying again did not settle it."""

    fault = Fault.UNKNOWN
    retry = Retry.SAME_MESSAGE


class Envelope(TypedDict):
    """The options of any letter on the command line."""

    sender: str | None
    invoice_reference: str | None
    priority: bool
    mpc_id: str | None
    conversation_id: str | None
    message_id: str | None
    repeated: bool
    store: Path | None


def envelope_options(command: Callable[..., int]) -> Callable[..., int]:
    """Give a command the options of `Envelope`, and the configuration."""
    options = (
        click.option("--config", type=FILE, required=True, help="Client configuration, TOML."),
        click.option(
            "--sender",
            metavar="ORGNR",
            help="Organisation that the letter is from, if not the certificate's.",
        ),
        click.option("--invoice-reference", help="Reference that is printed on the invoice."),
        click.option(
            "--urgent",
            "--priority",  # its name before; of a campaign it is a number
            "priority",
            is_flag=True,
            help="Send in the queue for urgent letters.",
        ),
        click.option("--mpc-id", help="Part of the receipt queue that its receipts go to."),
        click.option(
            "--conversation-id",
            type=uuid,
            metavar="UUID",
            help="Conversation id to use instead of a new one.",
        ),
        click.option(
            "--message-id",
            type=uuid,
            metavar="UUID",
            help="Message id to use instead of a new one.",
        ),
        click.option(
            "--repeated",
            is_flag=True,
            help="Treat the letter as one that may have been sent before with these ids.",
        ),
        click.option(
            "--store",
            type=FOLDER,
            help="Folder that keeps to whom each letter was sent, for `sdp receipts`.",
        ),
    )
    return reduce(lambda wrapped, option: option(wrapped), reversed(options), command)


def deliver(
    letter: Callable[[Avsender, Brevvalg], T],
    config: Path,
    envelope: Envelope,
    output: Output,
    *,
    send: Callable[[Client, T, bool], SendResultat],
    formaal: Formaal = Formaal.VEDTAK,
    tross_reservasjon: bool = False,
) -> int:
    """Make one letter and send it, trying again while it is unknown whether it arrived."""
    if envelope["repeated"] and None in (envelope["message_id"], envelope["conversation_id"]):
        raise CommandError(
            "A letter is repeated with the ids that it had before.",
            remedy="Give --repeated together with --message-id and --conversation-id.",
        )
    settings = ClientConfig.from_toml(config)
    options: Brevvalg = {
        "prioritet": Prioritet.PRIORITERT if envelope["priority"] else Prioritet.NORMAL,
        "mpc_id": envelope["mpc_id"],
        "konversasjons_id": envelope["conversation_id"] or new_uuid(),
        "meldings_id": envelope["message_id"] or new_uuid(),
        "formaal": formaal,
        "tross_reservasjon": tross_reservasjon,
    }
    with Client(settings) as client:
        avsender = Avsender(
            organisasjonsnummer=envelope["sender"] or client.organisasjonsnummer,
            fakturareferanse=envelope["invoice_reference"],
        )
        made = letter(avsender, options)
        if envelope["store"] is not None and isinstance(
            made, DigitalForsendelse | FysiskForsendelse
        ):
            mottaker = made.teknisk_mottaker.organisasjonsnummer
            note_sent(envelope["store"], made.konversasjons_id, mottaker)
        _show(_settled(client, lambda: send(client, made, envelope["repeated"]), output), output)
    return 0


def _settled(client: Client, send: Callable[[], SendResultat], output: Output) -> SendResultat:
    try:
        return send()
    except UnknownOutcomeError as error:
        pending = error.pending
        latest: WireError = error
    for pause in _PAUSES:
        output.note(f"{latest.message} Sending the same message again in {pause} s.")
        time.sleep(pause)
        try:
            return client.resend(pending)
        except (NotSentError, UnknownOutcomeError) as error:
            latest = error
    raise UnsettledError(
        f"It is not known whether message {pending.meldings_id} of conversation"
        f" {pending.konversasjons_id} arrived. {latest.message}",
        remedy="Watch for its receipts, or send it again with --repeated, and these ids in"
        " --message-id and --conversation-id: it arrives once, whatever became of this attempt.",
    ) from latest


def _show(resultat: SendResultat, output: Output) -> None:
    output.result(
        resultat.model_dump(),
        facts(
            [
                ("Accepted", local_time(resultat.sent_at)),
                ("Message id", resultat.meldings_id),
                ("Conversation id", resultat.konversasjons_id),
                ("Billable bytes", resultat.billable_bytes),
                ("Package size", f"{resultat.package_size} bytes"),
                ("Fingerprint (SHA-256)", resultat.fingerprint.hex()),
                ("Note", "It had arrived already" if resultat.already_received else None),
            ]
        ),
    )
