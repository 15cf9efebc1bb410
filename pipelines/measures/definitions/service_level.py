"""Service level as data: every documented variant, computed from the same counts.

A definition fixes what a sentence like "80 % in 20 seconds" leaves open: which contacts count, on which side, from
which clock, under which threshold, averaged over what, and how the result is rounded.

Counts are a frame of any grouping with (whole numbers of contacts): ``offered``, ``answered``, ``abandoned``,
``answered_in_threshold``, ``abandoned_in_threshold``, ``short_abandoned``, and, where a definition asks for them,
``flow_outs``, ``callbacks``, ``callbacks_in_threshold``, ``voicemail``, ``closed``. A column that is absent is "not
known", so a definition that needs it gives null. Transfers in are decided when contacts are counted, not here;
internal contacts are never counted.

Sources of the variants: ICMI QueueTips 2005-03 (five ways), Cisco UCCX and UCCE reporting guides, Microsoft Teams
call queues (``sl_met_*``), Genesys Cloud's options, Talkdesk, Amazon Connect's SERVICE_LEVEL.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

import polars as pl

from pipelines.measures.definitions.rounding import rounded

Variant = Literal[
    "answered_only", "abandon_negative", "abandon_positive", "abandon_ignored_T", "abandon_excluded",
    "short_excluded", "short_credited", "with_flowouts", "queue_removed",
]  # fmt: skip
ClockStart = Literal["queue_entry", "ivr_end", "ring", "call_start"]
Aggregation = Literal["call_weighted", "mean_of_intervals", "mean_of_days", "interval_share", "contact_share"]
Inclusion = Literal["overflow", "closed", "callback", "voicemail"]
ZeroRule = Literal["null", "one", "zero"]

VARIANTS: tuple[Variant, ...] = get_args(Variant)
AGGREGATIONS: tuple[Aggregation, ...] = get_args(Aggregation)

COUNT_COLUMNS = (
    "offered", "answered", "abandoned", "answered_in_threshold", "abandoned_in_threshold", "short_abandoned",
    "flow_outs", "callbacks", "callbacks_in_threshold", "voicemail", "closed",
)  # fmt: skip

#: What a clause's ``include`` adds to the denominator, from which count.
_INCLUDED_COUNTS: dict[str, str] = {
    "overflow": "flow_outs",
    "callback": "callbacks",
    "voicemail": "voicemail",
    "closed": "closed",
}

_an, _ab, _off = pl.col("answered"), pl.col("abandoned"), pl.col("offered")
_an_t, _ab_t, _short = pl.col("answered_in_threshold"), pl.col("abandoned_in_threshold"), pl.col("short_abandoned")
_flow, _callbacks, _callbacks_t = pl.col("flow_outs"), pl.col("callbacks"), pl.col("callbacks_in_threshold")


@dataclass(frozen=True, slots=True)
class ServiceLevelDefinition:
    """One way to compute a service level.

    ``threshold_s`` is met by waits up to and including it when ``inclusive``, else by shorter ones only. Abandons
    within ``short_abandon_s`` are the short ones (null: the definition knows none). ``include`` names what stays in
    the denominator beside answered and abandoned contacts; ``transfers_in`` says whether contacts count that another
    one was transferred to. ``interval_target`` is the share (0 to 1) at which an
    interval counts as met, for the aggregations ``interval_share`` and ``contact_share``. ``rounding`` is the number
    of decimals of the printed percentage, null for none. ``zero_rule`` is what an interval without demand gives:
    null unless a vendor's own figure is to be reproduced.
    """

    variant: Variant = "abandon_negative"
    threshold_s: float = 20
    inclusive: bool = True
    clock_start: ClockStart = "queue_entry"
    short_abandon_s: float | None = None
    include: frozenset[Inclusion] = frozenset()
    attribution: Literal["arrival", "answer"] = "arrival"
    aggregation: Aggregation = "call_weighted"
    interval_target: float | None = None
    rounding: int | None = None
    zero_rule: ZeroRule = "null"
    transfers_in: Literal["count", "leave_out"] = "count"

    @property
    def id(self) -> str:
        """A short, readable name that differs whenever the definition does."""
        parts = [
            f"service_level.{self.variant}",
            f"{'<=' if self.inclusive else '<'}{self.threshold_s:g}s",
            "" if self.short_abandon_s is None else f"short{self.short_abandon_s:g}s",
            "" if self.clock_start == "queue_entry" else f"from_{self.clock_start}",
            f"with_{'+'.join(sorted(self.include))}" if self.include else "",
            "" if self.transfers_in == "count" else "without_transfers_in",
            "" if self.attribution == "arrival" else "by_answer",
            "" if self.aggregation == "call_weighted" else self.aggregation,
            "" if self.interval_target is None else f"at{self.interval_target:g}",
            "" if self.rounding is None else f"round{self.rounding}",
            "" if self.zero_rule == "null" else f"empty_is_{self.zero_rule}",
        ]
        return "/".join(part for part in parts if part)

    @property
    def in_marts(self) -> bool:
        """The marts count what a clause of the terms counts; but by arrival, and with transfers in."""
        return self.attribution == "arrival" and self.transfers_in == "count"

    @classmethod
    def from_clause(cls, clause: Mapping[str, Any]) -> ServiceLevelDefinition:
        """The definition that a clause's row states; what it leaves out keeps this class's defaults."""
        known = {name: clause[name] for name in cls.__dataclass_fields__ if clause.get(name) is not None}
        known["include"] = frozenset(clause.get("include") or ())
        if known.get("aggregation") in ("interval_share", "contact_share"):
            known["interval_target"] = clause.get("interval_target") or clause.get("target")
        return cls(**known)


def with_definition(counts: pl.DataFrame, definition: ServiceLevelDefinition) -> pl.DataFrame:
    """The counts with the columns ``variant``, ``include`` and ``short_abandon_s`` that :func:`parts` reads."""
    return counts.with_columns(
        pl.lit(definition.variant).alias("variant"),
        pl.lit(sorted(definition.include), dtype=pl.List(pl.String)).alias("include"),
        pl.lit(definition.short_abandon_s, dtype=pl.Float64).alias("short_abandon_s"),
    )


def parts(counts: pl.DataFrame) -> pl.DataFrame:
    """Adds ``numerator`` and ``denominator`` (Float64) by each row's own ``variant``, ``include``, ``short_abandon_s``.

    So one call serves vendors bound by different clauses. A row whose variant is null gets nulls.
    """
    counts = _with_counts(counts)
    extra = pl.sum_horizontal(
        pl.when(_includes(name)).then(pl.col(column)).otherwise(0) for name, column in _INCLUDED_COUNTS.items()
    )
    # sum_horizontal takes a null for 0: an included count that is not known must make the result unknown.
    unknown = pl.any_horizontal(_includes(name) & pl.col(column).is_null() for name, column in _INCLUDED_COUNTS.items())
    queue = _an + _ab + pl.when(unknown).then(None).otherwise(extra)
    # Each flow is in the denominator once, whether the variant or the include list asks for it.
    flow = pl.when(_includes("overflow")).then(0).otherwise(_flow)
    callbacks = pl.when(_includes("callback")).then(0).otherwise(_callbacks)
    short_if_known = pl.when(pl.col("short_abandon_s").is_null()).then(0).otherwise(_short)
    formulas: dict[Variant, tuple[pl.Expr, pl.Expr]] = {
        "answered_only": (_an_t, _an),
        "abandon_negative": (_an_t, queue),
        "abandon_positive": (_an_t + _ab_t, queue),
        "abandon_ignored_T": (_an_t, queue - _ab_t),
        "abandon_excluded": (_an_t, _off - _ab),
        "short_excluded": (_an_t, queue - _short),
        "short_credited": (_an_t + _short, queue),
        "with_flowouts": (_an_t, queue + flow - short_if_known),
        "queue_removed": (_an_t + _ab_t + _callbacks_t, queue + callbacks),
    }
    return counts.with_columns(
        _by_variant({variant: formula[0] for variant, formula in formulas.items()}).alias("numerator"),
        _by_variant({variant: formula[1] for variant, formula in formulas.items()}).alias("denominator"),
    )


def service_level(
    counts: pl.DataFrame, definition: ServiceLevelDefinition, by: list[str] | None = None
) -> pl.DataFrame:
    """Service level per group under one definition: ``by`` + value (0 to 1), numerator, denominator, contacts.

    ``counts`` holds one row per interval for the aggregations over intervals, and a ``local_date`` for
    ``mean_of_days``; for ``call_weighted`` any grain will do. For the other aggregations numerator and denominator
    are those of the average itself: summed interval shares over intervals, or intervals met over intervals. Rows
    without demand take no part; a group without any is null, or what the definition's ``zero_rule`` says.
    """
    keys = by or []
    if definition.aggregation == "mean_of_days":
        if "local_date" not in counts.columns:
            raise ValueError("mean_of_days needs the column local_date")
        counts = _with_counts(counts).group_by([*keys, "local_date"]).agg(_sum_or_null(name) for name in COUNT_COLUMNS)
    rows = parts(with_definition(counts, definition)).with_columns(
        share=pl.when(pl.col("denominator") > 0).then(pl.col("numerator") / pl.col("denominator"))
    )
    if definition.aggregation != "call_weighted" and definition.zero_rule != "null":
        empty = pl.col("denominator") <= 0
        rows = rows.with_columns(share=pl.when(empty).then(_zero_value(definition)).otherwise("share"))
    found = _grouped(rows, keys, _aggregate(definition))
    demand = pl.col("denominator") > 0
    value = pl.when(demand).then(pl.col("numerator") / pl.col("denominator")).otherwise(_zero_value(definition))
    return found.with_columns(value=rounded(value, definition.rounding, scale=100)).select(
        *keys, "value", "numerator", "denominator", "contacts"
    )


def meets(value: pl.Expr, target: pl.Expr, direction: pl.Expr) -> pl.Expr:
    """Whether the shown value is on the right side of the target; on the target is met. Null without either."""
    # Floats such as 0.1 + 0.2 must not miss a target of 0.3.
    slack = 1e-9
    return pl.when(direction == "lower").then(value <= target + slack).otherwise(value >= target - slack)


def _aggregate(definition: ServiceLevelDefinition) -> list[pl.Expr]:
    share, denominator, numerator = pl.col("share"), pl.col("denominator"), pl.col("numerator")
    top: pl.Expr
    bottom: pl.Expr
    if definition.aggregation == "call_weighted":
        known = numerator.is_not_null() & denominator.is_not_null()
        top = pl.when(known.any()).then(numerator.filter(known).sum())
        bottom = pl.when(known.any()).then(denominator.filter(known).sum())
    elif definition.aggregation in ("mean_of_intervals", "mean_of_days"):
        top, bottom = share.sum(), share.count()
    else:
        if definition.interval_target is None:
            raise ValueError(f"{definition.aggregation} needs an interval_target")
        met = share >= definition.interval_target - 1e-9
        if definition.aggregation == "interval_share":
            top, bottom = met.sum(), share.count()
        else:
            top, bottom = denominator.filter(met).sum(), denominator.filter(share.is_not_null()).sum()
    return [
        top.cast(pl.Float64).alias("numerator"),
        bottom.cast(pl.Float64).alias("denominator"),
        denominator.sum().cast(pl.Int64).alias("contacts"),
    ]


def _grouped(rows: pl.DataFrame, keys: list[str], aggregates: list[pl.Expr]) -> pl.DataFrame:
    return rows.group_by(keys, maintain_order=True).agg(aggregates) if keys else rows.select(aggregates)


def _with_counts(counts: pl.DataFrame) -> pl.DataFrame:
    absent = [name for name in COUNT_COLUMNS if name not in counts.columns]
    return counts.with_columns(pl.lit(None, pl.Int64).alias(name) for name in absent)


def _sum_or_null(name: str) -> pl.Expr:
    return pl.when(pl.col(name).is_not_null().all()).then(pl.col(name).sum()).otherwise(None).alias(name)


def _includes(name: str) -> pl.Expr:
    return pl.col("include").list.contains(name).fill_null(False)


def _by_variant(formulas: Mapping[Variant, pl.Expr]) -> pl.Expr:
    chosen = [pl.when(pl.col("variant") == variant).then(formula) for variant, formula in formulas.items()]
    return pl.coalesce(chosen).cast(pl.Float64)


def _zero_value(definition: ServiceLevelDefinition) -> pl.Expr:
    values: dict[ZeroRule, float | None] = {"null": None, "one": 1.0, "zero": 0.0}
    return pl.lit(values[definition.zero_rule], dtype=pl.Float64)
