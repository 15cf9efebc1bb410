"""Where the pages are, so that any part can link to any page with its filters."""

from __future__ import annotations

from pathlib import Path

_PAGES = Path(__file__).resolve().parent / "pages_"

WEEKLY_REVIEW = _PAGES / "weekly_review.py"
BREACHES = _PAGES / "breaches.py"
BRIEF = _PAGES / "brief.py"
COMPARE = _PAGES / "compare.py"
MOVES = _PAGES / "moves.py"
BOTH_SIDES = _PAGES / "both_sides.py"
RECONCILE = _PAGES / "reconcile.py"
MONEY = _PAGES / "money.py"
DATA_TRUST = _PAGES / "data_trust.py"
DELIVERIES = _PAGES / "deliveries.py"
FIGURE = _PAGES / "figure.py"
QUARTERLY_PACK = _PAGES / "quarterly_pack.py"
