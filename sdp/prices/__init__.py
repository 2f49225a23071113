"""Prices of digital post, for plans, checks of documents and dry runs of the outbox alike."""

from __future__ import annotations

from sdp.prices.price_list import PriceList, Step

__all__ = ["PriceList", "Step"]
