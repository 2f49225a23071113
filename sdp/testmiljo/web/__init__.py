"""The environment for people and scripts: a web page, and the same as JSON."""

from __future__ import annotations

from sdp.testmiljo.web.routes import is_page, routes

__all__ = ["is_page", "routes"]
