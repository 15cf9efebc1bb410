"""Gzip and zip are known by their content, and can't harm."""

from __future__ import annotations

import gzip
import io
import zipfile

import pytest

from pipelines.intake.errors import DeliveryRefused
from pipelines.intake.readers import Limits

CONTENT = b"a,b\n1,2\n3,4\n"


def packed(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return out.getvalue()


@pytest.mark.parametrize(
    "content",
    [CONTENT, gzip.compress(CONTENT), packed(("x.csv", CONTENT)), packed(("data/x.txt", CONTENT))],
    ids=["plain", "gzip", "zip", "zip with a folder"],
)
@pytest.mark.parametrize("name", ["d.csv", "d.csv.gz", "d.zip", "d"])
def test_by_content_not_by_name(read, content, name):
    assert read(content, name=name).records("__row", "a") == [(2, "1"), (3, "3")]


def test_gzip_of_several_parts(read):
    assert read(gzip.compress(b"a,b\n1,2\n") + gzip.compress(b"3,4\n")).records("a") == [("1",), ("3",)]


def test_encodings_inside_a_zip(read):
    got = read(packed(("x.csv", "a\né\n".encode("cp1252"))), encoding="cp1252")
    assert got.records("a") == [("é",)]


def test_the_member_is_chosen_by_the_mapping(read):
    content = packed(("readme.txt", b"hello"), ("calls_1.csv", CONTENT), ("__MACOSX/._calls_1.csv", b"x"))
    assert read(content, member=r"^calls_\d\.csv$").records_read == 2


@pytest.mark.parametrize(
    "members, member, found",
    [
        ([("a.csv", CONTENT), ("b.csv", CONTENT)], None, "found 2: a.csv, b.csv"),
        ([("a.csv", CONTENT)], "nope", "found 0: none"),
        ([], None, "found 0"),
    ],
)
def test_one_member_is_expected(read, members, member, found):
    with pytest.raises(DeliveryRefused, match=found) as refused:
        read(packed(*members), member=member)
    assert refused.value.kind == "wrong_content"


@pytest.mark.parametrize("name", ["../evil.csv", "/etc/evil.csv", "a/../../evil.csv", "C:\\evil.csv", "..\\evil.csv"])
def test_members_outside_the_archive(read, name):
    with pytest.raises(DeliveryRefused, match="points outside the archive"):
        read(packed((name, CONTENT)))


def test_too_many_entries(read):
    content = packed(*((f"{index}.csv", b"") for index in range(1_001)), method=zipfile.ZIP_STORED)
    with pytest.raises(DeliveryRefused, match="1,001 entries in the archive, at most 1,000"):
        read(content)


@pytest.mark.parametrize("pack", [gzip.compress, lambda content: packed(("x.csv", content))], ids=["gzip", "zip"])
def test_bombs(read, pack):
    content = pack(b"a,b\n" + b"1,2\n" * 3_000_000)  # 12 MB
    with pytest.raises(DeliveryRefused, match="over 100 times as much"):
        read(content, ["a"], limits=Limits(archive_free_bytes=1_000_000))
    assert read(b"a,b\n1,2\n", ["a"]).records_read == 1  # the program goes on


@pytest.mark.parametrize("pack", [gzip.compress, lambda content: packed(("x.csv", content))], ids=["gzip", "zip"])
def test_a_small_text_may_be_repetitive(read, pack):
    assert read(pack(b"a,b\n" + b"1,2\n" * 100_000), ["a"]).records_read == 100_000


def test_more_text_than_allowed(read):
    with pytest.raises(DeliveryRefused, match="more than 1,000 bytes of text"):
        read(b"a\n" + b"1\n" * 1_000, ["a"], limits=Limits(block_bytes=100, text_bytes=1_000))


def test_a_gzip_cut_in_transfer(read):
    content = gzip.compress("".join(f"{number},{number * 7919}\n" for number in range(5_000)).encode())
    with pytest.raises(DeliveryRefused, match="ends in the middle") as refused:
        read(content[: len(content) // 2], names=["a", "b"], header_rows=[])
    assert refused.value.kind == "truncated_export"


@pytest.mark.parametrize("damage", ["zip header", "zip data", "gzip data"])
def test_damaged_archives(read, damage):
    text = "".join(f"{number},{number * 7919}\n" for number in range(5_000)).encode()
    content = bytearray(gzip.compress(text) if damage == "gzip data" else packed(("x.csv", text)))
    at = 200 if damage.endswith("data") else len(content) - 30
    content[at : at + 20] = bytes(20)
    with pytest.raises(DeliveryRefused) as refused:
        read(bytes(content), names=["a", "b"], header_rows=[])
    assert refused.value.kind == "unreadable_file"


def test_a_zip_with_a_password(read, tmp_path):
    content = bytearray(packed(("x.csv", CONTENT), method=zipfile.ZIP_STORED))
    content[6] |= 1  # the flag of encryption, in the member's header and in the directory
    content[content.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(DeliveryRefused, match=r"x\.csv: locked with a password. Have it sent without one.$"):
        read(bytes(content))


def test_a_workbook_where_text_was_expected(read):
    content = packed(("[Content_Types].xml", b"<x/>"), ("xl/workbook.xml", b"<x/>"))
    with pytest.raises(DeliveryRefused, match="workbook") as refused:
        read(content)
    assert refused.value.kind == "wrong_content"


def test_a_legacy_document_where_text_was_expected(read):
    with pytest.raises(DeliveryRefused, match="Office document"):
        read(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100))


def test_a_missing_file(read_file, tmp_path):
    with pytest.raises(DeliveryRefused, match="no such file"):
        read_file(tmp_path / "nope.csv")


@pytest.mark.parametrize(
    "content",
    [gzip.compress(gzip.compress(CONTENT)), gzip.compress(packed(("x.csv", CONTENT))),
     packed(("x.csv.gz", gzip.compress(CONTENT))), packed(("x.zip", packed(("x.csv", CONTENT))))],
    ids=["gzip in gzip", "zip in gzip", "gzip in zip", "zip in zip"],
)  # fmt: skip
def test_an_archive_inside_an_archive_is_said_to_be_one(read, content):
    with pytest.raises(DeliveryRefused, match="archive inside an archive") as refused:
        read(content)
    assert refused.value.kind == "wrong_content"
