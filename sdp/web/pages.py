"""Templates of pages: a base page, a stylesheet and macros that every page of the library shares.

A room puts its own templates in its folder `templates`, and extends `base.html`. The base asks for
`brand`, `root` (the address of the assets, without a slash at its end), `navigation` (pairs of
address and name), `here` (the address in it that is shown) and `closing` (the words at the end).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

ASSETS = {
    "style.css": "text/css",
    "icon.svg": "image/svg+xml",
    "live.js": "text/javascript",
}
"""The files that `base.html` asks for beside itself, each with its media type."""


def templates(package: str, *, zone: tzinfo | None = None, **shared: object) -> Environment:
    """Load the templates of a package, with those of every page behind them.

    Whatever is filled in is escaped, and a name that is not given is an error.

    Args:
        package: the package with a folder `templates`.
        zone: the time zone that moments are shown in; None shows each in its own.
        shared: values and functions that all of its templates know.
    """

    def in_zone(moment: datetime) -> datetime:
        return moment if zone is None else moment.astimezone(zone)

    environment = Environment(
        loader=ChoiceLoader([PackageLoader(package), PackageLoader("sdp.web")]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
    )
    environment.globals.update(shared, in_zone=in_zone)
    return environment


def asset(environment: Environment, name: str) -> str:
    """Return one of `ASSETS`.

    Raises:
        KeyError: there is none of this name.
    """
    if name not in ASSETS:
        raise KeyError(name)
    return environment.get_template(name).render()
