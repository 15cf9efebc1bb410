"""How contacts spread over the year, the week and the day. Plain arithmetic, no draw."""

from __future__ import annotations

import math
from datetime import date

import numpy as np
from numpy.typing import NDArray

from sample_data.generator import plan

#: Monday to Sunday, of an average open day.
_WEEKDAY = (1.25, 1.08, 1.0, 0.98, 1.02, 0.78, 0.45)


def season(day: date) -> float:
    """Volume of a day against the year's average: spring works, Black Friday to Christmas, January returns."""
    position = day.timetuple().tm_yday
    spring = 0.18 * math.exp(-(((position - 120) / 38.0) ** 2))
    year_end = 0.62 * math.exp(-(((position - 340) / 13.0) ** 2))
    returns = 0.30 * math.exp(-(((position - 9) / 8.0) ** 2))
    summer = -0.10 * math.exp(-(((position - 222) / 16.0) ** 2))
    return 0.93 + spring + year_end + returns + summer


def weekday(day: date) -> float:
    return _WEEKDAY[day.weekday()]


def within_day(start_h: float, end_h: float, peaked: bool) -> NDArray[np.float64]:
    """Share of the day's contacts in each interval from opening to closing (sums to 1)."""
    step = plan.INTERVAL_MIN / 60
    middle = np.arange(start_h, end_h - 1e-9, step) + step / 2
    weights = []
    for hour in middle.tolist():
        morning = math.exp(-(((hour - 10.6) / 1.3) ** 2))
        afternoon = math.exp(-(((hour - 14.9) / 1.4) ** 2))
        if peaked:  # parcel mails go out twice a day, and the calls follow
            weights.append(
                0.22 + 1.9 * math.exp(-(((hour - 10.4) / 0.7) ** 2)) + 1.4 * math.exp(-(((hour - 14.6) / 0.7) ** 2))
            )
        else:
            weights.append(0.5 + 0.6 * morning + 0.5 * afternoon)
    shares = np.array(weights)
    return shares / float(sum(weights))
