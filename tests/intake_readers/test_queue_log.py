"""Asterisk's queue_log: events become one record per visit of a call to a queue."""

from __future__ import annotations

LOG = """\
1000|c1|sales|NONE|ENTERQUEUE||+33612345678|1
1002|c1|sales|SIP/7|RINGNOANSWER|2000
1005|c1|sales|SIP/8|RINGNOANSWER|1500
1010|c1|sales|SIP/8|CONNECT|10|c1.1|3
1070|c1|sales|SIP/8|COMPLETECALLER|10|60|1
1020|c2|sales|NONE|ENTERQUEUE||anonymous|2
1035|c2|sales|NONE|ABANDON|1|2|15
1040|c3|sales|NONE|ENTERQUEUE||0600000000|1
1100|c3|sales|NONE|EXITWITHTIMEOUT|1|1|60
1100|c3|help|NONE|ENTERQUEUE||0600000000|1
1130|c3|help|SIP/9|CONNECT|30|c3.1|4
1190|c3|help|SIP/9|ATTENDEDTRANSFER|BRIDGE|abc|30|60|1
"""


def visits(read, log: str, **options):
    got = read(log, name="queue_log", format="queue_log", header_rows=[], **options)
    return got, {(row["callid"], row["queue"], row["visit"]): row for row in got.rows if row["callid"]}


def test_visits(read):
    got, by = visits(read, LOG)
    assert got.records_read == 4
    answered = by["c1", "sales", "1"]
    assert answered == {
        "__row": 1, "callid": "c1", "queue": "sales", "visit": "1", "caller": "+33612345678", "enter_epoch": "1000",
        "connect_epoch": "1010", "end_epoch": "1070", "agent": "SIP/8", "outcome_event": "COMPLETECALLER",
        "wait_s": "10",        
        "hold_s": None, "ring_s": "3", "talk_s": "60",
        "position": "1", "ringnoanswer_count": "2", "ringnoanswer_s": "3.5",
    }  # fmt: skip


def test_milliseconds_and_seconds_are_told_apart(read):
    _, by = visits(read, LOG)
    assert by["c1", "sales", "1"]["ringnoanswer_s"] == "3.5"  # 2000 and 1500 are milliseconds
    assert by["c2", "sales", "1"]["wait_s"] == "15"  # 15 is seconds


def test_a_call_in_two_queues_makes_two_visits(read):
    _, by = visits(read, LOG)
    assert by["c3", "sales", "1"]["outcome_event"] == "EXITWITHTIMEOUT"
    assert by["c3", "sales", "1"]["wait_s"] == "60"
    moved = by["c3", "help", "1"]
    assert (moved["outcome_event"], moved["wait_s"], moved["talk_s"]) == ("ATTENDEDTRANSFER", "30", "60")


def test_the_same_queue_twice(read):
    log = [
        "1|c|q|NONE|ENTERQUEUE||x|1",
        "9|c|q|NONE|EXITWITHKEY|1|1|1|8",
        "20|c|q|NONE|ENTERQUEUE||x|1",
        "25|c|q|NONE|ABANDON|1|1|5",
    ]
    _, by = visits(read, "\n".join(log))
    assert by["c", "q", "1"]["wait_s"] == "8"
    assert by["c", "q", "2"]["wait_s"] == "5"


def test_repeated_lines_are_counted_not_believed(read):
    doubled = "".join(line + "\n" + line + "\n" for line in LOG.splitlines())
    got, by = visits(read, doubled)
    assert len(by) == 4
    assert by["c1", "sales", "1"]["ringnoanswer_count"] == "2"
    assert got.notes == ["12 repeated lines skipped"]


def test_a_visit_whose_entry_is_before_the_file(read):
    got, by = visits(read, "5|c|q|SIP/1|CONNECT|4|b|2\n9|c|q|SIP/1|COMPLETEAGENT|4|4|1\n")
    visit = by["c", "q", "1"]
    assert (visit["enter_epoch"], visit["wait_s"], visit["talk_s"]) == (None, "4", "4")
    assert got.notes == ["1 visits begin before the file does (no ENTERQUEUE)"]


def test_a_visit_without_end(read):
    got, by = visits(read, "5|c|q|NONE|ENTERQUEUE||x|1\n")
    assert by["c", "q", "1"]["outcome_event"] is None
    assert got.notes == ["1 visits have no end in the file"]


def test_events_that_are_no_calls(read):
    got, by = visits(read, "1|NONE|NONE|NONE|QUEUESTART|\n2|NONE|q|SIP/1|PAUSE|lunch\n3|c|q|NONE|FANCY|1\n" + LOG)
    assert len(by) == 4
    assert got.notes == [
        "2 events of agents and configuration skipped",
        "events without a meaning here skipped: FANCY 1",
    ]


def test_lines_of_another_shape_are_rejects(read):
    got, by = visits(read, "hello\n\n1;c;q;NONE;ENTERQUEUE\n" + LOG)
    assert len(by) == 4
    assert [(row, raw) for row, raw, _ in got.rejects] == [(1, "hello"), (3, "1;c;q;NONE;ENTERQUEUE")]


def test_the_published_sample(read_file, shared):
    path = shared / "samples" / "asterisk" / "queue_log"
    got = read_file(path, format="queue_log", header_rows=[])
    (visit,) = got.rows
    assert visit["callid"] == "1266833925.10"
    assert (visit["wait_s"], visit["talk_s"], visit["position"]) == ("2", "4", "1")
    assert (visit["ringnoanswer_count"], visit["ringnoanswer_s"]) == ("1", "2")
