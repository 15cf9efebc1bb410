"""Values that stand in the mapping itself, as a person writes them."""

from __future__ import annotations

AT = "2026-05-04 10:00:00"


def test_true_and_false_of_a_case_may_be_written_as_yaml_writes_them(contacts):
    cases = "resolved: {cases: [{field: a, equals: N, then: null}, {field: r, equals: Y, then: true}, {then: false}]}"
    taken = contacts(cases, f"id,at,a,r\n1,{AT},Y,Y\n2,{AT},Y,N\n3,{AT},N,N\n")
    assert taken.rows["resolved"].to_list() == [True, False, None]


def test_words_of_a_case_are_compared_without_their_case(contacts):
    taken = contacts("segment: {cases: [{field: a, equals: GROßKUNDE, then: key}]}", f"id,at,a\n1,{AT},Großkunde\n")
    assert taken.rows["segment"].to_list() == ["key"]


def test_nothing_is_nothing_in_every_unit(contacts):
    columns = (
        "wait_s: {from: w, unit: text, null_is: 0}\nring_s: {from: r, unit: text, null_is: 20 s}\nacw_s: {const: 0}"
    )
    taken = contacts(columns, f"id,at,w,r\n1,{AT},00:00:05,00:00:07\n2,{AT},,\n")
    assert taken.rows.select("wait_s", "ring_s", "acw_s").rows() == [(5.0, 7.0, 0.0), (0.0, 20.0, 0.0)]
