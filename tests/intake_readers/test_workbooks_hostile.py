"""Workbooks made to do harm, or broken: a clean load or a refusal in words, and the program goes on."""

from __future__ import annotations

import io
import runpy
import threading
import time
import zipfile
from pathlib import Path

import pytest
from openpyxl import Workbook

from pipelines.intake.errors import DeliveryRefused
from pipelines.intake.readers import Limits

SECONDS, MEGABYTES = 10, 512


def children_of(process: str) -> list[str]:
    """The processes that a process has started."""
    return Path(f"/proc/{process}/task/{process}/children").read_text().split()


def children_peak_memory(stop: threading.Event, peak: list[int]) -> None:
    """Watches the resident memory of the processes below this one that parse, in kB.

    Between fork and exec a child still shows the parent's memory as its own: it is looked at once it runs the parser.
    """
    me = threading.main_thread().native_id
    while not stop.is_set():
        try:
            children = Path(f"/proc/{me}/task/{me}/children").read_text().split()
            for child in [*children, *(below for one in children for below in children_of(one))]:
                if b"workbook_child" not in Path(f"/proc/{child}/cmdline").read_bytes():
                    continue
                for line in Path(f"/proc/{child}/status").read_text().splitlines():
                    if line.startswith("VmHWM"):
                        peak[0] = max(peak[0], int(line.split()[1]))
        except OSError:
            pass  # the child has just ended
        time.sleep(0.005)


@pytest.fixture
def survives(read_file):
    """Reads a hostile file; checks time and memory; gives the refusal, or None for a clean load."""

    def check(path: Path) -> DeliveryRefused | None:
        stop, peak = threading.Event(), [0]
        watcher = threading.Thread(target=children_peak_memory, args=(stop, peak))
        watcher.start()
        start = time.monotonic()
        refused = None
        try:
            read_file(path, format="xlsx")
        except DeliveryRefused as error:
            refused = error
        finally:
            stop.set()
            watcher.join()
        assert time.monotonic() - start <= SECONDS
        assert peak[0] / 1_000 <= MEGABYTES
        return refused

    return check


def test_the_watcher_sees_the_parser_and_not_its_parent(read):
    stop, peak = threading.Event(), [0]
    watcher = threading.Thread(target=children_peak_memory, args=(stop, peak))
    watcher.start()
    read(workbook_with({}), format="xlsx")
    stop.set()
    watcher.join()
    assert 10_000 < peak[0] < MEGABYTES * 1_000


def hostile_names(folder: str) -> list[str]:
    path = Path(__file__).resolve().parents[3] / "shared" / "corpora" / folder
    return sorted(file.name for file in path.glob("*.xls*")) or ["(none)"]


@pytest.mark.parametrize("name", hostile_names("xlsx-malformed"))
def test_malformed_workbooks(name, shared, survives):
    path = shared / "corpora" / "xlsx-malformed" / name
    if not path.exists():
        pytest.skip("third-party files ../shared/corpora/xlsx-malformed are not present")
    refused = survives(path)
    if refused is not None:
        assert refused.kind in ("unreadable_file", "wrong_content", "unexpected_columns")
        assert refused.message.startswith(name)
    if name.endswith(".xls"):
        assert refused is not None
        assert "old .xls format" in refused.message


BOMBS = {
    "bomb_rows_400MB.xlsx": "unpacks to 399,841,866 bytes",
    "bomb_whitespace_1GB.xlsx": "unpacks to 1,000,001,866 bytes",
    "sparse_far_cell.xlsx": "a cell in row 1,048,576",
    "sparse_rows_1col.xlsx": "a cell in row 1,048,576",
    "sparse_XFD2000.xlsx": "a cell in column 16,384",
    "billion_laughs_sst.xlsx": "declares entities",
    "xxe_sst.xlsx": "declares entities",
    "zip_slip.xlsx": "points outside the archive",
}


@pytest.fixture(scope="module")
def bombs(shared, tmp_path_factory):
    maker = shared / "corpora" / "xlsx-bombs" / "mkbomb.py"
    if not maker.exists():
        pytest.skip("third-party file ../shared/corpora/xlsx-bombs/mkbomb.py is not present")
    folder = tmp_path_factory.mktemp("bombs")
    runpy.run_path(str(maker))["main"](folder)
    return folder


@pytest.mark.parametrize("name, says", BOMBS.items())
def test_bombs(name, says, bombs, survives):
    refused = survives(bombs / name)
    assert refused is not None
    assert says in refused.message
    assert not (bombs.parent.parent / "evil.txt").exists()


def test_a_ratio_under_the_size_limit(read):
    content = workbook_with({"xl/worksheets/sheet9.xml": b"<x>" + b" " * 20_000_000 + b"</x>"})
    with pytest.raises(DeliveryRefused, match="over 100 times as much"):
        read(content, format="xlsx")


def workbook_with(parts: dict[str, bytes], cells: str = "", after: str = "") -> bytes:
    """A valid workbook, some of its parts replaced or added; ``cells`` replaces the sheet's rows, ``after`` follows."""
    book, out, result = Workbook(), io.BytesIO(), io.BytesIO()
    book.active.append(["a"])
    book.active.append([1])
    book.save(out)
    with zipfile.ZipFile(out) as source, zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            content = parts.get(name, source.read(name))
            if cells and name == "xl/worksheets/sheet1.xml":
                head, _, rest = content.partition(b"<sheetData>")
                content = (
                    head
                    + b"<sheetData>"
                    + cells.encode()
                    + f"</sheetData>{after}".encode()
                    + rest.partition(b"</sheetData>")[2]
                )
            target.writestr(name, content)
        for name in parts.keys() - set(source.namelist()):
            target.writestr(name, parts[name])
    return result.getvalue()


ROWS = '<row r="1"><c r="A1" t="inlineStr"><is><t>a</t></is></c></row>'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_entities_in_any_encoding(read, encoding):
    bomb = f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE x [<!ENTITY a "b">]><sst>&a;</sst>'
    with pytest.raises(DeliveryRefused, match="declares entities"):
        read(workbook_with({"xl/sharedStrings.xml": bomb.encode(encoding)}), format="xlsx")


def test_a_far_cell_without_content_is_harmless(read):
    cells = ROWS + '<row r="2"><c r="A2"><v>5</v></c></row><row r="900000"><c r="XFD900000" s="1"/></row>'
    got = read(workbook_with({}, cells), format="xlsx")
    assert got.records("__row", "a") == [(2, "5")]


def test_rows_out_of_order_and_without_numbers(read):
    cells = ROWS + '<row><c t="inlineStr"><is><t>x</t></is></c></row><row><c><v>2</v></c></row>'
    assert read(workbook_with({}, cells), format="xlsx").records("__row", "a") == [(2, "x"), (3, "2")]


@pytest.mark.parametrize(
    "cells", ['<row r="1"><c r="A0"><v>1</v></c></row>', '<row r="x"/>', '<row r="1"><c r="1A"/></row>']
)
def test_impossible_references(read, cells):
    with pytest.raises(DeliveryRefused) as refused:
        read(workbook_with({}, cells), format="xlsx")
    assert "damaged" in refused.value.message


def test_a_merged_area_over_the_whole_sheet(read):
    cells = ROWS + '<row r="2"><c r="A2"><v>5</v></c></row>'
    merged = '<mergeCells count="1"><mergeCell ref="A1:XFD1048576"/></mergeCells>'
    start = time.monotonic()
    got = read(workbook_with({}, cells, merged), format="xlsx")
    assert time.monotonic() - start < SECONDS
    assert got.records_read <= 1


@pytest.mark.parametrize(
    "content, says",
    [
        (b"a;b\n1;2\n", "not a workbook"),
        (b"<html><table></table></html>", "not a workbook"),
        (b"", "not a workbook"),
        (b"PK\x03\x04 and then nothing", "damaged"),
        (workbook_with({})[:2_000], "damaged"),
        (workbook_with({"xl/workbook.xml": b"<workbook"}), "damaged"),
        (workbook_with({"xl/worksheets/sheet1.xml": b"<worksheet><sheetData><row></worksheet>"}), "damaged"),
    ],
)
def test_what_is_no_workbook(read, content, says):
    with pytest.raises(DeliveryRefused, match=says):
        read(content, format="xlsx", name="report.xlsx")


def test_a_zip_without_workbook(read):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("readme.txt", "hello")
    with pytest.raises(DeliveryRefused, match="holds no workbook"):
        read(out.getvalue(), format="xlsx")


def test_the_program_goes_on_after_the_child_died(read):
    with pytest.raises(DeliveryRefused):
        read(workbook_with({}), format="xlsx", limits=Limits(child_output_bytes=1))
    assert read(workbook_with({}), format="xlsx").records_read == 1
