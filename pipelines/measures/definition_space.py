"""The definitions that a reported figure may follow, and what each of them gives for every period of a series.

*Cells* are sums of contacts (``ledger.formulas.SUMS``) per ``key`` (one reported period of one scope) and local day,
*waits* the histogram of waits beside them (``wait_bin`` as in ``thresholds.within_bin``: limits in whole seconds are
exact, "within" and "below" are told apart). Both may come cut by queue; they are summed here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import polars as pl

from pipelines.measures.definitions import VARIANTS, RepeatDefinition, ServiceLevelDefinition, parts
from pipelines.measures.definitions.service_level import COUNT_COLUMNS, Variant
from pipelines.measures.definitions.thresholds import within_bin
from pipelines.measures.ledger.formulas import SHORT_LIMITS, SUMS, Formula, short_name
from pipelines.workspace.terms import SHORT_VARIANTS

#: Thresholds (seconds) that agreements and systems use.
THRESHOLDS = (5.0, 10.0, 15.0, 20.0, 25.0, 30.0, 40.0, 45.0, 50.0, 60.0, 75.0, 80.0, 90.0, 100.0, 120.0, 150.0, 180.0,
              240.0, 300.0)  # fmt: skip
#: Variants that are averaged over intervals, and the share that an interval must reach where the terms name none.
PER_INTERVAL: tuple[Variant, ...] = ("abandon_negative", "answered_only", "abandon_positive", "abandon_ignored_T")
USUAL_INTERVAL_TARGET = 0.8
#: What a variant adds, and the count without which it would be another variant under a second name.
_NEEDS = {"with_flowouts": "flow_outs", "queue_removed": "callbacks"}
#: Rows of counts that are worked on at once.
_AT_ONCE = 1_500_000


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """One definition that may explain a series: a formula, or a definition of service level.

    ``steps`` says in how many respects it departs from the terms: of two that fit alike, the simpler is named first.
    ``aggregation`` is how periods longer than a day are averaged.
    """

    id: str
    steps: int = 0
    formula: Formula | None = None
    service_level: ServiceLevelDefinition | None = None
    aggregation: str = "call_weighted"
    #: The rule for repeat contacts that the formula reads.
    repeat: RepeatDefinition | None = None

    def call_weighted(self) -> Candidate:
        """The same definition, averaged over contacts."""
        if self.aggregation == "call_weighted":
            return self
        level = None if self.service_level is None else replace(self.service_level, aggregation="call_weighted")
        return replace(
            self, id=self.id.removesuffix(f"/{self.aggregation}"), aggregation="call_weighted", service_level=level
        )


VALUES = {
    "key": pl.UInt32,
    "candidate": pl.UInt32,
    "value": pl.Float64,
    "numerator": pl.Float64,
    "denominator": pl.Float64,
}


def service_level_space(
    terms: ServiceLevelDefinition | None, present: Iterable[str], *, by_day: bool = False
) -> list[Candidate]:
    """Every variant x threshold x "within" or "below" x short limit, the definition of the terms first.

    ``present``: the counts that ever occur (flow_outs, callbacks, closed, voicemail): a definition that differs only by
    what never occurs is left out. ``by_day``: the mean of days as well, for periods of several days.
    """
    present = set(present)
    usual = terms or ServiceLevelDefinition()
    usual = replace(
        usual, rounding=None, attribution="arrival", clock_start="queue_entry", transfers_in="count",
        aggregation="call_weighted", interval_target=None, zero_rule="null",
    )  # fmt: skip
    thresholds = sorted({usual.threshold_s, *THRESHOLDS})
    shorts = sorted({*SHORT_LIMITS, *([usual.short_abandon_s] if usual.short_abandon_s else [])})
    found = {usual.id: usual}
    for variant in VARIANTS:
        if variant in _NEEDS and _NEEDS[variant] not in present:
            continue
        for threshold in thresholds:
            for inclusive in (True, False):
                base = replace(usual, variant=variant, threshold_s=threshold, inclusive=inclusive, short_abandon_s=None)
                if variant == "queue_removed" and (threshold, inclusive) != (usual.threshold_s, usual.inclusive):
                    continue  # callbacks are counted within the threshold of the terms only
                none: list[float | None] = [] if variant in SHORT_VARIANTS else [None]
                limits = [*none, *(shorts if variant in (*SHORT_VARIANTS, "with_flowouts") else [])]
                for limit in limits:
                    one = replace(base, short_abandon_s=limit)
                    found.setdefault(one.id, one)
    for one in list(found.values()):
        if (
            "closed" in present
            and one.threshold_s == usual.threshold_s
            and one.variant in ("abandon_negative", usual.variant)
        ):
            other = replace(one, include=one.include ^ {"closed"})
            found.setdefault(other.id, other)
    if by_day:
        for one in list(found.values()):
            other = replace(one, aggregation="mean_of_days")
            found.setdefault(other.id, other)
    for one in _by_interval(terms or usual):
        found.setdefault(one.id, one)
    return [Candidate(one.id, departures(one, terms or usual), None, one, one.aggregation) for one in found.values()]


def _by_interval(usual: ServiceLevelDefinition) -> list[ServiceLevelDefinition]:
    """Averages over intervals, under the threshold of the terms: that is how the marts count intervals."""
    found = []
    target = usual.interval_target or USUAL_INTERVAL_TARGET
    for variant in PER_INTERVAL:
        base = replace(usual, variant=variant, rounding=None, interval_target=None)
        found.append(replace(base, aggregation="mean_of_intervals"))
        found.append(replace(base, aggregation="mean_of_intervals", zero_rule="one"))
        found += [replace(base, aggregation=way, interval_target=target) for way in ("interval_share", "contact_share")]
    return found


def departures(one: ServiceLevelDefinition, usual: ServiceLevelDefinition) -> int:
    """In how many respects a definition departs from the usual one."""
    names = (
        "variant", "threshold_s", "inclusive", "include", "aggregation", "clock_start", "attribution", "transfers_in",
        "zero_rule",
    )  # fmt: skip
    # Another variant brings its short limit with it; another limit under the same variant is a step of its own.
    other_limit = one.variant == usual.variant and one.short_abandon_s != usual.short_abandon_s
    return sum(bool(getattr(one, name) != getattr(usual, name)) for name in names) + int(other_limit)


def formula_space(found: Sequence[Formula], *, by_day: bool = False) -> list[Candidate]:
    """The formulas as candidates; with ``by_day`` the mean of days of every ratio besides."""
    plain = [Candidate(one.id, one.steps, one) for one in found]
    daily = [
        Candidate(f"{one.id}/mean_of_days", one.steps + 1, one, None, "mean_of_days")
        for one in found
        if by_day and one.bottom is not None
    ]
    return plain + daily


def values(cells: pl.DataFrame, waits: pl.DataFrame, candidates: Sequence[Candidate]) -> pl.DataFrame:
    """What every candidate (by its place in the sequence) gives for every key: columns :data:`VALUES`.

    ``cells``: key, local_date, sums. ``waits``: key, local_date, wait_bin, answered, abandoned. Null where a candidate
    needs what is not known, or divides by nothing.
    """
    frames: list[pl.DataFrame] = []
    levels = [(place, one) for place, one in enumerate(candidates) if one.service_level is not None]
    ratios = [(place, one) for place, one in enumerate(candidates) if one.formula is not None]
    if ratios:
        limits, more = _short_limits(candidates), _other_sums(cells, candidates)
        wide = {by_day: _wide(cells, waits, set(), limits, more, by_day=by_day) for by_day in _grains(ratios)}
        for place, one in ratios:
            frames.append(_ratio(wide[one.aggregation == "mean_of_days"], one, place))
    if levels:
        frames += _levels(cells, waits, levels)
    return pl.concat(frames) if frames else pl.DataFrame(schema=VALUES)


def _grains(chosen: Sequence[tuple[int, Candidate]]) -> set[bool]:
    return {one.aggregation == "mean_of_days" for _, one in chosen}


def _read_by(candidates: Sequence[Candidate]) -> set[str]:
    """Names of the sums that formulas read."""
    return {
        name
        for one in candidates
        if one.formula is not None
        for part in (one.formula.top, one.formula.bottom)
        if part is not None
        for name in part.meta.root_names()
    }


def _short_limits(candidates: Sequence[Candidate]) -> set[tuple[float, bool]]:
    """Short limits that formulas read."""
    names = {name for name in _read_by(candidates) if name.startswith("short_") and name != "short_abandoned"}
    return {(float(name.split("_")[1]), name.endswith("le")) for name in names}


def _other_sums(cells: pl.DataFrame, candidates: Sequence[Candidate]) -> list[str]:
    """Sums that formulas read and that cells hold beside the usual ones."""
    return sorted((_read_by(candidates) & set(cells.columns)) - set(SUMS))


def _wide(
    cells: pl.DataFrame,
    waits: pl.DataFrame,
    thresholds: set[tuple[float, bool]],
    shorts: set[tuple[float, bool]],
    more: Sequence[str] = (),
    *,
    by_day: bool,
) -> pl.DataFrame:
    """Cells with a column per limit: answered_<T>_<le|lt>, abandoned_<T>_<le|lt>, short_<s>_<le|lt>."""
    keys = ["key", "local_date"] if by_day else ["key"]
    held = [name for name in (*SUMS, *more) if name in cells.columns]
    sums = cells.group_by(keys).agg(_known_sum(name) for name in held)
    sums = sums.with_columns(pl.lit(None, pl.Int64).alias(name) for name in SUMS if name not in held)
    limits: list[pl.Expr] = []
    for limit, inclusive in sorted(thresholds):
        within, tail = within_bin(limit, inclusive), _tail(limit, inclusive)
        limits += [pl.col("answered").filter(within).sum().alias(f"answered_{tail}"),
                   pl.col("abandoned").filter(within).sum().alias(f"abandoned_{tail}")]  # fmt: skip
    for limit, inclusive in sorted(shorts):
        within = within_bin(limit, inclusive)
        limits.append(pl.col("abandoned").filter(within).sum().alias(short_name(limit, inclusive)))
    if not limits:
        return sums
    counted = waits.group_by(keys).agg(limits)
    names = [name for name in counted.columns if name not in keys]
    # A cell whose contacts have no waits at all is not known; one without contacts counts nothing.
    nothing = pl.col("answered").fill_null(0) + pl.col("abandoned").fill_null(0) == 0
    filled = [pl.coalesce(name, pl.when(nothing).then(0)).alias(name) for name in names]
    return sums.join(counted, on=keys, how="left").with_columns(filled)


def _known_sum(name: str) -> pl.Expr:
    return pl.when(pl.col(name).is_not_null().all()).then(pl.col(name).sum()).alias(name)


def _tail(limit: float, inclusive: bool) -> str:
    return f"{limit:g}_{'le' if inclusive else 'lt'}"


def _ratio(wide: pl.DataFrame, candidate: Candidate, place: int) -> pl.DataFrame:
    formula = candidate.formula
    assert formula is not None
    top = formula.top.cast(pl.Float64).alias("numerator")
    bottom = (pl.lit(None) if formula.bottom is None else formula.bottom).cast(pl.Float64).alias("denominator")
    rows = wide.select("key", top, bottom)
    if formula.bottom is None:
        rows = rows.with_columns(value=pl.col("numerator"))
    elif candidate.aggregation == "mean_of_days":
        rows = rows.filter(pl.col("denominator") > 0).group_by("key").agg(
            value=(pl.col("numerator") / pl.col("denominator")).mean(),
            numerator=(pl.col("numerator") / pl.col("denominator")).sum(),
            denominator=pl.len().cast(pl.Float64),
        )  # fmt: skip
    else:
        share = pl.when(pl.col("denominator") > 0).then(pl.col("numerator") / pl.col("denominator"))
        rows = rows.with_columns(value=share)
    return rows.with_columns(candidate=pl.lit(place, pl.UInt32)).select(VALUES.keys()).cast(VALUES)  # type: ignore[arg-type]


def _levels(cells: pl.DataFrame, waits: pl.DataFrame, chosen: Sequence[tuple[int, Candidate]]) -> list[pl.DataFrame]:
    frames = []
    for by_day in sorted(_grains(chosen)):
        some = [(place, one) for place, one in chosen if (one.aggregation == "mean_of_days") == by_day]
        definitions = [one.service_level for _, one in some if one.service_level is not None]
        thresholds = {(one.threshold_s, one.inclusive) for one in definitions}
        shorts = {(one.short_abandon_s, one.inclusive) for one in definitions if one.short_abandon_s is not None}
        wide = _wide(cells, waits, thresholds, shorts, by_day=by_day)
        step = max(1, _AT_ONCE // max(wide.height, 1))
        for start in range(0, len(some), step):
            frames.append(_share(parts(_counts_of(wide, some[start : start + step])), by_day))
    return frames


def _counts_of(wide: pl.DataFrame, some: Sequence[tuple[int, Candidate]]) -> pl.DataFrame:
    """The counts that ``parts`` reads, for each definition; those that read the same counts share their columns."""
    alike: dict[tuple[float, bool, float | None, tuple[str, ...]], list[tuple[int, str]]] = {}
    for place, one in some:
        definition = one.service_level
        assert definition is not None
        limits = (definition.threshold_s, definition.inclusive, definition.short_abandon_s)
        alike.setdefault((*limits, tuple(sorted(definition.include))), []).append((place, definition.variant))
    ours = ("answered_in_threshold", "abandoned_in_threshold", "short_abandoned")
    plain = [pl.col(name).cast(pl.Float64) for name in COUNT_COLUMNS if name not in ours]
    frames = []
    for (threshold, inclusive, limit, include), named in alike.items():
        tail = _tail(threshold, inclusive)
        short = pl.lit(None, pl.Float64) if limit is None else pl.col(short_name(limit, inclusive)).cast(pl.Float64)
        counts = wide.select(
            "key",
            *plain,
            pl.col(f"answered_{tail}").cast(pl.Float64).alias("answered_in_threshold"),
            pl.col(f"abandoned_{tail}").cast(pl.Float64).alias("abandoned_in_threshold"),
            short.alias("short_abandoned"),
            pl.lit(list(include), dtype=pl.List(pl.String)).alias("include"),
            pl.lit(limit, dtype=pl.Float64).alias("short_abandon_s"),
        )
        names = pl.DataFrame(named, schema={"candidate": pl.UInt32, "variant": pl.String}, orient="row")
        frames.append(counts.join(names, how="cross"))
    return pl.concat(frames)


def _share(rows: pl.DataFrame, by_day: bool) -> pl.DataFrame:
    share = pl.when(pl.col("denominator") > 0).then(pl.col("numerator") / pl.col("denominator"))
    rows = rows.with_columns(value=share)
    if by_day:
        rows = rows.group_by("candidate", "key").agg(
            pl.col("value").mean(), numerator=pl.col("value").sum(), denominator=pl.col("value").count()
        )
    return rows.select(VALUES.keys()).cast(VALUES)  # type: ignore[arg-type]


def variants_possible(
    offered: float, answered: float, abandoned: float, value: float, tolerance: float
) -> dict[Variant, bool]:
    """Where only counts came, no calls: could the printed service level be of each variant at all?

    Any number of the answered may have been in time, any number of the abandoned early: so a variant gives a range,
    and the printed figure lies within it or not. Counts are whole numbers; ``value`` and ``tolerance`` are shares.
    """
    low_high = variant_bounds(offered, answered, abandoned)
    return {
        name: bounds is not None and bounds[0] - tolerance <= value <= bounds[1] + tolerance
        for name, bounds in low_high.items()
    }


def variant_bounds(offered: float, answered: float, abandoned: float) -> dict[Variant, tuple[float, float] | None]:
    """Least and most that each variant's service level can be on these counts; None where it divides by nothing."""
    queue = answered + abandoned
    # Most that can be above the line, least and most that can be below it.
    most: dict[Variant, tuple[float, float, float]] = {
        "answered_only": (answered, answered, answered),
        "abandon_negative": (answered, queue, queue),
        "abandon_positive": (queue, queue, queue),
        "abandon_ignored_T": (answered, answered, queue),
        "abandon_excluded": (answered, offered - abandoned, offered - abandoned),
        "short_excluded": (answered, answered, queue),
        "short_credited": (queue, queue, queue),
        "with_flowouts": (answered, answered, offered),
        "queue_removed": (offered, queue, offered),
    }
    return {
        name: (0.0, min(top / least, 1.0) if least > 0 else float(top > 0)) if greatest > 0 else None
        for name, (top, least, greatest) in most.items()
    }
