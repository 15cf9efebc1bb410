"""Which figures a finding touches: those that rest on the rows it is about, or that it names."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl

from pipelines.measures.catalogue import MEASURES
from pipelines.trust.findings import KINDS, UNSETTLED

_WAITS = ("service_level", "asa_s", "wait_median_s", "wait_p90_s")
_SURVEYS = ("csat", "nps", "response_rate")
_HANDLING = ("aht_s", "talk_s", "hold_s", "acw_s")
#: Kinds that say more than the one measure they name.
_ALSO: dict[str, tuple[str, ...]] = {
    "queue_jumping": _WAITS,
    "threshold_heaping": _WAITS,
    "survey_offer_bias": _SURVEYS,
    "survey_response_gap": _SURVEYS,
    "impossible_duration": _HANDLING,
}
#: What rests on a duration that is in another unit.
_OF_DURATION: dict[str, tuple[str, ...]] = {"asa_s": _WAITS, "talk_s": _HANDLING}
#: The feeds that a measure rests on; every other one rests on contacts alone.
_RESTS_ON: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(_SURVEYS, ("surveys",)),
    **dict.fromkeys(("refund_rate", "refund_value_per_contact"), ("contacts", "refunds")),
    **dict.fromkeys(("cost_per_contact", "cost_per_resolved_contact"), ("contacts", "staffing")),
}
#: Feeds that one party sends about everybody's contacts: what is wrong with its file is so for all vendors.
_ABOUT_ALL = ("surveys", "refunds")
#: What puts a figure in doubt although its rows have come: the gravest of these is told to whoever leads.
_DOUBTS = ("consistency", "plausibility")


def with_findings(card: pl.DataFrame, findings: pl.DataFrame) -> pl.DataFrame:
    """``card`` (vendor, queue, metric) with ``findings``: the ids of those that touch the figure, in their order."""
    found = findings.to_dicts()
    reached = [(one["finding_id"], one["queue"], _vendors(one), metrics_of(one)) for one in found]
    ids = [
        [
            finding
            for finding, queue, vendors, metrics in reached
            if row["metric"] in metrics
            and (vendors is None or row["vendor"] in vendors)
            and (row["queue"] is None or queue in (None, row["queue"]))
        ]
        for row in card.select("vendor", "queue", "metric").iter_rows(named=True)
    ]
    return card.with_columns(findings=pl.Series(ids, dtype=pl.List(pl.String())))


def doubts(findings: pl.DataFrame) -> list[dict[str, Any]]:
    """The grave findings (with ``status``) that put a measure in doubt and that nobody has settled."""
    return [
        one
        for one in findings.iter_rows(named=True)
        if one["severity"] == "critical"
        and one["status"] in UNSETTLED
        and one["vendor"] is not None
        and one["metric"] in MEASURES
        and KINDS[one["kind"]] in _DOUBTS
    ]


def metrics_of(finding: Mapping[str, Any]) -> Iterable[str]:
    """The measures that a finding touches."""
    if finding["kind"] == "scale_mismatch" and finding["metric"] in _OF_DURATION:
        return _OF_DURATION[finding["metric"]]
    if finding["kind"] in _ALSO:
        return _ALSO[finding["kind"]]
    if finding["metric"] is not None:
        return (finding["metric"],)
    return [metric for metric in MEASURES if finding["feed"] in _RESTS_ON.get(metric, ("contacts",))]


def _vendors(finding: Mapping[str, Any]) -> tuple[str | None, ...] | None:
    """Whose figures; None: everybody's."""
    if finding["kind"] == "survey_response_gap" and (about := json.loads(finding["evidence"] or "{}").get("about")):
        return (about,)
    return None if finding["metric"] is None and finding["feed"] in _ABOUT_ALL else (finding["vendor"],)
