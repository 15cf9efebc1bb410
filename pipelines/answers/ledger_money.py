"""What the difference of a line of the ledger is worth: the settlement under the clause against the vendor's figure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import polars as pl

from pipelines.answers.money import accounts_of
from pipelines.answers.reconcile import WORTH, Reconciled
from pipelines.measures.agreement.bound import BoundClause, bound_clauses
from pipelines.measures.agreement.settlement import SettledPeriod, pays
from pipelines.trust.agreement import Account
from pipelines.warehouse import Reader
from pipelines.workspace import Workspace

#: What :func:`with_money` adds. ``money``: the period's amount under the clause less that under the vendor's figure;
#: below zero, the vendor owes that much more than its own figure says.
MONEY: dict[str, pl.DataType] = {"money": pl.Decimal(18, 2), "currency": pl.String()}

_KEYS: dict[str, pl.DataType] = {
    "vendor": pl.String(), "metric": pl.String(), "queue": pl.String(), "granularity": pl.String(),
    "period_start": pl.Date(), "period_end": pl.Date(),
}  # fmt: skip


def valued(workspace: Workspace, reader: Reader, found: Reconciled) -> Reconciled:
    """``found`` with :data:`MONEY`; agreements are read only of vendors on whose lines they may put money."""
    vendors = [code for code in found.ledger["vendor"].unique().sort() if may_be_worth(workspace, found.ledger, code)]
    known = [account for code in vendors for account in accounts_of(workspace, reader, code)]
    return valued_by(found, known)


def valued_by(found: Reconciled, known: Iterable[Account]) -> Reconciled:
    """The same, of accounts that have been read."""
    held = list(known)
    clauses = [clause for one in held for clause in one.clauses]
    periods = [period for one in held for period in one.settled]
    worth = worth_of(clauses, periods, [one.attained for one in held])
    return replace(found, ledger=with_money(found.ledger, clauses, periods), worth=worth)


def may_be_worth(workspace: Workspace, ledger: pl.DataFrame, vendor: str) -> bool:
    """Whether the vendor reports a figure of a clause, under terms that pay or deduct anything."""
    if not any(pays(terms.credits) for terms in workspace.terms.get(vendor, [])):
        return False
    reported = set(ledger.filter(pl.col("vendor") == vendor)["metric"].unique())
    return any(one.clause.metric in reported for one in bound_clauses(workspace.terms, vendor))


def worth_of(
    clauses: Iterable[BoundClause], settled: Iterable[SettledPeriod], attained: Iterable[pl.DataFrame]
) -> pl.DataFrame:
    """Rows of ``answers.reconcile.WORTH``: every settled period of a clause of which the vendor has a figure.

    Where a vendor prints days and money is settled by the month, this is where the amount stands: the vendor's figure
    of the month is that of its days, weighted by the counts that it printed beside them.
    """
    names = {(one.vendor, one.clause.id): one for one in clauses}
    rows = [
        {
            "vendor": period.vendor, "clause": name, "metric": names[period.vendor, name].clause.metric,
            "queue": names[period.vendor, name].clause.queue, "granularity": period.grain,
            "period_start": period.period_start, "period_end": period.period_end,
            "reported": period.reported_values[name], "money": period.net - theirs, "currency": period.currency,
        }
        for period in settled if period.net is not None
        for name, theirs in period.reported_alone.items() if (period.vendor, name) in names
    ]  # fmt: skip
    keys = {"vendor": "vendor", "clause": "clause_id", "period_start": "period_start"}
    held = [
        one.select(recomputed="exact", **{name: pl.col(column) for name, column in keys.items()}) for one in attained
    ]
    found = pl.DataFrame(rows, schema={name: kind for name, kind in WORTH.items() if name != "recomputed"})
    values = pl.concat(held).unique(list(keys), keep="first") if held else None
    if values is None:
        return found.with_columns(recomputed=pl.lit(None, pl.Float64)).select(*WORTH)
    return found.join(values, on=list(keys), how="left", maintain_order="left").select(*WORTH)


def with_money(ledger: pl.DataFrame, clauses: Iterable[BoundClause], settled: Iterable[SettledPeriod]) -> pl.DataFrame:
    """``ledger`` with :data:`MONEY`: of a line that is a clause's own figure in its own measurement period.

    Null on every other line (a day's figure settles nothing by itself), where nothing could be settled, and on lines
    that can't be verified. Several clauses on one figure add up.
    """
    by_id: dict[tuple[str, str], list[BoundClause]] = {}
    for clause in clauses:
        by_id.setdefault((clause.vendor, clause.clause.id), []).append(clause)
    rows = []
    for period in settled:
        if period.net is None:
            continue
        for name, theirs in period.reported_alone.items():
            bound = next((one for one in by_id.get((period.vendor, name), []) if _holds(one, period)), None)
            if bound is not None:
                where = (period.vendor, bound.clause.metric, bound.clause.queue, period.grain)
                days = (period.period_start, period.period_end)
                told = (period.reported_values[name], period.net - theirs, period.currency)
                rows.append((*where, *days, *told))
    worth = pl.DataFrame(rows, schema=_KEYS | {"_told": pl.Float64()} | MONEY, orient="row")
    worth = worth.group_by(*_KEYS).agg(
        pl.col("_told").first(), pl.col("money").sum().cast(MONEY["money"]), pl.col("currency").first()
    )
    joined = ledger.drop(MONEY, strict=False).join(worth, on=list(_KEYS), how="left", maintain_order="left")
    # A period that has been reported twice is settled on one of both figures.
    same = (pl.col("reported") - pl.col("_told")).abs() < 1e-9
    of_line = same & (pl.col("verdict") != "not_verifiable")
    return joined.with_columns(pl.when(of_line).then(pl.col(name)).alias(name) for name in MONEY).drop("_told")


def _holds(bound: BoundClause, period: SettledPeriod) -> bool:
    ends = bound.last_day is None or period.period_end <= bound.last_day
    return bound.first_day <= period.period_end and ends
