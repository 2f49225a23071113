"""`sdp outbox serve`: the page of an outbox, for operators and case workers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from sdp.cli._errors import CommandError
from sdp.cli._output import facts, json_option
from sdp.cli.outbox_common import database
from sdp.cli.outbox_common import opened as open_outbox

if TYPE_CHECKING:
    from sdp.cli._output import Output


@click.command
@database
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=8470, show_default=True)
@click.option(
    "--behind-proxy",
    multiple=True,
    metavar="HOST",
    help="Host that a reverse proxy with authentication serves the page as; may be repeated.",
)
@click.option(
    "--user-header", metavar="NAME", help="Header in which the proxy names who has logged in."
)
@click.option("--allow-actions", is_flag=True, help="Let people decide there, not only look.")
@json_option
def serve(
    *,
    address: str,
    host: str,
    port: int,
    behind_proxy: tuple[str, ...],
    user_header: str | None,
    allow_actions: bool,
    output: Output,
) -> int:
    """Serve a page of campaigns, letters and what needs a person, until Ctrl-C.

    It has no log-in of its own: it is served to this machine alone, or behind a reverse proxy with
    authentication, whose host --behind-proxy names. No page shows a person's number.
    """
    try:
        from sdp.outbox.web.server import Serving
        from sdp.outbox.web.server import serve as serve_page
    except ModuleNotFoundError as error:
        raise CommandError(
            f"The page of the outbox needs {error.name}, which is not installed.",
            remedy="Install: pip install 'sikker-digital-post[cli,outbox-page]'",
        ) from error
    serving = Serving(
        host=host,
        port=port,
        behind_proxy=behind_proxy,
        user_header=user_header,
        allow_actions=allow_actions,
    )

    def started(where: str) -> None:
        output.result({"web_page": where}, facts([("web page", where)]))
        output.note("Stop it with Ctrl-C.")

    with open_outbox(address) as opened:
        try:
            serve_page(opened, serving, started)
        except KeyboardInterrupt:
            output.note("Stopped.")
    return 0
