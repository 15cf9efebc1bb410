"""The golden facts on third-party sample files, where these are beside the project."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from pipelines.intake.errors import DeliveryRefused
from tests.intake_mapping.conftest import Taken, make_workspace, read_feed, take_all


@pytest.fixture
def sample(shared: Path, tmp_path: Path) -> Callable[[str, str], Taken]:
    """``sample(name, mapping)``: one sample file under a mapping."""

    def run(name: str, mapping: str) -> Taken:
        path = shared / "samples" / name
        if not path.is_file():
            pytest.skip(f"third-party file ../shared/samples/{name} not present")
        return take_all(path, read_feed(mapping), make_workspace(tmp_path))

    return run


AIRCALL = """
mapping: {id: aircall, version: 1, table: contacts, vendor: tana, system: aircall}
source: {format: csv, files: "*", null_values: ["[No associated user]"]}
columns:
  leg_id: {from: call id (internal)}
  arrived_at: {from: ["datetime (tz offset incl.)", "date (TZ offset incl.)"], tz: {from: number timezone}}
  ivr_s: {from: time in ivr, unit: text}
  queued_at: {expr: {plus_seconds: [arrived_at, ivr_s]}, null_is: 0}
  answered_at: {expr: {plus_seconds: [queued_at, wait_s]}}
  ended_at: {from: call end time, tz: Australia/Melbourne}
  wait_s: {from: time to answer, unit: text}
  talk_s: {from: duration (in call), unit: s}
  queue_code: {const: orders}
  direction: {from: direction}
  agent_ref: {from: user}
  customer_ref: {from: from}
  outcome:
    cases:
      - {field: answered, equals: "Yes", then: answered}
      - {field: missed_call_reason, equals: out_of_opening_hours, then: closed_hours}
      - {then: abandoned_queue}
"""


def test_aircall_queue_wait_is_without_the_ivr_and_each_row_has_its_own_zone(sample):
    taken = sample("aircall/calls_export.csv", AIRCALL)
    assert taken.rows["wait_s"].to_list() == [None, 29.0, None, None]
    assert taken.rows["arrived_at"].to_list() == [
        datetime(2025, 12, 4, 7, 57, 14, tzinfo=UTC),
        datetime(2025, 12, 4, 7, 53, 35, tzinfo=UTC),
        datetime(2025, 12, 4, 7, 33, 54, tzinfo=UTC),
        datetime(2025, 12, 4, 12, 42, 37, tzinfo=UTC),
    ]
    second = taken.rows.row(1, named=True)
    # 15 s of menu, 29 s of queue, 486 s of talk: the call's 530 seconds
    assert (second["ended_at"] - second["arrived_at"]).total_seconds() == 530
    assert (second["ended_at"] - second["answered_at"]).total_seconds() == 486
    assert taken.rows["agent_ref"].null_count() == 2


GENESYS = """
mapping: {id: genesys, version: 1, table: sla_reports, vendor: tana, system: genesys}
source: {format: csv, files: "*"}
completeness: {field: Interval Complete, must_be: %s}
columns:
  period_start_at: {from: Interval Start, format: "%%m/%%d/%%y %%I:%%M %%p", tz: Europe/Paris}
  granularity: {const: interval}
  queue_scope: {from: Queue Name, map: {"QueueA; QueueB": "orders;returns"}}
  offered: {from: Offer}
  service_level: {from: "Service Level %%", scale: fraction}
  service_level_target: {from: "Service Level Target %%", scale: fraction}
  asa_s: {from: ASA, unit: ms}
  aht_s: {from: Avg Handle, unit: ms}
  talk_s: {from: Avg Talk, unit: ms}
  acw_s: {from: Avg ACW, unit: ms}
  hold_s: {from: Avg Hold, unit: ms}
metric_definitions: {service_level: {label_as_printed: "Service Level %%", definition: terms}}
"""


def test_genesys_percentages_are_fractions_and_durations_are_milliseconds(sample):
    taken = sample("genesys/queue_performance_interval.csv", GENESYS % "'TRUE'")
    values = dict(taken.rows.select("metric", "value").rows())
    assert values["service_level"] == 1.0
    assert values["service_level_target"] == 0.8
    assert values["asa_s"] == 4.1235
    assert values["aht_s"] == pytest.approx(331.2451)
    assert values["aht_s"] == pytest.approx(values["talk_s"] + values["acw_s"])
    assert taken.rows["period_start_at"].unique().to_list() == [datetime(2023, 12, 31, 23, tzinfo=UTC)]
    assert taken.rows["queue_scope"].unique().to_list() == ["orders;returns"]
    assert taken.dropped["rule"].to_list() == ["blank figure"]


def test_an_export_that_is_not_complete_is_refused(sample):
    with pytest.raises(DeliveryRefused) as refused:
        sample("genesys/queue_performance_interval.csv", GENESYS % "'WHOLE'")
    assert refused.value.kind == "truncated_export"


CISCO = """
mapping: {id: cisco, version: 1, table: sla_reports, vendor: tana, system: uccx}
source: {format: csv, files: "*"}
columns:
  period_start_at: {from: Report Period, type: date, format: "%B %Y"}
  granularity: {const: month}
  queue_scope: {from: CSQ Name, map: {English_CSQ: orders}}
  offered: {from: Calls Presented}
  answered: {from: Calls Handled}
  abandoned: {from: Calls Abandoned}
  asa_s: {from: Avg Speed of Answer}
  aht_s: {from: Avg Handle Time}
"""


def test_cisco_month_as_text(sample):
    taken = sample("cisco_uccx/csq_activity.csv", CISCO)
    assert dict(taken.rows.select("metric", "value").rows()) == {
        "offered": 1699.0, "answered": 1430.0, "abandoned": 207.0, "asa_s": 20.0, "aht_s": 220.0,
    }  # fmt: skip
    assert taken.rows["period_start_at"][0] == datetime(2026, 3, 31, 22, tzinfo=UTC)
    assert taken.rows["period_end_at"][0] == datetime(2026, 4, 30, 22, tzinfo=UTC)


def test_the_three_percent_columns_of_the_cisco_report_stay_distinct(shared, take):
    header = (shared / "samples/cisco_uccx/daily_csq_report_header.csv").read_text(encoding="utf-8").strip()
    cells = header.split(",")
    shares = iter(["80 %", "12 %", "8 %"])
    row = ["x" if cell != "%" else next(shares) for cell in cells]
    row[cells.index("Interval Start Time")] = "2026-05-04"
    mapping = """
mapping: {id: cisco, version: 1, table: sla_reports, vendor: tana, system: uccx}
source: {format: csv, files: "*"}
columns:
  period_start_at: {from: Interval Start Time, type: date}
  granularity: {const: day}
  queue_scope: {const: orders}
  answer_rate: {from: "%"}
  abandon_rate: {from: "% [2]"}
  transfer_rate: {from: "% [3]"}
metric_definitions: {answer_rate: {label_as_printed: "%", definition: unstated}}
"""
    taken = take(mapping, header + "\n" + ",".join(row) + "\n")
    assert taken.rows["value"].to_list() == [0.8, 0.12, 0.08]


QUEUE_LOG = """
mapping: {id: asterisk, version: 1, table: contacts, vendor: tana, system: asterisk}
source: {format: queue_log, files: "*"}
columns:
  leg_id: {expr: {join: [callid, queue]}}
  queued_at: {from: %s, format: unix}
  queue_code: {from: queue, map: {"9000": orders}}
  outcome: {from: outcome_event, map: {COMPLETECALLER: answered, COMPLETEAGENT: answered, ABANDON: abandoned_queue}}
  wait_s: {from: wait_s, unit: s}
  ring_s: {from: ringnoanswer_s, unit: s}
  talk_s: {from: talk_s, unit: s}
"""


def test_a_queue_log_has_milliseconds_in_one_event_and_seconds_in_the_others(sample, take):
    taken = sample("asterisk/queue_log", QUEUE_LOG % "connect_epoch")
    assert taken.rows.select("ring_s", "wait_s", "talk_s", "outcome").rows() == [(2.0, 2.0, 4.0, "answered")]
    abandoned = "100000000|c1|9000|NONE|ENTERQUEUE||+33600000000\n100000015|c1|9000|NONE|ABANDON|1|1|15\n"
    found = take(QUEUE_LOG % "enter_epoch", abandoned, "queue_log")
    assert found.rows.select("wait_s", "outcome").rows() == [(15.0, "abandoned_queue")]
    assert found.rows["queued_at"].to_list() == [datetime(1973, 3, 3, 9, 46, 40, tzinfo=UTC)]


QUALTRICS = """
mapping: {id: qualtrics, version: 1, table: surveys, vendor: tana, system: qualtrics}
source: {format: csv, files: "*", drop_rows_after_header: 2}
rows: [{field: Status, drop_if_in: [Survey Preview], why: preview}]
columns:
  response_id: {from: ResponseId}
  survey_type: {const: csat}
  question_code: {const: age_1}
  score_raw: {from: age_1}
  scale_min: {const: 0}
  scale_max: {const: 120}
  sent_at: {from: StartDate, tz: {header_row: 3, key: timeZone}}
  responded_at: {from: RecordedDate, tz: {header_row: 3, key: timeZone}}
  status: {from: Finished, map: {"True": complete, "False": partial}}
"""


def test_the_zone_of_a_qualtrics_export_is_in_its_third_header_row(sample):
    taken = sample("qualtrics/export_3_header_rows.csv", QUALTRICS)
    assert taken.rows.select("score_raw", "responded_at", "source_row").rows() == [
        (24.0, datetime(2025, 7, 1, 15, 14, 19, tzinfo=UTC), 4)
    ]


def test_a_zone_in_a_header_row_that_is_not_read_is_refused(sample):
    with pytest.raises(DeliveryRefused, match=r"the mapping reads 2 rows as header.*`drop_rows_after_header`"):
        sample(
            "qualtrics/export_3_header_rows.csv",
            QUALTRICS.replace("drop_rows_after_header: 2", "drop_rows_after_header: 1"),
        )


def test_a_header_row_without_the_zone_is_refused(sample):
    with pytest.raises(DeliveryRefused, match="Header row 2"):
        sample("qualtrics/export_3_header_rows.csv", QUALTRICS.replace("header_row: 3", "header_row: 2"))


FIVE9 = """
mapping: {id: five9, version: 1, table: contacts, vendor: tana, system: five9}
source: {format: csv, files: "*", null_values: ["[None]", "[Deleted]"]}
columns:
  leg_id: {from: CALL ID}
  arrived_at: {from: TIMESTAMP, format: ["%a, %d %b %Y %H:%M:%S", "%Y-%m-%d %H:%M"], tz: America/New_York}
  ivr_s: {from: IVR TIME}
  queued_at: {expr: {plus_seconds: [arrived_at, ivr_s]}}
  queue_code: {const: orders}
  direction: {from: CALL TYPE, map: {Inbound: inbound, "*": outbound}}
  outcome: {from: ABANDONED, map: {"1": abandoned_queue, "": answered}}
  wait_s: {from: QUEUE WAIT TIME}
  ring_s: {from: RING TIME}
  hold_s: {expr: {sum: [HOLD TIME, PARK TIME]}}
  customer_ref: {from: ANI}
  agent_ref: {from: AGENT}
"""


def test_five9_sentinels_are_nobody_and_a_blank_is_not_zero(sample):
    taken = sample("five9/call_log.csv", FIVE9)
    assert taken.rejects.height == 0
    assert taken.rows["agent_ref"].to_list() == [None, None]
    assert taken.rows["ring_s"].to_list() == [None, None]
    assert taken.rows["wait_s"].to_list() == [0.0, 0.0]
    assert taken.rows["queued_at"].to_list() == [
        datetime(2016, 10, 27, 18, 51, 34, tzinfo=UTC),
        datetime(2016, 10, 27, 18, 51, 37, tzinfo=UTC),
    ]


CONNECT = """
mapping: {id: connect, version: 1, table: contacts, vendor: null, system: connect}
source: {format: jsonl, files: "*"}
rows: [{field: InitiationMethod, drop_if_in: [DISCONNECT, MONITOR], why: no contact}]
dedupe: {latest_by: updated_at}
columns:
  leg_id: {from: ContactId}
  interaction_id: {from: InitialContactId}
  vendor_code: {from: Agent.HierarchyGroups.Level2.GroupName, map: {VendorC: porto, "": lille}}
  arrived_at: {from: InitiationTimestamp, tz: UTC}
  queued_at: {from: Queue.EnqueueTimestamp, tz: UTC}
  updated_at: {from: LastUpdateTimestamp, tz: UTC}
  queue_code: {from: Queue.Name, map: {queue_a_phn: orders, CSR: returns}}
  outcome: {cases: [{field: Queue.Name, is_null: true, then: abandoned_ivr}, {field: Agent.Username, is_null: true, then: abandoned_queue}, {then: answered}]}
  wait_s: {from: Queue.Duration, unit: s}
  talk_s: {from: Agent.AgentInteractionDuration, unit: s}
  hold_s: {from: Agent.CustomerHoldDuration, unit: s}
  acw_s: {from: Agent.AfterContactWorkDuration, unit: s}
  customer_ref: {from: CustomerEndpoint.Address, required: false}
"""  # noqa: E501


def test_connect_records_wait_in_the_queue_only_and_hold_is_outside_talk(sample):
    taken = sample("amazon_connect/ctr_sample.jsonl", CONNECT)
    assert taken.rows.select("vendor_code", "wait_s", "queue_code").rows() == [
        ("porto", 753.0, "orders"),
        ("lille", 5.0, "returns"),
    ]
    first = taken.rows.row(0, named=True)
    assert first["talk_s"] + first["hold_s"] == 3278
    assert first["interaction_id"] == first["leg_id"]


STRIPE = """
mapping: {id: stripe, version: 1, table: refunds, vendor: lille, system: stripe}
source: {format: csv, files: "*"}
rows: [{field: Amount Refunded, drop_if_in: ["0"], why: not refunded}]
columns:
  refund_id: {from: id}
  order_ref: {from: id}
  refunded_at: {from: [Created, Created (UTC), Created date (UTC)], tz: UTC}
  amount: {from: Amount Refunded, unit: minor}
  currency: {from: Currency}
  kind: {const: refund}
  customer_ref: {from: [Customer ID, Customer Email]}
"""


def test_stripe_headers_of_any_year(sample):
    taken = sample("stripe/payments.csv", STRIPE)
    assert taken.rows.select("refund_id", "currency").rows() == [("ch_dev", "USD")]
    assert taken.rows["amount"].cast(pl.Float64).to_list() == [15.0]
    assert taken.dropped["rule"].to_list() == ["not refunded"]


FRENCH = """
mapping: {id: alpha, version: 1, table: sla_reports, vendor: tana, system: excel}
source:
  format: xlsx
  files: "*"
  sheet: S43
  header_rows: [5, 6]
  locale: fr
  null_values: [n/c]
rows: [{field: Date, drop_if_matches: "^(total|moyenne|cumul|\\\\*)", why: total or note}]
checks: [{total_row: "^TOTAL", field: Date, sum_of: [Volumes / Appels reçus, Volumes / Appels traités]}]
columns:
  period_start_at: {from: Date, type: date}
  granularity: {const: day}
  queue_scope: {from: File, map: {Livraison: orders, Retour: returns}}
  offered: {from: Volumes / Appels reçus}
  answered: {from: Volumes / Appels traités}
  occupancy: {from: Volumes / %, scale: auto}
  service_level: {from: Qualité / QS 20s, scale: auto}
  answer_rate: {from: Qualité / Taux de décroché, scale: auto}
  csat: {from: Qualité / %, scale: auto}
  aht_s: {from: Durées / DMT}
  talk_s: {from: Durées / DMC}
  acw_s: {from: Durées / ACW}
  logged_s: {from: Durées / Tps log}
metric_definitions:
  service_level: {label_as_printed: QS 20s, definition: custom, threshold_s: 20, abandon_treatment: exclude_short}
  answer_rate: {label_as_printed: Taux de décroché, definition: unstated}
"""


def test_the_french_workbook(sample):
    taken = sample("messy_fr_xlsx/reporting_prestataire_S43.xlsx", FRENCH)
    assert taken.rejects.height == 0
    assert taken.rows["source_row"].n_unique() == 4
    values = taken.rows.group_by("metric").agg(pl.col("value").unique().sort()).rows_by_key("metric", unique=True)
    assert values["service_level"][0] == [0.813]
    assert values["answer_rate"][0] == [0.887]
    assert values["aht_s"][0] == [312.0]
    assert values["talk_s"][0] == [260.0]
    assert values["acw_s"][0] == [52.0]
    assert values["logged_s"][0] == [111900.0]
    assert "csat" not in values  # n/c
    assert [(check.expected, check.ok) for check in taken.summary.totals] == [(4966.0, True), (4406.0, True)]
    assert sorted(taken.dropped["rule"].unique()) == ["blank figure", "total or note"]


def test_a_rate_of_calls_picked_up_without_a_definition_is_refused(sample):
    mapping = FRENCH.replace("  answer_rate: {label_as_printed: Taux de décroché, definition: unstated}\n", "")
    with pytest.raises(DeliveryRefused, match="Taux de décroché"):
        sample("messy_fr_xlsx/reporting_prestataire_S43.xlsx", mapping)
