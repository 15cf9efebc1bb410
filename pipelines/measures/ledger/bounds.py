"""What a service level can be at all where only counts came and no waits: bounds, and what they rule out.

Any number of the answered may have been in time, any number of the abandoned early: so each variant leaves a range. A
printed figure outside the range of the terms differs from them, whatever the calls were; inside it nothing is shown.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from pipelines.measures.definition_space import variant_bounds
from pipelines.measures.definitions import AGGREGATIONS, VARIANTS

#: What stands on a line that lies outside of what its counts allow.
HINT = "beyond_its_counts"
_COUNTS = ("offered", "answered", "abandoned")
_SILENT = ("waits_unknown", "no_contacts", "not_delivered", "no_definition")


@dataclass(frozen=True, slots=True)
class Possible:
    """The variants within whose range every one of ``lines`` printed figures lies, and those that some rule out."""

    lines: int
    possible: tuple[str, ...]
    ruled_out: Mapping[str, int]


def bounded(ledger: pl.DataFrame, cells: pl.DataFrame) -> tuple[pl.DataFrame, dict[str, Possible]]:
    """``ledger`` with possible_low and possible_high under the terms, and per granularity what the counts rule out.

    ``ledger`` has its ``key`` and verdicts; ``cells`` are our own sums by key. Counts are ours, else those that the
    vendor prints beside its service level.
    """
    ledger = ledger.with_columns(possible_low=pl.lit(None, pl.Float64), possible_high=pl.lit(None, pl.Float64))
    silent = ledger.filter(
        (pl.col("metric") == "service_level") & pl.col("reported").is_not_null() & pl.col("reason").is_in(_SILENT)
    )
    counted = silent.join(_counts(ledger, cells), on="key") if silent.height else silent
    if counted.is_empty():
        return ledger, {}
    rows: list[tuple[int, str, float | None, float | None]] = []
    held: dict[str, list[dict[str, bool]]] = {}
    for row in counted.iter_rows(named=True):
        bounds = variant_bounds(*(row[f"n_{name}"] for name in _COUNTS))
        slack = (row["tolerance"] or 0.0) + 1e-9
        within: dict[str, bool] = {
            name: span is not None and span[0] - slack <= row["reported"] <= span[1] + slack
            for name, span in bounds.items()
        }
        held.setdefault(row["granularity"], []).append(within)
        span = bounds.get(_variant_of(row["definition_id"]))  # type: ignore[call-overload]
        rows.append((row["key"], row["granularity"], *(span or (None, None))))
    found = pl.DataFrame(
        rows, schema={"key": ledger.schema["key"], "granularity": pl.String, "low": pl.Float64, "high": pl.Float64},
        orient="row",
    ).with_columns(metric=pl.lit("service_level"))  # fmt: skip
    return _judged(ledger, found), {name: _possible(some) for name, some in held.items()}


def _counts(ledger: pl.DataFrame, cells: pl.DataFrame) -> pl.DataFrame:
    """key + n_offered, n_answered, n_abandoned: ours where any contact came, else as printed."""
    ours = cells.group_by("key").agg(pl.col(name).sum().alias(f"n_{name}") for name in _COUNTS)
    printed = ledger.filter(pl.col("metric").is_in(_COUNTS)).group_by("key").agg(
        pl.col("reported").filter(pl.col("metric") == name).first().alias(f"p_{name}") for name in _COUNTS
    )  # fmt: skip
    both = ledger.select("key").unique().join(ours, on="key", how="left").join(printed, on="key", how="left")
    # What is not printed follows from the other two, where nothing overflows.
    both = both.with_columns(
        p_abandoned=pl.coalesce("p_abandoned", pl.col("p_offered") - pl.col("p_answered")),
        p_offered=pl.coalesce("p_offered", pl.col("p_answered") + pl.col("p_abandoned")),
    )
    came = pl.col("n_offered").fill_null(0) > 0
    return both.select(
        "key", *(pl.when(came).then(f"n_{name}").otherwise(f"p_{name}").cast(pl.Float64).alias(f"n_{name}")
                 for name in _COUNTS)
    ).drop_nulls()  # fmt: skip


def _variant_of(definition: str | None) -> str:
    """The variant of a definition that averages over contacts; empty for any other."""
    parts = (definition or "").split("/")
    if any(part in AGGREGATIONS for part in parts) or any(re.match("with_", part) for part in parts[1:]):
        return ""
    name = parts[0].removeprefix("service_level.")
    return name if name in VARIANTS else ""


def _judged(ledger: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:
    on = ["key", "granularity", "metric"]
    ledger = ledger.join(found, on=on, how="left").with_columns(possible_low="low", possible_high="high")
    slack = pl.col("tolerance").fill_null(0.0) + 1e-9
    outside = (pl.col("reported") < pl.col("low") - slack) | (pl.col("reported") > pl.col("high") + slack)
    outside = outside.fill_null(False)
    return ledger.with_columns(
        verdict=pl.when(outside).then(pl.lit("differs")).otherwise("verdict"),
        reason=pl.when(outside).then(None).otherwise("reason"),
        hint=pl.when(outside).then(pl.lit(HINT)).otherwise("hint"),
    ).drop("low", "high")


def _possible(some: list[dict[str, bool]]) -> Possible:
    misses = {name: sum(not one[name] for one in some) for name in VARIANTS}
    return Possible(
        len(some),
        tuple(name for name, count in misses.items() if count == 0),
        {name: count for name, count in misses.items() if count},
    )
