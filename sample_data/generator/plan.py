"""Atelier Nord, a fictional French online DIY retailer: who serves which contacts, how well, and what happens when.

Only invented names and figures. Telephone numbers come from the ranges that ARCEP keeps for fiction.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

FIRST_DAY = date(2025, 6, 30)
LAST_DAY = date(2026, 11, 15)
DAYS = (LAST_DAY - FIRST_DAY).days + 1
WEEKS = DAYS // 7

CLIENT_ZONE = "Europe/Paris"
INTERVAL_MIN = 30

#: Committed volume of contacts over the 72 weeks, and the seed of every draw.
DEFAULT_CONTACTS = 180_000
DEFAULT_SEED = 20260630


@dataclass(frozen=True, slots=True)
class Vendor:
    """One operation: how its system keeps time, how it is staffed, and how well it serves."""

    code: str
    zone: str  # of the system's clock
    whole_seconds: bool  # its system rounds every duration to seconds
    holiday_country: str | None  # closed on that country's public holidays
    staffing: float  # agents on duty / agents that the target needs
    resolved: float  # points of resolution above the in-house team on the same reason
    quality: float  # points of satisfaction (0 to 10) above the in-house team on the same reason
    talk: float  # talk time / in-house talk time on the same reason
    refund: float  # refunds / in-house refunds on the same reason
    target: float
    threshold_s: int


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a customer calls, as the menu before the queue records it."""

    code: str
    talk_s: float
    resolved: float
    refund: float
    mood: float  # points of satisfaction against the average reason


@dataclass(frozen=True, slots=True)
class Line:
    """One queue at one vendor: share of all contacts, mix of reasons, opening hours by weekday (Monday first)."""

    vendor: str
    queue: str
    share: float
    reasons: tuple[tuple[str, float], ...]
    hours: tuple[tuple[float, float] | None, ...]
    peaked: bool = False
    first_day: date = FIRST_DAY
    last_day: date = LAST_DAY


VENDORS = {
    vendor.code: vendor
    for vendor in (
        Vendor("lille", "UTC", True, "FR", 0.97, 0.0, 0.0, 1.0, 1.0, 0.80, 30),
        Vendor("poitiers", "Europe/Paris", False, "FR", 0.99, 0.06, 0.35, 0.95, 0.95, 0.80, 20),
        Vendor("casablanca", "Africa/Casablanca", True, None, 0.88, -0.04, -0.35, 1.06, 1.25, 0.80, 30),
        Vendor("porto", "Europe/Lisbon", False, "PT", 0.97, -0.02, -0.15, 1.03, 1.0, 0.80, 30),
        Vendor("tana", "Indian/Antananarivo", True, None, 0.86, -0.06, -0.5, 1.1, 1.0, 0.80, 120),
    )
}

REASONS = {
    reason.code: reason
    for reason in (
        Reason("suivi_colis", 200, 0.90, 0.01, 0.2),
        Reason("retard_livraison", 290, 0.76, 0.05, -0.6),
        Reason("colis_abime", 380, 0.68, 0.18, -0.7),
        Reason("passer_commande", 330, 0.94, 0.01, 0.6),
        Reason("modifier_commande", 260, 0.87, 0.02, 0.2),
        Reason("paiement", 300, 0.82, 0.03, -0.2),
        Reason("retour_echange", 310, 0.84, 0.12, 0.0),
        Reason("remboursement", 340, 0.72, 0.30, -0.6),
        Reason("conseil_produit", 360, 0.88, 0.01, 0.6),
        Reason("montage", 520, 0.72, 0.03, -0.2),
        Reason("panne_outil", 640, 0.58, 0.10, -0.9),
        Reason("piece_manquante", 330, 0.70, 0.10, -0.3),
        Reason("garantie", 420, 0.62, 0.13, -0.5),
        Reason("litige", 560, 0.48, 0.22, -1.2),
    )
}

_DELIVERY = (("suivi_colis", 0.55), ("retard_livraison", 0.33), ("colis_abime", 0.12))
_ORDER = (("passer_commande", 0.5), ("modifier_commande", 0.3), ("paiement", 0.2))
_RETURN = (("retour_echange", 0.62), ("remboursement", 0.38))
_EASY_ADVICE = (("conseil_produit", 0.66), ("montage", 0.24), ("panne_outil", 0.10))
_HARD_ADVICE = (("conseil_produit", 0.10), ("montage", 0.36), ("panne_outil", 0.54))
_HARD_RETURN = (("retour_echange", 0.35), ("remboursement", 0.65))
_HARD_DELIVERY = (("suivi_colis", 0.2), ("retard_livraison", 0.5), ("colis_abime", 0.3))
_AFTER_SALES = (("piece_manquante", 0.4), ("garantie", 0.4), ("litige", 0.2))
_GENERAL = (("suivi_colis", 0.45), ("passer_commande", 0.3), ("retour_echange", 0.25))
_CHAT = (("suivi_colis", 0.5), ("modifier_commande", 0.3), ("retour_echange", 0.2))


def _week(
    weekday: tuple[float, float], saturday: tuple[float, float] | None, sunday: tuple[float, float] | None = None
) -> tuple[tuple[float, float] | None, ...]:
    return (weekday,) * 5 + (saturday, sunday)


_OFFICE = _week((9, 18), (9, 18))
_LONG = _week((9, 19), (9, 18))
_SHORT = _week((9, 18), None)
_MIDDAY = _week((10, 16), None)
_TANA = _week((9, 17.5), (9, 13))

#: The queue that was brought back in-house: last day at Antananarivo, first day at Lille.
MOVE_FIRST_DAY = date(2026, 3, 2)
MOVE_RAMP_DAYS = 14

LINES = (
    Line("lille", "commande_fr", 0.045, _ORDER, _OFFICE),
    Line("lille", "suivi_fr", 0.040, _DELIVERY, _OFFICE),
    Line("lille", "retour_fr", 0.040, _RETURN, _OFFICE),
    Line("lille", "technique_fr", 0.035, _EASY_ADVICE, _OFFICE),
    Line("lille", "chat_fr", 0.018, _CHAT, _SHORT),
    Line("lille", "general_en", 0.012, _GENERAL, _SHORT),
    Line("lille", "sav_fr", 0.068, _AFTER_SALES, _OFFICE, first_day=MOVE_FIRST_DAY),
    Line("poitiers", "technique_fr", 0.100, _HARD_ADVICE, _LONG),
    Line("poitiers", "retour_fr", 0.025, _HARD_RETURN, _OFFICE),
    Line("poitiers", "suivi_fr", 0.018, _HARD_DELIVERY, _OFFICE),
    Line("casablanca", "commande_fr", 0.155, _ORDER, _LONG),
    Line("casablanca", "retour_fr", 0.050, _RETURN, _LONG),
    Line("casablanca", "suivi_fr", 0.030, _DELIVERY, _week((9, 19), (9, 18), (10, 17))),
    Line("porto", "commande_fr", 0.050, _ORDER, _OFFICE),
    Line("porto", "general_pt", 0.028, _GENERAL, _MIDDAY),
    Line("porto", "general_es", 0.032, _GENERAL, _MIDDAY),
    Line("porto", "general_en", 0.014, _GENERAL, _MIDDAY),
    Line("tana", "suivi_fr", 0.300, _DELIVERY, _TANA, peaked=True),
    Line("tana", "chat_fr", 0.030, _CHAT, _SHORT),
    Line("tana", "sav_fr", 0.068, _AFTER_SALES, _TANA, last_day=MOVE_FIRST_DAY + timedelta(days=MOVE_RAMP_DAYS - 1)),
)

QUEUE_LANGUAGE = {"general_pt": "pt", "general_es": "es", "general_en": "en"}
CHAT_QUEUES = frozenset({"chat_fr"})
QUEUES = tuple(dict.fromkeys(line.queue for line in LINES))


def monday(text: str) -> date:
    """The Monday of an ISO week written ``2026-W24``."""
    year, week = text.split("-W")
    return date.fromisocalendar(int(year), int(week), 1)


def day_number(day: date) -> int:
    """Days since :data:`FIRST_DAY`."""
    return (day - FIRST_DAY).days


@dataclass(frozen=True, slots=True)
class Episode:
    """For some days, some lines differ from plan by a factor: of arrivals, of agents on duty, or of talk time."""

    what: str  # arrivals, staffing, talk
    factor: float
    first_day: date
    last_day: date
    vendors: frozenset[str]
    queues: frozenset[str]
    in_forecast: bool = False

    def applies(self, vendor: str, queue: str, day: date) -> bool:
        return (
            self.first_day <= day <= self.last_day
            and (not self.vendors or vendor in self.vendors)
            and (not self.queues or queue in self.queues)
        )


#: More contacts than the client had forecast; too few agents; longer calls after a launch.
OVERRUN_WEEK = monday("2026-W24")
UNDERSTAFFED_WEEK = monday("2026-W37")
LAUNCH_DAY = date(2026, 9, 21)
LAUNCH_LAST_DAY = LAUNCH_DAY + timedelta(days=27)

EPISODES = (
    Episode("arrivals", 1.5, OVERRUN_WEEK, OVERRUN_WEEK + timedelta(days=6), frozenset({"casablanca"}), frozenset()),
    Episode(
        "staffing",
        0.70,
        UNDERSTAFFED_WEEK,
        UNDERSTAFFED_WEEK + timedelta(days=6),
        frozenset({"casablanca"}),
        frozenset(),
    ),
    Episode("talk", 1.35, LAUNCH_DAY, LAUNCH_LAST_DAY, frozenset(), frozenset({"technique_fr"})),
)

#: From this day Antananarivo serves callers who are still inside the threshold first.
THRESHOLD_FIRST_DAY = date(2026, 1, 5)
THRESHOLD_FIRST_LINE = ("tana", "suivi_fr")
#: From this day Casablanca leaves callers who hang up early out of its own service level.
DROPPED_SHORT_DAY = date(2026, 5, 4)
DROPPED_SHORT_S = 10
#: Porto asks few of the customers whose contact went badly.
CHERRY_PICKER = "porto"
#: From this day Porto's system calls the time in queue "Total en cola"; the mapping knows both names.
PORTO_UPGRADE_DAY = date(2026, 9, 7)
