"""A company made by hand, and a reader that answers named queries from frames."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipelines.workspace import Workspace
from pipelines.workspace.company import Queue, Settings, Site, Vendor
from pipelines.workspace.terms import Terms


class FakeReader:
    """Answers ``frame(name, first_day=, last_day=)`` from given frames, cut to the days asked for."""

    def __init__(self, frames: dict[str, pl.DataFrame]) -> None:
        self.frames = frames
        self.asked: list[str] = []

    def frame(self, name: str, **params: Any) -> pl.DataFrame:
        self.asked.append(name)
        frame = self.frames[name]
        for day in ("local_date", "week"):
            if day in frame.columns and "first_day" in params:
                return frame.filter(pl.col(day).is_between(params["first_day"], params["last_day"]))
        return frame


def company(root: Path, **settings: Any) -> Workspace:
    """``home`` in-house in Lille, ``away`` and ``abroad`` outsourced; two queues; an 80/20 clause for everybody."""
    clause = {"id": "sl", "metric": "service_level", "target": 0.8, "threshold_s": 20, "variant": "abandon_negative"}
    kinds = {"home": "in_house", "away": "outsourced", "abroad": "outsourced"}
    terms = {
        code: [Terms.model_validate({
            "id": f"{code}-1", "vendor": code, "valid_from": date(2025, 1, 1), "report_tz": "Europe/Paris",
            "clauses": [clause], "exit_notice_days": None if code == "home" else 90,
            "forecast_relief": {"band_rate": 0.1, "locked_days": 28},
        })]
        for code in kinds
    }  # fmt: skip
    given = {"name": "Test", "currency": "EUR", "time_zone": "Europe/Paris", "baseline_vendor": "home"} | settings
    return Workspace(
        root=root,
        settings=Settings.model_validate(given),
        vendors={
            code: Vendor.model_validate({"code": code, "name": code.title(), "kind": kind, "country": "FR"})
            for code, kind in kinds.items()
        },
        sites={
            "sea": Site.model_validate(
                {"code": "sea", "vendor": "abroad", "name": "Sea", "country": "PT", "tz": "Europe/Lisbon"}
            )
        },
        queues={code: Queue(code=code, name=code.title()) for code in ("billing", "delivery")},
        aliases=[],
        terms=terms,
        feeds={},
    )


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return company(tmp_path)
