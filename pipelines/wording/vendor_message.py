"""A message to a vendor, ready to be sent: what is missing or contradictory, and what is asked for; no accusation."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from textwrap import wrap
from typing import Any

from pipelines.wording.escape import visible
from pipelines.wording.speech import Speech

#: Mail programs break longer lines themselves, and badly.
_WIDTH = 76
_INDENT = "   "

#: Files that could not be taken in: their sentences speak of mappings, which are not their sender's concern.
REFUSED = ("wrong_content", "unexpected_columns", "truncated_export", "unreadable_file")
NO_FIT = "a file that its mapping fits"

#: What is asked for, by the kind of finding; of the others only what is behind them.
ASKS = {
    "missing_delivery": "send",
    **dict.fromkeys(
        ("wrong_content", "unreadable_file", "unexpected_columns", "truncated_export", "rejected_rows", "clock_shift"),
        "send_again",
    ),
    "late_delivery": "on_time",
    **dict.fromkeys(("duplicate_rows", "conflicting_rows"), "which_row"),
    "restated_figures": "what_changed",
    **dict.fromkeys(("missing_day", "missing_interval", "survey_response_gap"), "hours"),
    **dict.fromkeys(
        ("total_mismatch", "zeros_for_silence", "identity_violated", "impossible_duration", "scale_mismatch",
         "constant_values", "reported_differs", "not_verifiable", "impossible_figure", "copied_figures",
         "rounded_figures", "too_smooth"), "figures"),
    **dict.fromkeys(("definition_unstated", "definition_changed"), "definition"),
    "unknown_alias": "name",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Message:
    """A message in plain text."""

    subject: str
    body: str

    @property
    def text(self) -> str:
        return f"{self.subject}\n\n{self.body}"


def vendor_message(speech: Speech, vendor_name: str, findings: Iterable[Mapping[str, Any]]) -> Message:
    """The message about ``findings`` (documents of ``findings --json``; evidence as a mapping)."""
    texts, told = speech.texts, list(findings)
    points = [_point(speech, number, finding) for number, finding in enumerate(told, start=1)]
    parts = [
        texts("message.greeting"),
        _wrapped(texts("message.opening")),
        *points,
        _wrapped(texts("message.closing")),
        texts("message.thanks"),
    ]
    subject = texts("message.subject", vendor=visible(vendor_name), count=len(told))
    return Message(subject, "\n\n".join(parts) + "\n")


def _point(speech: Speech, number: int, finding: Mapping[str, Any]) -> str:
    texts = speech.texts
    said, file = _said(speech, finding), finding["evidence"].get("file_name")
    lines = [f"{number}. {said}"]
    if file and visible(file) not in said:
        lines.append(texts("message.file", file=visible(file)))
    lines.append(texts(f"message.ask.{ASKS.get(finding['kind'], 'explain')}"))
    lines.append(texts("message.reference", id=finding["finding_id"]))
    return "\n".join(_wrapped(line, "" if line is lines[0] else _INDENT) for line in lines)


def _said(speech: Speech, finding: Mapping[str, Any]) -> str:
    """The finding's sentence; of a file that could not be taken in, what its sender can do something with."""
    file = finding["evidence"].get("file_name")
    if finding["kind"] in REFUSED and file and finding["expected"] == NO_FIT:
        return speech.texts(f"message.point.{finding['kind']}", file=visible(file))
    return visible(finding["sentence_fr"] if speech.language == "fr" else finding["sentence"])


def _wrapped(text: str, indent: str = "") -> str:
    """Lines of mail; in French no line begins with a question mark."""
    joined = re.sub(r" ([?!:;»%])", "\N{NO-BREAK SPACE}\\1", text)
    return "\n".join(wrap(joined, _WIDTH, initial_indent=indent, subsequent_indent=indent))
