"""The readers on files that nobody here wrote (third-party material beside the project; skipped where absent)."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest


def there(path: Path) -> Path:
    if not path.exists():
        pytest.skip(f"third-party file ../shared/{'/'.join(path.parts[path.parts.index('shared') + 1 :])} not present")
    return path


# csv-spectrum


def spectrum() -> list[str]:
    folder = Path(__file__).resolve().parents[3] / "shared" / "corpora" / "csv-spectrum" / "csvs"
    return sorted(path.stem for path in folder.glob("*.csv")) or ["(none)"]


@pytest.mark.parametrize("block", [1, 10, 1_000_000])
@pytest.mark.parametrize("name", spectrum())
def test_csv_spectrum(name, block, shared, read_file):
    from pipelines.intake.readers import Limits

    folder = shared / "corpora" / "csv-spectrum"
    expected = json.loads(there(folder / "json" / f"{name}.json").read_text())
    got = read_file(there(folder / "csvs" / f"{name}.csv"), limits=Limits(block_bytes=block))
    found = [{header: row[header] or "" for header in got.headers} for row in got.rows]
    assert found == expected
    assert not got.rejects


# Big List of Naughty Strings


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16"])
def test_naughty_strings_come_back_byte_for_byte(shared, read, encoding):
    strings = json.loads(there(shared / "corpora" / "blns" / "blns.json").read_text(encoding="utf-8"))
    assert len(strings) == 515
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["number", "naughty"])
    writer.writerows(enumerate(strings))
    got = read(out.getvalue().encode(encoding), encoding=encoding)
    assert got.records("number", "naughty") == [(str(number), text or None) for number, text in enumerate(strings)]


# samples


@pytest.fixture
def sample(shared, read_file):
    def read(name: str, **options):
        return read_file(there(shared / "samples" / name), **options)

    return read


def test_the_french_workbook(sample):
    got = sample("messy_fr_xlsx/reporting_prestataire_S43.xlsx", format="xlsx", sheet=r"^S43$", header_rows=[5, 6])
    assert got.headers[2:5] == ["Volumes / Appels reçus", "Volumes / Appels traités", "Volumes / %"]
    assert got.column("__row") == [7, 8, 9, 10, 11, 13]
    days = ["2025-10-20 00:00:00"] * 2 + ["2025-10-21 00:00:00"] * 2
    assert got.column("Date")[:4] == days
    assert got.column("Durées / Tps log")[:4] == ["111900"] * 4
    assert got.column("__kind:Durées / Tps log")[:4] == ["t"] * 4
    assert got.column("Qualité / Taux de décroché")[0] == "0.887"
    assert got.column("__kind:Qualité / Taux de décroché")[0] == "p"
    assert got.column("Date")[4] == "TOTAL"
    assert got.column("Volumes / Appels reçus")[4] == "4\u202f966"


def test_both_week_sheets_but_not_the_hidden_one(shared, sample):
    from pipelines.intake.errors import DeliveryRefused

    with pytest.raises(DeliveryRefused, match="no visible sheet"):
        sample("messy_fr_xlsx/reporting_prestataire_S43.xlsx", format="xlsx", sheet="Params")


def test_cisco_percent_columns(sample):
    got = sample("cisco_uccx/daily_csq_report_header.csv")
    assert [header for header in got.headers if header.startswith("%")] == ["%", "% [2]", "% [3]"]


def test_qualtrics(sample):
    got = sample("qualtrics/export_3_header_rows.csv", drop_rows_after_header=2)
    assert json.loads(got.header_cells[2][0])["timeZone"] == "America/New_York"
    assert got.records_read == 1


def test_amazon_connect(sample):
    vendor = "Agent.HierarchyGroups.Level2.GroupName"
    got = sample("amazon_connect/ctr_sample.jsonl", wanted=["Queue.Duration", vendor], format="jsonl")
    assert got.column("Queue.Duration") == ["753", "5"]
    assert got.column(vendor)[1] is None


@pytest.mark.parametrize(
    "name, options, records, columns",
    [
        ("aircall/calls_export.csv", {}, None, None),
        ("cisco_uccx/csq_activity.csv", {}, 1, 20),
        ("five9/call_log.csv", {}, 2, 25),
        ("genesys/queue_performance_interval.csv", {}, 1, 23),
        ("genesys/interactions_view.csv", {}, 1, 16),
        ("shopify/orders_export_header_excerpt.csv", {}, 0, None),
        ("stripe/payments.csv", {}, 2, 8),
        ("surveymonkey/condensed.csv", {"header_rows": [1, 2]}, 1, 8),
        ("talkdesk/contacts_report_header.csv", {}, 0, 45),
        ("vocalcom_hermes/odcalls_header.tsv", {"delimiter": "tab"}, 0, 52),
    ],
)
def test_samples(sample, name, options, records, columns):
    got = sample(name, **options)
    assert not got.rejects
    assert records is None or got.records_read == records
    assert columns is None or len(got.headers) == columns


# data


@pytest.mark.parametrize(
    "name, records, columns",
    [
        ("nhs111_mds_2015/NHS_Calls.csv", 534, 56),
        ("callmemaybe_telecom/telecom_dataset_us.csv", 53_902, 9),
        ("simulated_callcentre/simulated_call_centre.csv", 51_708, 9),
        ("fuzzyfactory_refunds/orders.csv", 32_313, None),
        ("fuzzyfactory_refunds/order_items.csv", 40_025, None),
        ("fuzzyfactory_refunds/order_item_refunds.csv", 1_731, None),
        ("fuzzyfactory_refunds/products.csv", 4, None),
    ],
)
def test_every_record_of_the_data_files(shared, read_file, name, records, columns):
    got = read_file(there(shared / "data" / name))
    assert got.records_read == records
    assert not got.rejects
    assert columns is None or len(got.headers) == columns


def test_the_call_centre_workbook(shared, read_file):
    got = read_file(there(shared / "data" / "pwc_callcenter" / "01_Call-Center-Dataset.xlsx"), format="xlsx")
    assert got.records_read == 5_000
    assert (got.column("Time")[0], got.column("__kind:Time")[0]) == ("33178", "t")  # 09:12:58
    assert got.column("AvgTalkDuration")[0] == "143"
    waits = [value for value in got.column("Speed of answer in seconds") if value is not None]
    assert len(waits) == 4_054
    assert sum(map(int, waits)) / len(waits) == pytest.approx(67.52, abs=0.005)


def test_the_regulators_workbooks(shared, read_file):
    folder = there(shared / "data" / "anatel_ida")
    unpivot = {"columns": r"^\d{4}-\d{2}$", "names_to": "month", "values_to": "value"}
    cells, filled = 0, 0
    for path in sorted(folder.glob("*.ods")):
        got = read_file(path, ["VARIÁVEL", "value"], format="ods", header_rows=[9], unpivot=unpivot)
        cells += len(got.rows)
        filled += sum(1 for value in got.column("value") if value is not None)
        assert {row["__kind:value"] for row in got.rows if row["value"]} == {"n"}
    assert (cells, filled) == (8_640, 6_636)
