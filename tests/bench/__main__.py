"""Speed and memory, each beside a bare baseline of the same run: ``make bench`` (``make bench LARGE=1``: 50 million).
``python -m tests.bench --kept FOLDER`` reads only: the pages and queries of a workspace that is loaded already.

Printed: seconds and rows per second of ``run`` end to end as a ratio to DuckDB's bare typed ``read_csv`` of the same
file into a table, in wall time and in processor seconds, which a busy machine changes less; peak memory; what one more
day costs in a small and in a large warehouse; the weekly review's data and page; the quarterly pack. Compare
within one printing only: machines differ, and so do hours.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import duckdb

from pipelines.warehouse import Reader
from pipelines.warehouse.publish import read_pointer, version_file
from pipelines.workspace import CannotProceed
from tests.bench.made import COLUMNS, day_after, write_export, write_workspace

ROOT = Path(__file__).resolve().parents[2]
DAY_CONTACTS = 20_000

BARE = """
import json, sys, duckdb
path, columns, target = sys.argv[1], json.loads(sys.argv[2]), sys.argv[3]
con = duckdb.connect(target)
con.execute("CREATE TABLE t AS SELECT * FROM read_csv(?, header=true, delim=',', quote='\\"', escape='\\"', columns=?,"
            " auto_detect=false, timestampformat='%Y-%m-%d %H:%M:%S')", [path, columns])
con.execute("CHECKPOINT")
"""
LIBRARIES = "import duckdb, polars, pyarrow, pydantic, holidays, scipy.special, scipy.optimize, pptx"
REVIEW = """
import sys, time
from pathlib import Path
from pipelines.answers.scorecard import review_week
from pipelines.warehouse import Reader
from pipelines.workspace import load_workspace
workspace = load_workspace(Path(sys.argv[1]))
with Reader.open(workspace.state) as reader:
    review_week(workspace, reader)
    times, worked = [], []
    for _ in range(5):
        begin, began = time.perf_counter(), time.process_time()
        review_week(workspace, reader)
        times.append(time.perf_counter() - begin)
        worked.append(time.process_time() - began)
    bare = time.perf_counter()
    reader.frame("week_range")
    print(sorted(times)[2], sorted(worked)[2], time.perf_counter() - bare)
"""
BREACHES = """
import sys, time
from datetime import timedelta
from pathlib import Path
from pipelines.answers.breaches import Asked, breaches, cause_split, service_cells
from pipelines.answers.scorecard import last_complete_week
from pipelines.warehouse import Reader
from pipelines.workspace import load_workspace
workspace = load_workspace(Path(sys.argv[1]))

def median(ask):
    times = []
    for _ in range(6):
        begin = time.perf_counter()
        ask()
        times.append(time.perf_counter() - begin)
    return sorted(times[1:])[2]

with Reader.open(workspace.state) as reader:
    monday = last_complete_week(reader)
    days = (monday, monday + timedelta(days=6))
    before = {"first_day": monday - timedelta(days=91), "last_day": days[1], "vendor": None, "queue": None}
    for ask in (
        lambda: reader.frame("breach_intervals", **before),
        lambda: service_cells(workspace, reader, Asked(*days)),
        lambda: cause_split(workspace, reader, Asked(*days)),
        lambda: breaches(workspace, reader, Asked(*days)),
    ):
        print(median(ask))
"""
ATTRIBUTIONS = """
import time
import numpy as np
from pipelines.measures.causes import attributed
from tests.bench.queues import week_of_queues
rows, rules, inputs = week_of_queues(operations=5, queues=8)
times = []
for _ in range(5):
    begin = time.perf_counter(), time.process_time()
    parts = attributed(rows, rules, inputs)
    times.append((time.perf_counter() - begin[0], time.process_time() - begin[1]))
print(*(sorted(one)[2] for one in zip(*times)), parts.height, parts["volume"].is_not_null().sum())
"""
CLICKS = """
import sys, time
from datetime import timedelta
from pathlib import Path
from streamlit.testing.v1 import AppTest
from pipelines.answers.contacts import Cell, account, contacts
from pipelines.answers.scorecard import last_complete_week
from pipelines.warehouse import Reader
from pipelines.workspace import load_workspace

def timed(ask):
    begin = time.perf_counter(), time.process_time()
    ask()
    return time.perf_counter() - begin[0], time.process_time() - begin[1]

def median(times):
    return [sorted(one)[len(one) // 2] for one in zip(*times)]

app = AppTest.from_file(sys.argv[1], default_timeout=120)
app.run()
app.switch_page("pages_/breaches.py")
first = timed(app.run)
reruns = [timed(app.run) for _ in range(5)]
clicks = []
for place in range(1, 6):
    app.selectbox(key="day_list").select_index(place)
    clicks.append(timed(app.run))
    assert app.dataframe[-1].value.shape[0] > 0
workspace = load_workspace(Path(sys.argv[2]))
vendor = next(iter(workspace.vendors))
bare, counted = [], []
with Reader.open(workspace.state) as reader:
    monday = last_complete_week(reader)
    for place in range(5):
        cell = Cell(vendor, monday + timedelta(days=place), monday + timedelta(days=place))
        bare.append(timed(lambda: contacts(workspace, reader, cell, most=500)))
        counted.append(timed(lambda: account(reader, cell)))
print(*first, *(one for times in (reruns, clicks, bare, counted) for one in median(times)))
"""
PAGE = """
import sys, time
from streamlit.testing.v1 import AppTest
app = AppTest.from_file(sys.argv[1], default_timeout=120)
begin = time.perf_counter()
app.run()
first = time.perf_counter() - begin
times, worked = [], []
for _ in range(5):
    begin, began = time.perf_counter(), time.process_time()
    app.run()
    times.append(time.perf_counter() - begin)
    worked.append(time.process_time() - began)
print(first, sorted(times)[2], sorted(worked)[2])
"""


@dataclass(frozen=True, slots=True)
class Ran:
    """One finished process: wall seconds, processor seconds of all its threads, peak memory in MB, what it printed."""

    seconds: float
    cpu_seconds: float
    peak_mb: float
    printed: str


def run_process(*command: str, env: dict[str, str] | None = None) -> Ran:
    """Run a command to its end and read the system's own account of it."""
    with tempfile.TemporaryFile("w+") as out:
        begin = time.perf_counter()
        process = subprocess.Popen(command, cwd=ROOT, stdout=out, env={**os.environ, **(env or {})})
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begin
        out.seek(0)
        if status:
            raise SystemExit(f"{' '.join(command[:4])} failed")
        return Ran(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, out.read())


def take_in(folder: Path) -> Ran:
    """``python -m pipelines run`` on the workspace, as a user starts it."""
    return run_process(sys.executable, "-m", "pipelines", "run", "--workspace", str(folder), "--json")


def whole_load(folder: Path, contacts: int) -> None:
    """Print what the first load of a file costs, beside the bare read of the same file."""
    write_workspace(folder)
    export = folder / "inbox" / "acme" / "whole.csv"
    write_export(export, contacts)
    bare = run_process(sys.executable, "-c", BARE, str(export), json.dumps(COLUMNS), str(folder / "bare.duckdb"))
    (folder / "bare.duckdb").unlink()
    ran = take_in(folder)
    stages = {stage["stage"]: stage["seconds"] for stage in json.loads(ran.printed)["stages"]}
    print(
        f"| {contacts:>11,} | {export.stat().st_size / 1e6:>7,.0f} | {bare.seconds:>6.1f} | {ran.seconds:>6.1f} |"
        f" {ran.seconds / bare.seconds:>5.2f} | {bare.cpu_seconds:>6.1f} | {ran.cpu_seconds:>6.1f} |"
        f" {ran.cpu_seconds / bare.cpu_seconds:>5.2f} | {contacts / ran.seconds:>9,.0f} | {bare.peak_mb:>6,.0f} |"
        f" {ran.peak_mb:>6,.0f} | {', '.join(f'{name} {seconds:.1f}' for name, seconds in stages.items())};"
        f" {checking(ran)} |",
        flush=True,
    )


def checking(ran: Ran) -> str:
    """What checking cost beside loading and marts, in processor seconds: the aim is a quarter of the load at most."""
    took = {stage["stage"]: stage["cpu_seconds"] for stage in json.loads(ran.printed)["stages"]}
    return f"checks {took['checks']:.1f} CPU s beside load {took['load']:.1f} and marts {took['marts']:.1f}"


def one_more_day(folder: Path, contacts: int) -> Ran:
    """Add a day of 20,000 contacts to the loaded warehouse."""
    export = folder / "inbox" / "acme" / "day.csv"
    write_export(export, DAY_CONTACTS, first=day_after(), days=1, start=contacts)
    return take_in(folder)


def clicks(folder: Path, size: int) -> None:
    """Print what a redraw of the page of breaches costs, and a click that brings the contacts of another day; in wall
    time and, in brackets, in processor time, which a busy machine changes less."""
    app = str(ROOT / "dashboard" / "app.py")
    ran = run_process(sys.executable, "-c", CLICKS, app, str(folder), env={"SIGHTLINE_WORKSPACE": str(folder)})
    told = [1000 * float(one) for one in ran.printed.split()[-10:]]
    first, rerun, click, rows, account = (
        f"{wall:.0f} ({cpu:.0f}) ms" for wall, cpu in zip(told[::2], told[1::2], strict=True)
    )
    print(
        f"{size:,} contacts: page of breaches first {first}, rerun {rerun}; a click to the rows of a day {click},"
        f" of which its bare queries: rows {rows}, their account {account}"
    )


def pack(workspace: Path, vendor: str, target: Path) -> None:
    """Print what the command ``qbr`` costs, beside the bare import of the libraries that it needs."""
    bare = run_process(sys.executable, "-c", LIBRARIES)
    asked = ("qbr", "--workspace", str(workspace), "--vendor", vendor, "--out", str(target))
    ran = run_process(sys.executable, "-m", "pipelines", *asked)
    print(
        f"Quarterly pack of {vendor} ({workspace.name}) as slides: {ran.seconds:.1f} s, {ran.cpu_seconds:.1f} CPU s,"
        f" {ran.peak_mb:,.0f} MB; {ran.cpu_seconds / bare.cpu_seconds:.1f} times the import of its libraries"
        f" ({bare.cpu_seconds:.1f} CPU s)",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--large", action="store_true", help="50 million contacts as well")
    parser.add_argument("--sizes", help="other sizes, separated by commas")
    parser.add_argument("--kept", type=Path, help="only read: the pages and queries of a workspace that is loaded")
    chosen = parser.parse_args()
    if chosen.kept:
        size = kept_size(chosen.kept)
        reading(chosen.kept, size)
        attributions()
        return
    sizes = [1_000_000, 10_000_000] + ([50_000_000] if chosen.large else [])
    if chosen.sizes:
        sizes = [int(size) for size in chosen.sizes.split(",")]
    with tempfile.TemporaryDirectory(prefix="sightline-bench-") as space:
        print(
            "| contacts | file MB | bare read s | run s | ratio | bare CPU s | run CPU s | CPU ratio | rows/s"
            " | bare peak MB | peak MB | stages s |"
        )
        print("|---|---|---|---|---|---|---|---|---|---|---|---|")
        folders = {size: Path(space) / str(size) for size in sizes}
        for size, folder in folders.items():
            whole_load(folder, size)
        days = {size: one_more_day(folder, size) for size, folder in folders.items()}
        first = days[sizes[0]]
        for size, ran in days.items():
            print(
                f"One more day ({DAY_CONTACTS:,} contacts) into {size:,}: {ran.seconds:.1f} s, ratio"
                f" {ran.seconds / first.seconds:.2f}; {ran.cpu_seconds:.1f} CPU s, ratio"
                f" {ran.cpu_seconds / first.cpu_seconds:.2f}; {checking(ran)}",
                flush=True,
            )
        for size, folder in folders.items():
            reading(folder, size)
        pack(folders[sizes[0]], "acme", Path(space) / "pack.pptx")
        try:
            Reader.open(ROOT / "sample_data" / "state").close()
        except CannotProceed as why:
            print(f"No pack of the example: {why}")
        else:
            pack(ROOT / "sample_data", "casablanca", Path(space) / "pack.pptx")
        attributions()


def kept_size(folder: Path) -> int:
    """Contacts of the version that a workspace serves."""
    pointer = read_pointer(folder / "state")
    if pointer is None:
        raise SystemExit(f"nothing is loaded in {folder}")
    with duckdb.connect(str(version_file(folder / "state", pointer.version)), read_only=True) as con:
        return int(con.execute("SELECT count(*) FROM contacts").fetchone()[0])  # type: ignore[index]


def reading(folder: Path, size: int) -> None:
    """Print what the pages and their queries take."""
    told = run_process(sys.executable, "-c", REVIEW, str(folder)).printed.split()
    review, worked, bare = (1000 * float(one) for one in told)
    page = run_process(
        sys.executable, "-c", PAGE, str(ROOT / "dashboard" / "app.py"), env={"SIGHTLINE_WORKSPACE": str(folder)}
    )
    opened, again, drawn = map(float, page.printed.split()[-3:])
    print(
        f"{size:,} contacts: weekly review data {review:.0f} ms ({worked:.0f} of processor; smallest query"
        f" {bare:.0f} ms), page first {opened:.2f} s, rerun {again * 1000:.0f} ms ({drawn * 1000:.0f} of processor)",
        flush=True,
    )
    told = run_process(sys.executable, "-c", BREACHES, str(folder)).printed.split()
    query, cells, causes, missed = (1000 * float(one) for one in told)
    print(
        f"{size:,} contacts: a week's breaches by half-hour {cells:.0f} ms (its bare query {query:.0f} ms),"
        f" their causes {causes:.0f} ms, both {missed:.0f} ms"
    )
    clicks(folder, size)


def attributions() -> None:
    """Print what a week of causes takes."""
    told = run_process(sys.executable, "-c", ATTRIBUTIONS).printed.split()
    wall, cpu = (float(one) for one in told[:2])
    print(
        f"A week of attributions for 5 operations x 8 queues ({told[2]} half-hours, {told[3]} told):"
        f" {wall:.2f} s ({cpu:.2f} s of processor time)"
    )


if __name__ == "__main__":
    main()
