from __future__ import annotations

from sdp.testmiljo.pytest_fixtures import testmiljo

__all__ = ["testmiljo"]
