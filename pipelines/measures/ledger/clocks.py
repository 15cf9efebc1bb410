"""Days cut on another clock, and contacts that only one side has, as the counts that a vendor prints show them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from pipelines.measures.business_days import USUAL_STARTS, clock_name, clock_of, day_in
from pipelines.measures.definition_search import Explanation, explain
from pipelines.measures.definition_space import VALUES, Candidate
from pipelines.measures.ledger.clauses import formula_values
from pipelines.measures.ledger.evidence import Evidence, Frames, frames_of, series_of
from pipelines.measures.ledger.formulas import COUNTS, SUMS, formulas
from pipelines.measures.ledger.periods import WITHIN_DAY


def cut_days(
    lines: pl.DataFrame, keys: pl.DataFrame, home: Frames, evidence: Evidence
) -> tuple[dict[str, tuple[Explanation, ...]], Frames]:
    """On which clock the vendor has cut its days, judged by the counts it prints; and the cells cut so."""
    counts = lines.filter(
        pl.col("metric").is_in(COUNTS) & ~pl.col("granularity").is_in(WITHIN_DAY) & pl.col("value").is_not_null()
    )
    if counts.is_empty():
        return {}, home
    clocks = {name: _days_in(evidence, name) for name in _other_clocks(evidence)}
    clocks = {name: days for name, days in clocks.items() if _moves_contacts(days, evidence.days)}
    if not clocks:
        return {}, home
    own = clock_name(evidence.zone, evidence.day_start)
    frames = {own: home} | {
        name: frames_of(keys, days, evidence.waits.clear(), evidence.intervals) for name, days in clocks.items()
    }
    # Midnight is nearer to usage than any other hour.
    steps = [0 if name == own else 1 + int(clock_of(name)[1] > 0) for name in frames]
    candidates = [Candidate(name, step) for name, step in zip(frames, steps, strict=True)]
    found: dict[str, tuple[Explanation, ...]] = {}
    best: list[tuple[str, Explanation]] = []
    for (granularity,), some in counts.group_by(["granularity"], maintain_order=True):
        series = series_of(some.with_row_index("number")).with_columns(key=pl.col("number")).drop("number")
        table = pl.concat([_counts_table(some, frame, place) for place, frame in enumerate(frames.values())])
        why = explain(series, candidates, lambda places, _keys, table=table: table)  # type: ignore[misc]
        found[str(granularity)] = tuple(why)
        best += [(str(granularity), one) for one in why if one.place > 0 and one.queue is None]
    return found, _moved(home, keys, best, clocks, evidence)


def _other_clocks(evidence: Evidence) -> list[str]:
    """Midnight of the terms' zone and of others, and hours at which a reporting day may begin in the terms' zone."""
    zones = [evidence.zone, *evidence.other_zones]
    starts = [clock_name(evidence.zone, minute) for minute in USUAL_STARTS]
    own = clock_name(evidence.zone, evidence.day_start)
    return [name for name in dict.fromkeys([*zones, *starts]) if name != own]


def _counts_table(some: pl.DataFrame, frames: Frames, place: int) -> pl.DataFrame:
    numbered = some.with_row_index("number")
    found = []
    for (metric,), rows in numbered.group_by(["metric"], maintain_order=True):
        usual = formulas(str(metric), ())[0]
        own = formula_values(frames.cells, frames.waits, usual)
        placed = rows.select("number", "key").join(own, on="key").drop("key").rename({"number": "key"})
        found.append(placed.with_columns(candidate=pl.lit(place, pl.UInt32)).select(*VALUES))
    return pl.concat(found)


def _days_in(evidence: Evidence, clock: str) -> pl.DataFrame:
    if evidence.intervals.is_empty():
        return evidence.days.clear()
    held = [name for name in SUMS if name in evidence.intervals.columns]
    local = day_in(pl.col("interval_start_at"), *clock_of(clock)).alias("local_date")
    return evidence.intervals.group_by("queue", local).agg(
        pl.when(pl.col(name).is_not_null().all()).then(pl.col(name).sum()).alias(name) for name in held
    )


def _moves_contacts(days: pl.DataFrame, usual: pl.DataFrame) -> bool:
    keys = ["queue", "local_date", "offered"]
    own = usual.filter(pl.col("offered") > 0).select(keys)
    other = days.filter(pl.col("offered") > 0).select(keys)
    return other.join(own, on=keys, how="anti").height > 0


def _moved(
    home: Frames, keys: pl.DataFrame, best: Sequence[tuple[str, Explanation]], clocks: Mapping[str, pl.DataFrame],
    evidence: Evidence,
) -> Frames:  # fmt: skip
    """``home`` with the cells of the periods that are explained by another clock cut on that clock."""
    frames = home
    for granularity, one in best:
        own = keys.filter(
            (pl.col("granularity") == granularity) & pl.col("period_start").is_between(one.first_day, one.last_day)
        )
        waits = evidence.waits_in(one.definition) if evidence.waits_in else evidence.waits.clear()
        other = frames_of(own, clocks[one.definition], waits, evidence.intervals)
        frames = Frames(
            pl.concat([frames.cells.join(own, on="key", how="anti"), other.cells], how="diagonal"),
            pl.concat([frames.waits.join(own, on="key", how="anti"), other.waits], how="diagonal_relaxed"),
        )
    return frames


def with_their_counts(frames: Frames, counts: pl.DataFrame, lines: pl.DataFrame) -> Frames:
    """Cells in which answered and abandoned contacts are as many as the vendor counts, in our proportions.

    Only what is left of a difference in counts after clock and definition is contacts.
    """
    amounts = [
        pl.col("contacts").filter(pl.col("metric") == name).sum().alias(f"{name}_extra")
        for name in ("offered", "answered", "abandoned")
    ]
    extra = counts.filter((pl.col("contacts") != 0) & pl.col("reported").is_not_null()).group_by("key").agg(amounts)
    if extra.is_empty():
        return frames
    ours = frames.cells.group_by("key").agg(pl.col("offered", "answered", "abandoned").sum())
    prints_abandoned = "abandoned" in lines["metric"].unique().to_list()
    lost = pl.col("abandoned_extra") if prints_abandoned else pl.col("offered_extra") - pl.col("answered_extra")
    ratio = ours.join(extra, on="key").select(
        "key",
        offered_ratio=_ratio("offered", pl.col("offered_extra")),
        answered_ratio=_ratio("answered", pl.col("answered_extra")),
        abandoned_ratio=_ratio("abandoned", lost),
    )
    scaled = frames.cells.join(ratio, on="key", how="left")
    names = {
        "offered_ratio": ("offered",),
        "answered_ratio": ("answered", "answered_in_threshold", "wait_answered_s", "waits_known_answered", "talk_s",
                           "hold_s", "acw_s", "ring_s", "handle_s", "talk_known", "handle_known", "hold_known",
                           "acw_known", "transferred", "transfer_known"),
        "abandoned_ratio": ("abandoned", "abandoned_in_threshold", "short_abandoned"),
    }  # fmt: skip
    grown = [
        (pl.col(name).cast(pl.Float64) * pl.col(ratio_name).fill_null(1.0)).alias(name)
        for ratio_name, some in names.items() for name in some if name in scaled.columns
    ]  # fmt: skip
    waits = frames.waits.join(ratio, on="key", how="left").with_columns(
        answered=pl.col("answered") * pl.col("answered_ratio").fill_null(1.0),
        abandoned=pl.col("abandoned") * pl.col("abandoned_ratio").fill_null(1.0),
    )
    drop = list(names)
    return Frames(scaled.with_columns(grown).drop(drop), waits.drop(drop))


def _ratio(name: str, extra: pl.Expr) -> pl.Expr:
    theirs = pl.col(name) - extra
    return pl.when((pl.col(name) > 0) & (theirs >= 0)).then(theirs / pl.col(name)).otherwise(1.0)
