"""A report whose rows say which metric they hold: one column carries figures of every unit."""

from __future__ import annotations

from pathlib import Path

from pipelines.workspace import init_workspace, load_workspace

LONG = """
mapping: {id: long_report, version: 1, table: sla_reports, vendor: null, system: ida}
source: {format: csv, files: "long/*.csv"}
columns:
  vendor_code: {from: vendor}
  queue_scope: {const: "*"}
  period_start_at: {from: month, type: date, format: "%Y-%m"}
  granularity: {const: month}
  metric: {from: variable, map: {Abandons: abandon_rate, Volume: offered}}
  value: {from: figure, scale: percent, unit: s}
"""


def test_the_value_of_a_long_report_has_the_scale_and_unit_of_its_metrics(tmp_path: Path) -> None:
    init_workspace(tmp_path / "w")
    (tmp_path / "w/feeds/long.yaml").write_text(LONG, encoding="utf-8")
    column = load_workspace(tmp_path / "w").feeds["long_report"].columns["value"]
    assert (column.scale, column.unit) == ("percent", "s")
