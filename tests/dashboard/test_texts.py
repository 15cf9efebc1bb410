"""Both languages say everything, with the same values in them; every text is used and every used text exists."""

from __future__ import annotations

import re
import string
from pathlib import Path

import pytest

from dashboard.texts import TEXTS, Texts
from dashboard.written import VERDICT_MARKS
from pipelines.answers.standouts import WEIGHTS
from pipelines.measures.catalogue import MEASURES, VERDICTS

ROOT = Path(__file__).resolve().parents[2]
SOURCE = "\n".join(
    path.read_text(encoding="utf-8")
    for folder in (ROOT / "dashboard", ROOT / "pipelines" / "wording")
    for path in folder.rglob("*.py")
)
#: Texts whose key is put together from a kind of thing.
FAMILIES = (
    "feed.", "status.", "group.", "punctuality.", "unit.", "measures.better_", "changed.", "short.", "column.",
    "target.", "definition.", "state.other_release", "state.not_loaded", "gap.", "panel.name.",
    "fair.contacts.", "fair.verdict.", "fair.short.", "field.", "league.inside", "league.outside",
    "league.too_little_data", "usual.variation.", "usual.assurance.", "usual.state.", "moves.effect.", "moves.verdict.",
    "moves.missing.", "moves.warning.", "moves.phase.", "both_sides.change.", "both_sides.parity.",
    "both_sides.country.", "data_trust.owner_of.",
    "both_sides.question", "duty.area_of.", "duty.extent_of.", "both_sides.forecast_sentence_",
    "reconcile.cause.", "reconcile.verdict.", "reconcile.reason.", "reconcile.hint.", "reconcile.span.", "outcome.",
    "reconcile.column.", "quarterly_pack.edition_", "quarterly_pack.side_",
    "journal.status.", "finding.kind.", "finding.severity.", "message.ask.", "message.point.",
    "money.per.", "money.by_period.", "money.stretch.", "money.average.", "money.variant.", "money.inclusive.",
    "money.parameter.", "money.include.", "money.transfers_in.",
    "money.state.", "money.excuse.", "money.rule.", "money.charge_from.", "money.verdict.", "money.unit.",
    "money.reason.", "money.explained.", "money.part.", "money.part_of.", "money.waiver_problem.",
    "data_trust.at_least_", "data_trust.state.", "data_trust.rows.", "data_trust.discipline_of.", "data_trust.result.",


    "journal.status.", "breaches.excused_", "breaches.shown_name.", "breaches.grain_name.", "breaches.grain_many.",
    "breaches.side.", "weekday.", "contacts.order_name.", "contacts.transfer.", "causes.name.",
    "causes.in_sentence.", "causes.meaning.", "causes.side.", "work.cause.", "actions.side.", "actions.state.",
    "actions.effect.", "order.verdict.", "order.named.", "order.innocent.",
)  # fmt: skip


@pytest.mark.parametrize("key", sorted(TEXTS))
def test_both_languages_have_the_same_places(key: str) -> None:
    entry = TEXTS[key]
    assert set(entry) == {"en", "fr"}
    places = [{name for _, name, _, _ in string.Formatter().parse(text) if name} for text in entry.values()]
    assert places[0] == places[1]
    assert all(text.strip() == text and text for text in entry.values())


def test_every_text_that_the_pages_ask_for_exists() -> None:
    asked = set(re.findall(r"texts\(\s*['\"]([a-z_.]+)['\"]", SOURCE))
    assert asked
    assert not asked - set(TEXTS)


def test_no_text_is_left_over() -> None:
    unused = [key for key in TEXTS if f'"{key}"' not in SOURCE and f"'{key}'" not in SOURCE]
    assert not [key for key in unused if not key.startswith(FAMILIES) and not key.endswith(".title")]


def test_every_kind_of_change_has_a_badge_and_a_sentence() -> None:
    for kind in WEIGHTS:
        assert f"changed.{kind}" in TEXTS
        assert f"changed.badge.{kind}" in TEXTS


def test_units_and_directions_of_the_catalogue_have_words() -> None:
    for measure in MEASURES.values():
        assert f"unit.{measure.unit}" in TEXTS
        assert f"measures.better_{measure.direction}" in TEXTS


def test_verdicts_with_a_shape_are_the_catalogues() -> None:
    assert set(VERDICT_MARKS) <= set(VERDICTS)


def test_an_unknown_word_is_shown_as_it_is() -> None:
    assert Texts("fr").known("status", "half_read") == "half read"
    assert Texts("fr").known("feed", "refunds") == "remboursements"
