"""Every feature of the mapping language, on small files."""

from __future__ import annotations

from datetime import UTC, date, datetime

import polars as pl
import pytest

from pipelines.intake.errors import DeliveryRefused

AT = "2026-05-04 10:00:00"


# -- headers ---------------------------------------------------------------------------------------------------------


def test_a_header_may_have_several_names(contacts):
    for header in ("Agent team", "Équipe"):
        taken = contacts("team: {from: [Agent team, Équipe]}", f"id,at,{header}\n1,{AT},a\n")
        assert taken.rows["team"].to_list() == ["a"]


def test_a_missing_header_refuses_the_delivery_and_names_what_is_there(contacts):
    with pytest.raises(DeliveryRefused) as refused:
        contacts("team: {from: Agent team}", f"id,at,Agent teams\n1,{AT},a\n")
    assert refused.value.kind == "unexpected_columns"
    assert "Agent team" in refused.value.message
    assert "did you mean 'Agent teams'?" in refused.value.problems[0]


def test_an_optional_header_may_be_absent_and_is_noted(contacts):
    taken = contacts("team: {from: Agent team, required: false}", f"id,at,extra\n1,{AT},a\n")
    assert taken.rows["team"].to_list() == [None]
    assert taken.summary.headers_missing == ["Agent team"]
    assert taken.summary.headers_unknown == ["extra"]


def test_an_absent_header_of_an_expression_refuses_the_delivery(contacts):
    with pytest.raises(DeliveryRefused, match="Park time"):
        contacts("hold_s: {expr: {sum: [Hold time, Park time]}, unit: s}", f"id,at,Hold time\n1,{AT},1\n")


# -- rows and their columns ------------------------------------------------------------------------------------------


def test_columns_that_the_mapping_does_not_give_follow_from_others(contacts):
    taken = contacts("", f"id,at\n1,{AT}\n")
    row = taken.rows.row(0, named=True)
    assert (row["vendor_code"], row["source_system"], row["interaction_id"]) == ("tana", "acd", "1")
    assert (row["channel"], row["language"], row["direction"]) == ("voice", "fr", "inbound")
    assert (row["local_date"], row["local_minute"], row["ts_quality"]) == (date(2026, 5, 4), 12 * 60, "exact")
    assert row["source_row"] == 2


def test_a_row_with_a_bad_cell_is_a_reject_with_all_its_bad_cells(contacts):
    taken = contacts("wait_s: {from: w, unit: s}", f"id,at,w\n1,{AT},5\n2,yesterday,soon\n3,{AT},\n")
    assert taken.rows["leg_id"].to_list() == ["1", "3"]
    assert taken.rows["wait_s"].to_list() == [5.0, None]
    found = taken.rejects.select("line", "column", "raw_value").rows()
    assert sorted(found) == [(3, "queued_at", "yesterday"), (3, "wait_s", "soon")]
    assert (taken.rows_read, taken.rows_rejected) == (3, 1)


def test_a_required_column_that_is_blank_is_a_reject(contacts):
    taken = contacts("", f"id,at\n,{AT}\n2,\n")
    assert taken.rows.height == 0
    assert taken.reasons("leg_id") == ["required, and blank"]
    assert taken.reasons("queued_at") == ["required, and blank"]
    assert taken.reasons("local_date") == []


def test_a_negative_duration_is_a_reject(contacts):
    assert contacts("wait_s: {from: w, unit: s}", f"id,at,w\n1,{AT},-5\n").reasons("wait_s") == ["below zero"]


def test_null_markers_are_blank(contacts):
    taken = contacts(
        "wait_s: {from: w, unit: s}", f"id,at,w\n1,{AT},n/c\n2,{AT}, - \n", source='null_values: [n/c, "-"]'
    )
    assert taken.rows["wait_s"].to_list() == [None, None]


def test_the_file_name_can_be_read(contacts):
    taken = contacts('team: {from: __file, extract: "^([a-z]+)"}', f"id,at\n1,{AT}\n")
    assert taken.rows["team"].to_list() == ["file"]


# -- values ----------------------------------------------------------------------------------------------------------


def test_a_map_of_values_with_blank_and_other(contacts):
    taken = contacts(
        'outcome: {from: x, map: {Oui: answered, "": abandoned_queue, "*": overflowed}}',
        f"id,at,x\n1,{AT},Oui\n2,{AT},oui\n3,{AT},\n4,{AT},débordé\n",
    )
    assert taken.rows["outcome"].to_list() == ["answered", "answered", "abandoned_queue", "overflowed"]


def test_a_value_that_the_map_does_not_name_is_a_reject(contacts):
    taken = contacts("outcome: {from: x, map: {Oui: answered}}", f"id,at,x\n1,{AT},Non\n")
    assert taken.reasons("outcome") == ["not in the mapping's map of values"]


def test_a_map_on_numbers_names_exceptions_only(contacts):
    taken = contacts(
        "wait_s: {from: w, unit: s, map: {immediate: 0, '-1': null}}",
        f"id,at,w\n1,{AT},immediate\n2,{AT},-1\n3,{AT},7\n",
    )
    assert taken.rows["wait_s"].to_list() == [0.0, None, 7.0]


def test_yes_and_no_need_a_map(contacts):
    taken = contacts("resolved: {from: x}", f"id,at,x\n1,{AT},TRUE\n2,{AT},Oui\n")
    assert taken.rows["resolved"].to_list() == [True]
    mapped = contacts("resolved: {from: x, map: {Oui: true, Non: false}}", f"id,at,x\n1,{AT},Oui\n2,{AT},Non\n")
    assert mapped.rows["resolved"].to_list() == [True, False]


def test_a_list_in_a_cell_can_be_taken_apart(contacts):
    text = f"id,at,x\n1,{AT},a; b; c\n2,{AT},d\n3,{AT},\n"
    for take, expected in (
        ("first", ["a", "d", None]),
        ("last", ["c", "d", None]),
        ("2", ["b", None, None]),
        ("-1", ["c", "d", None]),
    ):
        taken = contacts(f'team: {{from: x, split: {{by: ";", take: {take}}}}}', text)
        assert taken.rows["team"].to_list() == expected


def test_a_blank_has_a_meaning_only_where_the_mapping_says_so(contacts):
    taken = contacts("hold_count: {from: h, null_is: 0}\npriority: {from: p}", f"id,at,h,p\n1,{AT},,\n2,{AT},x,\n")
    assert taken.rows.select("hold_count", "priority").rows() == [(0, None)]
    assert taken.reasons("hold_count") == ["not a number as 'en' prints it (is `locale` right?)"]


CASES = """outcome: {cases: [
    {field: answered, equals: "yes", then: answered},
    {field: reason, matches: "^out_of", then: closed_hours},
    {field: wait, above: 60, then: timeout},
    {field: reason, is_null: true, then: error},
    {then: abandoned_queue}]}"""


def test_cases_decide_in_order(contacts):
    rows = ["Yes,out_of_hours,", "No,Out_of_hours,", "No,x,00:01:01", "No,,60", "No,x,60"]
    lines = "".join(f"{number},{AT},{row}\n" for number, row in enumerate(rows))
    taken = contacts(" ".join(CASES.split()), f"id,at,answered,reason,wait\n{lines}")
    assert taken.rows["outcome"].to_list() == ["answered", "closed_hours", "timeout", "error", "abandoned_queue"]


def test_expressions(contacts):
    taken = contacts(
        """hold_s: {expr: {sum: [hold, park]}, unit: s}
        talk_s: {expr: {difference: [total, hold]}, unit: s, null_is: 0}
        team: {expr: {join: [a, b]}}
        segment: {expr: {first_filled: [a, b]}}
        ended_at: {from: end, tz: UTC}
        acw_s: {expr: {seconds_between: [queued_at, ended_at]}}
        answered_at: {expr: {plus_seconds: [queued_at, wait_s]}}
        wait_s: {from: hold, unit: s}""",
        "id,at,hold,park,total,a,b,end\n"
        f"1,{AT},5,1,60,x,y,2026-05-04 10:01:30\n2,{AT},,1,60,,y,\n3,{AT},soon,1,60,,,\n",
    )
    assert taken.rows.select("hold_s", "talk_s", "team", "segment", "acw_s").rows() == [
        (6.0, 55.0, "x/y", "x", 90.0),
        (None, 60.0, "/y", "y", None),
    ]
    assert taken.rows["answered_at"].to_list() == [datetime(2026, 5, 4, 10, 0, 5, tzinfo=UTC), None]
    assert taken.rows_rejected == 1


def test_a_date_column_and_a_clock_column_make_an_instant(contacts):
    taken = contacts(
        'queued_at: {expr: {join: [day, clock], separator: " "}, format: "%d/%m/%Y %I:%M:%S %p", tz: Europe/Paris}',
        "id,day,clock\n1,04/05/2026,8:02:42 PM\n2,04/05/2026,\n",
    )
    assert taken.rows["queued_at"].to_list() == [datetime(2026, 5, 4, 18, 2, 42, tzinfo=UTC)]
    assert taken.reasons("queued_at") == ["required, and blank"]


# -- look-ups --------------------------------------------------------------------------------------------------------

QUEUE = "queue_code: {lookup: {system: acd, by: q, gives: queue_code}}"


def test_a_look_up_is_as_of_the_rows_own_day_in_the_zone_of_the_terms(contacts):
    text = "id,at,q\n1,2026-03-31 21:59:59,Q2\n2,2026-03-31 22:00:00,Q2\n3,2026-05-04 10:00:00,q1\n"
    assert contacts(QUEUE, text).rows["queue_code"].to_list() == ["orders", "returns", "orders"]


def test_an_unknown_alias_is_a_reject_that_says_what_to_extend(contacts):
    taken = contacts(QUEUE, f"id,at,q\n1,{AT},Q9\n2,{AT},Q9\n3,{AT},\n")
    assert taken.reasons("queue_code")[0] == (
        "no alias in system 'acd' gives its queue_code on 2026-05-04: extend `aliases` in vendors.yaml"
    )
    assert taken.reasons("queue_code")[2] == "required, and blank"
    assert taken.summary.unknown_aliases == {"acd: Q9": 2}


def test_an_alias_with_dates_is_not_unknown_where_the_day_could_not_be_read(contacts):
    taken = contacts(QUEUE, f"id,at,q\n1,soon,Q2\n2,soon,Q9\n3,{AT},Q2\n")
    assert taken.reasons("queue_code") == [
        "its queue_code depends on the day of the record, which is not known",
        "no alias in system 'acd' gives its queue_code: extend `aliases` in vendors.yaml",
    ]
    assert taken.summary.unknown_aliases == {"acd: Q9": 1}


def test_the_alias_of_another_vendor_is_not_ours(contacts):
    assert contacts(QUEUE, f"id,at,q\n1,{AT},Q3\n").rows.height == 0
    assert contacts(QUEUE, f"id,at,q\n1,{AT},Q3\n", vendor="porto").rows.height == 1


def test_vendor_and_site_may_come_from_aliases(contacts):
    taken = contacts(
        f"""{QUEUE}
        vendor_code: {{lookup: {{system: acd, by: q, gives: vendor_code}}}}
        site_code: {{lookup: {{system: acd, by: [missing, q], gives: site_code}}}}""",
        f"id,at,q\n1,{AT},Q1\n2,{AT},Q3\n",
        vendor="null",
    )
    assert taken.rows.select("vendor_code", "site_code").rows() == [("tana", "tana_1"), ("porto", "porto_1")]


def test_a_code_that_vendors_yaml_does_not_know_is_a_reject(contacts):
    taken = contacts("queue_code: {from: q}", f"id,at,q\n1,{AT},orders\n2,{AT},order\n")
    assert taken.reasons("queue_code") == ["order is not a queue of vendors.yaml"]


def test_the_zone_of_the_rows_site(contacts):
    taken = contacts(
        """queued_at: {from: at, tz: site}
        site_code: {lookup: {system: acd, by: q, gives: site_code}}""",
        f"id,at,q\n1,{AT},Q1\n2,{AT},\n",
    )
    assert taken.rows["queued_at"].to_list() == [
        datetime(2026, 5, 4, 7, tzinfo=UTC),
        datetime(2026, 5, 4, 8, tzinfo=UTC),
    ]
    assert taken.rows["ts_quality"].to_list() == ["exact", "assumed_tz"]


def test_a_dated_site_is_looked_up_before_its_zone_is_known_and_told_once(contacts):
    taken = contacts(
        """arrived_at: {from: at, tz: site}
        queued_at: {expr: {plus_seconds: [arrived_at, ivr_s]}, null_is: 0}
        ivr_s: {from: ivr, unit: s, required: false}
        queue_code: {lookup: {system: acd, by: q, gives: queue_code}}
        site_code: {lookup: {system: acd, by: s, gives: site_code}}""",
        "id,at,q,s\n1,2026-04-01 00:30:00,Q2,Q1\n2,2026-04-01 00:30:00,Q2,nowhere\n",
    )
    # 00:30 in Antananarivo is 23:30 of the day before in Paris, where the queue still was the old one
    assert taken.rows.select("queue_code", "local_date").rows() == [("orders", date(2026, 3, 31))]
    assert taken.rejects.select("column", "raw_value").rows() == [("site_code", "nowhere")]
    assert taken.summary.unknown_aliases == {"acd: nowhere": 1}


def test_a_vendor_that_is_looked_up_may_give_the_zone_of_its_own_dates(take):
    mapping = """
mapping: {id: i, version: 1, table: invoices, vendor: null, system: acd}
source: {format: csv, files: "*"}
columns:
  vendor_code: {lookup: {system: acd, by: q, gives: vendor_code}}
  invoice_id: {from: q}
  line_id: {from: q}
  period_start: {from: day}
  period_end: {from: day}
  unit: {const: fixed}
  quantity: {const: 1}
  amount: {from: a, type: money}
  currency: {const: EUR}
"""
    taken = take(mapping, "q,day,a\nQ1,2026-05-04,1.5\nQ3,2026-05-04,2\n")
    assert taken.rows["happened_at"].dt.hour().to_list() == [22, 23]  # midnight in Paris, and in Lisbon


# -- times -----------------------------------------------------------------------------------------------------------


def test_zones_by_row_and_the_flag_of_times_that_came_twice(contacts):
    taken = contacts(
        "queued_at: {from: at, tz: {from: zone}, ambiguous: earliest}",
        "id,at,zone\n"
        "1,2025-10-26 02:15:00,Europe/Paris\n2,2025-10-26 02:15:00,Etc/UTC\n"
        "3,2025-10-26 02:15:00,Narnia\n4,2025-10-26 02:15:00,\n",
    )
    assert taken.rows["queued_at"].dt.hour().to_list() == [0, 2]
    assert taken.rows["ts_quality"].to_list() == ["ambiguous_dst", "exact"]
    assert taken.reasons("queued_at") == ["'Narnia' is not an IANA time zone", "its zone is blank"]
    assert taken.rejects["raw_value"].to_list() == ["2025-10-26 02:15:00"] * 2
    assert taken.summary.ambiguous_times == 1


def test_a_time_without_a_zone_is_refused_and_one_with_an_offset_is_not(contacts):
    taken = contacts("queued_at: {from: at}", f"id,at\n1,{AT}\n2,{AT}+03:00\n")
    assert taken.rows["queued_at"].to_list() == [datetime(2026, 5, 4, 7, tzinfo=UTC)]
    assert taken.reasons("queued_at") == ["no time zone: the mapping must declare tz"]


def test_a_contact_that_never_queued_belongs_to_its_arrival(contacts):
    taken = contacts(
        """arrived_at: {from: start, tz: UTC}
        queued_at: {from: at, tz: UTC}
        outcome: {from: o}""",
        f"id,start,at,o\n1,{AT},,abandoned_ivr\n2,{AT},,answered\n3,{AT},2026-05-04 10:00:30,answered\n",
    )
    assert taken.rows.select("leg_id", "local_minute").rows() == [("1", 720), ("3", 720)]
    assert taken.reasons("queued_at") == ["required, and blank"]


def test_rows_past_the_reception_are_noted(contacts):
    taken = contacts("", "id,at\n1,2026-12-04 10:00:00\n")
    assert "after the file was received" in taken.summary.notes[0]


# -- rules, totals, completeness -------------------------------------------------------------------------------------


def test_rules_leave_rows_out_under_their_reason_before_anything_is_parsed(contacts):
    taken = contacts(
        "",
        f"id,at,kind\n1,{AT},call\n2,x,DISCONNECT\n3,{AT},\n4,{AT},test\n",
        extra="""rows:
  - {field: kind, drop_if_in: [disconnect], why: junk leg}
  - {field: kind, keep_if_notnull: true, why: no kind}
  - {field: kind, keep_if_matches: "^ca", why: other}""",
    )
    assert taken.rows["leg_id"].to_list() == ["1"]
    assert taken.rejects.height == 0
    assert taken.dropped.rows() == [(3, "junk leg"), (4, "no kind"), (5, "other")]


TOTALS = 'checks: [{total_row: "^total", field: id, sum_of: [w], tolerance: %s, on_mismatch: %s}]'


@pytest.mark.parametrize(
    ("total", "tolerance", "ok"), [("12", 0, True), ("13", 0, False), ("13", 1, True), ("?", 0, False)]
)
def test_a_total_row_is_a_checksum_and_never_loaded(contacts, total, tolerance, ok):
    text = f"id,at,w\n1,{AT},5\n2,{AT},7\nTOTAL,,{total}\n"
    taken = contacts("wait_s: {from: w, unit: s}", text, extra=TOTALS % (tolerance, "warn"))
    assert taken.rows["leg_id"].to_list() == ["1", "2"]
    assert taken.dropped.rows() == [(4, "total row")]
    [check] = taken.summary.totals
    assert (check.ok, check.observed, check.source_row) == (ok, 12.0, 4)
    assert bool(taken.summary.notes) is bool(taken.summary.warnings) is not ok


def test_a_wrong_total_can_refuse_the_delivery(contacts):
    with pytest.raises(DeliveryRefused) as refused:
        contacts("wait_s: {from: w, unit: s}", f"id,at,w\n1,{AT},5\nTotal,,6\n", extra=TOTALS % (0, "refuse"))
    assert refused.value.kind == "total_mismatch"


def test_subtotals_and_the_total_of_all(contacts):
    text = f"id,at,w\n1,{AT},5\nTotal A,,5\n2,{AT},7\nTotal B,,7\nTotal,,12\n"
    taken = contacts("wait_s: {from: w, unit: s}", text, extra=TOTALS % (0, "warn"))
    assert [check.ok for check in taken.summary.totals] == [True, True, True]


def test_an_absent_total_is_noted(contacts):
    taken = contacts("wait_s: {from: w, unit: s}", f"id,at,w\n1,{AT},5\n", extra=TOTALS % (0, "warn"))
    assert taken.summary.notes == ["The mapping expects a total row, and there is none."]


COMPLETE = "completeness: {field: Full, must_be: [YES, Sí]}"


@pytest.mark.parametrize("value", ["NO", "Partial", ""])
def test_a_truncated_export_is_refused(contacts, value):
    with pytest.raises(DeliveryRefused) as refused:
        contacts("", f"id,at,Full\n1,{AT},{value}\n", extra=COMPLETE)
    assert refused.value.kind == "truncated_export"


@pytest.mark.parametrize("value", ["YES", "yes", "SÍ"])
def test_a_whole_export_is_taken(contacts, value):
    taken = contacts("", f"id,at,Full\n1,{AT},{value}\n2,{AT},\n", extra=COMPLETE)
    assert taken.rows.height == 2
    assert taken.summary.completeness == value


# -- people ----------------------------------------------------------------------------------------------------------


def test_customers_and_agents_are_pseudonyms_even_where_the_mapping_forgets_to_say_so(contacts):
    taken = contacts(
        """customer_ref: {from: ani}
        agent_ref: {from: agent, map: {"[None]": null}}""",
        f"id,at,ani,agent\n1,{AT},06 12 34 56 78,Ann\n2,{AT},+33612345678,[None]\n",
    )
    assert taken.rows["customer_ref"].n_unique() == 1
    assert taken.rows["agent_ref"].null_count() == 1
    text = str(taken)
    assert "612345678" not in text.replace(" ", "")
    assert "Ann" not in text


def test_a_reject_never_shows_what_identifies_a_person(contacts):
    taken = contacts(
        """customer_ref: {from: ani, hash: customer}
        priority: {from: ani}
        comment_probe: null""".replace("comment_probe: null", "hold_count: {from: note, type: length}"),
        f"id,at,ani,note\n1,{AT},0612345678x,call me back\n",
    )
    assert taken.rejects["raw_value"].to_list() == ["(hidden, 11 characters)"]


def test_a_broken_record_is_a_reject_and_hides_its_text_where_it_may_identify(contacts):
    text = f"id,at,ani\n1,{AT},0612345678\n2,{AT},0612345678,extra\n"
    taken = contacts("team: {from: id}", text)
    assert (taken.rows.height, taken.rows_rejected) == (1, 1)
    assert taken.rejects["column"].to_list() == ["(record)"]
    assert "0612345678" not in str(taken.rejects["raw_value"].to_list())


def test_only_the_length_of_a_comment_is_kept(take):
    taken = take(
        """
mapping: {id: s, version: 1, table: surveys, vendor: tana, system: forms}
source: {format: csv, files: "*"}
columns:
  response_id: {from: id}
  survey_type: {const: csat}
  question_code: {const: q1}
  score_raw: {from: score}
  scale_min: {const: 1}
  scale_max: {const: 5}
  sent_at: {from: sent, tz: UTC}
  responded_at: {from: answered, tz: UTC}
  excluded: {from: out, map: {"1": true, "": false}}
  status:
    cases:
      - {field: out, equals: "1", then: excluded}
      - {field: score, is_null: true, then: sent}
      - {then: complete}
  comment_length: {from: comment, type: length}
  leg_id: {from: call}
""",
        "id,score,sent,answered,out,comment,call\n"
        "1,5,2026-05-04 10:00,2026-05-04 11:00,,très bien,c1\n"
        "2,1,2026-05-04 10:00,2026-05-05 23:00,1,,\n"
        "3,,,2026-05-05 22:30,,,\n",
    )
    assert taken.rows["comment_length"].to_list() == [9, None, None]
    assert taken.rows["status"].to_list() == ["complete", "excluded", "sent"]
    assert taken.rows["excluded"].to_list() == [False, True, False]
    assert taken.rows["local_date"].to_list() == [date(2026, 5, 4), date(2026, 5, 4), date(2026, 5, 6)]
    assert taken.rows["match_method"].to_list() == ["id", "none", "none"]
    assert taken.rows["scale_max"].to_list() == [5.0] * 3


def test_refunds_of_an_order_export_with_several_lines_are_counted_once(take):
    taken = take(
        """
mapping: {id: r, version: 1, table: refunds, vendor: lille, system: shop}
source: {format: csv, files: "*"}
rows:
  - {field: Refunded Amount, keep_if_notnull: true, why: further line of an order}
  - {field: Refunded Amount, drop_if_in: ["0.00"], why: not refunded}
columns:
  refund_id: {from: Name}
  order_ref: {from: Name}
  refunded_at: {from: Updated at, format: "%Y-%m-%d %H:%M:%S %z", tz: offset}
  amount: {from: Refunded Amount}
  currency: {from: Currency}
  kind: {const: refund}
""",
        "Name,Updated at,Refunded Amount,Currency,Lineitem\n"
        "#1,2025-10-02 17:09:34 -0300,12.50,eur,a\n#1,,,,b\n#1,,,,c\n#2,2025-10-02 17:09:34 -0300,0.00,eur,a\n",
    )
    assert taken.rows["amount"].cast(pl.String).to_list() == ["12.5000"]
    assert taken.rows["currency"].to_list() == ["EUR"]
    assert taken.rows["refunded_at"].to_list() == [datetime(2025, 10, 2, 20, 9, 34, tzinfo=UTC)]
    assert taken.dropped["rule"].to_list() == ["further line of an order"] * 2 + ["not refunded"]


def test_an_invoice_happens_on_the_first_day_of_its_period(take):
    taken = take(
        """
mapping: {id: i, version: 1, table: invoices, vendor: tana, system: books}
source: {format: csv, files: "*", delimiter: ";", locale: fr}
columns:
  invoice_id: {from: id}
  line_id: {from: line}
  period_start: {from: from, format: "%d/%m/%Y"}
  period_end: {from: to, format: "%d/%m/%Y"}
  queue_code: {const: "*"}
  unit: {const: minute}
  quantity: {from: q}
  amount: {from: a, trailing_minus: true}
  currency: {const: EUR}
""",
        "id;line;from;to;q;a\n1;1;01/10/2026;31/10/2026;1 234,5;12,50-\n",
    )
    assert taken.rows["happened_at"].to_list() == [datetime(2026, 9, 30, 22, tzinfo=UTC)]
    assert taken.rows["amount"].cast(pl.String).to_list() == ["-12.5000"]
    assert taken.rows["quantity"].cast(pl.String).to_list() == ["1234.5000"]
