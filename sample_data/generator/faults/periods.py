"""Periods as (first day, last day)."""

from __future__ import annotations

from datetime import date, timedelta

from sample_data.generator import plan


def week(text: str) -> tuple[date, date]:
    """An ISO week written ``2026-W24``."""
    monday = plan.monday(text)
    return monday, monday + timedelta(days=6)


def month(year: int, number: int) -> tuple[date, date]:
    first = date(year, number, 1)
    return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def day(text: str) -> tuple[date, date]:
    return date.fromisoformat(text), date.fromisoformat(text)
