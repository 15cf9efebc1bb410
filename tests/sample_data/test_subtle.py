"""The faults that only generated workspaces have: each changes the percentages of one queue, and nothing else."""

from __future__ import annotations

import polars as pl
import pytest

from sample_data.generator.faults import FAULTS
from sample_data.generator.faults.subtle import SUBTLE, _percent

REPORT = pl.DataFrame(
    {
        "file": ["ATN_SUIVI", "ATN_CHAT", "ATN_SUIVI"],
        "présentés": ["120", "20", "0"],
        "QS 120s": ["83,4 %", "91,3 %", ""],
    }
)


def test_the_committed_files_do_not_have_them() -> None:
    assert not {fault.id for fault in SUBTLE} & {fault.id for fault in FAULTS}
    assert {fault.kind for fault in SUBTLE} == {"rounded_figures", "too_smooth"}


@pytest.mark.parametrize(
    "queue, to, printed",
    [
        ("ATN_SUIVI", pl.col("x").round(0), ["83,0 %", "91,3 %", ""]),
        ("ATN_CHAT", 88.0 + (pl.col("place") % 5) / 10, ["83,4 %", "88,1 %", ""]),
    ],
)
def test_only_the_percentages_of_one_queue_change(queue: str, to: pl.Expr, printed: list[str]) -> None:
    changed = _percent(queue, to)(REPORT)
    assert changed["QS 120s"].to_list() == printed
    assert changed.drop("QS 120s").equals(REPORT.drop("QS 120s"))
