"""A quarter of one vendor: its figures, how they moved over four quarters, busy and quiet hours."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import polars as pl

from pipelines.answers.scorecard import span_inputs
from pipelines.measures.gaps import combined_gap
from pipelines.measures.weekly import WeekInputs
from pipelines.measures.weekly.periods import PERIOD_SCHEMA, period_figures
from pipelines.trust.coverage import data_shares, open_days, with_expected
from pipelines.warehouse import Reader
from pipelines.workspace import Workspace
from pipelines.workspace.company import Fiscal
from pipelines.workspace.frames import clauses_frame, rate_cards_frame

#: Half-hours of the week are busy that together bring this share of a queue's contacts, the fullest first.
PEAK_SHARE = 0.5
#: Figures of a quarter with what they rest on: ``data_share`` is that of the vendor's expected data.
QUARTER_FIGURES: dict[str, pl.DataType] = {
    "quarter": pl.String(), "first_day": pl.Date(), "last_day": pl.Date(), **PERIOD_SCHEMA, "data_share": pl.Float64(),
}  # fmt: skip
#: Busy and quiet hours of a vendor: ``busy`` true or false, all queues together.
PEAKS: dict[str, pl.DataType] = {
    "quarter": pl.String(), "busy": pl.Boolean(), "metric": pl.String(), "value": pl.Float64(),
    "numerator": pl.Float64(), "denominator": pl.Float64(), "n": pl.Int64(), "low": pl.Float64(), "high": pl.Float64(),
    "definition_id": pl.String(), "half_hours": pl.Int64(),
}  # fmt: skip
#: Staffed hours of a quarter; what the feed never states is null. ``kept``: logged of committed; ``occupancy``: busy of
#: busy and available; their numerators and denominators stand beside them.
HOURS: dict[str, pl.DataType] = {
    "quarter": pl.String(), "committed": pl.Float64(), "scheduled": pl.Float64(), "logged": pl.Float64(),
    "training": pl.Float64(), "training_share": pl.Float64(), "kept": pl.Float64(), "busy_hours": pl.Float64(),
    "ready_hours": pl.Float64(), "occupancy": pl.Float64(), "intervals": pl.Int64(),
}  # fmt: skip
#: The calendar year, as most companies have it.
CALENDAR = Fiscal()
_PEAK_METRICS = ("service_level", "abandon_rate")


@dataclass(frozen=True, slots=True, order=True)
class Quarter:
    """A quarter of the calendar year: ``Quarter(2026, 3)`` is July to September. Of a fiscal year that begins in
    another month or on another day, ``year`` is the calendar year in which it begins."""

    year: int
    number: int
    year_start: int = 1
    month_start: int = 1

    @classmethod
    def of(cls, name: str, fiscal: Fiscal = CALENDAR) -> Quarter:
        """The quarter of a name: ``2026-Q3`` of the calendar year, ``2026-27-Q1`` of the fiscal year 2026-27.

        Raises ``ValueError`` for anything else, and for a fiscal year where the company has none of its own.
        """
        match = re.fullmatch(r"(\d{4})(-\d{2})?-Q([1-4])", name)
        if match is None:
            raise ValueError(f"{name!r} is not a quarter such as 2026-Q3, or 2026-27-Q1 of a fiscal year")
        year, number = int(match[1]), int(match[3])
        if match[2] is None:
            return cls(year, number)
        if fiscal == CALENDAR:
            raise ValueError(
                f"{name!r}: workspace.yaml declares no fiscal year but the calendar's, write {year}-Q{number}"
            )
        found = cls(year, number, fiscal.year_start, fiscal.month_start)
        if found.name != name:
            raise ValueError(f"{name!r} is not a fiscal year: the one that begins in {year} is {found.name[:7]}")
        return found

    @classmethod
    def holding(cls, day: date, fiscal: Fiscal = CALENDAR) -> Quarter:
        first = cls(day.year - 1, 1, fiscal.year_start, fiscal.month_start)
        return next(one for one in map(first.later, range(12)) if one.last_day >= day)

    @property
    def name(self) -> str:
        own = "" if (self.year_start, self.month_start) == (1, 1) else f"-{(self.year + 1) % 100:02}"
        return f"{self.year}{own}-Q{self.number}"

    @property
    def key(self) -> str:
        """The same for two names of the same days: the calendar's, where there is one."""
        return self.in_calendar.name if self.in_calendar else self.name

    @property
    def in_calendar(self) -> Quarter | None:
        """The calendar quarter of exactly these days."""
        day = self.first_day
        return Quarter(day.year, (day.month + 2) // 3) if self.month_start == 1 and day.month % 3 == 1 else None

    @property
    def first_day(self) -> date:
        month = self.year_start - 1 + 3 * (self.number - 1)
        return date(self.year + month // 12, month % 12 + 1, self.month_start)

    @property
    def last_day(self) -> date:
        return self.later(1).first_day - timedelta(days=1)

    def later(self, quarters: int) -> Quarter:
        """The quarter so many after this one; before it where ``quarters`` is negative."""
        index = 4 * self.year + self.number - 1 + quarters
        return replace(self, year=index // 4, number=index % 4 + 1)

    @property
    def last_week(self) -> date:
        """The Monday of the last week that lies wholly within the quarter."""
        last = self.last_day
        monday = last - timedelta(days=last.weekday())
        return monday if last.weekday() == 6 else monday - timedelta(weeks=1)


def quarters_with_data(reader: Reader, fiscal: Fiscal = CALENDAR) -> tuple[Quarter, ...]:
    """Quarters of which there is at least a day of contacts, the newest first.

    They are the fiscal year's where those are of other days than the calendar's.
    """
    first, last = reader.frame("week_range").row(0)[:2]
    if first is None or last is None:
        return ()
    found = []
    quarter = Quarter.holding(last, fiscal)
    while quarter.last_day >= first:
        found.append(quarter.in_calendar or quarter)
        quarter = quarter.later(-1)
    return tuple(found)


def fiscal_quarter(quarter: Quarter, fiscal: Fiscal) -> Quarter | None:
    """The quarter of the fiscal year with exactly these days; None where the fiscal year is the calendar's, or cuts
    otherwise."""
    found = Quarter.holding(quarter.first_day, fiscal)
    same = (found.first_day, found.last_day) == (quarter.first_day, quarter.last_day)
    return found if fiscal != CALENDAR and same else None


def quarter_figures(
    workspace: Workspace, reader: Reader, quarters: Sequence[Quarter], vendor: str, *, by_queue: bool = False
) -> pl.DataFrame:
    """One vendor's figures of each quarter (:data:`QUARTER_FIGURES`), over the days that there are data of.

    Money is in the currency agreed with the vendor at the end of the last quarter.
    """
    currency = workspace.currency_on(vendor, quarters[-1].last_day) if quarters else None
    frames = [_figures(workspace, reader, quarter, vendor, by_queue, currency) for quarter in quarters]
    return pl.concat([pl.DataFrame(schema=QUARTER_FIGURES), *frames])


def _figures(
    workspace: Workspace, reader: Reader, quarter: Quarter, vendor: str, by_queue: bool, currency: str | None
) -> pl.DataFrame:
    first, last = quarter.first_day, min(quarter.last_day, _last_day(reader))
    if last < first:
        return pl.DataFrame(schema=QUARTER_FIGURES)
    figures = period_figures(
        span_inputs(reader, [(first, last)]),
        clauses_frame(workspace),
        rate_cards=rate_cards_frame(workspace),
        by_queue=by_queue,
        refund_denominator=workspace.settings.refund_denominator,
        currency=currency,
    ).filter(pl.col("vendor") == vendor)
    came = reader.frame("day_coverage", first_day=first, last_day=last).rename({"vendor_code": "vendor"})
    shares = with_expected(
        data_shares(open_days(workspace, first, last), came),
        reader.frame("expected_days", first_day=first, last_day=last),
    )
    share = shares.filter(pl.col("vendor") == vendor)["data_share"].to_list()
    return figures.with_columns(
        quarter=pl.lit(quarter.name),
        first_day=pl.lit(first),
        last_day=pl.lit(last),
        data_share=pl.lit(share[0] if share else None, pl.Float64()),
    ).select(pl.col(name).cast(dtype) for name, dtype in QUARTER_FIGURES.items())


def _last_day(reader: Reader) -> date:
    last: date | None = reader.frame("week_range").row(0)[1]
    return last or date.min


def with_change(figures: pl.DataFrame, quarter: Quarter) -> pl.DataFrame:
    """The figures of ``quarter`` with ``before``, ``change``, ``change_low`` and ``change_high`` to the quarter before.

    The interval of the change comes from the two figures' own; null where either has none.
    """
    now = figures.filter(pl.col("quarter") == quarter.name)
    held = figures.filter(pl.col("quarter") == quarter.later(-1).name).select(
        "vendor", "queue", "metric", before="value", before_low="low", before_high="high"
    )
    joined = now.join(held, on=["vendor", "queue", "metric"], how="left", nulls_equal=True, maintain_order="left")
    columns = [
        joined[name].fill_null(float("nan")).to_numpy()
        for name in ("value", "low", "high", "before", "before_low", "before_high")
    ]
    low, high = combined_gap(*columns)
    return joined.with_columns(
        change=pl.col("value") - pl.col("before"),
        change_low=pl.Series(low).fill_nan(None),
        change_high=pl.Series(high).fill_nan(None),
    )


def busy_and_quiet(workspace: Workspace, reader: Reader, quarters: Sequence[Quarter], vendor: str) -> pl.DataFrame:
    """Service level and abandon rate in busy and in quiet half-hours of each quarter (:data:`PEAKS`)."""
    frames = [pl.DataFrame(schema=PEAKS)]
    for quarter in quarters:
        counts = reader.frame(
            "weekday_intervals", vendor=vendor, first_day=quarter.first_day, last_day=quarter.last_day
        )
        if counts.is_empty():
            continue
        marked = _marked(counts)
        for (busy,), rows in marked.partition_by("busy", as_dict=True).items():
            found = period_figures(WeekInputs(counts=rows), clauses_frame(workspace))
            slots = rows.select("queue_code", "weekday", "local_minute").n_unique()
            frames.append(
                found.filter(pl.col("metric").is_in(_PEAK_METRICS))
                .with_columns(
                    quarter=pl.lit(quarter.name), busy=pl.lit(busy, pl.Boolean()), half_hours=pl.lit(slots, pl.Int64())
                )
                .select(pl.col(name).cast(dtype) for name, dtype in PEAKS.items())
            )
    return pl.concat(frames)


def _marked(counts: pl.DataFrame) -> pl.DataFrame:
    """``counts`` with ``busy``: is the half-hour of the week one of the fullest that bring half the contacts?"""
    slot = ["queue_code", "weekday", "local_minute"]
    slots = counts.group_by(slot).agg(pl.col("offered").sum()).sort("offered", *slot, descending=[True] + [False] * 3)
    before = pl.col("offered").cum_sum().over("queue_code") - pl.col("offered")
    whole = pl.col("offered").sum().over("queue_code")
    busy = slots.with_columns(busy=before < PEAK_SHARE * whole).select(*slot, "busy")
    return counts.join(busy, on=slot, how="left", nulls_equal=True)


def staffed_hours(reader: Reader, quarters: Sequence[Quarter], vendor: str) -> pl.DataFrame:
    """One vendor's hours by quarter (:data:`HOURS`); quarters without staffing have no row."""
    frames = [pl.DataFrame(schema=HOURS)]
    for quarter in quarters:
        held = reader.frame("week_staffing", first_day=quarter.first_day, last_day=quarter.last_day)
        own = held.filter(pl.col("vendor_code") == vendor)
        if own.height:
            frames.append(_hours(own, quarter))
    return pl.concat(frames)


def _hours(staffing: pl.DataFrame, quarter: Quarter) -> pl.DataFrame:
    def total(name: str, unit: float = 1.0) -> pl.Expr:
        return pl.when(pl.col(name).is_not_null().any()).then(pl.col(name).sum().cast(pl.Float64) / unit)

    busy = (total("talk_s") + total("hold_s").fill_null(0) + total("acw_s").fill_null(0)) / 3600
    sums = staffing.select(
        committed=total("committed_hours"),
        scheduled=total("scheduled_hours"),
        logged=total("logged_s", 3600),
        training=total("training_s", 3600),
        busy_hours=busy,
        ready_hours=busy + total("available_s", 3600),
        intervals=pl.col("intervals").sum(),
    )

    def ratio(top: str, bottom: str) -> pl.Expr:
        return pl.when(pl.col(bottom) > 0).then(pl.col(top) / pl.col(bottom))

    return sums.with_columns(
        quarter=pl.lit(quarter.name),
        training_share=ratio("training", "logged"),
        kept=ratio("logged", "committed"),
        occupancy=ratio("busy_hours", "ready_hours"),
    ).select(pl.col(name).cast(dtype) for name, dtype in HOURS.items())


@dataclass(frozen=True, slots=True)
class Outlook:
    """Contacts expected in the quarter after one, per queue, and the three quarters that they are modelled from.

    ``rows``: queue (null: all), now, now_before, next_before, expected. ``short`` is the first of those quarters that
    the data don't hold whole; nothing is modelled then.
    """

    quarter: Quarter
    rows: pl.DataFrame
    short: Quarter | None


#: Contacts per queue of :class:`Outlook`.
OUTLOOK: dict[str, pl.DataType] = {
    "queue": pl.String(), "now": pl.Int64(), "now_before": pl.Int64(), "next_before": pl.Int64(),
    "expected": pl.Float64(),
}  # fmt: skip


def next_quarter(reader: Reader, quarter: Quarter, vendor: str) -> Outlook:
    """Volumes of the next quarter: those of a year before it, times how ``quarter`` stands against its own year before.

    A seasonal naive forecast with growth: it knows of no campaign and of no move of work.
    """
    coming = quarter.later(1)
    spans = {"now": quarter, "now_before": quarter.later(-4), "next_before": quarter.later(-3)}
    first, last = reader.frame("week_range").row(0)[:2]
    short = next((one for one in spans.values() if first is None or one.first_day < first or one.last_day > last), None)
    counted = None
    for name, span in spans.items():
        held = reader.frame("window_work", first_day=span.first_day, last_day=span.last_day)
        sums = (
            held.filter(pl.col("vendor_code") == vendor)
            .group_by(queue="queue_code")
            .agg(pl.col("offered").sum().cast(pl.Int64).alias(name))
        )
        counted = sums if counted is None else counted.join(sums, on="queue", how="full", coalesce=True)
    assert counted is not None
    whole = counted.select(pl.lit(None, pl.String()).alias("queue"), *(pl.col(name).sum() for name in spans))
    growth = whole["now"][0] / whole["now_before"][0] if whole["now_before"][0] else None
    rows = pl.concat([counted.sort("queue"), whole]).with_columns(
        expected=pl.col("next_before") * pl.lit(None if short or growth is None else growth, pl.Float64())
    )
    return Outlook(coming, rows.select(pl.col(name).cast(dtype) for name, dtype in OUTLOOK.items()), short)
