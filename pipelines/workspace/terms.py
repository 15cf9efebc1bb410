"""The commercial agreement with one vendor, dated: ``terms/<vendor>.yaml``."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, Field, model_validator

from pipelines.workspace.company import RepeatContact
from pipelines.workspace.feeds import Strict
from pipelines.workspace.problems import did_you_mean
from pipelines.workspace.values import (
    WEEKDAYS,
    Currency,
    IsoDate,
    Rate,
    TimeOfDay,
    TimeZone,
    Weekdays,
    holiday_countries,
    minutes,
    wrong,
)

#: Metrics that a clause may set a target for: unit and the side that is good.
CLAUSE_METRICS: dict[str, tuple[Literal["rate", "s", "score", "amount", "count"], Literal["higher", "lower"]]] = {
    "service_level": ("rate", "higher"),
    "answer_rate": ("rate", "higher"),
    "abandon_rate": ("rate", "lower"),
    "asa_s": ("s", "lower"),
    "wait_median_s": ("s", "lower"),
    "wait_p90_s": ("s", "lower"),
    "aht_s": ("s", "lower"),
    "talk_s": ("s", "lower"),
    "hold_s": ("s", "lower"),
    "acw_s": ("s", "lower"),
    "transfer_rate": ("rate", "lower"),
    "repeat_rate": ("rate", "lower"),
    "fcr": ("rate", "higher"),
    "csat": ("rate", "higher"),
    "nps": ("score", "higher"),
    "response_rate": ("rate", "higher"),
    "refund_rate": ("rate", "lower"),
    "refund_value_per_contact": ("amount", "lower"),
    "cost_per_contact": ("amount", "lower"),
    "cost_per_resolved_contact": ("amount", "lower"),
    "occupancy": ("rate", "higher"),
    "adherence": ("rate", "higher"),
    "reporting_timeliness": ("rate", "higher"),
}

Variant = Literal[
    "answered_only",
    "abandon_negative",
    "abandon_positive",
    "abandon_ignored_T",
    "abandon_excluded",
    "short_excluded",
    "short_credited",
    "with_flowouts",
    "queue_removed",
]
#: How an abandon rate may be computed; the first four words of service levels stand for their like.
AbandonVariant = Literal[
    "all",
    "short_excluded",
    "short_credited",
    "short_both_sides",
    "short_numerator",
    "with_ivr",
    "with_voicemail",
    "answered_over_offered",
]
#: Variants that say nothing without a limit for short calls.
SHORT_VARIANTS = ("short_excluded", "short_credited", "short_both_sides", "short_numerator")
#: The variants that each metric knows; other metrics have none.
VARIANTS_OF: dict[str, tuple[str, ...]] = {
    "service_level": get_args(Variant),
    "abandon_rate": get_args(AbandonVariant),
}

#: Variants of the abandon rate of which more is better: what some agreements call so is the share answered.
RISING_VARIANTS = ("answered_over_offered",)
#: Metrics that a rule for repeat contacts decides.
REPEAT_METRICS = ("fcr", "repeat_rate")

Included = Literal["overflow", "closed", "callback", "voicemail"]
HandlePart = Literal["talk_s", "hold_s", "acw_s", "ring_s"]
Period = Literal["interval", "day", "week", "month", "quarter"]

#: Stands for the first day of terms whose own is mistaken.
UNKNOWN_DAY = date.max

_DUE = re.compile(r"D\+(\d{1,3}) (([01]\d|2[0-3]):[0-5]\d)")


def _due(value: str) -> str:
    if not _DUE.fullmatch(value):
        raise wrong('"D+<days> HH:MM", such as "D+1 09:00"', "D is the last day of the period that a delivery covers")
    return value


class OpenHours(Strict):
    """One stretch of opening time on some days of the week, in the zone of the terms."""

    days: Weekdays = list(WEEKDAYS)
    open: TimeOfDay
    close: TimeOfDay  # "24:00" is midnight at the end of the day

    @property
    def open_minute(self) -> int:
        return minutes(self.open)

    @property
    def close_minute(self) -> int:
        return minutes(self.close)

    @model_validator(mode="after")
    def _closes_after_it_opens(self) -> OpenHours:
        if self.close_minute <= self.open_minute:
            hint = 'hours past midnight are two stretches: one to "24:00", one from "00:00" on the next day'
            raise wrong(f"a closing time after the opening time {self.open}", hint)
        return self


class Holidays(Strict):
    """Public holidays, and whether the vendor works on them."""

    country: str | None = None
    subdivision: str | None = None
    closed: bool = True  # closed on them; false: open as on any other day
    extra: list[IsoDate] = []  # further closed days
    open_on: list[IsoDate] = []  # open all the same

    @model_validator(mode="after")
    def _country_is_known(self) -> Holidays:
        known = holiday_countries()
        if self.country is not None and self.country not in known:
            raise wrong(
                "a country with known public holidays, as two capital letters", did_you_mean(self.country, known)
            )
        if self.subdivision is not None and self.subdivision not in known.get(self.country or "", []):
            parts = known.get(self.country or "", [])
            raise wrong(f"a subdivision of {self.country}", did_you_mean(self.subdivision, parts))
        return self


class DeliveryCalendar(Strict):
    """When the files of one feed are due."""

    every: Literal["day", "week", "month"]
    due: Annotated[str, AfterValidator(_due)]  # D is the last day of the period covered
    tz: TimeZone | None = None  # by default the zone of the terms
    grace_hours: float = Field(default=0, ge=0)
    first_day: IsoDate | None = Field(default=None, alias="from")  # by default the first day of the terms
    weekdays: Weekdays = list(WEEKDAYS)  # of a daily feed: days that are covered by a file of their own
    files: int = Field(default=1, ge=1)  # expected per period

    @property
    def due_days(self) -> int:
        """Days after the last day of the period."""
        return int(self.due[2:].split(" ")[0])

    @property
    def due_minute(self) -> int:
        """Minute of that day."""
        return minutes(self.due[-5:])


class Clause(Strict):
    """One service-level rule: a metric, how it is computed, and what it must reach."""

    id: str
    metric: str
    queue: str = "*"
    target: float
    direction: Literal["higher", "lower"]  # by default the metric's good side
    floor: float | None = None
    threshold_s: float | None = Field(default=None, gt=0)
    inclusive: bool = True  # answered in <= threshold_s; false: <
    clock_start: Literal["queue_entry", "ivr_end", "ring", "call_start"] = "queue_entry"
    variant: Variant | AbandonVariant | None = None
    short_abandon_s: float | None = Field(default=None, ge=0)
    include: list[Included] = []  # kept in the denominator
    transfers_in: Literal["count", "leave_out"] = "count"  # contacts that another contact was transferred to
    attribution: Literal["arrival", "answer"] = "arrival"
    aggregation: Literal["call_weighted", "mean_of_intervals", "mean_of_days", "interval_share", "contact_share"] = (
        "call_weighted"
    )
    zero_rule: Literal["null", "one", "zero"] = "null"  # what a period without contacts gives
    measurement_period: Period = "month"
    rounding: int | None = Field(default=None, ge=0, le=6)  # decimals of the printed figure
    min_volume: int | None = Field(default=None, ge=0)
    interval_target: float | None = (
        None  # of interval_share and contact_share: what one interval must reach; by default the target
    )
    dead_band: float = Field(default=0, ge=0)  # missed by no more than this, nothing is due per point or at risk

    over: Literal["answered", "offered"] = "answered"  # of asa_s: by which contacts the waits are divided
    parts: list[HandlePart] = ["talk_s", "hold_s", "acw_s"]  # of aht_s: which times count
    boxes: int = Field(default=2, ge=1, le=2)  # of csat: the best marks that count as satisfied
    neutral: bool = True  # of csat: false drops the middle mark from the denominator

    # of fcr and repeat_rate; what is left out is as repeat_contact of workspace.yaml says
    window_h: float | None = Field(default=None, gt=0, le=24 * 366)  # a contact within so many hours is a repeat
    same_reason: bool | None = None  # only one for the same reason
    cross_vendor: bool | None = None  # one that lands at another operation counts too
    blank_id_rule: Literal["exclude", "resolved"] = "exclude"  # contacts whose customer is not known

    @model_validator(mode="before")
    @classmethod
    def _good_side(cls, data: Any) -> Any:
        if not isinstance(data, dict) or data.get("direction") is not None:
            return data
        metric = data.get("metric")
        side = CLAUSE_METRICS[metric][1] if isinstance(metric, str) and metric in CLAUSE_METRICS else "higher"
        if metric == "abandon_rate" and data.get("variant") in RISING_VARIANTS:
            side = "higher"
        return {**data, "direction": side}

    def with_repeat_rule(self, rule: RepeatContact) -> Clause:
        """A clause on repeat contacts with the company's rule where it says nothing itself; any other as it is."""
        if self.metric not in REPEAT_METRICS:
            return self
        usual = {
            "window_h": float(rule.window_hours),
            "same_reason": rule.same_reason,
            "cross_vendor": rule.cross_vendor,
        }
        return self.model_copy(update={name: value for name, value in usual.items() if getattr(self, name) is None})

    def has_own_repeat_rule(self, rule: RepeatContact) -> bool:
        """Whether it counts repeat contacts otherwise than the company's rule."""
        if self.metric not in REPEAT_METRICS:
            return False
        own = self.with_repeat_rule(rule)
        usual = (rule.window_hours, rule.same_reason, rule.cross_vendor, "exclude")
        return (own.window_h, own.same_reason, own.cross_vendor, own.blank_id_rule) != usual


class NonBillable(Strict):
    """Answered contacts that are not paid for."""

    short_talk_s: float | None = Field(default=None, gt=0)  # talk of less than so many seconds
    transferred_in: bool = False  # contacts that another contact was transferred to


class RateCard(Strict):
    """A price, or the fully loaded cost of an in-house team.

    Quantities: contacts answered; minutes of handle time of answered contacts; hours logged; full-time months
    (``fte_basis`` hours over ``fte_hours``); contacts resolved (as the vendor declared, or not repeated within the
    workspace's window). ``band_min`` and ``band_max`` are monthly quantities, over all queues of the card.
    """

    queue: str = "*"
    unit: Literal["contact", "minute", "hour", "fte_month", "resolved"]
    amount: Decimal = Field(ge=0)
    currency: Currency | None = None  # by default the currency of the terms
    band_min: int | None = Field(default=None, ge=0)
    band_max: int | None = Field(default=None, ge=0)
    valid_from: IsoDate | None = None  # by default the dates of the terms
    valid_to: IsoDate | None = None
    min_volume: Decimal | None = Field(default=None, ge=0)  # billed at least, per month, over all queues of the card
    fte_hours: Decimal | None = Field(default=None, gt=0)  # hours of one full-time month, such as 151.67
    fte_basis: Literal["committed", "scheduled", "logged"] = "scheduled"
    resolution: Literal["declared", "not_repeated"] = "declared"
    non_billable: NonBillable = NonBillable()


class OtherCost(Strict):
    """What a vendor costs beside its rate card: a change, a training, the client's own people."""

    kind: Literal["change_request", "training", "client_overhead", "other"]
    amount: Decimal = Field(ge=0)
    currency: Currency | None = None  # by default the currency of the terms
    per: Literal["month", "once"] = "month"  # once: on its first day
    first_day: IsoDate | None = Field(default=None, alias="from")  # by default the dates of the terms
    last_day: IsoDate | None = Field(default=None, alias="to")
    note: str | None = None


class ForecastRelief(Strict):
    """Service levels apply to the volume below the forecast and its band, when the forecast was locked in time.

    ``per``: the stretch over which a queue's contacts are held against its forecast; past the band it is excused whole.
    """

    band_rate: Rate
    locked_days: int = Field(default=0, ge=0)
    per: Literal["day", "week", "month"] = "week"


class CreditTier(Strict):
    """A step of a credit schedule: money when a clause's figure is at or past a limit (negative: a credit due)."""

    clause: str
    below: float | None = None
    above: float | None = None
    or_equal: bool = False
    amount: Decimal | None = None
    rate: float | None = None  # of the period's charge


class Persistence(Strict):
    """Repeated failure: so many misses in so many periods."""

    misses: int = Field(ge=2)
    periods: int = Field(ge=2)
    multiplier: float = Field(default=1, ge=1)


class Credits(Strict):
    """What a missed clause costs. Everything is optional: agreements differ."""

    at_risk_rate: Rate | None = None  # of the period's charge
    cap_rate: Rate | None = None
    allocation: dict[str, Rate] = {}  # clause id -> share of the amount at risk
    per_point: dict[str, Decimal] = {}  # clause id -> amount per percentage point or fraction of one
    tiers: list[CreditTier] = []
    tier_mode: Literal["replace", "add"] = "replace"
    persistence: list[Persistence] = []
    earn_back: bool = False
    bonus_cap_rate: Rate | None = None


class Terms(Strict):
    """The agreement with one vendor between two dates (both included)."""

    id: str
    vendor: str
    valid_from: IsoDate
    valid_to: IsoDate | None = None
    report_tz: TimeZone
    business_day_start: TimeOfDay = "00:00"  # of the zone; what comes before it belongs to the day before
    tz_confirmed: bool = Field(default=False, exclude=True)  # meant: zones and holidays that contradict each other
    interval_min: Literal[15, 30, 60] = 30
    currency: Currency | None = None  # by default the workspace's
    hours: dict[str, list[OpenHours]] = {}  # queue code or "*"
    holidays: Holidays = Holidays()
    deliveries: dict[str, DeliveryCalendar] = {}
    clauses: list[Clause] = []
    rate_cards: list[RateCard] = []
    bands: Literal["whole", "graduated"] = "whole"  # all units at the band's price, or each at that of its own band
    other_costs: list[OtherCost] = []
    restatement_days: int | None = Field(default=None, ge=0)  # a file that corrects later is told with that
    survey_min_sample: int | None = Field(default=None, ge=1)
    exit_notice_days: int | None = Field(default=None, ge=0)
    forecast_relief: ForecastRelief | None = None
    credits: Credits = Credits()
    gap_is_breach: bool = False  # data that are not delivered count as a missed clause

    @model_validator(mode="before")
    @classmethod
    def _least_answers(cls, data: Any) -> Any:
        """Clauses on surveys are judged from ``survey_min_sample`` answers on, where they don't say another number."""
        least, clauses = (
            (data.get("survey_min_sample"), data.get("clauses")) if isinstance(data, dict) else (None, None)
        )
        if least is None or not isinstance(clauses, list):
            return data
        completed = [{"min_volume": least, **one} if _is_of_surveys(one) else one for one in clauses]
        return {**data, "clauses": completed}

    def holds_on(self, day: date) -> bool:
        """Are the terms in force on ``day``?"""
        return self.valid_from <= day <= (self.valid_to or date.max)

    def with_repeat_rule(self, rule: RepeatContact) -> Terms:
        """The same, its clauses on repeat contacts completed by the company's rule."""
        return self.model_copy(update={"clauses": [one.with_repeat_rule(rule) for one in self.clauses]})

    @property
    def day_start_minute(self) -> int:
        """Minute of the local clock at which a reporting day begins."""
        return minutes(self.business_day_start)

    @property
    def days(self) -> range:
        """The ordinals of the days on which the terms hold; without an end, up to the last date there is."""
        return range(self.valid_from.toordinal(), (self.valid_to or date.max - timedelta(days=1)).toordinal() + 1)

    def hours_of(self, queue: str) -> list[OpenHours] | None:
        """The opening hours of a queue; None where the terms don't state them."""
        return self.hours.get(queue, self.hours.get("*"))


def _is_of_surveys(clause: Any) -> bool:
    return isinstance(clause, dict) and clause.get("metric") in ("csat", "nps")


class TermsFile(Strict):
    """``terms/<vendor>.yaml``: the vendor and its terms, the oldest first."""

    vendor: str
    terms: list[Terms]
