"""The example workspace against its answer key: every planted fault is found, and hardly anything else.

Prints recall and precision per kind. ``SIGHTLINE_SEEDS="7 8"`` adds generated workspaces of other seeds.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections import Counter

import polars as pl
import pytest
import yaml

from pipelines.answers.reconcile import reconciled
from pipelines.measures.reconcile import CAUSES
from pipelines.run import RunReport, run
from pipelines.trust.findings import KINDS
from pipelines.warehouse import Reader
from pipelines.workspace import Workspace, load_workspace

#: Kinds that other parts of the program find: invoices, service.
ELSEWHERE = {
    "invoice_differs", "clause_missed", "interval_breach", "unusual_change",
}  # fmt: skip
#: Findings that no fault was planted for and that follow from one: (kind, id of the fault).
FOLLOWS = {("impossible_figure", "restated-casablanca-report")}

pytestmark = pytest.mark.slow


@pytest.fixture(scope="session", params=["committed", *os.environ.get("SIGHTLINE_SEEDS", "").split()])
def checked(request, tmp_path_factory, root) -> tuple[Workspace, RunReport]:
    """An example workspace taken in from nothing, once for all tests of this module."""
    target = tmp_path_factory.mktemp("atelier_nord") / "workspace"
    if request.param == "committed":
        shutil.copytree(root / "sample_data", target, ignore=shutil.ignore_patterns("state", "secrets", "generator"))
    else:
        command = [sys.executable, "-m", "sample_data.generator", "--seed", request.param, "--out", str(target)]
        subprocess.run(command, check=True, cwd=root)
    workspace = load_workspace(target)
    return workspace, run(workspace)


@pytest.fixture(scope="session")
def key(checked) -> list[dict]:
    return yaml.safe_load((checked[0].root / "faults.yaml").read_text())


@pytest.fixture(scope="session")
def found(checked) -> list[dict]:
    with Reader.open(checked[0].state) as reader:
        return reader.frame("findings").filter(pl.col("closed_at").is_null()).to_dicts()


def matches(fault: dict, finding: dict) -> bool:
    """The right kind, vendor, feed and queue, in a period that overlaps the planted one."""
    same = all(finding[name] == fault[name] for name in ("kind", "vendor", "feed"))
    overlaps = finding["period_start"] <= fault["period_end"] and finding["period_end"] >= fault["period_start"]
    return same and overlaps and fault.get("queue") in (None, finding["queue"])


def explains(fault: dict, finding: dict) -> bool:
    follows = (finding["kind"], fault["id"]) in FOLLOWS and finding["vendor"] == fault["vendor"]
    return matches(fault, finding) or (
        follows and finding["period_start"] <= fault["period_end"] and finding["period_end"] >= fault["period_start"]
    )


def test_every_planted_fault_is_found(key, found, capsys):
    planted = [fault for fault in key if fault["kind"] not in ELSEWHERE and "follows" not in fault]
    missed = [fault["id"] for fault in planted if not any(matches(fault, finding) for finding in found)]
    wanted = Counter(fault["kind"] for fault in planted)
    hit = Counter(fault["kind"] for fault in planted if fault["id"] not in missed)
    right = Counter(one["kind"] for one in found if any(explains(fault, one) for fault in key))
    every = Counter(one["kind"] for one in found)
    with capsys.disabled():
        print(f"\n{'kind':<22} {'planted':>8} {'found':>6} {'recall':>7} {'findings':>9} {'precision':>10}")
        for kind in KINDS:
            if kind in wanted or kind in every:
                recall = f"{hit[kind] / wanted[kind]:.0%}" if wanted[kind] else "-"
                precision = f"{right[kind] / every[kind]:.0%}" if every[kind] else "-"
                print(f"{kind:<22} {wanted[kind]:>8} {hit[kind]:>6} {recall:>7} {every[kind]:>9} {precision:>10}")
    assert missed == []


def test_at_most_one_finding_in_twenty_has_no_cause(key, found):
    mine = [one for one in found if one["kind"] not in ELSEWHERE]
    bare = [one for one in mine if not any(explains(fault, one) for fault in key)]
    assert len(bare) <= len(mine) / 20, [f"{one['kind']} {one['vendor']} {one['sentence']}" for one in bare]


def test_a_gap_is_dated_to_the_half_hour_and_told_once(found):
    lost = [one for one in found if one["kind"] == "missing_interval" and one["vendor"] == "lille"]
    assert [(one["queue"], str(one["period_start"])) for one in lost] == [(None, "2026-06-17")]
    assert "13:00 to 17:00" in lost[0]["sentence"]


def test_the_change_of_pattern_is_dated(found):
    for kind in ("threshold_heaping", "queue_jumping"):
        (one,) = [finding for finding in found if finding["kind"] == kind]
        assert (one["vendor"], one["queue"]) == ("tana", "suivi_fr")
        assert abs(one["period_start"].toordinal() - 739621) <= 28  # 5 January 2026, give or take four weeks


def test_no_check_is_an_error_and_checking_is_cheap(checked, capsys):
    workspace, report = checked
    with Reader.open(workspace.state) as reader:
        results = reader.frame("check_results")
    assert report.checks["error"] == 0, results.filter(pl.col("result") == "error")["message"].to_list()
    assert report.checks["pass"] > 25
    load, checks = report.stages["load"].seconds, report.stages["checks"].seconds
    with capsys.disabled():
        print(f"\nload {load:.1f} s, checks {checks:.1f} s: {checks / load:.0%}")
    assert checks < load / 4


def test_a_second_run_finds_the_same_and_publishes_nothing(checked, found):
    workspace, _ = checked
    again = run(workspace)
    assert again.version is None
    with Reader.open(workspace.state) as reader:
        after = reader.frame("findings").filter(pl.col("closed_at").is_null())
    assert set(after["finding_id"]) == {one["finding_id"] for one in found}


def test_the_dropped_short_abandons_are_dated_and_named(found):
    (one,) = [finding for finding in found if finding["kind"] == "definition_changed"]
    assert (one["vendor"], one["metric"]) == ("casablanca", "service_level")
    assert (one["expected"], one["observed"]) == (
        "service_level.abandon_negative/<=30s",
        "service_level.short_excluded/<=30s/short10s",
    )
    assert abs(one["period_start"].toordinal() - 739740) <= 1  # 4 May 2026


def test_honest_reports_agree_but_where_a_fault_was_planted(checked, key):
    workspace, _ = checked
    with Reader.open(workspace.state) as reader:
        ledger = reconciled(workspace, reader).ledger
    planted = [fault for fault in key if fault["kind"] == "reported_differs"]
    differs = ledger.filter(pl.col("verdict") == "differs")
    innocent = [
        (row["vendor"], row["queue"], row["metric"], row["period_start"])
        for row in differs.to_dicts()
        if not any(
            fault["vendor"] == row["vendor"]
            and fault["period_start"] <= row["period_end"]
            and fault["period_end"] >= row["period_start"]
            for fault in planted
        )
    ]
    assert innocent == []
    assert (ledger["verdict"] == "agrees").mean() > 0.95
    split = ledger.drop_nulls("difference")
    assert (split.select(pl.sum_horizontal(*CAUSES)).to_series() == split["difference"]).all()
