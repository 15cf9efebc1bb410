"""Definitions of measures as data: every disputed variant, so that two people who differ can see on what."""

from pipelines.measures.definitions.service_level import (
    AGGREGATIONS,
    VARIANTS,
    ServiceLevelDefinition,
    meets,
    parts,
    service_level,
    with_definition,
)

__all__ = [
    "AGGREGATIONS",
    "VARIANTS",
    "ServiceLevelDefinition",
    "meets",
    "parts",
    "service_level",
    "with_definition",
]
