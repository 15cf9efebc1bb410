"""Declared encodings are kept to: what doesn't fit is refused with its line and byte."""

from __future__ import annotations

import codecs

import pytest

from pipelines.intake.errors import DeliveryRefused
from pipelines.intake.readers import Limits

TEXT = "Numéro;Détail\n1;Société €\n2;où çà\n"
LATIN = TEXT.replace("€", "¤")
SMALL = Limits(block_bytes=3)  # ends inside characters of two and three bytes


@pytest.mark.parametrize("limits", [None, SMALL])
@pytest.mark.parametrize(
    "declared, content",
    [
        ("utf-8", TEXT.encode()),
        ("UTF8", TEXT.encode()),
        ("utf-8", TEXT.encode("utf-8-sig")),
        ("utf-8-sig", TEXT.encode()),
        ("cp1252", TEXT.encode("cp1252")),
        ("windows-1252", TEXT.encode("cp1252")),
        ("latin-1", LATIN.encode("latin-1")),
        ("iso-8859-15", TEXT.encode("iso-8859-15")),
        ("cp850", LATIN.encode("cp850")),
        ("utf-16", codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le")),
        ("utf-16", codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be")),
        ("utf-16-le", TEXT.encode("utf-16-le")),
        ("utf-16-le", codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le")),
        ("utf-16-be", TEXT.encode("utf-16-be")),
    ],
)
def test_encodings(read, declared, content, limits):
    got = read(content, delimiter=";", encoding=declared, limits=limits)
    sign = "¤" if declared in ("latin-1", "cp850") else "€"
    assert got.headers == ["Numéro", "Détail"]
    assert got.records("__row", "Détail") == [(2, f"Société {sign}"), (3, "où çà")]


def refusal(read, content: bytes, **options) -> DeliveryRefused:
    with pytest.raises(DeliveryRefused) as refused:
        read(content, ["a"], **options)
    assert refused.value.kind == "unreadable_file"
    return refused.value


@pytest.mark.parametrize("block", [1, 5, 1_000])
def test_cp1252_in_a_file_declared_utf8(read, block):
    content = "a,b\n1,2\n3,é\n".encode("cp1252")
    message = refusal(read, content, limits=Limits(block_bytes=block)).message
    assert "line 3, byte 11 (E9) is not valid in utf-8" in message
    assert "cp1252" in message  # what to try


def test_the_bad_byte_may_be_in_a_column_that_nobody_wants(read):
    assert "line 2, byte 7 (E9)" in refusal(read, b"a,b\n1,\xe9\n").message


def test_bytes_count_from_the_byte_order_mark_on(read):
    assert "line 2, byte 8 (FF)" in refusal(read, codecs.BOM_UTF8 + b"a\n1,\xff\n"[:4] + b"\xff\n").message


@pytest.mark.parametrize("block", [1, 4, 1_000])
def test_a_byte_that_cp1252_does_not_have(read, block):
    content = b"a,b\n1,\xe9\n3,\x81\n"
    message = refusal(read, content, encoding="cp1252", limits=Limits(block_bytes=block)).message
    assert "line 3, byte 11 (81) is not valid in cp1252" in message


def test_utf16_with_an_odd_byte(read):
    message = refusal(read, "a,b\n1,2\n".encode("utf-16-le") + b"x", encoding="utf-16-le").message
    assert "line 3, byte 17" in message


def test_utf16_without_its_mark(read):
    assert "byte-order mark" in refusal(read, "a\n1\n".encode("utf-16-le"), encoding="utf-16").message


@pytest.mark.parametrize("declared", ["utf-8", "latin-1", "cp1252", "cp850"])
def test_utf16_is_never_split_as_something_else(read, declared):
    message = refusal(read, "a,b\n1,é\n".encode("utf-16"), encoding=declared).message
    assert "utf-16-le" in message


@pytest.mark.parametrize("declared", ["utf-8", "latin-1", "cp1252", "cp850"])
def test_utf16_without_mark_is_found_by_its_nul_bytes(read, declared):
    assert "NUL" in refusal(read, "a,b\n1,2\n".encode("utf-16-le"), encoding=declared).message


@pytest.mark.parametrize("declared", ["cp1252", "latin-1", "cp850", "utf-16-le"])
def test_a_utf8_mark_contradicts_another_encoding(read, declared):
    assert "byte-order mark of utf-8" in refusal(read, TEXT.encode("utf-8-sig"), encoding=declared).message


def test_nul_bytes(read):
    assert "line 3, byte 10 is a NUL byte" in refusal(read, b"a,b\n1,2\n3\0,4\n").message


@pytest.mark.parametrize("declared", ["klingon", "hex", "rot13"])
def test_unknown_encodings(read, declared):
    assert "unknown" in refusal(read, b"a\n1\n", encoding=declared).message


def test_mojibake_is_not_repaired(read):
    # UTF-8 without a mark, declared as cp1252, fits cp1252: the reader must not guess, so it reads what was declared.
    assert read("a\né\n".encode(), encoding="cp1252").records("a") == [("Ã©",)]
