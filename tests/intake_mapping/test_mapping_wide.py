"""Columns that become rows are read, and so they are known."""

from __future__ import annotations

MAPPING = """
mapping: {id: m, version: 1, table: sla_reports, vendor: tana, system: r}
source:
  format: csv
  files: "*"
  unpivot: {columns: "^\\\\d{4}-\\\\d{2}$", names_to: month, values_to: figure}
columns:
  queue_scope: {const: orders}
  period_start_at: {from: month, type: date, format: "%Y-%m"}
  granularity: {const: month}
  metric: {from: variable, map: {Volume: offered}}
  value: {from: figure}
"""


def test_wide_columns_are_not_unknown_columns(take):
    taken = take(MAPPING, "variable,comment,2026-01,2026-02\nVolume,x,10,20\n")
    assert taken.rows["value"].to_list() == [10.0, 20.0]
    assert taken.summary.headers_unknown == ["comment"]
