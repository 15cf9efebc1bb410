"""What was planted in the example workspace comes out first, with its side; who games the queue is found, nobody else.

``SIGHTLINE_SEEDS="3 5"`` asks the same of generated workspaces of other seeds; ``SIGHTLINE_SEED_FOLDER`` names a folder
of such workspaces that are loaded already, each called as its seed.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from pipelines.answers.breaches import Asked, breaches, cause_split
from pipelines.answers.service_order import order_of_service
from pipelines.measures.causes import PARTS
from pipelines.run import run
from pipelines.warehouse import Reader
from pipelines.workspace import Workspace, load_workspace

#: More contacts at casablanca than the client had forecast; fewer agents there than it had committed.
OVERRUN = (date(2026, 6, 8), date(2026, 6, 14))
UNDERSTAFFED = (date(2026, 9, 7), date(2026, 9, 13))
#: Longer advice calls after a product launch, whoever takes them.
LAUNCH = (date(2026, 9, 21), date(2026, 10, 18))
#: Callers who are still within the threshold are served first, from January on.
GAMED = ("tana", "suivi_fr")
#: Parts that are somebody's; the model's misfit is nobody's.
TOLD = [part for part in PARTS if part != "misfit"]


@pytest.fixture(scope="module", params=["example", *os.environ.get("SIGHTLINE_SEEDS", "").split()])
def held(request: pytest.FixtureRequest, root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator:
    folder = _loaded(request, root, tmp_path_factory)
    workspace = load_workspace(folder)
    with Reader.open(workspace.state) as reader:
        yield workspace, reader


def _loaded(request: pytest.FixtureRequest, root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    if request.param == "example":
        return request.getfixturevalue("example")
    kept = os.environ.get("SIGHTLINE_SEED_FOLDER")
    if kept and (Path(kept) / request.param / "state" / "CURRENT").is_file():
        return Path(kept) / request.param
    target = tmp_path_factory.mktemp("planted") / request.param
    command = [sys.executable, "-m", "sample_data.generator", "--subtle", "--seed", request.param, "--out", target]
    subprocess.run(command, check=True, cwd=root)
    run(load_workspace(target))
    return target


def _week(held: tuple[Workspace, Reader], days: tuple[date, date], queue: str) -> dict:
    (row,) = cause_split(*held, Asked(*days, "casablanca", queue, "week")).to_dicts()
    return row


def _first(row: dict) -> str:
    """The part that took most points away."""
    known = {part: row[part] for part in TOLD if row[part] is not None}
    return min(known, key=known.__getitem__)


def test_the_overrun_comes_out_first_and_is_the_clients(held):
    for queue in ("commande_fr", "retour_fr"):
        row = _week(held, OVERRUN, queue)
        assert (row["cause"], row["side"]) == ("volume", "client")
        assert _first(row) == "volume"
    week = breaches(*held, Asked(*OVERRUN, "casablanca", "commande_fr", "week", metric="service_level"))
    assert week.select("excused", "reason").rows() == [(True, "forecast")]


def test_the_understaffing_comes_out_first_and_is_the_vendors(held):
    row = _week(held, UNDERSTAFFED, "commande_fr")
    assert (row["cause"], row["side"]) == ("staffing", "vendor")
    assert _first(row) == "staffing"
    assert row["staffing"] < 3 * min(row["volume"], row["handle_time"], 0)
    asked = Asked(*UNDERSTAFFED, "casablanca", "commande_fr", "week", metric="service_level")
    (week,) = breaches(*held, asked).to_dicts()
    assert week["beyond_noise"]
    # Of some seeds the week's own chance brings more than the forecast band: then the agreement excuses it.
    assert week["excused"] == (week["offered"] > 1.1 * week["forecast"])
    assert set(breaches(*held, replace(asked, grain="day"))["side"]) == {"vendor"}


def test_longer_calls_come_out_first_at_both_operations_and_are_common(held):
    weeks = cause_split(*held, Asked(*LAUNCH, None, "technique_fr", "week"))
    parts = weeks.group_by("vendor").agg((pl.col(part) * pl.col("n")).sum() / pl.col("n").sum() for part in TOLD)
    assert set(parts["vendor"]) == {"lille", "poitiers"}
    for row in parts.to_dicts():
        assert _first(row) == "handle_time"
        assert row["handle_time"] < min(-2, 1.2 * row["volume"], 1.2 * row["staffing"])
    found = _findings(held).filter((pl.col("kind") == "unusual_change") & (pl.col("metric") == "aht_s"))
    told = found.sort("vendor").select("vendor", "queue", "period_start", "period_end").rows()
    assert told == [(vendor, "technique_fr", *LAUNCH) for vendor in ("lille", "poitiers")]
    assert all("common_with" in json.loads(evidence) for evidence in found["evidence"])


def _findings(held: tuple[Workspace, Reader]) -> pl.DataFrame:
    return held[1].frame("findings").filter(pl.col("closed_at").is_null())


def test_who_games_the_queue_is_found_and_honest_ones_are_not(held):
    workspace, reader = held
    found = _findings(held)
    for kind in ("threshold_heaping", "queue_jumping"):
        assert set(found.filter(pl.col("kind") == kind).select("vendor", "queue").iter_rows()) == {GAMED}
    assert found.filter(pl.col("kind") == "short_contacts").is_empty()
    last = date(2026, 11, 15)
    for vendor in workspace.vendors:
        order = order_of_service(workspace, reader, date(2026, 8, 17), last, vendor)
        told = order.filter(pl.any_horizontal(pl.col("overtaking", "heaping", "short_calls") == "explain"))
        assert set(told.select("vendor", "queue").iter_rows()) == ({GAMED} if vendor == GAMED[0] else set())
