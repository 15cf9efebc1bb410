"""Deliveries are loaded once, every row is accounted for, and the order of loading leaves no trace."""

from __future__ import annotations

from pipelines.warehouse import Build, Reader
from pipelines.workspace import Workspace

from .conftest import contact, delivery, load


def test_first_core(workspace: Workspace) -> None:
    with Build.open(workspace) as build:
        done = load(build, delivery(), [contact(f"c{n}", day=n % 3, customer_ref=f"k{n % 4}") for n in range(20)])
        assert done.rows_loaded == 20
        assert build.refresh_marts(workspace)
        version = build.publish()
    with Reader.open(workspace.state) as reader:
        assert reader.version == version
        weeks = reader.frame("week_counts", first_day="2026-01-01", last_day="2026-12-31")
        assert weeks["offered"].sum() == 20
