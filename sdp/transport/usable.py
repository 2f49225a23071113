"""What is wrong where a client is used that cannot be used now."""

from __future__ import annotations

from sdp.errors import InvalidInputError, Problem


def closed() -> InvalidInputError:
    """Make the error of a client that is used after it was closed."""
    rule = "must not be closed; a letter that was on its way when it was may have arrived"
    return InvalidInputError(
        "The client", [Problem("client", rule)], remedy="Close it when all calls have returned."
    )


def on_another_loop() -> InvalidInputError:
    """Make the error of an async client that is used on a second event loop."""
    return InvalidInputError(
        "The client",
        [Problem("event loop", "must be the one that it was first used on")],
        remedy="Make an AsyncClient for each event loop, so for each asyncio.run.",
    )
