"""Tracebacks without plumbing: what a flow did, and not how it was driven."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from sdp.errors import SdpError

E = TypeVar("E", bound=BaseException)

_PLUMBING = str(Path(__file__).parent)


def presented(error: SdpError, *, show_remote_text: bool) -> SdpError:
    """Make an error ready to leave a client: without plumbing, and with no more than may be shown.

    Args:
        error: the error; it is changed and returned.
        show_remote_text: whether it shows the other side's own words.
    """
    if show_remote_text:
        error.show_remote_text()
    return without_plumbing(error)


def without_plumbing(error: E) -> E:
    """Cut the frames of the transport out of the tracebacks of an error and its causes."""
    each: BaseException | None = error
    met = set[int]()
    while each is not None and id(each) not in met:
        met.add(id(each))
        each.__traceback__ = _trimmed(each.__traceback__)
        each = each.__cause__ or (None if each.__suppress_context__ else each.__context__)
    return error


def _trimmed(traceback: TracebackType | None) -> TracebackType | None:
    kept: list[TracebackType] = []
    while traceback is not None:
        if not traceback.tb_frame.f_code.co_filename.startswith(_PLUMBING):
            kept.append(traceback)
        traceback = traceback.tb_next
    trimmed: TracebackType | None = None
    for each in reversed(kept):
        trimmed = TracebackType(trimmed, each.tb_frame, each.tb_lasti, each.tb_lineno)
    return trimmed
