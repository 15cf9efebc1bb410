"""Each vendor against the in-house team on like-for-like contacts.

Over a window of weeks, for every measure that contacts can be matched for: the gap as it stands, how much of it the
contacts explain, what remains on like-for-like contacts with its interval, and a verdict that holds among all the
comparisons of the same look. The contacts are told apart by the workspace's ``strata``: fields that the client sets.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import polars as pl

from pipelines.measures import comparison
from pipelines.measures.catalogue import MEASURES
from pipelines.measures.clauses import attach
from pipelines.measures.comparison import Comparison
from pipelines.measures.definitions import parts
from pipelines.measures.moments import Kind, mean_columns, nps_columns, rate_columns
from pipelines.measures.weekly.service import counting_definition
from pipelines.warehouse import Reader
from pipelines.workspace import Workspace
from pipelines.workspace.frames import clauses_frame

#: Weeks of a comparison unless it says otherwise: a single week has too few contacts in most strata.
WINDOW_WEEKS = 13

_RULE = ["threshold_s", "inclusive", "clock_start", "short_abandon_s"]
_KEYS = ["vendor_code", "site_code", "queue_code", "channel", "language", "reason_code", "segment", "hour_band"]
#: A field that is known for less than this share of either side's contacts can't match them.
_KNOWN_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class _Counted:
    """How a measure is counted from the strata, and the difference below which two operations are alike."""

    kind: Kind
    columns: tuple[pl.Expr, ...]
    margin: float | None = None  # in the unit of the sums; None: the usual one of its kind


_COUNTED = {
    "service_level": _Counted("rate", tuple(rate_columns("numerator", "denominator"))),
    "abandon_rate": _Counted("rate", tuple(rate_columns("abandoned", "offered"))),
    "asa_s": _Counted("mean", tuple(mean_columns("waits_known", "wait_s", "wait_sq"))),
    "aht_s": _Counted("mean", tuple(mean_columns("handle_known", "handle_s", "handle_sq"))),
    "transfer_rate": _Counted("rate", tuple(rate_columns("transferred", "transfer_known"))),
    "repeat_rate": _Counted("rate", tuple(rate_columns("repeated", "repeat_eligible"))),
    "csat": _Counted("rate", tuple(rate_columns("csat_satisfied", "csat_answers"))),
    "nps": _Counted("nps", tuple(nps_columns("nps_promoters", "nps_passives", "nps_detractors"))),
    # A refund lies on its own day, so a thin stratum can have more of them than contacts: a mean of 0 and 1.
    "refund_rate": _Counted("mean", tuple(mean_columns("answered", "refunded", "refunded")), margin=0.02),
}
#: Measures that are compared like for like, in the order in which they are shown.
METRICS = tuple(_COUNTED)
#: Sums are shares and -1 to 1; pages show NPS from -100 to 100.
SCALE = {"nps": 100.0}

#: One row of :class:`Compared`: a vendor and a measure, in the measure's unit. ``contacts`` is what the difference of
#: the contacts explains: ``crude == contacts + gap``; it is ``mix`` (shared strata) + ``not_compared`` (work that only
#: one side does). ``not_known`` names strata that were left out because too few contacts state them.
COMPARED: dict[str, pl.DataType] = {
    "vendor": pl.String(), "metric": pl.String(), "n": pl.Int64(), "baseline_n": pl.Int64(),
    "value": pl.Float64(), "baseline_value": pl.Float64(),
    "crude": pl.Float64(), "crude_low": pl.Float64(), "crude_high": pl.Float64(),
    "gap": pl.Float64(), "gap_low": pl.Float64(), "gap_high": pl.Float64(),
    "contacts": pl.Float64(), "mix": pl.Float64(), "not_compared": pl.Float64(),
    "support": pl.Float64(), "verdict": pl.String(), "detectable": pl.Float64(), "margin": pl.Float64(),
    "strata_used": pl.List(pl.String()), "not_known": pl.List(pl.String()),
    "strata_lead": pl.Boolean(), "reversal": pl.Boolean(),
    "p_value": pl.Float64(), "p_adjusted": pl.Float64(), "homogeneity_p": pl.Float64(), "homogeneity_test": pl.String(),
    "design_effect": pl.Float64(), "baseline_design_effect": pl.Float64(), "definition_id": pl.String(),
}  # fmt: skip

#: One stratum of one comparison: ``stratum`` holds its keys as ``field=value``, in the order of ``strata_used``.
STRATA: dict[str, pl.DataType] = {
    "vendor": pl.String(), "metric": pl.String(), "stratum": pl.List(pl.String()), "n": pl.Int64(),
    "value": pl.Float64(), "baseline_n": pl.Int64(), "baseline_value": pl.Float64(),
    "difference": pl.Float64(), "low": pl.Float64(), "high": pl.Float64(), "compared": pl.Boolean(),
    "weight": pl.Float64(), "mix": pl.Float64(),
    "performance": pl.Float64(),
}  # fmt: skip


def counted_kind(metric: str) -> Kind:
    """Whether a measure of :data:`METRICS` is a share, a mean or an NPS."""
    return _COUNTED[metric].kind


@dataclass(frozen=True, slots=True)
class Compared:
    """All comparisons of one look. ``rows``: :data:`COMPARED`; ``strata``: :data:`STRATA`.

    ``baseline`` is None where the workspace names no in-house team; there are then no rows.
    """

    week: date
    weeks: int
    baseline: str | None
    rows: pl.DataFrame
    strata: pl.DataFrame

    @property
    def first_day(self) -> date:
        return self.week - timedelta(weeks=self.weeks - 1)

    @property
    def last_day(self) -> date:
        return self.week + timedelta(days=6)


def compare(
    workspace: Workspace,
    reader: Reader,
    week: date,
    *,
    weeks: int = WINDOW_WEEKS,
    queues: Sequence[str] | None = None,
    metrics: Sequence[str] = METRICS,
    with_strata: bool = True,
) -> Compared:
    """Every vendor against the baseline over the ``weeks`` that end with ``week`` (its Monday).

    Verdicts are those that hold among all comparisons of the look. ``queues`` restricts both sides to those queues.
    ``with_strata=False`` leaves the table of strata empty: a scorecard doesn't need it.
    """
    baseline = workspace.baseline
    if baseline is None:
        return Compared(week, weeks, None, pl.DataFrame(schema=COMPARED), pl.DataFrame(schema=STRATA))
    cells = StrataCells(workspace, reader, week, weeks, queues)
    reviewed = _reviewed({"": cells}, baseline, metrics, with_strata)
    rows = [_row(key[1:], *one) for key, one in reviewed.items()]
    strata = [_strata(key[1:], one) for key, (one, _, _) in reviewed.items()] if with_strata else []
    return Compared(
        week,
        weeks,
        baseline,
        pl.DataFrame(rows, schema=COMPARED, orient="row"),
        pl.concat(strata) if strata else pl.DataFrame(schema=STRATA),
    )


def compare_queues(
    workspace: Workspace,
    reader: Reader,
    week: date,
    *,
    weeks: int = WINDOW_WEEKS,
    queues: Sequence[str] | None = None,
    metrics: Sequence[str] = METRICS,
) -> pl.DataFrame:
    """The same queue by queue: columns of :data:`COMPARED` and ``queue``. Verdicts hold among all of these."""
    baseline, empty = workspace.baseline, pl.DataFrame(schema=COMPARED | {"queue": pl.String()})
    if baseline is None:
        return empty
    cells = StrataCells(workspace, reader, week, weeks, queues)
    reviewed = _reviewed({queue: cells.of_queue(queue) for queue in cells.queues}, baseline, metrics, False)
    rows = [_row(key[1:], *one) | {"queue": key[0]} for key, one in reviewed.items()]
    return pl.DataFrame(rows, schema=empty.schema, orient="row")


_Found = tuple[Comparison, tuple[str, ...], str]


def _reviewed(
    looks: Mapping[str, StrataCells], baseline: str, metrics: Sequence[str], with_strata: bool
) -> dict[tuple[str, str, str], _Found]:
    """Every comparison of ``looks`` by (look, vendor, metric), with verdicts that hold among all of them."""
    found: dict[tuple[str, str, str], _Found] = {}
    for name, cells in looks.items():
        for vendor in cells.vendors:
            if vendor == baseline:
                continue
            for metric in cells.compared_metrics(metrics):
                one = cells.compare(vendor, baseline, metric, with_strata)
                if one is not None:
                    found[name, vendor, metric] = one
    judged = comparison.review({" ".join(key): one for key, (one, _, _) in found.items()})
    return {key: (one, *found[key][1:]) for key, one in zip(found, judged.values(), strict=True)}


class StrataCells:
    """The additive counts of a window by stratum and day, and how each measure is read from them."""

    def __init__(
        self, workspace: Workspace, reader: Reader, week: date, weeks: int, queues: Sequence[str] | None = None
    ) -> None:
        span = {"first_day": week - timedelta(weeks=weeks - 1), "last_day": week + timedelta(days=6)}
        self._workspace = workspace
        self._week = week
        self._contacts = _of_queues(reader.frame("window_strata", **span), queues)
        self._service = _of_queues(reader.frame("window_strata_service", **span), queues)
        self._clauses = clauses_frame(workspace)

    @property
    def queues(self) -> list[str]:
        """Codes of the queues that had contacts in the window."""
        return self._contacts["queue_code"].drop_nulls().unique().sort().to_list()

    def of_queue(self, queue: str) -> StrataCells:
        """The same of one queue alone."""
        one = copy(self)
        one._contacts = _of_queues(self._contacts, [queue])
        one._service = _of_queues(self._service, [queue])
        return one

    def compared_metrics(self, metrics: Sequence[str]) -> list[str]:
        """Those of ``metrics`` that contacts can be matched for: refunds per order have no contacts."""
        per_order = self._workspace.settings.refund_denominator == "orders"
        return [metric for metric in metrics if not (metric == "refund_rate" and per_order)]

    @property
    def vendors(self) -> list[str]:
        """Codes of those who had contacts in the window."""
        present = set(self._contacts["vendor_code"])
        return [code for code in self._workspace.vendors if code in present]

    def compare(
        self, vendor: str, baseline: str, metric: str, with_strata: bool = True
    ) -> tuple[Comparison, tuple[str, ...], str] | None:
        """The comparison, the strata that too few contacts state, and the definition; None where nothing is counted."""
        own, definition = self.of(vendor, vendor, metric)
        other, _ = self.of(baseline, vendor, metric)
        if own.is_empty() or not own["n"].sum():
            return None
        fields = self._workspace.settings.strata
        unknown = tuple(name for name in fields if _mostly_unknown(own, name) or _mostly_unknown(other, name))
        used = [name for name in fields if name not in unknown]
        counted = _COUNTED[metric]
        one = comparison.compare(
            own,
            other,
            used,
            counted.kind,
            higher_is_better=MEASURES[metric].direction != "lower",
            margin=counted.margin,
            clusters="local_date",
            with_strata=with_strata,
        )
        return one, unknown, definition

    def of(self, operation: str, bound: str, metric: str) -> tuple[pl.DataFrame, str]:
        """One operation's cells (strata, local_date, n, total, total_sq), counted under the terms of ``bound``."""
        columns = _COUNTED[metric].columns
        if metric == "service_level":
            frame, definition = self._in_time(operation, bound)
        else:
            frame, definition = self._contacts.filter(pl.col("vendor_code") == operation), metric
        if metric == "refund_rate" and not frame["refunded"].sum():
            # Nobody has sent this operation's refunds: not known is not zero.
            frame = frame.clear()
        return frame.select(*_KEYS[1:], "local_date", *columns).filter(pl.col("n") > 0), definition

    def _in_time(self, operation: str, bound: str) -> tuple[pl.DataFrame, str]:
        """Service-level counts of one operation under the clauses that bind ``bound`` in the last week."""
        held = self._service.filter(pl.col("vendor_code") == operation)
        queues = held["queue_code"].unique().sort()
        asked = pl.DataFrame({"queue": queues}).with_columns(
            vendor=pl.lit(bound), week=pl.lit(self._week), clause_id=pl.lit(None, pl.String)
        )
        bindings = attach(asked, self._clauses, "service_level", counting_definition)
        bindings = bindings.filter(pl.col("definition_id").is_not_null())
        rules = bindings.select(
            "variant", "include", "definition_id", *(pl.col(name) for name in _RULE), queue_code=pl.col("queue")
        )
        counted = parts(held.join(rules, on=["queue_code", *_RULE], nulls_equal=True))
        ids = " + ".join(bindings["definition_id"].unique().sort())
        return counted.filter(pl.col("denominator").is_not_null() & pl.col("numerator").is_not_null()), ids


def _of_queues(frame: pl.DataFrame, queues: Sequence[str] | None) -> pl.DataFrame:
    return frame if queues is None else frame.filter(pl.col("queue_code").is_in(list(queues)))


def _mostly_unknown(cells: pl.DataFrame, name: str) -> bool:
    known, everything = cells.select(
        pl.col("n").filter(pl.col(name).is_not_null()).sum().alias("known"), pl.col("n").sum()
    ).row(0)
    return bool(everything) and known < _KNOWN_SHARE * everything


def _row(key: Sequence[str], one: Comparison, unknown: tuple[str, ...], definition: str) -> dict[str, Any]:
    vendor, metric = key
    scale = SCALE.get(metric, 1.0)
    crude, gap = one.crude, one.like_for_like

    def scaled(value: float | None) -> float | None:
        return None if value is None else scale * value

    return {
        "vendor": vendor, "metric": metric, "n": one.vendor_n, "baseline_n": one.baseline_n,
        "value": scaled(one.vendor_value), "baseline_value": scaled(one.baseline_value),
        "crude": scaled(crude.value if crude else None), "crude_low": scaled(crude.low if crude else None),
        "crude_high": scaled(crude.high if crude else None), "gap": scaled(gap.value if gap else None),
        "gap_low": scaled(gap.low if gap else None), "gap_high": scaled(gap.high if gap else None),
        "contacts": scaled(crude.value - gap.value if crude and gap else None), "mix": scaled(one.mix),
        "not_compared": scaled(one.not_compared), "support": one.support,
        "verdict": _verdict(metric, one), "detectable": scaled(one.detectable), "margin": scaled(one.margin),
        "strata_used": list(one.strata_used), "not_known": list(unknown), "strata_lead": one.strata_lead,
        "reversal": one.reversal, "p_value": one.p_value, "p_adjusted": one.p_adjusted,
        "homogeneity_p": one.homogeneity.p, "homogeneity_test": one.homogeneity.test,
        "design_effect": one.design_effect[0], "baseline_design_effect": one.design_effect[1],
        "definition_id": definition,
    }  # fmt: skip


def _verdict(metric: str, one: Comparison) -> str:
    """A measure of which neither direction is good is higher or lower, never better or worse."""
    if MEASURES[metric].direction != "none":
        return one.verdict
    return {"better": "higher", "worse": "lower"}.get(one.verdict, one.verdict)


def _strata(key: Sequence[str], one: Comparison) -> pl.DataFrame:
    vendor, metric = key
    scale = SCALE.get(metric, 1.0)
    scaled = ("value", "baseline_value", "difference", "low", "high", "mix", "performance")
    keys = [pl.concat_str(pl.lit(f"{name}="), pl.col(name).cast(pl.String).fill_null("")) for name in one.strata_used]
    table = one.strata.with_columns(
        vendor=pl.lit(vendor),
        metric=pl.lit(metric),
        stratum=pl.concat_list(keys) if keys else pl.lit([], dtype=pl.List(pl.String)),
    ).rename({"vendor_n": "n", "vendor_value": "value"})
    return table.with_columns(pl.col(name) * scale for name in scaled).select(*STRATA).cast(STRATA)  # type: ignore[arg-type]
