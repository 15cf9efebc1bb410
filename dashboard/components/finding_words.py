"""A finding as its reader sees it: kind, severity, sentence, place and time in words."""

from __future__ import annotations

import json
from typing import Any

from dashboard.models import Published
from dashboard.view import View


def sentence_of(view: View, finding: dict[str, Any]) -> str:
    """The finding's own sentence in the reader's language (plain text: escape it where Markdown is read)."""
    french = finding["sentence_fr"] if view.language == "fr" else None
    return str(french or finding["sentence"])


def kind_words(view: View, kind: str) -> str:
    return view.texts.known("finding.kind", kind)


def severity_words(view: View, severity: str) -> str:
    """The severity with its shape."""
    return view.texts.known("finding.severity", severity)


def vendor_words(published: Published, vendor: str | None) -> str:
    return published.vendor_name(vendor) if vendor else ""


def queue_words(published: Published, queue: str | None) -> str:
    return next((one.name for one in published.queues if one.code == queue), queue or "")


def label(view: View, published: Published, finding: dict[str, Any]) -> str:
    """One line that names a finding in a list."""
    parts = (
        severity_words(view, finding["severity"])[:1],
        kind_words(view, finding["kind"]),
        vendor_words(published, finding["vendor"]),
        view.formats.period(finding["period_start"], finding["period_end"]),
    )
    return " · ".join(part for part in parts if part)


def evidence_of(finding: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(finding["evidence"] or "{}")
    return found
