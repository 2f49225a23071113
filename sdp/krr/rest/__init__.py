"""The contact and reservation register over REST."""

from sdp.krr.rest.wire import KrrRest, KrrSettings

__all__ = ["KrrRest", "KrrSettings"]
