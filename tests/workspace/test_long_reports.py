"""Units and scales where a column's own type does not say which: long reports, values for blanks."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.workspace import WorkspaceError, init_workspace, load_workspace

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


def test_a_blank_that_stands_for_a_duration_needs_its_unit(tmp_path: Path) -> None:
    init_workspace(tmp_path / "w")
    wide = LONG.replace("value: {from: figure, scale: percent, unit: s}", "").replace(
        "metric: {from: variable, map: {Abandons: abandon_rate, Volume: offered}}",
        "asa_s: {from: ASA, unit: text, null_is: 20}",
    )
    (tmp_path / "w/feeds/long.yaml").write_text(wide, encoding="utf-8")
    with pytest.raises(WorkspaceError) as mistakes:
        load_workspace(tmp_path / "w")
    assert [problem.key for problem in mistakes.value.problems] == ["columns.asa_s.null_is"]
