"""Definitions of measures as data: every disputed variant, so that two people who differ can see on what."""

from pipelines.measures.definitions.answering import (
    AbandonRateDefinition,
    HandleTimeDefinition,
    SpeedOfAnswerDefinition,
    abandon_rate,
    abandon_rate_parts,
    handle_time,
    speed_of_answer,
    unaccounted,
)
from pipelines.measures.definitions.repeats import RepeatDefinition, first_contact_resolution, judge_contacts
from pipelines.measures.definitions.rounding import round_half_up, rounded
from pipelines.measures.definitions.service_level import (
    AGGREGATIONS,
    VARIANTS,
    ServiceLevelDefinition,
    meets,
    parts,
    service_level,
    with_definition,
)
from pipelines.measures.definitions.thresholds import count_contacts, histogram_counts

__all__ = [
    "AGGREGATIONS",
    "VARIANTS",
    "AbandonRateDefinition",
    "HandleTimeDefinition",
    "RepeatDefinition",
    "ServiceLevelDefinition",
    "SpeedOfAnswerDefinition",
    "abandon_rate",
    "abandon_rate_parts",
    "count_contacts",
    "first_contact_resolution",
    "handle_time",
    "histogram_counts",
    "judge_contacts",
    "meets",
    "parts",
    "round_half_up",
    "rounded",
    "service_level",
    "speed_of_answer",
    "unaccounted",
    "with_definition",
]
