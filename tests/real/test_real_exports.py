"""One sample export of each phone system, survey tool and shop system, and the golden facts that they are known for.

Where a golden fact needs rows that no sample has, they are made here under the sample's own header.
"""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import openpyxl
import polars as pl
import pytest

from pipelines.intake.delivery import take_in
from pipelines.intake.errors import DeliveryRefused
from pipelines.measures.definitions.service_level import ServiceLevelDefinition, service_level
from pipelines.workspace import WorkspaceError, customer_key, load_workspace
from pipelines.workspace.hours import open_hours_frame
from tests.real.loading import HERE, Load, Loaded

PHONE = {
    "house/connect/records.jsonl": "amazon_connect/ctr_sample.jsonl",
    "gers/queues/view.csv": "genesys/queue_performance_interval.csv",
    "gers/interactions/view.csv": "genesys/interactions_view.csv",
    "ayr/calls.csv": "aircall/calls_export.csv",
    "fife/call_log.csv": "five9/call_log.csv",
    "kent/csq/activity.csv": "cisco_uccx/csq_activity.csv",
    "kent/daily/report.csv": "cisco_uccx/daily_csq_report_header.csv",
    "oslo/queue_log": "asterisk/queue_log",
    "alpha/S43.xlsx": "messy_fr_xlsx/reporting_prestataire_S43.xlsx",
    "tyne/contacts.csv": "talkdesk/contacts_report_header.csv",
    "hermes/odcalls.tsv": "vocalcom_hermes/odcalls_header.tsv",
}
SURVEYS = {
    "care/qualtrics/export.csv": "qualtrics/export_3_header_rows.csv",
    "care/surveymonkey/condensed.csv": "surveymonkey/condensed.csv",
    "care/stripe/payments.csv": "stripe/payments.csv",
    "care/shopify/orders.csv": "shopify/orders_export_header_excerpt.csv",
}


@pytest.fixture(scope="module")
def phone(load: Load, shared: Path) -> Loaded:
    return load("phone_exports", {name: shared / "samples" / path for name, path in PHONE.items()})


@pytest.fixture(scope="module")
def shop(load: Load, shared: Path) -> Loaded:
    return load("survey_and_shop_exports", {name: shared / "samples" / path for name, path in SURVEYS.items()})


def contacts(loaded: Loaded, system: str) -> pl.DataFrame:
    return loaded.rows("contacts").filter(pl.col("source_system") == system).sort("source_row")


def figures(loaded: Loaded, system: str) -> pl.DataFrame:
    return loaded.rows("sla_reports").filter(pl.col("source_system") == system)


def values(rows: pl.DataFrame) -> dict[str, float]:
    return dict(rows.select("metric", "value").iter_rows())


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def under(header: str, rows: Iterable[Mapping[str, str]], mark: str = ",") -> bytes:
    """Rows under the header of a sample; a column that a row doesn't name is blank."""
    names = header.strip("\r\n").split(mark)
    lines = [mark.join(row.get(name, "") for name in names) for row in rows]
    return ("\n".join([header.strip("\r\n"), *lines]) + "\n").encode()


def sample(shared: Path, path: str) -> Path:
    found = shared / "samples" / path
    if not found.is_file():
        pytest.skip(f"third-party file ../shared/samples/{path} is not present")
    return found


def header_of(shared: Path, path: str) -> str:
    return sample(shared, path).read_text(encoding="utf-8").splitlines()[0]


def test_every_sample_is_taken_in(phone: Loaded, shop: Loaded) -> None:
    for loaded, files in ((phone, PHONE), (shop, SURVEYS)):
        assert loaded.deliveries.height == len(files)
        for status, records in loaded.deliveries.select("status", "records_read").iter_rows():
            assert status == ("accepted" if records else "accepted_with_warnings")  # some samples are a header alone
        assert loaded.deliveries["rows_rejected"].sum() == 0
    read = dict(phone.deliveries.select("mapping_id", "records_read").iter_rows())
    assert read == {
        "connect": 2, "genesys_queue": 1, "genesys_interactions": 1, "aircall": 4, "five9": 2, "uccx_csq": 1,
        "uccx_daily": 0, "queue_log": 1, "alpha_weekly": 6, "talkdesk": 0, "hermes": 0,
    }  # fmt: skip


# -- phone systems ---------------------------------------------------------------------------------------------------


def test_connect_vendor_and_site_are_in_the_agent_hierarchy(phone: Loaded) -> None:
    rows = contacts(phone, "connect")
    assert rows.select("vendor_code", "site_code", "queue_code").rows() == [
        ("vendor_c", "cebu", "care"),
        ("house", None, "care"),
    ]
    assert rows.select("wait_s", "ivr_s").rows() == [(753, 92), (5, 10)]  # 845 and 15 s since initiation
    first = rows.row(0, named=True)
    assert first["talk_s"] + first["hold_s"] == 2_257 + 1_021 == 3_278
    assert first["transfer_out"] == "blind"  # it has a successor, although no transfer is recorded
    assert rows["interaction_id"].to_list() == rows["leg_id"].to_list()


def test_t1_the_same_connect_record_twice_gives_one_row_and_the_newest_wins(load: Load, shared: Path) -> None:
    path = sample(shared, PHONE["house/connect/records.jsonl"])
    record = json.loads(path.read_text(encoding="utf-8").splitlines()[0])
    newer = record | {"LastUpdateTimestamp": "2019-08-14T08:00:00Z", "DisconnectReason": "AGENT_DISCONNECT"}
    newer["Agent"] = record["Agent"] | {"AfterContactWorkDuration": 200}
    files = {"new": json.dumps(newer).encode(), "old": json.dumps(record).encode()}
    for order in (["old", "new"], ["new", "old"]):
        loaded = load("phone_exports", {f"house/connect/{name}.jsonl": files[name] for name in order})
        assert contacts(loaded, "connect").select("acw_s", "updated_at").rows() == [(200, at("2019-08-14 08:00:00"))]
        ends = loaded.deliveries.select(pl.col("rows_loaded", "rows_restating", "rows_stale").sum()).row(0)
        assert ends == ((1, 1, 0) if order[0] == "old" else (1, 0, 1))
    both = load("phone_exports", {"house/connect/both.jsonl": b"\n".join([files["new"], files["old"]])})
    assert contacts(both, "connect")["acw_s"].to_list() == [200]


def test_t2_aircall_waits_are_without_the_menu_and_each_row_has_its_own_zone(phone: Loaded) -> None:
    rows = contacts(phone, "aircall")
    assert rows["wait_s"].to_list() == [155, 29, 7, 26]
    assert rows["ivr_s"].to_list() == [62, 15, 0, 0]
    assert rows["arrived_at"].to_list() == [
        at("2025-12-04 07:57:14"), at("2025-12-04 07:53:35"), at("2025-12-04 07:33:54"), at("2025-12-04 12:42:37"),
    ]  # fmt: skip
    # The column in UTC agrees, and so does the account's clock in Melbourne, for rows of either zone.
    assert (rows["updated_at"].dt.truncate("1s") == rows["arrived_at"]).all()
    assert (rows["ended_at"] - rows["arrived_at"]).dt.total_seconds().to_list() == [217, 530, 198, 26]
    assert rows["outcome"].to_list() == ["abandoned_queue", "answered", "answered", "closed_hours"]
    assert rows["talk_s"].to_list() == [None, 486, 191, None]
    assert rows["agent_ref"].null_count() == 2


def test_t3_genesys_percentages_are_fractions(phone: Loaded) -> None:
    rows = figures(phone, "genesys")
    found = values(rows)
    assert (found["service_level_target"], found["service_level"]) == (0.8, 1.0)
    assert found["asa_s"] == pytest.approx(4.1235)
    assert found["aht_s"] == pytest.approx(331.2451)
    assert found["talk_s"] + found["hold_s"] + found["acw_s"] == pytest.approx(found["aht_s"])
    assert found["abandoned"] == 0  # a zero is left blank by this system
    assert set(rows["queue_scope"]) == {"support_1;support_2"}
    assert set(rows["period_start_at"]) == {at("2023-12-31 23:00:00")}
    assert set(rows["period_end_at"]) == {at("2023-12-31 23:30:00")}


def test_genesys_lists_in_a_cell(phone: Loaded) -> None:
    row = contacts(phone, "genesys").row(0, named=True)
    assert (row["queue_code"], row["disposition_code"]) == ("support_2", "Resolved")
    assert (row["queued_at"], row["ended_at"]) == (at("2025-06-23 05:00:00"), at("2025-06-23 05:06:00"))
    assert row["wait_s"] is None  # these columns have none


def test_five9_sentinels_are_nobody_and_blank_is_not_zero(phone: Loaded) -> None:
    rows = contacts(phone, "five9")
    assert rows["agent_ref"].null_count() == rows["ring_s"].null_count() == rows["hold_count"].null_count() == 2
    assert rows["wait_s"].to_list() == [0, 0]
    assert rows["queued_at"].to_list() == [at("2016-10-27 21:51:34"), at("2016-10-27 21:51:37")]
    assert set(rows["direction"]) == {"outbound"}
    assert rows["customer_id"].n_unique() == 1


def test_cisco_parts_do_not_add_up(phone: Loaded) -> None:
    found = values(figures(phone, "uccx"))
    parts = [found[name] for name in ("answered", "abandoned", "overflowed", "handled_by_other")]
    assert (found["offered"], sum(parts)) == (1_699, 1_657)
    rows = figures(phone, "uccx")
    assert set(rows["local_date"]) == {date(2026, 4, 1)}
    assert set(rows["granularity"]) == {"month"}
    assert (found["asa_s"], found["aht_s"], found["max_wait_s"]) == (20, 220, 98)


@pytest.fixture(scope="module")
def four_levels(load: Load, shared: Path) -> Loaded:
    """One queue's day as Cisco's daily report prints it: presented 1000, handled 880, abandoned 100, dequeued 20."""
    header = header_of(shared, PHONE["kent/daily/report.csv"])
    day = {
        "CSQ Name": "English_CSQ", "CSQ ID": "1", "Call Skills": "English", "Service Level (sec)": "20",
        "Interval Start Time": "2026-04-06 00:00", "Interval End Time": "2026-04-07 00:00",
        "Calls Handled < Service Level": "704", "Calls Abandoned < Service Level": "40", "Only Handled": "80.0%",
        "With No Abandoned Calls": "78.2%", "With Abandoned Calls Counted Positively": "74.4%",
        "With Abandoned Calls Counted Negatively": "70.4%", "Calls Presented": "1000", "Handled": "880",
        "Abandoned": "100", "Dequeued": "20",
    }  # fmt: skip
    shares = iter(["88.0%", "10.0%", "2.0%"])
    cells = [next(shares) if name == "%" else day[name] for name in header.split(",")]
    subtotal = ["" if name == "CSQ ID" else cell for name, cell in zip(header.split(","), cells, strict=True)]
    content = "\n".join([header, ",".join(cells), ",".join(subtotal)]).encode()
    return load("phone_exports", {"kent/daily/report.csv": content})


def test_t4_the_three_percent_columns_stay_distinct(four_levels: Loaded) -> None:
    rows = figures(four_levels, "uccx-daily")
    found = values(rows)
    assert [found[name] for name in ("answer_rate", "abandon_rate", "dequeued_rate")] == [0.88, 0.1, 0.02]
    assert len(set(rows["cell_ref"])) == rows.height
    assert four_levels.of("uccx_daily")["rows_dropped_json"] == '{"subtotal": 1}'


def test_t5_four_variants_of_one_service_level(four_levels: Loaded) -> None:
    found = values(figures(four_levels, "uccx-daily"))
    names = ("offered", "answered", "abandoned", "answered_in_threshold", "abandoned_in_threshold")
    counts = pl.DataFrame([{name: found[name] for name in names} | {"flow_outs": found["overflowed"]}])
    definitions = {
        "sl_only_handled": ServiceLevelDefinition("answered_only"),
        "sl_no_abandoned": ServiceLevelDefinition("abandon_excluded"),
        "sl_abandoned_positive": ServiceLevelDefinition("abandon_positive", include=frozenset({"overflow"})),
        "sl_abandoned_negative": ServiceLevelDefinition("abandon_negative", include=frozenset({"overflow"})),
    }
    shares = [round(100 * service_level(counts, one)["value"].item(), 1) for one in definitions.values()]
    assert shares == [80.0, 78.2, 74.4, 70.4]
    assert [round(100 * found[name], 1) for name in definitions] == shares


def test_t6_queue_log_milliseconds_and_seconds(phone: Loaded, load: Load) -> None:
    row = contacts(phone, "asterisk").row(0, named=True)
    assert (row["ring_s"], row["wait_s"], row["talk_s"]) == (2, 2, 4)
    assert (row["queued_at"], row["outcome"]) == (at("2010-02-22 10:18:45"), "answered")
    # The log has events and no columns: none of them can be unknown.
    assert json.loads(str(phone.of("queue_log")["summary_json"]))["headers_unknown"] == []
    call = "1266834000.11|9000|NONE"
    log = f"1266834000|{call}|ENTERQUEUE||33100000000\n1266834015|{call}|ABANDON|1|1|15\n"
    left = contacts(load("phone_exports", {"oslo/queue_log": log.encode()}), "asterisk").row(0, named=True)
    assert (left["wait_s"], left["outcome"], left["queued_at"]) == (15, "abandoned_queue", at("2010-02-22 10:20:00"))


def test_header_only_samples_are_read_under_their_own_header(load: Load, shared: Path) -> None:
    talkdesk = {
        "Contact Type": "answered", "Direction": "inbound", "Ring Groups": "Support", "Wait Time": "12",
        "Started At": "2026-04-06 09:00:00", "Talk Time": "60", "Within Service Level Threshold (Yes / No)": "Yes",
    }  # fmt: skip
    status = "Data Status (Valid / Damaged)"
    rows = [
        talkdesk | {"Interaction ID": "i1", "Contact ID": "c1", status: "Valid"},
        talkdesk | {"Interaction ID": "i1", "Contact ID": "c2", status: "Damaged"},
    ]
    call = {"CallUniversalTimeString": "20260406080000", "IvrDuration": "5", "WaitDuration": "9", "LastQueue": "CARE"}
    ends = {"Closed": "closed_hours", "NoAgent": "blocked", "Overflow": "overflowed", "Abandon": "abandoned_queue"}
    flags = dict.fromkeys(ends, "0") | {"LastAgent": "NULL", "ANI": "NULL"}
    calls = [call | flags | {flag: "1", "ID": flag} for flag in ends] + [call | flags | {"ID": "Answered"}]
    loaded = load(
        "phone_exports",
        {
            "tyne/contacts.csv": under(header_of(shared, PHONE["tyne/contacts.csv"]), rows),
            "hermes/odcalls.tsv": under(header_of(shared, PHONE["hermes/odcalls.tsv"]), calls, "\t"),
        },
    )
    assert loaded.of("talkdesk")["rows_dropped_json"] == '{"damaged": 1}'
    kept = contacts(loaded, "talkdesk").row(0, named=True)
    assert (kept["leg_id"], kept["wait_s"], kept["vendor_in_service_level"]) == ("c1", 12, True)
    assert kept["queued_at"] == at("2026-04-06 12:00:00")
    found = dict(contacts(loaded, "hermes").select("leg_id", "outcome").iter_rows())
    assert found == ends | {"Answered": "answered"}
    assert contacts(loaded, "hermes")["agent_ref"].null_count() == 5


# -- the French workbook ---------------------------------------------------------------------------------------------


def test_french_workbook(phone: Loaded) -> None:
    rows = figures(phone, "excel")
    found = rows.group_by("metric").agg(pl.col("value").unique().sort()).rows_by_key("metric", unique=True)
    assert {name: found[name][0] for name in ("service_level", "answer_rate", "aht_s", "talk_s", "acw_s")} == {
        "service_level": [0.813], "answer_rate": [0.887], "aht_s": [312], "talk_s": [260], "acw_s": [52],
    }  # fmt: skip
    assert set(rows["queue_scope"]) == {"delivery", "returns"}
    assert set(rows["local_date"]) == {date(2025, 10, 20), date(2025, 10, 21)}
    claimed = set(rows.filter(pl.col("metric") == "service_level")["definition_id"])
    assert all("threshold_s=20" in one and "short_abandon_s=5" in one for one in claimed)


def test_t9_a_total_row_is_a_checksum_and_never_loaded(phone: Loaded, load: Load, shared: Path) -> None:
    summary = json.loads(str(phone.of("alpha_weekly")["summary_json"]))
    assert [(one["expected"], one["observed"], one["ok"]) for one in summary["totals"]] == [
        (4_966, 4_966, True),
        (4_406, 4_406, True),
    ]
    offered = figures(phone, "excel").filter(pl.col("metric") == "offered")
    assert sorted(offered["value"]) == [1_240, 1_241, 1_242, 1_243]
    assert phone.of("alpha_weekly")["rows_dropped_json"] == '{"total_or_note": 2}'
    wrong = load("phone_exports", {"alpha/S43.xlsx": with_cell(shared, "C11", 5_000)})
    delivery = wrong.of("alpha_weekly")
    assert delivery["rows_loaded"] == phone.of("alpha_weekly")["rows_loaded"]
    found = wrong.reader.frame("findings").filter(pl.col("kind") == "total_mismatch").row(0, named=True)
    assert found["severity"] == "warning"
    assert (found["expected"], found["observed"]) == ("5000", "4966")


def with_cell(shared: Path, place: str, value: object) -> bytes:
    book = openpyxl.load_workbook(sample(shared, PHONE["alpha/S43.xlsx"]))
    book["S43"][place] = value
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_t10_a_rate_that_may_mean_several_things_is_refused(phone: Loaded, tmp_path: Path, shared: Path) -> None:
    shutil.copytree(HERE / "phone_exports", tmp_path / "w")
    feed = tmp_path / "w/feeds/alpha_weekly.yaml"
    lines = feed.read_text(encoding="utf-8").splitlines()
    without = [line for line in lines if not line.startswith("  answer_rate: {label_as_printed")]
    assert len(without) == len(lines) - 1
    feed.write_text("\n".join(without), encoding="utf-8")
    with pytest.raises(WorkspaceError) as mistakes:
        load_workspace(tmp_path / "w")
    assert "metric_definitions.answer_rate" in str(mistakes.value.problems[0])
    bare = phone.workspace.feeds["alpha_weekly"].model_copy(update={"metric_definitions": {}})
    path = sample(shared, PHONE["alpha/S43.xlsx"])
    with pytest.raises(DeliveryRefused, match="Taux de décroché"):
        take_in(path, bare, phone.workspace, customer_key(phone.workspace), datetime.now(UTC))


def test_t14_hours_beyond_a_day(phone: Loaded) -> None:
    logged = figures(phone, "excel").filter(pl.col("metric") == "logged_s")
    assert set(logged["value"]) == {111_900}
    assert sorted(logged["cell_ref"]) == ["S43!L10", "S43!L7", "S43!L8", "S43!L9"]


def test_t15_a_hidden_sheet_is_ignored_and_a_remark_is_noted(phone: Loaded, shared: Path, load: Load) -> None:
    summary = str(phone.of("alpha_weekly")["summary_json"])
    assert "S42" in summary
    assert "Params" not in summary
    path = sample(shared, PHONE["alpha/S43.xlsx"])
    book = openpyxl.load_workbook(path)
    twin = book.copy_worksheet(book["S43"])
    twin.title, twin.sheet_state = "S44", "hidden"
    out = io.BytesIO()
    book.save(out)
    hidden = load("phone_exports", {"alpha/S43.xlsx": out.getvalue()})
    assert figures(hidden, "excel").height == figures(phone, "excel").height


# -- the clock, completeness, repetition -----------------------------------------------------------------------------


def quarter_hours(day: date) -> list[datetime]:
    """Every quarter of an hour of a day in Paris, in UTC."""
    zone = ZoneInfo("Europe/Paris")
    begin, end = (datetime(one.year, one.month, one.day, tzinfo=zone) for one in (day, day + timedelta(days=1)))
    step, count = timedelta(minutes=15), int((end.astimezone(UTC) - begin.astimezone(UTC)).total_seconds() // 900)
    return [begin.astimezone(UTC) + step * index for index in range(count)]


def interactions(shared: Path, instants: Iterable[datetime], complete: str = "YES") -> bytes:
    """A Genesys interactions view with one call at each instant, printed on Paris' clock."""
    header = header_of(shared, PHONE["gers/interactions/view.csv"])
    names = [name.strip('"') for name in header.split(",")]
    clock = [f"{one.astimezone(ZoneInfo('Europe/Paris')):%m/%d/%y %I:%M %p}" for one in instants]
    call = {"Full Export Completed": complete, "Media Type": "voice", "Direction": "Inbound", "Queue": "Support L2"}
    rows = [
        call | {"Users": "Agent A", "Date": text, "End Date": text, "Conversation ID": f"c{number}"}
        for number, text in enumerate(clock)
    ]
    return under(",".join(names), rows)


@pytest.mark.parametrize(
    ("day", "expected", "twice"), [(date(2025, 10, 26), 100, 8), (date(2025, 3, 30), 92, 0), (date(2025, 6, 1), 96, 0)]
)
def test_t8_the_days_on_which_the_clock_changes(load: Load, shared: Path, day: date, expected: int, twice: int) -> None:
    instants = quarter_hours(day)
    loaded = load("phone_exports", {"gers/interactions/view.csv": interactions(shared, instants)})
    assert open_hours_frame(loaded.workspace, day, day, "gers").height == expected == len(instants)
    rows = contacts(loaded, "genesys")
    assert rows["queued_at"].to_list() == instants
    assert set(rows["local_date"]) == {day}
    assert rows.filter(pl.col("ts_quality") == "ambiguous_dst").height == twice
    coverage = loaded.days("day_coverage").row(0, named=True)
    assert (coverage["intervals"], coverage["contacts"]) == (expected, expected)


def test_t11_an_export_that_is_not_complete_loads_nothing(load: Load, shared: Path) -> None:
    content = interactions(shared, [at("2025-06-01 08:00:00")], complete="NO")
    loaded = load("phone_exports", {"gers/interactions/view.csv": content})
    delivery = loaded.of("genesys_interactions")
    assert (delivery["status"], delivery["refused_kind"]) == ("quarantined", "truncated_export")
    assert "Full Export Completed" in str(delivery["message"])
    assert loaded.rows("contacts").is_empty()


def test_t12_the_same_content_again_is_a_duplicate(load: Load, shared: Path) -> None:
    calls = sample(shared, PHONE["ayr/calls.csv"])
    first = load("phone_exports", {"ayr/calls.csv": calls})
    before = first.rows("contacts").drop("delivery_no")
    again = first.again({"ayr/calls_again.csv": calls})
    assert again.deliveries.select("file_name", "status", "rows_read").rows() == [
        ("calls.csv", "accepted", 4),
        ("calls_again.csv", "duplicate", 0),
    ]
    assert again.rows("contacts").drop("delivery_no").equals(before)
    again.reader.close()


# -- surveys and refunds ---------------------------------------------------------------------------------------------


def test_t7_qualtrics_three_header_rows_with_the_zone_in_the_third(shop: Loaded) -> None:
    row = shop.rows("surveys").filter(pl.col("source_system") == "qualtrics").row(0, named=True)
    assert (row["responded_at"], row["sent_at"]) == (at("2025-07-01 15:14:19"), at("2025-07-01 15:13:44"))
    assert (row["score_raw"], row["source_row"], row["status"]) == (24, 4, "complete")


def test_surveymonkey_columns_become_questions(shop: Loaded) -> None:
    rows = shop.rows("surveys").filter(pl.col("source_system") == "surveymonkey")
    assert sorted(rows.select("survey_type", "score_raw", "scale_max").rows()) == [("csat", 4, 5), ("nps", 8, 10)]
    assert set(rows["local_date"]) == {date(2024, 1, 1)}


def test_stripe_refund_on_its_charge(shop: Loaded) -> None:
    delivery = shop.of("stripe")
    assert (delivery["rows_read"], delivery["rows_dropped_json"]) == (2, '{"nothing refunded": 1}')
    row = shop.rows("refunds").row(0, named=True)
    assert (row["refund_id"], float(row["amount"]), row["currency"]) == ("ch_dev", 15, "USD")
    assert row["refunded_at"] == at("2026-09-28 15:00:00")
    assert row["customer_id"] is not None


@pytest.mark.parametrize("name", ["Created (UTC)", "Created"])
def test_stripe_headers_of_other_years(load: Load, shared: Path, name: str) -> None:
    header = header_of(shared, SURVEYS["care/stripe/payments.csv"]).replace("Created date (UTC)", name)
    charge = {"id": "ch_1", name: "2024-05-01 10:00", "Amount Refunded": "2050", "Currency": "eur"}
    whole = charge | {"id": "ch_2", "Amount Refunded": "20.50"}
    loaded = load("survey_and_shop_exports", {"care/stripe/payments.csv": under(header, [charge, whole])})
    rows = loaded.rows("refunds").select("refund_id", "currency", pl.col("amount").cast(pl.Float64)).rows()
    assert rows == [("ch_1", "EUR", 20.5)]
    assert loaded.of("stripe")["rows_rejected"] == 1


def test_t13_a_shopify_refund_counts_once_however_many_lines(load: Load, shared: Path) -> None:
    header = header_of(shared, SURVEYS["care/shopify/orders.csv"])
    order = {
        "Name": "#1001", "Email": "a@example.com", "Financial Status": "partially_refunded", "Id": "900",
        "Paid at": "2025-10-02 17:09:34 -0300", "Refunded Amount": "12.50", "Vendor": "A brand",
    }  # fmt: skip
    lines = [order, {"Name": "#1001", "Vendor": "A brand"}, {"Name": "#1001", "Vendor": "Another brand"}]
    paid = order | {"Name": "#1002", "Id": "901", "Financial Status": "paid", "Refunded Amount": "0.00"}
    loaded = load("survey_and_shop_exports", {"care/shopify/orders.csv": under(header, [*lines, paid])})
    rows = loaded.rows("refunds")
    assert rows.select("order_ref", "refund_id", "refunded_at").rows() == [("#1001", "900", at("2025-10-02 20:09:34"))]
    assert [float(amount) for amount in rows["amount"]] == [12.5]
    assert json.loads(str(loaded.of("shopify")["rows_dropped_json"])) == {
        "further line item": 2,
        "nothing refunded": 1,
    }
    assert loaded.days("week_refunds")["refunds"].sum() == 1


def test_t16_answers_that_the_tool_leaves_out_are_kept_and_counted(load: Load) -> None:
    answers = [(9, False), (10, False), (8, False), (0, True)]
    records = [
        {"id": number, "score": score, "excluded_from_calculations": out, "created_at": 1_750_000_000 + number}
        for number, (score, out) in enumerate(answers)
    ]
    content = "\n".join(json.dumps(record) for record in records).encode()
    loaded = load("survey_and_shop_exports", {"care/wootric/answers.jsonl": content})
    rows = loaded.rows("surveys")
    assert (rows.height, rows["excluded"].sum()) == (4, 1)
    scores = loaded.days("week_surveys")
    assert scores["n"].sum() == 4
    assert scores.filter("excluded")["n"].sum() == 1
