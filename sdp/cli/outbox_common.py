"""Common parts of the commands of `sdp outbox`: the database, and how letters are shown."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

import click

from sdp.cli._output import facts, local_time, printable, table

if TYPE_CHECKING:
    from collections.abc import Callable

    from sdp.cli._output import Output
    from sdp.config import ClientConfig
    from sdp.outbox import Outbox, Overslag, Post, Status

_KEY: Final = "sdp.outbox.key"


def database(command: Callable[..., int]) -> Callable[..., int]:
    """Give a command the database of an outbox, and the source of its key.

    The database is a file, or an address that begins with postgresql://.
    """
    key = click.option(
        "--key",
        "key_source",
        metavar="SOURCE",
        envvar="SDP_OUTBOX_KEY",
        expose_value=False,
        callback=_remember_key,
        help="Where the key of an encrypted outbox is: file:PATH, env:NAME or command:PROGRAM.",
    )
    return click.argument("address", metavar="DATABASE", envvar="SDP_OUTBOX")(key(command))


def _remember_key(context: click.Context, _: click.Parameter, source: str | None) -> None:
    context.meta[_KEY] = source


def key_source() -> str | None:
    """Return the source of the key that the command at hand was given."""
    source: str | None = click.get_current_context().meta.get(_KEY)
    return source


def opened(
    address: str, config: ClientConfig | None = None, *, documents_outside: bool = False
) -> Outbox:
    """Open an outbox with the key that the command at hand was given."""
    from sdp.outbox import Outbox, OutboxSettings  # making and migrating need neither

    settings = OutboxSettings(documents_outside=documents_outside, key=key_source())
    return Outbox.open(address, config, settings=settings)


def post_data(post: Post) -> dict[str, Any]:
    """Describe a letter as plain values under stable names."""
    return asdict(post)


def post_table(posts: list[Post], *, title: str = "") -> Any:
    """Draw letters, one a row."""
    return table(
        ["Key", "State", "Route", "Attempts", "Reason"],
        [(post.nokkel, post.tilstand.value, post.rute, post.forsok, post.grunn) for post in posts],
        title=title,
    )


def status_data(status: Status) -> dict[str, Any]:
    """Describe a status as plain values under stable names."""
    rest = status.gjenstaar
    return {
        "campaign": status.kampanje,
        "total": status.total,
        "letters": {tilstand.value: count for tilstand, count in status.antall.items()},
        "left": status.igjen,
        "overdue": status.forfalt,
        "set_aside": status.avvik,
        "unknown_receipts": status.ukjente_kvitteringer,
        "per_minute": status.per_minutt,
        "seconds_left": None if rest is None else round(rest.total_seconds()),
        "paused": status.pauset,
        "brakes": {
            wire: {"until": until, "reason": reason}
            for wire, (until, reason) in status.bremser.items()
        },
    }


def show_status(status: Status, output: Output) -> None:
    """Show how far letters have come."""
    rest = status.gjenstaar
    rows: list[tuple[str, object]] = [
        (tilstand.value, count) for tilstand, count in status.antall.items() if count
    ]
    rows += [
        ("Total", status.total),
        ("Left to send", status.igjen or None),
        ("A minute", status.per_minutt or None),
        ("Time left", None if not rest else f"{round(rest.total_seconds())} s"),
        ("Paused", "yes" if status.pauset else None),
        ("No levering after the deadline", status.forfalt or None),
        ("Receipts set aside", status.avvik or None),
        ("Receipts of unknown letters", status.ukjente_kvitteringer or None),
    ]
    rows += [
        (f"{wire} is left alone", f"until {local_time(until)}: {reason}")
        for wire, (until, reason) in status.bremser.items()
    ]
    output.result(status_data(status), facts(rows))


def show_dry_run(found: Overslag, output: Output) -> None:
    """Show how letters would go, and what that costs."""
    output.result(
        {
            "campaign": found.kampanje,
            "total": found.antall,
            "routes": dict(found.ruter),
            "bytes": dict(found.bytes),
            "kroner": None if found.kroner is None else str(found.kroner),
            "prices_as_of": found.priser.gyldig_fra.isoformat(),
            "extras": dict(found.tillegg),
            "extras_without_price": list(found.uten_pris),
            "problems": dict(found.problemer),
        },
        table(
            ["Route", "Letters", "Bytes of documents"],
            [(rute, count, found.bytes[rute]) for rute, count in found.ruter.items()],
        ),
        facts([(reason, count) for reason, count in found.problemer.most_common()]),
        printable(_cost(found)),
    )


def _cost(found: Overslag) -> str:
    by = f"by the prices of {found.priser.gyldig_fra}"
    left_out = ", ".join(["Print", *found.uten_pris])
    if found.kroner is None:
        return (
            f"Digital letters have a size or a transport without a price, {by}. Nothing was sent."
        )
    return (
        f"Digital letters cost at most {found.kroner} kroner without VAT, {by}."
        f" Not in it, since it has no price there: {left_out}. Nothing was sent."
    )


def exit_code(status: Status) -> int:
    """Return what a run that has ended may say: see the help of `sdp outbox work`."""
    from sdp.outbox import Tilstand

    count = status.antall
    if count[Tilstand.UAVKLART] or count[Tilstand.UKJENT] or count[Tilstand.SENDES]:
        return 4
    if count[Tilstand.AVVIST] or count[Tilstand.FEILET] or status.avvik:
        return 1
    return 3 if count[Tilstand.KLAR] or count[Tilstand.SENDT] else 0
