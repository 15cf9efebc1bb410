"""Numbers as people write them."""

from __future__ import annotations

import pytest

from pipelines.measures.catalogue import MEASURES
from pipelines.measures.wording import distance_text, number, value_text


@pytest.mark.parametrize(
    "value, decimals, english, french",
    [
        (1234.5, 1, "1,234.5", "1\u202f234,5"),
        (0.045, 2, "0.05", "0,05"),
        (-0.004, 2, "0.00", "0,00"),
        (-12, 0, "\u221212", "\u221212"),
        (1234567, 0, "1,234,567", "1\u202f234\u202f567"),
    ],
)
def test_numbers(value: float, decimals: int, english: str, french: str) -> None:
    assert number(value, decimals, "en") == english
    assert number(value, decimals, "fr") == french


@pytest.mark.parametrize(
    "metric, value, english, french, distance",
    [
        ("service_level", 0.784, "78.4\u202f%", "78,4\u202f%", "78.4 points"),
        ("asa_s", 35.4, "35\u202fs", "35\u202fs", "35\u202fs"),
        ("nps", -12.3, "\u221212", "\u221212", "12.3 points"),
        ("cost_per_contact", 2.9, "€2.90", "2,90\u00a0€", "€2.90"),
        ("offered", 4120, "4,120", "4\u202f120", "4,120"),
    ],
)
def test_values_and_distances(metric: str, value: float, english: str, french: str, distance: str) -> None:
    assert value_text(value, MEASURES[metric], "en") == english
    assert value_text(value, MEASURES[metric], "fr") == french
    assert distance_text(value, MEASURES[metric], "en") == distance


def test_a_currency_without_a_symbol_is_named() -> None:
    assert value_text(2.9, MEASURES["cost_per_contact"], "en", "MAD") == "2.90\u00a0MAD"
