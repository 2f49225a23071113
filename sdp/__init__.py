"""Sikker Digital Post for Python."""

from sdp._version import __version__

__all__ = ["__version__"]
