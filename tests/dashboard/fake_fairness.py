"""Stand-in answers for the pages that compare: frames of the same shape as those of ``pipelines.answers``."""

from __future__ import annotations

import zlib
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl

from dashboard.models import Decision, Usual
from pipelines.answers import both_sides as sides
from pipelines.answers.compare import COMPARED, METRICS, STRATA, Compared
from pipelines.answers.duties import Parity
from pipelines.answers.league import LEAGUE, SiteLeague
from pipelines.answers.moves import MetricStudy, Periods, StudiedMove
from pipelines.measures import spc
from pipelines.measures.catalogue import MEASURES
from pipelines.measures.moves import MoveStudy
from pipelines.workspace.company import Move

VERDICTS = ("better", "worse", "equal", "too_little_data", "not_comparable")
MOVED, SETTLED = date(2026, 3, 2), date(2026, 6, 1)


def compared(week: date, vendors: list[str], kind: str) -> Compared:
    """Every verdict there is, over ``vendors``; ``kind`` empty has no contacts."""
    rows, strata = [], []
    for place, vendor in enumerate(vendors if kind != "empty" else []):
        for number, metric in enumerate(METRICS):
            row = _row(vendor, metric, VERDICTS[(place + number) % len(VERDICTS)])
            rows.append(row)
            strata += [_stratum(vendor, metric, name, number) for number, name in enumerate(("hard", "easy", ""))]
    return Compared(week, 13, "lille", pl.DataFrame(rows, schema=COMPARED), pl.DataFrame(strata, schema=STRATA))


def _row(vendor: str, metric: str, verdict: str) -> dict[str, Any]:
    unit = {"share": 0.01, "points": 1.0}.get(MEASURES[metric].unit, 1.0)
    sign = 1 if MEASURES[metric].direction == "higher" else -1
    gap = {"better": 5.4, "worse": -5.4, "equal": 0.1}.get(verdict, 1.0) * unit * sign
    crude = -4.6 * unit * sign
    if MEASURES[metric].direction == "none":
        verdict = {"better": "higher", "worse": "lower"}.get(verdict, verdict)
    return {
        "vendor": vendor,
        "metric": metric,
        "n": 4120,
        "baseline_n": 3000,
        "value": 70 * unit,
        "baseline_value": 74.6 * unit,
        "crude": crude,
        "crude_low": crude - unit,
        "crude_high": crude + unit,
        "gap": gap,
        "gap_low": gap - unit,
        "gap_high": gap + unit,
        "contacts": crude - gap,
        "mix": crude - gap,
        "not_compared": 0.0,
        "support": 0.46 if verdict == "not_comparable" else 1.0,
        "verdict": verdict,
        "detectable": 3.1 * unit,
        "margin": 2 * unit,
        "strata_used": ["queue_code", "language", "reason_code", "hour_band"],
        "not_known": ["segment"],
        "strata_lead": verdict == "better",
        "reversal": verdict == "better",
        "p_value": 0.0012,
        "p_adjusted": 0.004,
        "homogeneity_p": 0.31,
        "homogeneity_test": "Cochran",
        "design_effect": 1.4,
        "baseline_design_effect": 1.6,
        "definition_id": metric,
    }


def _stratum(vendor: str, metric: str, reason: str, number: int) -> dict[str, Any]:
    shared = number < 2
    keys = ["queue_code=returns_fr", "language=fr", f"reason_code={reason}", "hour_band=3"]
    return {
        "vendor": vendor,
        "metric": metric,
        "stratum": keys,
        "n": 500,
        "value": 0.6,
        "baseline_n": 300 if shared else 0,
        "baseline_value": 0.5 if shared else None,
        "difference": 0.1 if shared else None,
        "low": 0.05 if shared else None,
        "high": 0.15 if shared else None,
        "compared": shared,
        "weight": 0.5 if shared else None,
        "mix": 0.0,
        "performance": 0.05,
    }


def league(vendors: list[str], metric: str, kind: str) -> SiteLeague:
    """One queue per vendor, the first outside the funnel; no funnel but of shares."""
    if kind == "empty":
        return SiteLeague(pl.DataFrame(schema=LEAGUE))
    share = MEASURES[metric].unit == "share"
    rows = [
        {
            "vendor": vendor,
            "site": f"{vendor}-site",
            "queue": "returns_fr",
            "n": 400 * (place + 1),
            "value": 0.8 - place / 50,
            "rank": place + 1,
            "rank_low": max(place, 1),
            "rank_high": place + 2,
            "ties": 2,
        }
        | (
            {
                "low_95": 0.7,
                "high_95": 0.9,
                "low_998": 0.65,
                "high_998": 0.95,
                "plain_low_998": 0.7,
                "plain_high_998": 0.9,
                "verdict": "inside" if place else "outside_high",
                "plain_verdict": "inside",
            }
            if share
            else {}
        )
        for place, vendor in enumerate(vendors)
    ]
    frame = pl.DataFrame(rows, schema=LEAGUE)
    return SiteLeague(frame, 0.8, 2.1, 0.003, True) if share else SiteLeague(frame)


def usual(week: date, vendor: str, metric: str, kind: str, decisions: tuple[Decision, ...] = ()) -> Usual:
    """Forty weeks with a gap, the last one far below."""
    mondays = [week - timedelta(weeks=back) for back in reversed(range(40))]
    draws = np.random.default_rng(zlib.crc32(f"{vendor}{metric}".encode()))
    values: list[float | None] = [0.8 + float(draws.normal(0, 0.01)) for _ in mondays]
    values[7], values[-1] = None, 0.6
    if kind == "empty":
        values = [None] * 40
    direction = MEASURES[metric].direction
    phases = [one.week for one in decisions]
    chart = spc.xmr(
        mondays, values, direction="neutral" if direction == "none" else direction, target=0.75, phases=phases
    )
    return Usual(chart, 0.75, 0.018, decisions)


def moves(kind: str, origin: str, destination: str) -> tuple[StudiedMove, ...]:
    """One studied move; with ``empty`` none, with ``single`` one that has not happened yet."""
    move = Move.model_validate(
        {
            "id": "home-again",
            "queues": ["returns_fr"],
            "from_vendor": origin,
            "to_vendor": destination,
            "moved_on": MOVED,
            "settled_on": SETTLED,
            "note": "Brought *back*",
        }
    )
    none = pl.DataFrame(schema={"unit": pl.String, "at": pl.Date, "value": pl.Float64})
    if kind == "empty":
        return ()
    if kind == "single":
        return (StudiedMove(move, None, (), none),)
    periods = Periods(2, 17, 11, MOVED - timedelta(weeks=34), SETTLED + timedelta(weeks=22, days=-1))
    metrics = (
        MetricStudy("nps", _study(46.2, "better"), None, -37.0, 9.0),
        MetricStudy("repeat_rate", _study(-0.02, "too_little_data"), None, 0.24, 0.21),
        MetricStudy("csat", None, "no_donors", 0.5, 0.7),
    )
    return (StudiedMove(move, periods, metrics, none),)


def _study(effect: float, verdict: Any) -> MoveStudy:
    at = [MOVED + timedelta(weeks=2 * step) for step in range(-17, 18)]
    phase = ["before" if day < MOVED else "ramp" if day < SETTLED else "after" for day in at]
    path = pl.DataFrame(
        {
            "at": at,
            "moved": [effect * (name == "after") for name in phase],
            "twin": [0.0] * 35,
            "difference": [effect * (name == "after") for name in phase],
            "phase": phase,
        }
    )
    placebos = pl.DataFrame(
        {
            "unit": ["porto/delivery_fr", "lille/delivery_fr"],
            "effect": [0.1, -0.2],
            "distance_before": [0.5, 0.4],
            "weight": [0.6, 0.4],
        }
    )
    return MoveStudy(
        effect,
        effect - abs(effect) / 2,
        effect + abs(effect) / 2,
        1,
        3,
        1 / 3,
        verdict,
        {"sdid": effect, "synthetic_control": effect, "did": effect},
        path,
        placebos,
        ("tana/returns_fr",),
        ("lille/delivery_fr",),
        ("few_donors", "donors_changed_volume"),
    )


def client_side(week: date, vendors: list[str], kind: str) -> sides.BothSides:
    """Everything recorded; with ``empty`` nothing at all."""
    frames: dict[str, list[dict[str, Any]]] = {
        name: [] for name in ("forecast", "shares", "stops", "changes", "questions", "training")
    }
    for place, vendor in enumerate(vendors if kind != "empty" else []):
        frames["forecast"] += [
            {
                "vendor": vendor,
                "queue": queue,
                "days": 91,
                "days_without": 0,
                "actual": 7309.0,
                "forecast": 7075.0,
                "wape_day": 0.147,
                "wape_week": 0.052,
                "bias": -0.032 + place / 20,
                "band": 0.1,
                "weeks_over_band": place % 2,
                "weeks": 13,
                "locked_days": 28,
            }
            for queue in (None, "returns_fr")
        ]
        frames["shares"].append({"kind": "vendor", "name": vendor, "vendor": vendor, "contacts": 100, "share": 0.2})
        frames["stops"].append(
            {
                "vendor": vendor,
                "exit_notice_days": 90 if place else None,
                "contacts": 765.4,
                "hours": 67.0,
                "share": 0.31,
                "alone": ["returns_fr"] if place else [],
                "alone_contacts": 123.6 * place,
            }
        )
        frames["changes"].append({"day": MOVED, "vendor": vendor, "kind": "work_left", "detail": "returns_fr"})
        frames["changes"].append(
            {"day": MOVED, "vendor": vendor, "kind": "scope_changed", "detail": "also *chat*", "notice_days": 14}
        )
        frames["questions"].append(
            {
                "vendor": vendor,
                "asked": 3,
                "answered": place,
                "median_days": 2.5,
                "oldest_open_days": 9 if place < 3 else None,
            }
        )
        frames["training"].append({"vendor": vendor, "training_hours": 12.0, "share": 0.021})
    shapes = {
        "forecast": sides.FORECAST,
        "shares": sides.SHARES,
        "stops": sides.STOPS,
        "changes": sides.CHANGES,
        "questions": sides.QUESTIONS,
        "training": sides.TRAINING,
    }
    said = () if kind == "empty" else (Parity(vendors[-1], "knowledge", "partly", "no *wiki*", "Ana", MOVED),)
    made = {name: pl.DataFrame(frames[name], schema=shapes[name]) for name in frames}
    return sides.BothSides(week, 13, **made, parities=said)
