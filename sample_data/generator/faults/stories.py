"""Findings that no spoilt file makes: what vendors do, and what happens to their service, over weeks."""

from __future__ import annotations

from datetime import timedelta

from sample_data.generator import plan
from sample_data.generator.faults.kinds import Fault

_OVERRUN = (plan.OVERRUN_WEEK, plan.OVERRUN_WEEK + timedelta(days=6))
_UNDERSTAFFED = (plan.UNDERSTAFFED_WEEK, plan.UNDERSTAFFED_WEEK + timedelta(days=6))
_GAMING = (plan.THRESHOLD_FIRST_DAY, plan.LAST_DAY)
_DROPPING = (plan.DROPPED_SHORT_DAY, plan.LAST_DAY)

STORIES = (
    Fault(
        "threshold-first-tana", "tana", "contacts", "threshold_heaping", *_GAMING,
        "Callers who are still inside the 120 s threshold are served first.",
        "Far fewer answers just after 120 s than just before, from January 2026; not before, and at no other vendor.",
        queue="suivi_fr",
    ),
    Fault(
        "overtaking-tana", "tana", "contacts", "queue_jumping", *_GAMING,
        "Callers past the threshold are overtaken by later ones.",
        "About 2 % of the answered waited while a later arrival was answered; almost none before, and elsewhere.",
        queue="suivi_fr",
    ),
    Fault(
        "dropped-short-casablanca", "casablanca", "sla_report", "definition_changed", *_DROPPING,
        "From 4 May 2026 the reported service level leaves out abandons up to 10 s, under the same heading.",
        "The definition that reproduces the report changes from abandon_negative to short_excluded, 10 s.",
    ),
    Fault(
        "reported-differs-casablanca", "casablanca", "sla_report", "reported_differs", *_DROPPING,
        "The reported service level is above the one recomputed under the clause.",
        "A steady difference from May 2026; agreement within rounding before.",
    ),
    Fault(
        "cherry-picked-porto", "porto", "surveys", "survey_offer_bias", plan.FIRST_DAY, plan.LAST_DAY,
        "Customers whose contact was not resolved, or who were held for a minute or more, are seldom asked.",
        "The share of customers asked depends on the outcome at Porto, and at no other vendor.",
    ),
    Fault(
        "unstated-porto", "porto", "sla_report", "definition_unstated", plan.FIRST_DAY, plan.LAST_DAY,
        "Porto has never said how it computes its service level.",
        "Said once for the feed; the definition of the terms reproduces the figures.",
    ),
    Fault(
        "overrun-casablanca", "casablanca", "contacts", "volume_out_of_range", *_OVERRUN,
        "50 % more contacts than the client's locked forecast, after a promotion nobody had announced.",
        "Volume above its range and above the forecast band: the client's side.",
    ),
    Fault(
        "overrun-casablanca-service", "casablanca", "contacts", "unusual_change", *_OVERRUN,
        "The service level falls with the overrun.", "Cause first: volume, the client's side; relief applies.",
    ),
    Fault(
        "understaffed-casablanca", "casablanca", "contacts", "unusual_change", *_UNDERSTAFFED,
        "40 % fewer agents than committed, with the volume as forecast.",
        "Service level far below its usual range. Cause first: staffing, the vendor's side; no relief.",
    ),
    Fault(
        "understaffed-casablanca-clause", "casablanca", "contacts", "clause_missed", *_UNDERSTAFFED,
        "The week is far below the target, and so are most of its busy intervals.",
        "Breaches of the clause in that week.",
    ),
    Fault(
        "launch-poitiers", "poitiers", "contacts", "unusual_change", plan.LAUNCH_DAY, plan.LAUNCH_LAST_DAY,
        "Advice calls last 35 % longer for four weeks after a product launch.",
        "Handle time above its usual range on technique_fr; service level falls. Cause first: handle time.",
        queue="technique_fr",
    ),
    Fault(
        "launch-lille", "lille", "contacts", "unusual_change", plan.LAUNCH_DAY, plan.LAUNCH_LAST_DAY,
        "The same launch makes the in-house team's advice calls longer.",
        "The same change at the same time: a common cause, not one vendor's.", queue="technique_fr",
    ),
)  # fmt: skip
