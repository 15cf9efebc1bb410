"""Reported figures: wide and long, with their precision, definitions and places."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import polars as pl
import pytest
from openpyxl import Workbook

from pipelines.intake.errors import DeliveryRefused
from pipelines.intake.mapping.reports import definition_id
from pipelines.workspace.feeds import MetricDefinition

HEAD = """
mapping: {id: r, version: 1, table: sla_reports, vendor: tana, system: excel}
"""
CSV = """
source: {format: csv, files: "*", delimiter: ";", locale: fr}
columns:
  period_start_at: {from: Jour, type: date, format: "%d/%m/%Y"}
  granularity: {const: day}
  queue_scope: {const: orders}
"""
DEFINITIONS = """
metric_definitions:
  service_level: {label_as_printed: QS 20s, definition: custom, threshold_s: 20, abandon_treatment: exclude_short, short_abandon_s: 5}
"""  # noqa: E501


def figures(taken) -> dict[str, dict]:
    return {row["metric"]: row for row in taken.rows.to_dicts()}


def test_each_metric_of_a_record_is_a_row_with_its_unit_precision_and_definition(take):
    columns = """
  offered: {from: Reçus}
  service_level: {from: QS, scale: percent}
  aht_s: {from: DMT, unit: min}
  asa_s: {from: TMA}
  csat_mean: {from: Note, label: Note moyenne}
"""
    text = "Jour;Reçus;QS;DMT;TMA;Note\n26/10/2025;1 240;81,30 %;5,2;00:00:29;4,10\n"
    found = figures(take(HEAD + CSV + columns + DEFINITIONS, text))
    assert {name: row["value"] for name, row in found.items()} == pytest.approx(
        {"offered": 1240, "service_level": 0.813, "aht_s": 312, "asa_s": 29, "csat_mean": 4.1}
    )
    assert {name: row["unit"] for name, row in found.items()} == {
        "offered": "count", "service_level": "rate", "aht_s": "s", "asa_s": "s", "csat_mean": "score",
    }  # fmt: skip
    precision = {name: (row["decimals"], row["printed_scale"]) for name, row in found.items()}
    assert precision == {
        "offered": (0, 1.0), "service_level": (2, 100.0), "aht_s": (1, 1 / 60), "asa_s": (0, 1.0),
        "csat_mean": (2, 1.0),
    }  # fmt: skip
    level = found["service_level"]
    assert level["definition_id"] == (
        "service_level:threshold_s=20:inclusive=true:abandon_treatment=exclude_short:short_abandon_s=5"
    )
    assert (level["label_as_printed"], found["csat_mean"]["label_as_printed"]) == ("QS 20s", "Note moyenne")
    assert found["offered"]["definition_id"] is None
    assert found["offered"]["cell_ref"] == "Reçus"
    assert level["local_date"] == dt.date(2025, 10, 26)
    assert level["period_end_at"] - level["period_start_at"] == dt.timedelta(hours=25)  # the clocks went back


def test_the_unit_of_accounting_is_the_figure(take):
    text = "Jour;Reçus;DMT\n01/10/2025;1;2\n02/10/2025;;x\nhier;3;y\n03/10/2025;4;5\n"
    taken = take(HEAD + CSV + "  offered: {from: Reçus}\n  aht_s: {from: DMT, unit: s}\n", text)
    assert taken.rows.select("source_row", "metric", "value").rows() == [
        (2, "offered", 1.0), (2, "aht_s", 2.0), (5, "offered", 4.0), (5, "aht_s", 5.0),
    ]  # fmt: skip
    assert taken.dropped.rows() == [(3, "blank figure")]
    assert sorted(taken.rejects.select("line", "column").rows()) == [(3, "aht_s"), (4, "aht_s"), (4, "period_start_at")]
    assert (taken.rows_read, taken.rows_rejected) == (7, 2)
    assert taken.summary.records_read == 4


def test_a_service_level_without_its_definition_is_refused(take):
    with pytest.raises(DeliveryRefused) as refused:
        take(
            HEAD + CSV + "  answer_rate: {from: Taux de décroché, scale: percent}\n",
            "Jour;Taux de décroché\n01/10/2025;81,3\n",
        )
    assert "Taux de décroché" in refused.value.message
    assert "metric_definitions.answer_rate" in refused.value.message


def test_a_metric_of_the_workspace_can_be_reported(take):
    taken = take(HEAD + CSV + "  complaints: {from: Plaintes}\n", "Jour;Plaintes\n01/10/2025;12\n")
    assert taken.rows.select("metric", "unit", "value").rows() == [("complaints", "count", 12.0)]


def test_a_metric_that_the_file_does_not_have_is_no_blank_figure(take):
    columns = "  offered: {from: Reçus}\n  aht_s: {from: DMT, unit: s, required: false}\n"
    taken = take(HEAD + CSV + columns, "Jour;Reçus\n01/10/2025;1\n")
    assert (taken.rows_read, taken.rows["metric"].to_list()) == (1, ["offered"])
    assert taken.summary.headers_missing == ["DMT"]


def test_an_interval_is_as_long_as_the_vendors_terms_say(take):
    mapping = HEAD + CSV.replace("const: day", "const: interval") + "  offered: {from: N}\n"
    taken = take(mapping, "Jour;N\n01/10/2026;1\n")
    assert (taken.rows["period_end_at"] - taken.rows["period_start_at"]).to_list() == [dt.timedelta(minutes=30)]
    unknown = take(mapping.replace("vendor: tana", "vendor: porto"), "Jour;N\n01/10/2026;1\n")
    assert unknown.reasons("period_end_at") == ["required, and blank"]


LONG = """
source: {format: csv, files: "*"}
rows: [{field: value, drop_if_null: true, why: no figure}]
columns:
  period_start_at: {from: month, type: date, format: "%Y-%m"}
  granularity: {const: month}
  queue_scope: {const: "*"}
  metric: {from: name, map: {Calls: offered, Level: service_level, Wait: asa_s, Other: other}}
  value: {from: value}
"""
LONG_DEFINITIONS = """
metric_definitions:
  service_level: {label_as_printed: Level, definition: terms, scale: percent}
  asa_s: {label_as_printed: Average wait, definition: unstated, unit: ms}
"""


def test_in_the_long_shape_each_value_is_read_as_its_metric_asks(take):
    text = (
        "month,name,value\n2025-10,Calls,12\n2025-10,Level,81.3\n2025-10,Wait,4123.5\n2025-10,Other,1\n2025-10,Calls,\n"
    )
    taken = take(HEAD + LONG + LONG_DEFINITIONS, text)
    rows = taken.rows.select(
        "metric", "value", "unit", "decimals", "printed_scale", "definition_id", "label_as_printed"
    )
    assert rows.rows() == [
        ("offered", 12.0, "count", 0, 1.0, None, "Calls"),
        ("service_level", pytest.approx(0.813), "rate", 1, 100.0, "terms", "Level"),
        ("asa_s", 4.1235, "s", 1, 1000.0, "unstated", "Average wait"),
    ]
    assert taken.reasons("metric")[0].startswith("not a metric")
    assert taken.dropped["rule"].to_list() == ["no figure"]
    assert taken.rows["period_end_at"].to_list()[0].isoformat() == "2025-10-31T23:00:00+00:00"


def test_in_the_long_shape_too_a_service_level_needs_its_definition(take):
    with pytest.raises(DeliveryRefused, match=r"metric_definitions\.service_level"):
        take(HEAD + LONG, "month,name,value\n2025-10,Level,81.3\n")


def test_several_queues_in_a_cell_are_one_scope(take):
    mapping = HEAD + CSV.replace("{const: orders}", "{lookup: {system: acd, by: File, gives: queue_code}}")
    taken = take(mapping + "  offered: {from: N}\n", "Jour;File;N\n01/10/2026;Q2; 7\n01/10/2026;Q2, Q1;7\n")
    assert taken.rows["queue_scope"].to_list() == ["returns"]
    text = 'Jour;File;N\n01/10/2026;"Q2; Q1";7\n01/10/2026;"Q1; Q9";7\n'
    taken = take(mapping + "  offered: {from: N}\n", text)
    assert taken.rows["queue_scope"].to_list() == ["orders;returns"]
    assert taken.summary.unknown_aliases == {"acd: Q9": 1}


def test_definitions_are_spelt_out():
    custom = MetricDefinition(label_as_printed="x", definition="custom", threshold_s=20, inclusive=False)
    assert definition_id("service_level", custom) == "service_level:threshold_s=20:inclusive=false"
    assert definition_id("aht_s", None) is None


def make_french_workbook(path: Path) -> None:
    """A weekly report as outsourcers send it: bands, merged cells, mixed percentages and durations, total and note."""
    book = Workbook()
    sheet = book.active
    sheet.title = "S43"
    sheet["A1"] = "Reporting hebdomadaire S43"
    for place, text in {"A3": "Jour", "B3": "Volumes", "D3": "Qualité", "F3": "Durées"}.items():
        sheet[place] = text
    for span in ("A3:A4", "B3:C3", "D3:E3", "F3:I3"):
        sheet.merge_cells(span)
    for place, text in zip("BCDEFGHI", ["Reçus", "Traités", "QS 20s", "%", "DMT", "DMC", "ACW", "Log"], strict=True):
        sheet[f"{place}4"] = text
    for index in range(2):
        row = 5 + index
        sheet.cell(row, 1, dt.date(2025, 10, 20 + index))
        sheet.cell(row, 2, 1240 + index)
        sheet.cell(row, 3, "1\u202f100")
        sheet.cell(row, 4, ["81,3 %", "81,3"][index])
        sheet.cell(row, 5, 0.887).number_format = "0.0%"
        sheet.cell(row, 6, dt.time(0, 5, 12)).number_format = "hh:mm:ss"
        sheet.cell(row, 7, "00:04:20")
        sheet.cell(row, 8, "52 s")
        sheet.cell(row, 9, dt.timedelta(hours=31, minutes=5)).number_format = "[h]:mm:ss"
    sheet["A7"], sheet["B7"], sheet["C7"], sheet["D7"] = "TOTAL", "2 481", "2\u00a0200", "81,3 %"
    sheet["A9"] = "* QS = décrochés en moins de 20 s / reçus hors abandons < 5 s"
    hidden = book.create_sheet("S44")
    hidden.sheet_state = "hidden"
    book.save(path)


WORKBOOK = """
source: {format: xlsx, files: "*", sheet: "S\\\\d{2}", header_rows: [3, 4], locale: fr}
rows: [{field: Jour, drop_if_matches: "^(total|\\\\*)", why: total or note}]
checks: [{total_row: "^total", field: Jour, sum_of: [Volumes / Reçus, Volumes / Traités]}]
columns:
  period_start_at: {from: Jour, type: date}
  granularity: {const: day}
  queue_scope: {const: orders}
  offered: {from: Volumes / Reçus}
  answered: {from: Volumes / Traités}
  service_level: {from: Qualité / QS 20s, scale: auto}
  occupancy: {from: Qualité / %, scale: auto}
  aht_s: {from: Durées / DMT}
  talk_s: {from: Durées / DMC}
  acw_s: {from: Durées / ACW}
  logged_s: {from: Durées / Log}
"""


def test_a_french_workbook(take, tmp_path):
    make_french_workbook(tmp_path / "made.xlsx")
    taken = take(HEAD + WORKBOOK + DEFINITIONS, (tmp_path / "made.xlsx").read_bytes(), "file.xlsx")
    assert taken.rejects.height == 0
    first = {row["metric"]: row for row in taken.rows.filter(pl.col("source_row") == 5).to_dicts()}
    assert {name: row["value"] for name, row in first.items()} == pytest.approx(
        {
            "offered": 1240, "answered": 1100, "service_level": 0.813, "occupancy": 0.887, "aht_s": 312, "talk_s": 260,
            "acw_s": 52, "logged_s": 111900,
        }
    )  # fmt: skip
    levels = taken.rows.filter(pl.col("metric") == "service_level")
    assert levels["value"].to_list() == [0.813, 0.813]
    assert levels.select("decimals", "printed_scale").rows() == [(1, 100.0)] * 2
    assert (first["occupancy"]["decimals"], first["occupancy"]["printed_scale"]) == (1, 100.0)
    assert first["logged_s"]["cell_ref"] == "S43!I5"
    assert taken.dropped.rows() == [(7, "total or note"), (9, "total or note")]
    assert [(check.expected, check.observed, check.ok) for check in taken.summary.totals] == [
        (2481.0, 2481.0, True), (2200.0, 2200.0, True),
    ]  # fmt: skip


def test_a_count_has_no_parts(take):
    """With a thousands point read as a decimal one, 1.240 contacts would be one and a quarter."""
    source = CSV.replace("locale: fr", "locale: en")
    taken = take(HEAD + source + "  offered: {from: Reçus}\n", "Jour;Reçus\n26/10/2025;1.240\n27/10/2025;1,240\n")
    assert (taken.rows["value"].to_list(), taken.rejects["raw_value"].to_list()) == ([1240.0], ["1.240"])
    assert taken.rejects["reason"][0].startswith("not a whole number (is `locale` right?")
    averages = take(HEAD + source + "  offered: {from: Reçus, type: float}\n", "Jour;Reçus\n26/10/2025;1.240\n")
    assert averages.rows["value"].to_list() == [1.24]
    long = "  metric: {from: Was, map: {Anrufe: offered, Note: csat_mean}}\n  value: {from: Wert}\n"
    taken = take(HEAD + source + long, "Jour;Was;Wert\n26/10/2025;Anrufe;1.240\n26/10/2025;Note;1.240\n")
    assert (taken.rows["metric"].to_list(), taken.rejects["source_row"].to_list()) == (["csat_mean"], [2])


def test_a_formula_whose_result_was_not_saved_is_said_to_be_one(take, tmp_path):
    book = Workbook()
    for row in (["Jour", "Reçus"], [dt.date(2025, 10, 26), "=1+1"]):
        book.active.append(row)
    book.save(tmp_path / "made.xlsx")
    source = CSV.replace('format: csv, files: "*", delimiter: ";"', 'format: xlsx, files: "*"')
    source = source.replace(', format: "%d/%m/%Y"', "")
    taken = take(HEAD + source + "  offered: {from: Reçus}\n", (tmp_path / "made.xlsx").read_bytes(), "file.xlsx")
    assert taken.rejects.select("raw_value", "reason").row(0) == (
        "=1+1", "a formula whose result was not saved: have the workbook saved in a spreadsheet program"
    )  # fmt: skip
