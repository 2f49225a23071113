"""`sdp receipts`: fetch, show and confirm receipts."""

from __future__ import annotations

import hashlib
from datetime import UTC
from typing import TYPE_CHECKING

import click

from sdp.cli._output import Output, in_line, json_option, local_time
from sdp.cli.files import whole_or_nothing
from sdp.cli.parameters import FILE, FOLDER
from sdp.cli.sending import sent_in
from sdp.client import Client
from sdp.config import ClientConfig
from sdp.domain import Feil, Prioritet, VarslingFeiletKvittering
from sdp.domain.kvittering import kind_of

if TYPE_CHECKING:
    from pathlib import Path

    from rich.text import Text

    from sdp.domain import Kvittering
    from sdp.wire import SetAside


@click.command
@click.option("--config", type=FILE, required=True, help="Client configuration, TOML.")
@click.option("--follow", is_flag=True, help="Go on until Ctrl-C, waiting as the broker demands.")
@click.option(
    "--urgent",
    "--priority",  # its name before; of a campaign it is a number
    "priority",
    is_flag=True,
    help="Fetch from the queue for urgent letters.",
)
@click.option("--mpc-id", help="The part of the queue, if the letters were sent with one.")
@click.option("--avsenderidentifikator", help="The unit whose receipts to fetch; DPI.")
@click.option("--store", type=FOLDER, help="Write each signed receipt here before confirming it.")
@json_option
def receipts(
    *,
    config: Path,
    follow: bool,
    priority: bool,
    mpc_id: str | None,
    avsenderidentifikator: str | None,
    store: Path | None,
    output: Output,
) -> int:
    """Fetch receipts, and confirm each when it has been shown and stored.

    With --store, a receipt must come from where `sdp send --store` has sent its letter, if it is
    remembered there. With --json, one receipt a line. A receipt that cannot be
    read or verified is told of on stderr and left at the broker, and the exit code is then 1.
    """
    set_aside = 0

    def tell(receipt: SetAside) -> None:
        nonlocal set_aside
        set_aside += 1
        output.note(f"Set aside and not confirmed: {receipt.reason}")

    sent = None if store is None else sent_in(store)
    with Client(ClientConfig.from_toml(config), sent_to=sent) as client:
        for kvittering in client.receipts(
            prioritet=Prioritet.PRIORITERT if priority else Prioritet.NORMAL,
            mpc_id=mpc_id,
            avsenderidentifikator=avsenderidentifikator,
            follow=follow,
            on_set_aside=tell,
        ):
            if store is not None:
                keep(kvittering, store)
            output.result(receipt_data(kvittering), _receipt_line(kvittering))
    return 1 if set_aside else 0


def keep(kvittering: Kvittering, folder: Path) -> None:
    """Write the signed bytes of a receipt, under a name that is the same if it comes twice."""
    folder.mkdir(parents=True, exist_ok=True)
    when = kvittering.tidspunkt.astimezone(UTC)
    digest = hashlib.sha256(kvittering.raw).hexdigest()
    suffix = "xml" if kvittering.raw.startswith(b"<") else "jwt"
    name = f"{when:%Y%m%dT%H%M%SZ}-{kind_of(kvittering)}-{digest[:16]}.{suffix}"
    with whole_or_nothing(folder / name) as file:
        file.write(kvittering.raw)


def receipt_data(kvittering: Kvittering) -> dict[str, object]:
    """Describe a receipt as plain values under stable names."""
    return {
        "type": kind_of(kvittering),
        "meldings_id": kvittering.meldings_id,
        "konversasjons_id": kvittering.konversasjons_id,
        "tidspunkt": kvittering.tidspunkt,
        "avsender": kvittering.avsender,
        **_particulars(kvittering),
    }


def _particulars(kvittering: Kvittering) -> dict[str, object]:
    match kvittering:
        case VarslingFeiletKvittering(kanal=kanal, beskrivelse=beskrivelse):
            return {"kanal": kanal, "beskrivelse": beskrivelse}
        case Feil(feiltype=feiltype, detaljer=detaljer):
            return {"feiltype": feiltype, "detaljer": detaljer}
        case _:
            return {}


def _receipt_line(kvittering: Kvittering) -> Text:
    words = (
        local_time(kvittering.tidspunkt),
        f"{kind_of(kvittering):14}",
        kvittering.konversasjons_id,
        kvittering.avsender,
        *_particulars(kvittering).values(),
    )
    return in_line("  ".join(str(word) for word in words if word))
