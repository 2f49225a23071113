"""The kinds of values that commands take.

What only some of them need is imported by these alone: most commands take nothing but files.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sdp.cli._errors import CommandError
from sdp.cli.files import pasted_number, read_text
from sdp.gate import canonical_uuid
from sdp.gate.files import read_file

if TYPE_CHECKING:
    from collections.abc import Callable

    from cryptography import x509

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
FOLDER = click.Path(file_okay=False, path_type=Path)
FILE_OR_FOLDER = click.Path(exists=True, path_type=Path)
NEW_FILE = click.Path(dir_okay=False, path_type=Path)
MOMENT = click.DateTime(["%Y-%m-%dT%H:%M%z", "%Y-%m-%dT%H:%M:%S%z"])

_SIZE = re.compile(r"(?P<number>[0-9]+)\s*(?:(?P<prefix>[kmgt])(?P<binary>i?))?b?", re.IGNORECASE)
_POWERS = {"k": 1, "m": 2, "g": 3, "t": 4}


def purpose_option(command: Callable[..., int]) -> Callable[..., int]:
    """Give a command the purpose of a letter, which decides its way."""
    from sdp.domain import Formaal

    option = click.option(
        "--purpose",
        type=click.Choice([formaal.value for formaal in Formaal]),
        default=Formaal.VEDTAK.value,
        show_default=True,
        callback=lambda _context, _parameter, value: Formaal(value),
        help="A decision or another important message, or informasjon: everything else.",
    )
    return option(command)


def despite_reservation_option(command: Callable[..., int]) -> Callable[..., int]:
    """Give a command the permission to pass over a reservation."""
    option = click.option(
        "--despite-reservation",
        is_flag=True,
        help="Let informasjon pass over the person's reservation against digital decisions.",
    )
    return option(command)


def size(value: str) -> int:
    """Read a number of bytes, written like `123`, `50MB` (millions) or `4GiB` (powers of 1024)."""
    found = _SIZE.fullmatch(value.strip())
    if found is None:
        raise click.BadParameter(f"{value!r} is not a size. Write it like 123, 50MB or 4GiB.")
    if not found["prefix"]:
        return int(found["number"])
    base = 1024 if found["binary"] else 1000
    unit: int = base ** _POWERS[found["prefix"].lower()]
    return int(found["number"]) * unit


def uuid(value: str) -> str:
    """Read an id, which has one form: others are taken for another id by whoever compares texts."""
    try:
        return canonical_uuid(value.strip())
    except ValueError as rule:
        raise click.BadParameter(
            f"An id {rule}, such as 6d0ec155-b4f7-43c3-908e-211d68c9cf09."
        ) from None


_TYPED = 200
"""The most characters of a line with one number."""


def person(value: str) -> str:
    """Read a fødselsnummer, or `@file` to read it from a file, out of sight of other users."""
    if not value.startswith("@"):
        return pasted_number(value)
    return number_in(value[1:])


def number_in(name: str) -> str:
    """Read the fødselsnummer that is alone in a file, or typed where the name is `-`."""
    if name == "-":
        return pasted_number(sys.stdin.readline(_TYPED))
    path = Path(name)
    number = pasted_number(read_text(path))
    if not number:
        raise CommandError(f"{path} holds no number.", remedy="Write one fødselsnummer in it.")
    return number


def certificate(value: str) -> x509.Certificate:
    """Read the X.509 certificate in a file, PEM or DER."""
    from sdp.pki.certificates import certificates_in

    data = read_file(value)
    try:
        return certificates_in(data)[0]
    except ValueError as error:
        raise click.BadParameter(f"{value} holds no certificate, as PEM or as DER.") from error
