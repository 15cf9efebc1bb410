"""Rates held against the counts beside them: the printed precision decides, and what else would explain is named."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl

from pipelines.measures.own_counts import STALE_DENOMINATOR, held_against_counts


def told(*rows: dict[str, Any], **more: Any) -> list[tuple[str, str | None, str | None]]:
    plain = {"operator": "a", "decimals": 3, "numerator": 50.0, "denominator": 80.0, "answered": 75.0}
    figures = pl.DataFrame([plain | row for row in rows])
    found = held_against_counts(figures, ["operator"], scale=100, **more)
    return found.select("verdict", "reason", "explained_by").rows()


def test_the_printed_decimals_decide() -> None:
    month = {"period": date(2018, 1, 1)}
    assert told(month | {"printed": 62.5}) == [("agrees", None, None)]
    assert told(month | {"printed": 62.501}) == [("differs", None, None)]
    assert told(month | {"printed": 62.501, "decimals": 2}) == [("agrees", None, None)]
    assert told(month | {"printed": 62.50000001, "decimals": 8}) == [("differs", None, None)]


def test_a_denominator_of_the_month_before_is_recognised() -> None:
    january = {"period": date(2018, 1, 1), "printed": 62.5}
    february = {"period": date(2018, 2, 1), "printed": 50.0, "numerator": 40.0, "denominator": 100.0}
    assert told(january, february) == [("agrees", None, None), ("differs", None, STALE_DENOMINATOR)]
    # Another operator's month before is no explanation.
    assert told(january | {"operator": "b"}, february)[1] == ("differs", None, None)


def test_another_count_is_recognised() -> None:
    row = {"period": date(2018, 1, 1), "printed": 66.667}
    assert told(row, other_denominators={"of_answered": "answered"}) == [("differs", None, "of_answered")]


def test_without_counts_nothing_is_verified() -> None:
    month = {"period": date(2018, 1, 1), "printed": 62.5}
    assert told(month | {"denominator": None}) == [("not_verifiable", "no_counts", None)]
    assert told(month | {"denominator": 0.0}) == [("not_verifiable", "no_demand", None)]
    assert told(month | {"printed": None}) == [("not_verifiable", "not_reported", None)]
