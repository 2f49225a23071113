"""`sdp outbox copy`: move an outbox to another database."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from sdp.cli._output import facts, json_option, printable
from sdp.outbox import copy_outbox, undo_copy

if TYPE_CHECKING:
    from sdp.cli._output import Output


@click.command("copy")
@click.argument("source", envvar="SDP_OUTBOX")
@click.argument("target")
@click.option(
    "--undo", is_flag=True, help="Open SOURCE again after a copy that was begun and did not end."
)
@json_option
def copy(*, source: str, target: str, undo: bool, output: Output) -> int:
    """Move an outbox from SOURCE to TARGET, such as from a file to PostgreSQL.

    Stop every worker first. TARGET must hold no outbox yet. All is copied, or nothing; rows are
    counted and digested on either side, and SOURCE is closed for good. No key is needed: what is
    encrypted stays so. Run it again after a crash: what is left is done.
    """
    if undo:
        undo_copy(source, target)
        output.result({"open": source}, printable("The source is open again. Nothing was copied."))
        return 0
    with output.progress("Copying", None, unit="rows") as done:
        copied = copy_outbox(source, target, progress=done)
    output.result(
        {
            "letters": copied.brev,
            "receipts": copied.kvitteringer,
            "documents": copied.dokumenter,
            "was_complete": copied.var_ferdig,
        },
        facts(
            [
                ("Letters", copied.brev),
                ("Receipts", copied.kvitteringer),
                ("Documents", copied.dokumenter),
            ]
        ),
        printable(
            "It was complete already. The source is closed: use the target."
            if copied.var_ferdig
            else "Every row was compared. The source is closed: use the target."
        ),
    )
    return 0
