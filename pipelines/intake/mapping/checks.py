"""What every canonical value must satisfy, whatever the mapping: there where required, known, not below its minimum."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pipelines.intake.mapping.cells import faults_at
from pipelines.workspace.schema import Column

if TYPE_CHECKING:
    from pipelines.intake.mapping.columns import Columns

_CURRENCY = r"^[A-Z]{3}$"


def check(columns: Columns, column: Column) -> pl.Series:
    """The values of one column; those that can't stand are noted as faults of their rows."""
    values = columns.value(column.name)
    if values.null_count() == len(values) and not column.required:
        return values
    if column.kind in ("number", "integer", "money") and column.minimum is not None:
        lowest = values.min()
        if lowest is not None and lowest < column.minimum:  # type: ignore[operator]  # a number, by the column's kind
            _refuse(columns, column.name, (values < column.minimum).fill_null(False), "below zero")
    if column.name in ("queue_code", "vendor_code", "site_code", "queue_scope") and columns.mapped(column.name):
        _check_code(columns, column.name, values)
    if column.name == "currency":
        values = values.str.to_uppercase()
        odd = ~values.str.contains(_CURRENCY).fill_null(True)
        _refuse(columns, column.name, odd, "not a currency code of three letters")
    if column.required and values.null_count():
        missing = values.is_null() & ~columns.faulty(column.name)
        if columns.follows(column.name):
            missing &= ~columns.any_fault()
        _refuse(columns, column.name, missing, "required, and blank")
    return values


def _refuse(columns: Columns, name: str, wrong: pl.Series, reason: str | pl.Series) -> None:
    if not wrong.any():
        return
    where = wrong.arg_true()
    reasons = reason if isinstance(reason, str) else reason.gather(where)
    columns.add_faults(name, faults_at(where, columns.shown(name, where), reasons))


def _check_code(columns: Columns, name: str, values: pl.Series) -> None:
    """Codes must be those of vendors.yaml; a scope or a whole-vendor row may be ``*``."""
    workspace = columns.session.workspace
    codes = {"vendor_code": list(workspace.vendors), "site_code": list(workspace.sites)}
    known = set(codes.get(name, list(workspace.queues)))
    if name in ("queue_code", "queue_scope") and columns.plan.table.name != "contacts":
        known.add("*")
    found = columns.coded(name).distinct.to_list()
    if name == "queue_scope":
        strangers = [scope for scope in found if not known.issuperset(part.strip() for part in scope.split(";"))]
    else:
        strangers = [code for code in found if code not in known]
    if strangers:
        what = {"vendor_code": "vendor", "site_code": "site"}.get(name, "queue")
        reason = pl.select(pl.concat_str(pl.lit(values), pl.lit(f" is not a {what} of vendors.yaml"))).to_series()
        _refuse(columns, name, values.is_in(strangers).fill_null(False), reason)
