"""The plan document: its sections, and their rendering as HTML, Markdown or PDF."""

from __future__ import annotations

from sdp.plan.document.evidence import Evidence
from sdp.plan.document.material import Material
from sdp.plan.document.rendering import as_html, as_markdown, as_pdf
from sdp.plan.document.sections import sections_of

__all__ = ["Evidence", "Material", "as_html", "as_markdown", "as_pdf", "sections_of"]
