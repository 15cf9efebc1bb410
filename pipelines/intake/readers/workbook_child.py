"""The processes in which workbooks are parsed: a hostile or broken one can end its process, never the program.

    python -m pipelines.intake.readers.workbook_child < socket

The process that is started so loads the libraries and opens nothing. For each request (a JSON line, with the file to
write to as a descriptor) it forks a child, sets the child's limits, and answers with the child's exit status.

A child writes one JSON value per line: ``{"sheet": name}`` before a sheet's rows, ``[number, [texts], "kinds"]`` per
filled row, ``{"done": true}`` at the end, or ``{"refused": [kind, message]}``.
"""

from __future__ import annotations

import contextlib
import gc
import gzip
import io
import json
import os
import re
import resource
import socket
import sys
import zipfile
from typing import IO, Any, NoReturn

from pipelines.intake.errors import DeliveryRefused
from pipelines.intake.readers.limits import Limits
from pipelines.intake.readers.packed import COMPOUND, GZIP, WORKBOOK_PARTS, ZIP, check_archive, open_zip
from pipelines.intake.readers.workbook_rows import SheetRequest, check_package

# Both libraries use NumPy if they find it, to recognise its number types; it would take half the memory allowed here.
sys.modules["numpy"] = None  # type: ignore[assignment]

_LOCKED = "EncryptedPackage".encode("utf-16-le")


def serve(requests: socket.socket) -> None:
    """Have each request's workbook read by a child, until the other side is gone."""
    import pipelines.intake.readers.workbook_excel  # noqa: F401 - loaded once, for all children

    gc.freeze()  # a child's garbage collection need not touch what it shares with the others
    while received := _received(requests):
        request, target = received
        child = os.fork()
        if not child:
            _parse(request, target)
        os.close(target)
        _, status = os.waitpid(child, 0)
        requests.sendall(b"%d\n" % os.waitstatus_to_exitcode(status))


def _received(requests: socket.socket) -> tuple[dict[str, Any], int] | None:
    """The next request and the descriptor to write to; None at the end."""
    message, descriptors, _, _ = socket.recv_fds(requests, 1 << 16, 1)
    while message and not message.endswith(b"\n"):
        message += requests.recv(1 << 16)
    return (json.loads(message), descriptors[0]) if message else None


def _parse(request: dict[str, Any], target: int) -> NoReturn:
    """What a child does; it never comes back to what its parent was doing."""
    status = 1
    try:
        os.close(0)
        with os.fdopen(target, "w", encoding="utf-8") as output:
            main(request, output)
        status = 0
    finally:
        os._exit(status)


def main(request: dict[str, Any], output: IO[str]) -> None:
    """Reads as ``request`` says and writes rows; whatever goes wrong is written as a refusal."""
    limits = Limits(**request["limits"])
    _limit_process(limits)
    name = request["name"]
    try:
        _read(request, limits, output)
        _write(output, {"done": True})
    except DeliveryRefused as refused:
        _write(output, {"refused": [refused.kind, refused.message]})
    except MemoryError:
        needed = f"{limits.child_memory_bytes // 1_000_000:,} MB"
        message = f"{name}: reading the workbook takes more than {needed} of memory. Have it split, or sent as CSV."
        _write(output, {"refused": ["unreadable_file", message]})
    # A damaged workbook raises anything at all inside the libraries; this process does nothing but parse it.
    except Exception as error:
        what = f"{type(error).__name__}: {str(error)[:200]}"
        message = f"{name}: the workbook is damaged ({what}). Have it saved and sent again."
        _write(output, {"refused": ["unreadable_file", message]})


def _limit_process(limits: Limits) -> None:
    wanted = {
        resource.RLIMIT_AS: limits.child_memory_bytes,
        resource.RLIMIT_CPU: limits.child_seconds,
        resource.RLIMIT_FSIZE: limits.child_output_bytes,
        resource.RLIMIT_CORE: 0,
    }
    for what, value in wanted.items():
        # Some systems (macOS) refuse a limit on memory; the limits on time and on what is unpacked still hold there.
        with contextlib.suppress(ValueError, OSError):
            # At the same second the hard limit on time would go first, and its signal says nothing of the reason.
            resource.setrlimit(what, (value, value + (what == resource.RLIMIT_CPU)))


def _read(request: dict[str, Any], limits: Limits, output: IO[str]) -> None:
    name = request["name"]
    with open(request["path"], "rb") as raw:
        file = _unwrapped(raw, name, request["member"], limits)
        with open_zip(file, name) as archive:
            check_archive(archive, name, limits)
            check_package(archive, name, _size(file), limits)
            members = set(archive.namelist())
        file.seek(0)
        sheets = SheetRequest(name, request["sheet"], request["fill_merged"])
        for sheet, rows in _reader(members, name)(file, sheets, limits):
            _write(output, {"sheet": sheet})
            for row in rows:
                if any(cell is not None for cell in row.cells):
                    _write(output, [row.number, row.cells, row.kinds])


def _reader(members: set[str], name: str) -> Any:
    if "content.xml" in members:
        from pipelines.intake.readers.workbook_ods import read_ods

        return read_ods
    if "[Content_Types].xml" in members:
        from pipelines.intake.readers.workbook_excel import read_excel

        return read_excel
    raise DeliveryRefused("wrong_content", f"{name}: the archive holds no workbook (neither XLSX nor ODS).")


def _unwrapped(raw: IO[bytes], name: str, member: str | None, limits: Limits) -> IO[bytes]:
    """The workbook itself, taken out of a gzip or a zip around it."""
    head = raw.read(8)
    raw.seek(0)
    if head.startswith(GZIP):
        return _held(gzip.GzipFile(fileobj=raw), name, limits)
    if not head.startswith(ZIP):
        raise _old_document(raw, name) if head.startswith(COMPOUND) else not_a_workbook(head, name)
    archive = open_zip(raw, name)
    inside = [e for e in check_archive(archive, name, limits) if re.search(member or r"\.(xlsx|xlsm|ods)$", e.filename)]
    names = set(archive.namelist())
    if names & WORKBOOK_PARTS or len(inside) != 1:
        raw.seek(0)
        return raw
    return _held(archive.open(inside[0]), f"{name} > {inside[0].filename}", limits)


def _held(packed: Any, name: str, limits: Limits) -> IO[bytes]:
    try:
        content = packed.read(limits.workbook_bytes + 1)
    except (EOFError, OSError, zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
        raise DeliveryRefused(
            "unreadable_file", f"{name}: cannot be unpacked ({error}). Have it sent again."
        ) from error
    if len(content) > limits.workbook_bytes:
        raise DeliveryRefused("unreadable_file", f"{name}: unpacks to more than {limits.workbook_bytes:,} bytes.")
    return io.BytesIO(content)


def _old_document(raw: IO[bytes], name: str) -> DeliveryRefused:
    """Says what a compound document is: a workbook locked with a password, or one in the old format.

    Its parts are named in UTF-16; a locked workbook of today is kept in one of its own.
    """
    raw.seek(0)
    before = b""
    while piece := raw.read(1 << 20):
        if _LOCKED in before + piece:
            message = f"{name}: the workbook is locked with a password. Have it sent without one."
            return DeliveryRefused("unreadable_file", message)
        before = piece[-len(_LOCKED) :]
    message = f"{name}: a workbook in the old .xls format is not read. Have it saved as .xlsx."
    return DeliveryRefused("unreadable_file", message)


def not_a_workbook(head: bytes, name: str) -> DeliveryRefused:
    """Says what a file is that should have been a workbook."""
    return DeliveryRefused(
        "wrong_content",
        f"{name}: not a workbook: an XLSX or ODS file begins with “PK”, this one with “{head.decode('latin-1')!r}”. "
        "Some systems name a CSV or HTML export .xls: set `format` to what it really is.",
    )


def _size(file: IO[bytes]) -> int:
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    return size


def _write(output: IO[str], value: Any) -> None:
    output.write(json.dumps(value, ensure_ascii=True))
    output.write("\n")


if __name__ == "__main__":
    serve(socket.socket(fileno=0))
