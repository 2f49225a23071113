"""Preflight of documents: the verdicts of mailbox and printer, before anything is sent."""

from sdp.preflight.documents import CheckReport, DocumentCheck, PriceStep, check

__all__ = ["CheckReport", "DocumentCheck", "PriceStep", "check"]
