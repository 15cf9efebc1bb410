"""What a run tells of itself: the new findings as plain text, in English or French."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import wrap
from typing import Any

from pipelines.wording.escape import visible
from pipelines.wording.speech import Speech

#: More findings than this are counted, not told one by one.
MOST = 20
_WIDTH = 76


def digest(speech: Speech, company: str, findings: Sequence[Mapping[str, Any]]) -> tuple[str, str]:
    """Title and text about ``findings`` (rows of the findings' frame, the gravest first)."""
    texts = speech.texts
    title = texts("digest.title", company=_plain(company), count=len(findings))
    parts = [texts("digest.opening")]
    for one in findings[:MOST]:
        head = " · ".join(
            part
            for part in (
                texts.known("finding.severity", one["severity"]),
                _plain(one["vendor"] or ""),
                texts.known("finding.kind", one["kind"]),
                speech.formats.period(one["period_start"], one["period_end"]),
            )
            if part
        )
        said = one["sentence_fr"] if speech.language == "fr" else one["sentence"]
        parts.append("\n".join([head, *wrap(_plain(said), _WIDTH, initial_indent="  ", subsequent_indent="  ")]))
    if len(findings) > MOST:
        parts.append(texts("digest.more", n=len(findings) - MOST))
    parts.append(texts("digest.closing"))
    return title, "\n\n".join(parts) + "\n"


def _plain(text: str) -> str:
    """Text of others, in which no mail program, chat or spreadsheet finds a tag, a mention or a link mark-up."""
    return visible(text).replace("<", "‹").replace(">", "›").replace("@", "＠")
