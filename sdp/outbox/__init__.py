"""Durable sending: letters that are put are sent, once, over crashes and on many machines.

It needs an extra: `pip install 'sikker-digital-post[outbox]'`, or `[outbox-postgres]`.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

from sdp._exports import exports

if TYPE_CHECKING:
    from collections.abc import Callable

    from sdp.outbox.async_outbox import AsyncOutbox
    from sdp.outbox.campaigns import Kampanje
    from sdp.outbox.copying import Kopiert, copy_outbox, undo_copy
    from sdp.outbox.dry_run import Overslag
    from sdp.outbox.outbox import Outbox
    from sdp.outbox.overdue import Oppfolging, Slag
    from sdp.outbox.putting import Lagt
    from sdp.outbox.retention import Slettet
    from sdp.outbox.rotation import Rotert, rotate_key
    from sdp.outbox.settings import OutboxSettings
    from sdp.outbox.slowness import SlowRule
    from sdp.outbox.states import Tilstand
    from sdp.outbox.views import Avvik, Hendelse, Historikk, Mottatt, Post, Status

# Neither is imported to see: alembic is for databases that are new or of an earlier version.
if _missing := [name for name in ("alembic", "sqlalchemy") if find_spec(name) is None]:
    raise ModuleNotFoundError(
        f"The outbox needs {_missing[0]}. Run: pip install 'sikker-digital-post[outbox]'",
        name=_missing[0],
    )

__all__ = [
    "AsyncOutbox",
    "Avvik",
    "Hendelse",
    "Historikk",
    "Kampanje",
    "Kopiert",
    "Lagt",
    "Mottatt",
    "Oppfolging",
    "Outbox",
    "OutboxSettings",
    "Overslag",
    "Post",
    "Rotert",
    "Slag",
    "Slettet",
    "SlowRule",
    "Status",
    "Tilstand",
    "copy_outbox",
    "rotate_key",
    "undo_copy",
]

__getattr__: Callable[[str], object] = exports(
    __name__,
    {
        "async_outbox": ("AsyncOutbox",),
        "campaigns": ("Kampanje",),
        "copying": ("Kopiert", "copy_outbox", "undo_copy"),
        "dry_run": ("Overslag",),
        "outbox": ("Outbox",),
        "overdue": ("Oppfolging", "Slag"),
        "putting": ("Lagt",),
        "retention": ("Slettet",),
        "rotation": ("Rotert", "rotate_key"),
        "settings": ("OutboxSettings",),
        "slowness": ("SlowRule",),
        "states": ("Tilstand",),
        "views": ("Avvik", "Hendelse", "Historikk", "Mottatt", "Post", "Status"),
    },
)
