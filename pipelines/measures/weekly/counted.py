"""Figures that are counted from contacts: volumes, abandons, waits, handle time, transfers, repeats."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from pipelines.measures.figures import histogram_quantile
from pipelines.measures.weekly.inputs import COUNTS, WeekInputs
from pipelines.measures.weekly.long import FIGURE_SCHEMA, KEYS, as_parts, sum_or_null


@dataclass(frozen=True, slots=True)
class _Ratio:
    """A measure that is one summed column over another; ``known_of`` is what the denominator should cover."""

    metric: str
    numerator: str
    denominator: str
    known_of: str | None = None
    squares: str | None = None


_RATIOS = (
    _Ratio("asa_s", "wait_answered_s", "waits_known_answered", "answered", "wait_answered_sq"),
    _Ratio("aht_s", "handle_s", "handle_known", "answered", "handle_sq"),
    _Ratio("talk_s", "talk_s", "talk_known", "answered", "talk_sq"),
    _Ratio("hold_s", "hold_s", "hold_known", "answered", "hold_sq"),
    _Ratio("acw_s", "acw_s", "acw_known", "answered", "acw_sq"),
    _Ratio("transfer_rate", "transferred", "transfer_known", "answered"),
)

#: Share of open windows up to which a week's repeats are known. Data end with the last contact of an evening, so a few
#: contacts of the evening a window earlier stay open for ever; they must not hide the other thousand.
MOST_OPEN = 0.05


def totals(inputs: WeekInputs) -> pl.DataFrame:
    """The counts added up to :data:`KEYS`; a column of which nothing is known stays null."""
    additive = [name for name, dtype in COUNTS.items() if dtype.is_numeric()]
    squares = {ratio.squares: ratio.denominator for ratio in _RATIOS if ratio.squares}
    return inputs.counts.group_by(KEYS, maintain_order=True).agg(
        _squares_or_null(name, squares[name]) if name in squares else sum_or_null(name) for name in additive
    )


def _squares_or_null(squares: str, known: str) -> pl.Expr:
    """Sum of squares; null where a part of what was averaged came without: its spread is not known."""
    lacking = (pl.col(squares).is_null() & (pl.col(known) > 0)).any()
    return pl.when(~lacking).then(pl.col(squares).sum()).alias(squares)


def counted_parts(inputs: WeekInputs) -> pl.DataFrame:
    """Parts of the volumes, the ratios of :data:`_RATIOS` and the repeat rate."""
    sums = totals(inputs)
    volumes = [_volume(sums, metric) for metric in ("offered", "answered")]
    ratios = [_ratio(sums, ratio) for ratio in _RATIOS]
    return pl.concat([*volumes, *ratios, _repeats(sums)])


def wait_quantiles(inputs: WeekInputs) -> pl.DataFrame:
    """Median and 90th percentile of the answered contacts' waits, as figures with order-statistic intervals."""
    answered = inputs.counts.group_by(KEYS).agg(sum_or_null("answered"))
    frames = [
        histogram_quantile(inputs.waits, KEYS, quantile)
        .join(answered, on=KEYS, how="left", nulls_equal=True)
        .rename({"scope": "queue"})
        .with_columns(
            pl.lit(metric).alias("metric"),
            pl.lit(metric).alias("definition_id"),
            pl.lit(None, pl.Float64).alias("numerator"),
            pl.col("n").cast(pl.Float64).alias("denominator"),
            coverage=pl.when(pl.col("answered") > 0).then(pl.col("n") / pl.col("answered")).clip(0, 1),
            note=pl.when("capped").then(pl.lit("longest_waits_capped")),
        )
        for metric, quantile in (("wait_median_s", 0.5), ("wait_p90_s", 0.9))
    ]
    return pl.concat(
        frame.select(
            (pl.col(name) if name in frame.columns else pl.lit(None)).cast(dtype).alias(name)
            for name, dtype in FIGURE_SCHEMA.items()
        )
        for frame in frames
    )


def _volume(sums: pl.DataFrame, metric: str) -> pl.DataFrame:
    # A count has itself as numerator, over one.
    frame = sums.select(*KEYS, numerator=pl.col(metric), denominator=pl.lit(1), n=pl.col(metric), note=pl.lit("count"))
    return as_parts(frame, metric)


def _ratio(sums: pl.DataFrame, ratio: _Ratio) -> pl.DataFrame:
    bottom = pl.col(ratio.denominator)
    whole = pl.col(ratio.known_of) if ratio.known_of else pl.lit(None, pl.Int64)
    frame = sums.select(
        *KEYS,
        numerator=pl.col(ratio.numerator),
        denominator=bottom,
        squares=pl.col(ratio.squares) if ratio.squares else pl.lit(None),
        coverage=pl.when(whole > 0).then((bottom / whole).clip(0, 1)),
        note=pl.when((bottom == 0) & (whole > 0)).then(pl.lit("not_known")),
    )
    return as_parts(frame, ratio.metric)


def repeats_still_open() -> pl.Expr:
    """Whether too many windows of a row are open for its repeats to be known (:data:`MOST_OPEN`)."""
    still_open = pl.col("repeat_open").fill_null(0)
    return (still_open > MOST_OPEN * (pl.col("repeat_eligible").fill_null(0) + still_open)).fill_null(False)


def _repeats(sums: pl.DataFrame) -> pl.DataFrame:
    """Over the contacts whose window is closed; null while the windows of a good part of the week are open."""
    eligible, unknown, is_open = pl.col("repeat_eligible"), pl.col("repeat_unknown"), repeats_still_open()
    everyone = eligible + unknown.fill_null(0) + pl.col("repeat_open").fill_null(0)
    frame = sums.select(
        *KEYS,
        numerator=pl.when(~is_open).then("repeated"),
        denominator=pl.when(~is_open).then(eligible),
        n=eligible,
        coverage=pl.when(everyone > 0).then(eligible / everyone),
        note=pl.when(is_open)
        .then(pl.lit("not_yet_known"))
        .when((eligible == 0) & (unknown > 0))
        .then(pl.lit("not_known")),
    )
    return as_parts(frame, "repeat_rate")
