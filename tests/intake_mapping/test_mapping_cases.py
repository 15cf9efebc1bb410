"""Decisions of a mapping, as a person writes them."""

from __future__ import annotations

AT = "2026-05-04 10:00:00"


def test_true_and_false_of_a_case_may_be_written_as_yaml_writes_them(contacts):
    cases = "resolved: {cases: [{field: a, equals: N, then: null}, {field: r, equals: Y, then: true}, {then: false}]}"
    taken = contacts(cases, f"id,at,a,r\n1,{AT},Y,Y\n2,{AT},Y,N\n3,{AT},N,N\n")
    assert taken.rows["resolved"].to_list() == [True, False, None]
