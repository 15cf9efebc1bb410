"""Bytes of files that come out the same each time: no clock, no user name, no member dates."""

from __future__ import annotations

import gzip
import io
import re
import zipfile

import polars as pl

_MEMBER_DATE = (1980, 1, 1, 0, 0, 0)
_SAVED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*(</dcterms:modified>)")


def delimited(frame: pl.DataFrame, separator: str = ",", null: str = "") -> bytes:
    """The frame as delimited text with a header, UTF-8, LF."""
    buffer = io.BytesIO()
    frame.write_csv(buffer, separator=separator, null_value=null)
    return buffer.getvalue()


def gzipped(content: bytes) -> bytes:
    return gzip.compress(content, compresslevel=9, mtime=0)


def zipped(name: str, content: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.writestr(_member(name), content)
    return buffer.getvalue()


def undated_workbook(content: bytes) -> bytes:
    """The same workbook with fixed member dates and a fixed time of saving."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(_member(name), _SAVED.sub(rb"\g<1>2026-01-01T00:00:00Z\g<2>", old.read(name)))
    return buffer.getvalue()


def _member(name: str) -> zipfile.ZipInfo:
    member = zipfile.ZipInfo(name, _MEMBER_DATE)
    member.compress_type = zipfile.ZIP_DEFLATED
    member.external_attr = 0o644 << 16
    member.create_system = 3
    return member
