"""`sdp outbox`: letters that are sent for certain, and what became of them."""

from __future__ import annotations

import click

from sdp.cli.lazy_group import LazyGroup

_HOMES = {
    "init": "sdp.cli.outbox_work:init",
    "migrate": "sdp.cli.outbox_work:migrate",
    "put": "sdp.cli.outbox_put:put",
    "work": "sdp.cli.outbox_work:work",
    "status": "sdp.cli.outbox_views:status",
    "campaigns": "sdp.cli.outbox_views:campaigns",
    "letters": "sdp.cli.outbox_views:letters",
    "show": "sdp.cli.outbox_views:show",
    "receipts": "sdp.cli.outbox_views:receipts",
    "overdue": "sdp.cli.outbox_views:overdue",
    "serve": "sdp.cli.outbox_serve:serve",
    "pause": "sdp.cli.outbox_decisions:pause",
    "resume": "sdp.cli.outbox_decisions:resume",
    "cancel": "sdp.cli.outbox_decisions:cancel",
    "retry": "sdp.cli.outbox_decisions:retry",
    "give-up": "sdp.cli.outbox_decisions:give_up",
    "unread": "sdp.cli.outbox_decisions:unread",
    "seen-to": "sdp.cli.outbox_decisions:seen_to",
    "verify": "sdp.cli.outbox_dossier:verify",
    "purge": "sdp.cli.outbox_work:purge",
    "copy": "sdp.cli.outbox_copy:copy",
    "rotate-key": "sdp.cli.outbox_key:rotate_key",
}
"""The commands in the order they are used."""


@click.group(cls=LazyGroup, homes=_HOMES)
def outbox() -> None:
    """Send letters for certain: put them, work, and see what became of each.

    DATABASE is a file, or an address that begins with postgresql://; SDP_OUTBOX may hold it.
    """
