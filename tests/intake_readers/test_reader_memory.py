"""Memory doesn't grow with a text file, and the checks cost little."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

READ = """
import resource, sys
from pathlib import Path
from pipelines.intake.readers import Limits, open_source
from pipelines.workspace.feeds import Source
path, encoding = Path(sys.argv[1]), sys.argv[2]
source = Source(format="csv", files=["*"], encoding=encoding)
rows = 0
with open_source(path, source, ["id", "text"], Limits(block_bytes=2_000_000, batch_rows=10_000)) as table:
    for frame in table.batches:
        rows += frame.height
print(rows, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def peak(path: Path, root: Path, encoding: str) -> tuple[int, int]:
    """Records read by a process of its own, and its peak memory in kB."""
    command = [sys.executable, "-c", READ, str(path), encoding]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    rows, memory = done.stdout.split()
    return int(rows), int(memory)


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
@pytest.mark.parametrize("ragged", [False, True])
def test_memory_is_flat(tmp_path, root, encoding, ragged):
    line = 'é{:07d},"some text, quoted",2026-02-09 07:57:14,{:07d}\n'
    figures = {}
    for count in (50_000, 400_000):
        path = tmp_path / f"{count}.csv"
        with path.open("w", encoding=encoding) as file:
            file.write("id,text,when,n\n")
            for number in range(count):
                file.write("broken\n" if ragged and number % 1_000 == 0 else line.format(number, number))
        figures[count] = peak(path, root, encoding)
    assert {count: rows for count, (rows, _) in figures.items()} == {count: count for count in figures}
    growth = figures[400_000][1] - figures[50_000][1]
    assert growth < 40_000, f"peak memory grew by {growth / 1_000:.0f} MB over a file of 20 MB"
