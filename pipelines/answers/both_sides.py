"""The client's own side: its forecasts, its changes of scope, its answers, and how far it hangs on one partner.

Outsourcing fails on both sides, so both are measured. What nobody has recorded is said to be missing, with what would
have to be added; it is never taken for zero.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median
from typing import Literal

import polars as pl

from pipelines.answers.duties import Parity, Question, parities, questions, scope_changes
from pipelines.measures.definitions.workforce import forecast_accuracy
from pipelines.warehouse import Reader
from pipelines.workspace import Workspace
from pipelines.workspace.terms import Terms

WINDOW_WEEKS = 13
#: Changes of scope are rarer: they are told for a year.
CHANGE_WEEKS = 53
#: Accuracy of the locked forecast by vendor and queue (null: all queues of the vendor). Days that lack the forecast or
#: the contacts take no part; ``days_without`` counts those with contacts and no forecast. ``band`` is the terms' own.
FORECAST: dict[str, pl.DataType] = {
    "vendor": pl.String(), "queue": pl.String(), "days": pl.Int64(), "days_without": pl.Int64(), "actual": pl.Float64(),
    "forecast": pl.Float64(), "wape_day": pl.Float64(), "wape_week": pl.Float64(), "bias": pl.Float64(),
    "band": pl.Float64(), "weeks_over_band": pl.Int64(), "weeks": pl.Int64(), "locked_days": pl.Int64(),
}  # fmt: skip
#: Share of the contacts by vendor, site or country (``kind``), the largest first.
SHARES: dict[str, pl.DataType] = {
    "kind": pl.String(), "name": pl.String(), "vendor": pl.String(), "contacts": pl.Int64(), "share": pl.Float64(),
}  # fmt: skip
#: What a sudden stop of one vendor would leave uncovered, per week: contacts and hours of handling on its queues;
#: ``alone`` are the queues that nobody else serves, ``alone_contacts`` their contacts.
STOPS: dict[str, pl.DataType] = {
    "vendor": pl.String(), "exit_notice_days": pl.Int64(), "contacts": pl.Float64(), "hours": pl.Float64(),
    "share": pl.Float64(), "alone": pl.List(pl.String()), "alone_contacts": pl.Float64(),
}  # fmt: skip
#: Changes of scope in the last year, the newest first; ``notice_days``: how long before the vendor was told (null where
#: nobody has said).
CHANGES: dict[str, pl.DataType] = {
    "day": pl.Date(), "vendor": pl.String(), "kind": pl.String(), "detail": pl.String(), "notice_days": pl.Int64(),
}  # fmt: skip
#: Questions of the window per vendor: asked, answered, median days to the answer (null without an answer), and how many
#: days the oldest open one has waited at the end of the window.
QUESTIONS: dict[str, pl.DataType] = {
    "vendor": pl.String(), "asked": pl.Int64(), "answered": pl.Int64(), "median_days": pl.Float64(),
    "oldest_open_days": pl.Int64(),
}  # fmt: skip
#: Training per vendor: share of logged time (null where the staffing feed does not state it).
TRAINING: dict[str, pl.DataType] = {
    "vendor": pl.String(), "training_hours": pl.Float64(), "share": pl.Float64(),
}  # fmt: skip

ChangeKind = Literal["terms_changed", "work_came", "work_left", "vendor_started", "vendor_ended", "scope_changed"]


@dataclass(frozen=True, slots=True)
class BothSides:
    """Everything of the client's side over the weeks that end with ``week``; each frame may be empty: not recorded."""

    week: date
    weeks: int
    forecast: pl.DataFrame
    shares: pl.DataFrame
    stops: pl.DataFrame
    changes: pl.DataFrame
    questions: pl.DataFrame
    training: pl.DataFrame
    parities: tuple[Parity, ...] = ()

    @property
    def first_day(self) -> date:
        return self.week - timedelta(weeks=self.weeks - 1)

    @property
    def last_day(self) -> date:
        return self.week + timedelta(days=6)


def both_sides(workspace: Workspace, reader: Reader, week: date, *, weeks: int = WINDOW_WEEKS) -> BothSides:
    """The client's side over the ``weeks`` that end with ``week`` (its Monday)."""
    first, last = week - timedelta(weeks=weeks - 1), week + timedelta(days=6)
    days = reader.frame("day_forecast", first_day=first, last_day=last)
    work = reader.frame("window_work", first_day=first, last_day=last)
    return BothSides(
        week=week,
        weeks=weeks,
        forecast=_forecast(workspace, days, last),
        shares=_shares(workspace, work),
        stops=_stops(workspace, work, weeks, last),
        changes=_changes(workspace, week - timedelta(weeks=CHANGE_WEEKS - 1), last),
        questions=_questions(workspace, first, last),
        training=_training(days),
        parities=tuple(parities(workspace)),
    )


def _forecast(workspace: Workspace, days: pl.DataFrame, last: date) -> pl.DataFrame:
    rows = []
    planned = days.filter(pl.col("forecast").is_not_null().any().over("vendor_code"))
    for (vendor,), own in planned.partition_by("vendor_code", as_dict=True, maintain_order=True).items():
        terms = workspace.terms_on(str(vendor), last)
        queues = own["queue_code"].drop_nulls().unique().sort().to_list()
        rows.append(_accuracy(str(vendor), None, own, terms))
        rows += [_accuracy(str(vendor), queue, own.filter(pl.col("queue_code") == queue), terms) for queue in queues]
    return pl.DataFrame(rows, schema=FORECAST, orient="row")


def _accuracy(vendor: str, queue: str | None, days: pl.DataFrame, terms: Terms | None) -> dict[str, object]:
    """Errors by queue and day and by week, of the days of which both sides are known (METRICS section 4)."""
    known = days.drop_nulls(["actual", "forecast"]).filter(pl.col("forecast") > 0)
    by_week = known.group_by(pl.col("local_date").dt.truncate("1w")).agg(pl.col("actual", "forecast").sum())
    daily, weekly = forecast_accuracy(known), forecast_accuracy(by_week)
    relief = terms.forecast_relief if terms else None
    over = None
    if relief is not None:
        over = by_week.filter(pl.col("actual") > pl.col("forecast") * (1 + relief.band_rate)).height
    return {
        "vendor": vendor, "queue": queue, "days": known["local_date"].n_unique(),
        "days_without": days.filter(pl.col("forecast").is_null())["local_date"].n_unique(),
        "actual": float(known["actual"].sum()), "forecast": float(known["forecast"].sum()),
        "wape_day": daily.wape, "wape_week": weekly.wape, "bias": weekly.bias,
        "band": relief.band_rate if relief else None, "weeks_over_band": over, "weeks": by_week.height,
        "locked_days": relief.locked_days if relief else None,
    }  # fmt: skip


def _shares(workspace: Workspace, work: pl.DataFrame) -> pl.DataFrame:
    countries = {
        code: (site.country or workspace.vendors[site.vendor].country) for code, site in workspace.sites.items()
    }
    of_vendor = {code: vendor.country for code, vendor in workspace.vendors.items()}
    placed = work.with_columns(
        country=pl.coalesce(
            pl.col("site_code").replace_strict(countries, default=None, return_dtype=pl.String),
            pl.col("vendor_code").replace_strict(of_vendor, default=None, return_dtype=pl.String),
        )
    )
    parts = []
    for kind, column, one in (
        ("vendor", "vendor_code", True),
        ("site", "site_code", True),
        ("country", "country", False),
    ):
        known = placed.filter(pl.col(column).is_not_null())
        sums = known.group_by(name=pl.col(column)).agg(
            contacts=pl.col("offered").sum(), vendor=pl.col("vendor_code").first() if one else pl.lit(None, pl.String)
        )
        shares = sums.with_columns(kind=pl.lit(kind), share=pl.col("contacts") / pl.col("contacts").sum())
        parts.append(shares.sort("contacts", "name", descending=[True, False]).select(*SHARES).cast(SHARES))  # type: ignore[arg-type]
    return pl.concat(parts).filter(pl.col("contacts") > 0)


def _stops(workspace: Workspace, work: pl.DataFrame, weeks: int, last: date) -> pl.DataFrame:
    """Outsourced vendors alone: nobody gives notice to himself."""
    served = work.group_by("queue_code").agg(servers=pl.col("vendor_code").filter(pl.col("offered") > 0).n_unique())
    total = int(work["offered"].sum())
    rows = []
    for code, vendor in workspace.vendors.items():
        own = work.filter((pl.col("vendor_code") == code) & (pl.col("offered") > 0)).join(served, on="queue_code")
        if vendor.kind == "in_house" or own.is_empty():
            continue
        alone = own.filter(pl.col("servers") == 1)
        known, answered, seconds = own.select(pl.col("handle_known", "answered", "handle_s").sum()).row(0)
        terms = workspace.terms_on(code, last)
        rows.append(
            {
                "vendor": code, "exit_notice_days": terms.exit_notice_days if terms else None,
                "contacts": int(own["offered"].sum()) / weeks,
                "hours": seconds / known * answered / 3600 / weeks if known else None,
                "share": int(own["offered"].sum()) / total if total else None,
                "alone": alone["queue_code"].unique().sort().to_list(),
                "alone_contacts": int(alone["offered"].sum()) / weeks,
            }
        )  # fmt: skip
    return pl.DataFrame(rows, schema=STOPS, orient="row").sort("contacts", descending=True)


def _changes(workspace: Workspace, first: date, last: date) -> pl.DataFrame:
    """What the workspace says has changed: terms, work that moved, vendors and queues that began or ended."""
    found: list[tuple[date | None, str, ChangeKind, str, int | None]] = []
    for vendor, held in workspace.terms.items():
        found += [(terms.valid_from, vendor, "terms_changed", terms.id, None) for terms in held[1:]]
    for move in workspace.settings.moves:
        detail = ", ".join(move.queues)
        found.append((move.moved_on, move.from_vendor, "work_left", detail, None))
        found.append((move.moved_on, move.to_vendor, "work_came", detail, None))
    for code, one in workspace.vendors.items():
        found += [(one.started_on, code, "vendor_started", "", None), (one.ended_on, code, "vendor_ended", "", None)]
    for change in scope_changes(workspace):
        notice = None if change.told_on is None else (change.on - change.told_on).days
        found.append((change.on, change.vendor, "scope_changed", change.text, notice))
    inside = {row for row in found if row[0] is not None and first <= row[0] <= last}
    newest_last = sorted(inside, key=lambda row: (row[0], *row[1:4]))
    return pl.DataFrame(newest_last[::-1], schema=CHANGES, orient="row")


def _questions(workspace: Workspace, first: date, last: date) -> pl.DataFrame:
    """Questions that vendors have asked in the window; an answer after its end is none yet."""
    asked: dict[str, list[Question]] = {}
    for question in questions(workspace):
        if first <= question.asked_on <= last:
            asked.setdefault(question.vendor, []).append(question)
    rows = []
    for vendor, own in sorted(asked.items()):
        known = [one.days for one in own if one.answered_on is not None and one.answered_on <= last]
        waiting = [(last - one.asked_on).days for one in own if one.answered_on is None or one.answered_on > last]
        days = [day for day in known if day is not None]
        rows.append((vendor, len(own), len(days), median(days) if days else None, max(waiting, default=None)))
    return pl.DataFrame(rows, schema=QUESTIONS, orient="row")


def _training(days: pl.DataFrame) -> pl.DataFrame:
    """Training as the staffing feed states it; vendors of whom it states nothing are left out."""
    stated = (
        days.filter(pl.col("training_s").is_not_null())
        .group_by(vendor="vendor_code")
        .agg(pl.col("training_s").sum(), pl.col("logged_s").sum())
    )
    share = pl.when(pl.col("logged_s") > 0).then(pl.col("training_s") / pl.col("logged_s"))
    return stated.select("vendor", training_hours=pl.col("training_s") / 3600, share=share).sort("vendor")
