"""`sdp outbox rotate-key`: encrypt an outbox, or encrypt it under another key."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from sdp.cli._output import facts, json_option
from sdp.cli.outbox_common import database, key_source
from sdp.outbox import rotate_key as rotate

if TYPE_CHECKING:
    from sdp.cli._output import Output


@click.command("rotate-key")
@database
@json_option
def rotate_key(*, address: str, output: Output) -> int:
    """Encrypt everything under the first key of --key, while workers go on.

    The source holds the new key first and then the one in use until now, one a line; an outbox
    that is not encrypted is encrypted. Run it again after a crash: what is left is done.
    """
    source = key_source()
    if source is None:
        raise click.UsageError("Give --key, or set SDP_OUTBOX_KEY.")
    with output.progress("Encrypting", None, unit="values") as done:
        rotated = rotate(address, source, progress=done)
    output.result(
        {"key": rotated.nokkel_id, "letters": rotated.brev, "documents": rotated.dokumenter},
        facts(
            [
                ("Key", rotated.nokkel_id),
                ("Letters", rotated.brev or None),
                ("Documents", rotated.dokumenter or None),
            ]
        ),
    )
    return 0
