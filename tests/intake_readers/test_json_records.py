"""JSON and JSON Lines: nested values by dotted path, lists exploded, broken lines kept as rejects."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.intake.errors import DeliveryRefused
from pipelines.intake.readers import Limits
from pipelines.intake.readers.json_values import values_in_line

CONTACT = {
    "ContactId": "c1",
    "Queue": {"Name": "Sales", "Duration": 753},
    "Agent": {"Username": "x", "HierarchyGroups": {"Level2": {"GroupName": "Vendor C"}, "Level5": None}},
    "Rate": 0.5,
    "Open": False,
    "Tags": ["a", "b"],
}
NO_AGENT = {"ContactId": "c2", "Queue": {"Name": "Sales", "Duration": 5}, "Agent": None, "Rate": 1.0, "Open": True}
VENDOR = "Agent.HierarchyGroups.Level2.GroupName"


def lines(*records) -> str:
    return "".join(json.dumps(record) + "\n" for record in records)


@pytest.mark.parametrize("block", [1, 50, 1_000_000])
def test_dotted_paths(read, block):
    got = read(
        lines(CONTACT, NO_AGENT),
        ["ContactId", "Queue.Duration", VENDOR],
        format="jsonl",
        limits=Limits(block_bytes=block),
    )
    assert got.records("__row", "ContactId", "Queue.Duration", VENDOR) == [
        (1, "c1", "753", "Vendor C"),
        (2, "c2", "5", None),
    ]
    assert got.column("__kind:Queue.Duration") == ["n", "n"]
    assert got.column("__kind:ContactId") == [None, None]


def test_values_and_their_kinds(read):
    got = read(lines(CONTACT, NO_AGENT), format="jsonl")
    assert got.headers[:3] == ["ContactId", "Queue.Name", "Queue.Duration"]
    first = got.rows[0]
    assert (first["Rate"], first["__kind:Rate"]) == ("0.5", "n")
    assert (first["Open"], first["__kind:Open"]) == ("FALSE", "b")
    assert (first["Tags"], first["__kind:Tags"]) == ('["a", "b"]', None)
    assert got.rows[1]["Rate"] == "1"


def test_a_path_that_null_leaves_open_is_a_header(read):
    # A day on which no call was answered: nothing says that agents have no names.
    got = read(lines(NO_AGENT), ["ContactId", VENDOR, "Typo", "Queue.Typo"], format="jsonl")
    assert VENDOR in got.headers
    assert "Typo" not in got.headers
    assert "Queue.Typo" not in got.headers
    assert got.rows == [
        {"__row": 1, "ContactId": "c2", "__kind:ContactId": None, VENDOR: None, f"__kind:{VENDOR}": None}
    ]


def test_a_broken_line_is_a_reject(read):
    got = read(
        lines(CONTACT) + '{"ContactId": "c2", "Queue"\n' + "[1]\n\n" + lines(NO_AGENT), ["ContactId"], format="jsonl"
    )
    assert got.records("__row", "ContactId") == [(1, "c1"), (5, "c2")]
    (broken, listed) = got.rejects
    assert broken[0] == 2
    assert broken[1].startswith('{"ContactId": "c2"')
    assert "not valid JSON" in broken[2]
    assert listed == (3, "[1]", "a record must be a JSON object")
    assert got.records_read == 4


def test_records_without_line_ends_between_them(read):
    got = read(json.dumps(CONTACT) + json.dumps(NO_AGENT) + "\n", ["ContactId"], format="jsonl")
    assert got.records("__row", "ContactId") == [(1, "c1"), (1, "c2")]


def test_a_file_cut_in_the_middle_of_a_record(read):
    with pytest.raises(DeliveryRefused, match="breaks off on line 2") as refused:
        read(lines(CONTACT) + '{"ContactId": "c', ["ContactId"], format="jsonl")
    assert refused.value.kind == "truncated_export"


def test_a_whole_last_record_without_line_end(read):
    assert read(lines(CONTACT) + json.dumps(NO_AGENT), ["ContactId"], format="jsonl").records_read == 2


@pytest.mark.parametrize("content", ["", "\n\n"])
@pytest.mark.parametrize("kind", ["jsonl", "json"])
def test_nothing(read, content, kind):
    with pytest.raises(DeliveryRefused) as refused:
        read(content, ["a"], format=kind)
    assert refused.value.kind == "truncated_export"


@pytest.mark.parametrize("number", ["NaN", "Infinity", "9" * 5_000])
def test_numbers_that_are_none(read, number):
    got = read(f'{{"a": 1}}\n{{"a": {number}}}\n', ["a"], format="jsonl")
    assert got.records("a") == [("1",)]
    assert len(got.rejects) == 1


def test_depth_is_no_danger(read):
    deep = '{"a": ' + "[" * 100_000 + "]" * 100_000 + "}"
    got = read('{"a": 1}\n' + deep + "\n", ["a"], format="jsonl")
    assert got.rejects[0][2] == "the JSON is nested too deeply"
    with pytest.raises(DeliveryRefused, match="nested too deeply"):
        read(f"[{deep}]", ["a"], format="json")


def test_a_document_on_one_line_is_not_json_lines(read):
    with pytest.raises(DeliveryRefused, match="format: json"):
        read(json.dumps([CONTACT] * 100), ["a"], format="jsonl", limits=Limits(block_bytes=100, record_bytes=1_000))


# Documents


@pytest.mark.parametrize(
    "records, wrap",
    [(None, lambda r: r), ("data.items", lambda r: {"n": [1, {"x": "]"}], "data": {"total": 2, "items": r}, "z": 1})],
)
@pytest.mark.parametrize("indent", [None, 2])
def test_documents(read, records, wrap, indent):
    content = json.dumps(wrap([CONTACT, NO_AGENT]), indent=indent)
    got = read(content, ["ContactId", VENDOR], format="json", records=records)
    assert got.records("__row", "ContactId", VENDOR) == [(1, "c1", "Vendor C"), (2, "c2", None)]


def test_a_document_is_read_in_parts(read, monkeypatch):
    from pipelines.intake.readers import json_values

    monkeypatch.setattr(json_values, "_PIECE", 7)
    records = [{"id": f"é{number}", "n": number, "text": 'x"],}' * number} for number in range(40)]
    got = read(json.dumps({"skip": records, "rows": records}, ensure_ascii=False), format="json", records="rows")
    assert got.records("id", "n") == [(f"é{number}", str(number)) for number in range(40)]


def test_documents_cut_in_transfer_anywhere(read):
    content = json.dumps({"n": [1.5, "x"], "rows": [CONTACT, NO_AGENT], "end": {"é\\": [None, True, -1e-5]}})
    for length in range(1, len(content)):
        with pytest.raises(DeliveryRefused) as refused:
            read(content[:length], ["ContactId"], format="json", records="rows")
        assert refused.value.kind == "truncated_export", content[:length]
    assert read(content, ["ContactId"], format="json", records="rows").records_read == 2


@pytest.mark.parametrize(
    "content, records, says",
    [
        ('{"a": [1]}', None, "a list of records was expected at the top"),
        ('{"a": [1]}', "b", "no key “b” .* there are: a"),
        ('{"a": {"b": 1}}', "a.b", "a list of records was expected at “a.b”"),
        ("[1, 2", "a", "an object with the key “a” was expected"),
        ('[{"a": 1} {"a": 2}]', None, "“,” was expected, found “{”"),
        ('[{"a": 1}, {"a": tru }]' + " " * 50, None, "not valid JSON"),
        ("a;b\n1;2\n", None, "a list of records was expected"),
        ('[{"a": 1}]\n[{"a": 2}]\n', None, "more follows after the end"),
        ('{"r": [{"a": 1}], 5}', "r", "“:” was expected"),
    ],
)
def test_documents_of_another_shape(read, content, records, says):
    with pytest.raises(DeliveryRefused, match=says):
        read(content, ["a"], format="json", records=records)


# Explode

CONVERSATION = {
    "id": "v1",
    "participants": [
        {"purpose": "customer", "sessions": [{"media": "voice"}]},
        {"purpose": "agent", "sessions": [{"media": "voice"}, {"media": "chat"}]},
    ],
}


def test_explode_nested_lists(read):
    names = ["id", "participants.purpose", "participants[].sessions[].media"]
    got = read(lines(CONVERSATION), names, format="jsonl", explode="participants[].sessions[]")
    assert got.records("__row", *names) == [
        (1, "v1", "customer", "voice"),
        (1, "v1", "agent", "voice"),
        (1, "v1", "agent", "chat"),
    ]


@pytest.mark.parametrize("participants", [[], None, [{"purpose": "customer", "sessions": []}]])
def test_a_record_without_the_list_is_not_lost(read, participants):
    record = {"id": "v2", "participants": participants}
    got = read(lines(CONVERSATION, record), ["id"], format="jsonl", explode="participants[].sessions[]")
    assert got.column("id") == ["v1", "v1", "v1", "v2"]


@settings(deadline=None)
@given(
    st.lists(st.dictionaries(st.text(max_size=3), st.none() | st.booleans() | st.integers() | st.text(), max_size=3))
)
def test_values_in_a_line(records):
    found = list(values_in_line("  ".join(json.dumps(record) for record in records), 7))
    assert [value.value for value in found] == records
    assert all(value.line == 7 and value.reason is None for value in found)
